"""The four commands of a failure's mail, as a person copies them into a terminal: each does what the mail says."""

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import pytest

from local.aws_cli import Finished
from local.mails import Mail
from tests.e2e.accounts import DATABASE
from tests.e2e.hub import Hub, Part, Wave

_WISHES: Final = ("retry", "skip", "resume", "cancel")
_LINE_ENDS: Final = {"LF": "\n", "CRLF": "\r\n"}
_WAYS: Final = {f"{wish} with {name}": (wish, end) for wish in _WISHES for name, end in _LINE_ENDS.items()}
_DECIDED: Final = "decided while it goes on"
_FAILED_AGAIN: Final = "failed again after a retry"

T = TypeVar("T")


@dataclass(frozen=True)
class Failed:
    """An execution whose first wave lost one of its two servers; the second wave depends on it."""

    execution_id: str
    good: str
    bad: str
    dependent: str


def _fail(hub: Hub, name: str, *, failures: int = 1, **second: Any) -> Failed:
    """So many launches of one server fail: the retry after that succeeds."""
    good, bad = hub.drs.protect(DATABASE, f"{name}-good", f"{name}-bad")
    (dependent,) = hub.drs.protect(DATABASE, f"{name}-dependent")
    hub.drs.break_off("launchFailure", servers=[bad], rawError="no capacity", times=failures)
    execution_id = hub.start(
        Wave([Part(DATABASE, [good, bad])], on_failure="PAUSE"),
        Wave([Part(DATABASE, [dependent])], after=[0], **second),
    )
    return Failed(execution_id, good, bad, dependent)


@pytest.fixture(scope="module")
def failed(hub: Hub) -> dict[str, Failed]:
    """An execution for each way of using the mail, and for what comes after a decision; all started at once."""
    return {
        **{way: _fail(hub, f"failure-{number}") for number, way in enumerate(_WAYS)},
        _DECIDED: _fail(hub, "failure-decided", pause=True),
        _FAILED_AGAIN: _fail(hub, "failure-again", failures=2),
    }


@pytest.fixture(scope="module")
def mails(hub: Hub, failed: dict[str, Failed]) -> dict[str, Mail]:
    """The mail of each failure."""
    return {way: hub.pause_mail(each.execution_id) for way, each in failed.items()}


@pytest.fixture(scope="module")
def used(hub: Hub, mails: dict[str, Mail]) -> dict[str, Finished]:
    """What each way of using the mail printed."""
    return _at_once(_WAYS, lambda way: hub.paste(mails[way], _WAYS[way][0], line_end=_WAYS[way][1]))


@pytest.fixture(scope="module")
def ended(hub: Hub, failed: dict[str, Failed], used: dict[str, Finished]) -> dict[str, dict[str, Any]]:
    """Every execution once it has ended."""
    for way, finished in used.items():
        assert (finished.code, finished.errors) == (0, ""), f"{way}: {finished.errors}"
    return {way: hub.ended(failed[way].execution_id) for way in used}


def test_the_mail_names_the_failed_server_and_no_other(failed: dict[str, Failed], mails: dict[str, Mail]) -> None:
    for way, each in failed.items():
        body = mails[way].body
        assert "waits for your decision: wave 1 (wave 0) is FAILED." in body
        assert "  wave 1 (wave 0): 1 of 2 servers failed\n" in body
        named = [line for line in body.splitlines() if line.startswith("    - ")]
        assert len(named) == 1, named
        assert each.bad in named[0]
        assert f"account {DATABASE.account_id}, {DATABASE.region}" in named[0]
        assert "could not be launched: " in named[0]
        assert "no capacity" in named[0]


def test_every_command_ends_by_showing_status_and_waves(used: dict[str, Finished]) -> None:
    for way, finished in used.items():
        assert finished.code == 0, f"{way}: {finished.errors}"
        assert finished.errors == "", way
        assert "CONFLICT_ERROR" not in finished.output, way
        shown = _shown_status(finished)
        assert shown[0].isupper(), f"{way}: {finished.output}"
        assert len(shown) == 1 + 2 * len(("wave", "0", "STATUS")), f"{way}: {finished.output}"


@pytest.mark.requirement("SRS-E04")
def test_a_retry_launches_only_the_failed_server_again_and_the_plan_completes(
    hub: Hub, failed: dict[str, Failed], ended: dict[str, dict[str, Any]]
) -> None:
    for way, each in _of("retry", failed).items():
        assert ended[way]["status"] == "COMPLETED", f"{way}: {ended[way]['statusReason']}"
        assert _waves(ended[way]) == ["COMPLETED", "COMPLETED"], way
        assert [sorted(job.servers) for job in hub.drs.jobs_of(each.execution_id)] == [
            sorted((each.good, each.bad)),
            [each.bad],
            [each.dependent],
        ], way


@pytest.mark.parametrize(("wish", "wave"), [("skip", "SKIPPED"), ("resume", "FAILED")])
def test_skipping_and_continuing_start_what_depends_on_the_wave_and_end_partial(
    hub: Hub, failed: dict[str, Failed], ended: dict[str, dict[str, Any]], wish: str, wave: str
) -> None:
    for way, each in _of(wish, failed).items():
        assert ended[way]["status"] == "PARTIAL", f"{way}: {ended[way]['statusReason']}"
        assert _waves(ended[way]) == [wave, "COMPLETED"], way
        assert [sorted(job.servers) for job in hub.drs.jobs_of(each.execution_id)] == [
            sorted((each.good, each.bad)),
            [each.dependent],
        ], way


def test_a_cancel_starts_nothing_more_and_terminates_nothing(
    hub: Hub, failed: dict[str, Failed], ended: dict[str, dict[str, Any]]
) -> None:
    for way, each in _of("cancel", failed).items():
        assert ended[way]["status"] == "PARTIAL", f"{way}: {ended[way]['statusReason']}"
        assert ended[way]["cancelledBy"] == "holder of the mail's command", way
        assert _waves(ended[way]) == ["FAILED", "CANCELLED"], way
        assert [sorted(job.servers) for job in hub.drs.jobs_of(each.execution_id)] == [sorted((each.good, each.bad))]
        (instances,) = hub.drs.instances_of(each.execution_id).values()
        assert instances <= hub.alive_instances(DATABASE), way


def test_the_token_of_the_mail_decides_its_gate(ended: dict[str, dict[str, Any]]) -> None:
    for wish, decision in (("resume", "APPROVED"), ("cancel", "REJECTED")):
        for way, execution in _of(wish, ended).items():
            assert [(gate["scope"], gate["status"]) for gate in execution["gates"]] == [("0", decision)], way


def test_the_end_counts_the_failed_server_where_it_stayed_failed(hub: Hub, ended: dict[str, dict[str, Any]]) -> None:
    for way, execution in _of("resume", ended).items():
        mail = hub.last_mail(execution["executionId"], "fail")
        assert "Failed servers:\n  wave 1 (wave 0): 1 of 2 servers failed\n    - " in mail.body, way
        assert "continued by holder of the mail's command" in mail.body, way


def test_a_command_that_is_used_twice_changes_nothing_and_shows_the_true_status(
    hub: Hub, mails: dict[str, Mail], ended: dict[str, dict[str, Any]]
) -> None:
    ways = [f"{wish} with LF" for wish in _WISHES]
    jobs = len(hub.drs.jobs())

    again = _at_once(ways, lambda way: hub.paste(mails[way], _WAYS[way][0]))

    for way in ways:
        assert again[way].code == 0, f"{way}: {again[way].errors}"
        assert _shown_status(again[way])[0] == ended[way]["status"], f"{way}: {again[way].output}"
        if _WAYS[way][0] in ("retry", "skip"):
            assert "CONFLICT_ERROR" in again[way].output, f"{way}: {again[way].output}"
        assert hub.execution(ended[way]["executionId"]) == ended[way], way
    assert len(hub.drs.jobs()) == jobs


def test_after_the_gate_was_decided_no_command_changes_what_still_goes_on(
    hub: Hub, failed: dict[str, Failed], mails: dict[str, Mail]
) -> None:
    each, mail = failed[_DECIDED], mails[_DECIDED]
    assert hub.paste(mail, "resume").code == 0
    before = _waiting_at(hub, each, 2)
    assert _waves(before) == ["FAILED", "AWAITING_APPROVAL"]

    late = _at_once(_WISHES, lambda wish: hub.paste(mail, wish))

    _nothing_came_of(late, "APPROVED already, by holder of the mail's command", "AWAITING_APPROVAL")
    assert _known(hub, each) == before
    assert len(hub.drs.jobs_of(each.execution_id)) == 1
    hub.ask("cancel_execution", executionId=each.execution_id)
    assert hub.ended(each.execution_id)["status"] == "PARTIAL"


def test_the_mail_of_a_first_failure_decides_nothing_about_a_second(
    hub: Hub, failed: dict[str, Failed], mails: dict[str, Mail]
) -> None:
    each, first = failed[_FAILED_AGAIN], mails[_FAILED_AGAIN]
    assert hub.paste(first, "retry").code == 0
    second = hub.pause_mail(each.execution_id, 2)
    before = _waiting_at(hub, each, 2)
    assert (_waves(before), before["waves"][0]["retries"]) == (["FAILED", "PENDING"], 1)

    late = _at_once(_WISHES, lambda wish: hub.paste(first, wish))

    _nothing_came_of(late, "CLOSED already, by direct invocation", "PENDING")
    assert all("the wave waits at gate 2 now" in late[wish].output for wish in ("retry", "skip"))
    assert _known(hub, each) == before
    launched = [sorted((each.good, each.bad)), [each.bad]]
    assert [sorted(job.servers) for job in hub.drs.jobs_of(each.execution_id)] == launched

    hub.paste(second, "retry")

    execution = hub.ended(each.execution_id)
    assert (execution["status"], _waves(execution)) == ("COMPLETED", ["COMPLETED", "COMPLETED"])
    launched += [[each.bad], [each.dependent]]
    assert [sorted(job.servers) for job in hub.drs.jobs_of(each.execution_id)] == launched


def _waiting_at(hub: Hub, each: Failed, gates: int) -> dict[str, Any]:
    """What is known of the execution once it waits at the so-many-th gate, whose mail was sent."""
    hub.until(
        each.execution_id,
        lambda seen: seen["status"] == "PAUSED" and len(seen["gates"]) == gates and "notifiedAt" in seen["gates"][-1],
        f"it should wait at gate {gates}",
    )
    return _known(hub, each)


def _known(hub: Hub, each: Failed) -> dict[str, Any]:
    """The execution and its timeline, but for the clock that goes on."""
    return {**hub.execution(each.execution_id), "rto": None, "timeline": hub.events(each.execution_id)}


def _nothing_came_of(late: Mapping[str, Finished], decided: str, dependent: str) -> None:
    """Every command says how it is; those that are no token's say as well what the gate is and by whom."""
    for wish, finished in late.items():
        assert finished.code == 0, f"{wish}: {finished.errors}"
        assert _shown_status(finished) == ["PAUSED", "wave", "0", "FAILED", "wave", "1", dependent], finished.output
    for wish in ("retry", "skip"):
        assert '"CONFLICT_ERROR"' in late[wish].output, f"{wish}: {late[wish].output}"
        assert f"the gate of wave 1 (wave 0) is {decided}" in late[wish].output, f"{wish}: {late[wish].output}"


def _of(wish: str, by_way: Mapping[str, T]) -> dict[str, T]:
    """Those of one wish, with either line end."""
    return {way: by_way[way] for way in _WAYS if _WAYS[way][0] == wish}


def _waves(execution: Mapping[str, Any]) -> list[str]:
    return [wave["status"] for wave in execution["waves"]]


def _shown_status(finished: Finished) -> list[str]:
    """The words of the query at the end: the status, then each wave; before them the answer of an invocation."""
    return finished.output.rpartition("}")[2].split()


def _at_once(names: Collection[str], use: Callable[[str], Finished]) -> dict[str, Finished]:
    """The terminals of several people at once."""
    with ThreadPoolExecutor(max_workers=4) as people:
        return dict(zip(names, people.map(use, names), strict=True))
