"""The commands of the mails, as a person copies them into a terminal: they decide once, and tell the truth."""

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest

from local.aws_cli import Finished
from local.mails import Mail
from tests.e2e.accounts import DATABASE
from tests.e2e.hub import Hub, Part, Wave
from tests.e2e.waiting import eventually

_WAYS: Final[dict[str, Callable[[Hub, Mail], Finished]]] = {
    "with LF": lambda hub, mail: hub.paste(mail, "resume"),
    "with CRLF": lambda hub, mail: hub.paste(mail, "resume", line_end="\r\n"),
    "by the bare token": lambda hub, mail: hub.type(
        f"aws stepfunctions send-task-success --task-token {_token(mail)} --task-output '{{}}' --region us-east-1\n"
    ),
}


@pytest.fixture(scope="module")
def gated(hub: Hub) -> dict[str, str]:
    """An execution at its gate for each way of using the mail, all started at once."""
    return {way: hub.start(_wave(hub, f"mail-{number}", pause=True)) for number, way in enumerate(_WAYS)}


@pytest.fixture(scope="module")
def resumed(hub: Hub, gated: dict[str, str]) -> dict[str, Finished]:
    """What each way of using the mail printed, all used at once."""
    mails = {way: hub.pause_mail(execution_id) for way, execution_id in gated.items()}
    return _at_once(_WAYS, lambda way: _WAYS[way](hub, mails[way]))


@pytest.mark.requirement("PRD-03", "PRD-23")
def test_the_mails_commands_resume_however_they_were_copied(
    hub: Hub, gated: dict[str, str], resumed: dict[str, Finished]
) -> None:
    for way, finished in resumed.items():
        assert (finished.code, finished.errors) == (0, ""), f"{way}: {finished.errors}"

    ended = {way: hub.ended(execution_id) for way, execution_id in gated.items()}

    for way, execution in ended.items():
        assert execution["status"] == "COMPLETED", f"{way}: {execution['statusReason']}"
        assert [gate["status"] for gate in execution["gates"]] == ["APPROVED"], way
        assert len(hub.drs.jobs_of(execution["executionId"])) == 1, way


@pytest.mark.usefixtures("resumed")
def test_a_command_that_is_used_twice_changes_nothing_and_shows_the_true_status(
    hub: Hub, gated: dict[str, str]
) -> None:
    ways = ["with LF", "with CRLF"]
    before = {way: hub.ended(gated[way]) for way in ways}
    jobs = len(hub.drs.jobs())

    again = _at_once(ways, lambda way: _WAYS[way](hub, hub.pause_mail(gated[way])))

    for way in ways:
        assert again[way].code == 0, again[way].errors
        assert "TaskTimedOut" in again[way].errors or "InvalidToken" in again[way].errors, again[way].errors
        assert again[way].output.split()[0] == "COMPLETED" == before[way]["status"]
        assert again[way].output.count("COMPLETED") == 2, "its status and that of its wave"
        assert hub.execution(gated[way]) == before[way]
    assert len(hub.drs.jobs()) == jobs


def test_after_a_cancel_the_commands_change_nothing_and_show_the_true_status(hub: Hub) -> None:
    execution_id = hub.start(_wave(hub, "mail-cancelled", pause=True))
    mail = hub.pause_mail(execution_id)
    hub.ask("cancel_execution", executionId=execution_id)
    cancelled = hub.ended(execution_id)

    used = _at_once(("resume", "cancel"), lambda wish: hub.paste(mail, wish))

    for wish, finished in used.items():
        assert finished.code == 0, f"{wish}: {finished.errors}"
        assert finished.output.split()[0] == "CANCELLED", f"{wish}: {finished.output}"
    assert cancelled["status"] == "CANCELLED"
    assert hub.execution(execution_id) == cancelled
    assert hub.drs.jobs_of(execution_id) == []
    hub.last_mail(execution_id, "cancel")


@pytest.mark.requirement("PRD-03", "PRD-23")
def test_the_cancel_command_cancels_before_and_after_something_was_launched(hub: Hub) -> None:
    nothing = hub.start(_wave(hub, "mail-cancel-early", pause=True))
    something = hub.start(_wave(hub, "mail-cancel-done"), _wave(hub, "mail-cancel-late", pause=True))
    mails = {execution_id: hub.pause_mail(execution_id) for execution_id in (nothing, something)}

    used = _at_once(mails, lambda each: hub.paste(mails[each], "cancel"))

    assert all(finished.code == 0 and not finished.errors for finished in used.values()), used
    assert hub.ended(nothing)["status"] == "CANCELLED"
    partial = hub.ended(something)
    assert partial["status"] == "PARTIAL"
    assert "cancel" in partial["statusReason"].lower(), partial["statusReason"]
    assert partial["cancelledBy"] == "holder of the mail's command"
    assert [gate["status"] for gate in partial["gates"]] == ["REJECTED"]
    assert (len(hub.drs.jobs_of(nothing)), len(hub.drs.jobs_of(something))) == (0, 1)


@pytest.mark.requirement("PRD-03")
def test_an_operators_pause_lets_the_running_wave_finish_and_its_mail_resumes(hub: Hub) -> None:
    first, second = _wave(hub, "mail-pause-1", os="Windows Server 2022"), _wave(hub, "mail-pause-2")
    execution_id = hub.start(first, second)
    eventually(lambda: hub.drs.jobs_of(execution_id), "the first wave should launch")
    hub.ask("pause_execution", executionId=execution_id, reason="the change window is closed")
    mail = hub.pause_mail(execution_id)
    paused = hub.until(execution_id, lambda seen: seen["status"] == "PAUSED", "it should pause after its running wave")
    assert [wave["status"] for wave in paused["waves"]] == ["COMPLETED", "PENDING"]
    assert len(hub.drs.jobs_of(execution_id)) == 1

    finished = hub.paste(mail, "resume")

    assert (finished.code, finished.errors) == (0, "")
    execution = hub.ended(execution_id)
    assert execution["status"] == "COMPLETED", execution["statusReason"]
    assert [(gate["scope"], gate["status"]) for gate in execution["gates"]] == [("all", "APPROVED")]
    assert [sorted(job.servers) for job in hub.drs.jobs_of(execution_id)] == [
        sorted(wave.parts[0].servers) for wave in (first, second)
    ]


def _wave(hub: Hub, hostname: str, pause: bool = False, **fields: Any) -> Wave:
    return Wave([Part(DATABASE, hub.drs.protect(DATABASE, hostname, **fields))], pause=pause)


def _token(mail: Mail) -> str:
    """The token as a person would put it together: the pieces between the quotes."""
    block, _, _ = mail.body.partition("aws stepfunctions send-task-success")
    lines = [line for line in block.splitlines() if line.startswith(("T=", "T+="))]
    return "".join(line.split("'")[1] for line in lines)


def _at_once(names: Collection[str], use: Callable[[str], Finished]) -> dict[str, Finished]:
    """The terminals of several people at once."""
    with ThreadPoolExecutor(max_workers=len(names)) as people:
        return dict(zip(names, people.map(use, names), strict=True))
