"""Waves that fail, run out of time or are held back, and the operators who decide what becomes of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pytest

from local.mails import Mail
from shared.engine.texts import counted
from shared.models.recovery_plan import wave_words
from tests.e2e.accounts import APPLICATION, DATABASE
from tests.e2e.hub import Hub, Part, Wave
from tests.e2e.waiting import eventually

_SLOW: Final = "Windows Server 2022"
_BECAUSE: Final = "InsufficientInstanceCapacity"


@dataclass(frozen=True)
class Story:
    """An execution of two waves, the second depending on the first, which has one server that makes trouble."""

    execution_id: str
    good: Sequence[str]
    trouble: str
    dependent: str

    @property
    def first_wave(self) -> list[str]:
        """Its servers."""
        return sorted([*self.good, self.trouble])


def _begin(hub: Hub, name: str, *, good: int, os: str = "Linux", fails: bool = False, **first: Any) -> Story:
    trouble, *others = hub.drs.protect(DATABASE, *(f"{name}-{number}" for number in range(good + 1)), os=os)
    (dependent,) = hub.drs.protect(APPLICATION, f"{name}-dependent")
    if fails:
        # a fault meets one launch: a retry of the server succeeds
        hub.drs.break_off("launchFailure", servers=[trouble], rawError=_BECAUSE)
    execution_id = hub.start(
        Wave([Part(DATABASE, [trouble, *others])], **first), Wave([Part(APPLICATION, [dependent])], after=[0])
    )
    return Story(execution_id, others, trouble, dependent)


@pytest.fixture
def late(hub: Hub) -> Story:
    """Its only server needs longer than its wave is given; it begins when its test does, whose job must still run."""
    return _begin(hub, "late", good=0, os=_SLOW, deadline=1)


@pytest.fixture(scope="module", autouse=True)
def held_back(hub: Hub) -> Story:
    """An operator pauses it while its first wave launches, and one of its servers will fail."""
    story = _begin(hub, "held-back", good=1, os=_SLOW, fails=True)
    eventually(lambda: hub.drs.jobs_of(story.execution_id), "its first wave should launch")
    hub.ask("pause_execution", executionId=story.execution_id, reason="the change window is closed")
    return story


@pytest.fixture(scope="module", autouse=True)
def broken(hub: Hub) -> Story:
    """One of its servers fails once."""
    return _begin(hub, "broken", good=2, fails=True)


def test_a_wave_that_runs_out_of_time_is_skipped_while_its_job_is_followed_to_its_end(hub: Hub, late: Story) -> None:
    timed_out = hub.until(late.execution_id, lambda seen: _waves(seen)[0] == "TIMEOUT", "its wave should time out")
    assert (timed_out["status"], timed_out["waves"][0]["draining"]) == ("RUNNING", True)
    assert timed_out["waves"][0]["statusReason"] == "its time of 1 minute is over: of 1 server 1 in running jobs"

    mail = hub.pause_mail(late.execution_id)

    hub.ask("skip_wave", executionId=late.execution_id, waveNumber=0, reason="it is not needed today")

    execution = hub.ended(late.execution_id)
    assert (execution["status"], _waves(execution)) == ("PARTIAL", ["SKIPPED", "COMPLETED"])
    assert execution["statusReason"] == "wave 1 (wave 0) is SKIPPED"
    abandoned, dependent = hub.drs.jobs_of(late.execution_id)
    assert abandoned.servers == {late.trouble} and dependent.servers == {late.dependent}
    assert abandoned.ran_together_with(dependent), "the plan did not wait for the job"
    assert abandoned.ended is not None and abandoned.ended <= datetime.fromisoformat(execution["endedAt"])
    assert _verdicts(execution) == {late.trouble: ("LAUNCHED", "UNKNOWN"), late.dependent: ("LAUNCHED", "HEALTHY")}
    assert "waits for your decision: wave 1 (wave 0) is TIMEOUT." in mail.body
    assert "its jobs are still followed" in mail.body
    _agree(hub, late.execution_id, hub.last_mail(late.execution_id, "fail"))


@pytest.mark.requirement("PRD-04")
def test_a_failed_wave_is_told_alike_everywhere_and_its_retry_completes_the_plan(hub: Hub, broken: Story) -> None:
    mail = hub.pause_mail(broken.execution_id)
    paused = hub.until(broken.execution_id, lambda seen: seen["status"] == "PAUSED", "it should wait for a person")
    assert _waves(paused) == ["FAILED", "PENDING"]
    failed = next(one for one in paused["servers"]["items"] if one["sourceServerId"] == broken.trouble)
    assert (failed["launchStatus"], failed["launchReason"].rpartition(": ")[2]) == ("FAILED", _BECAUSE)
    assert paused["waves"][0]["statusReason"] == f"1 of 3 servers failed; broken-0: {failed['launchReason']}"
    _agree(hub, broken.execution_id, mail)
    (told,) = (line for line in mail.body.splitlines() if line.startswith("    - "))
    where = f"{broken.trouble}, account {DATABASE.account_id}, {DATABASE.region}"
    assert told == f"    - broken-0 ({where}): could not be launched: {failed['launchReason']}"

    accepted = hub.ask_by_cli("retry_wave", executionId=broken.execution_id, waveNumber=0)

    assert (accepted["requested"], accepted["gateNumber"]) == ("RETRY", 1)
    execution = hub.ended(broken.execution_id)
    assert (execution["status"], _waves(execution)) == ("COMPLETED", ["COMPLETED", "COMPLETED"])
    assert [sorted(job.servers) for job in hub.drs.jobs_of(broken.execution_id)] == [
        broken.first_wave,
        [broken.trouble],
        [broken.dependent],
    ]
    attempts = {server["sourceServerId"]: server["attempt"] for server in execution["servers"]["items"]}
    assert attempts == {**dict.fromkeys([*broken.good, broken.dependent], 1), broken.trouble: 2}
    _agree(hub, broken.execution_id, hub.last_mail(broken.execution_id, "complete"))


def test_a_wave_that_fails_under_a_pause_is_decided_by_its_own_mail_and_the_pause_by_the_other(
    hub: Hub, held_back: Story
) -> None:
    of_pause, of_failure = (hub.pause_mail(held_back.execution_id, number) for number in (1, 2))
    assert "is paused: running jobs finish and are checked, and nothing is launched until you decide." in of_pause.body
    assert "\nReason:       the change window is closed\n" in of_pause.body
    assert "\nPaused by:    direct invocation " in of_pause.body
    assert "waits for your decision: wave 1 (wave 0) is FAILED." in of_failure.body
    torn = hub.refusal("resume_execution", executionId=held_back.execution_id)
    assert torn["error"] == "CONFLICT_ERROR", torn

    continued = hub.paste(of_failure, "resume")

    assert (continued.code, continued.errors) == (0, "")
    assert continued.output.split() == ["PAUSED", "wave", "0", "FAILED", "wave", "1", "PENDING"]
    assert len(hub.drs.jobs_of(held_back.execution_id)) == 1, "the pause holds"

    resumed = hub.paste(of_pause, "resume")

    assert (resumed.code, resumed.errors) == (0, "")
    execution = hub.ended(held_back.execution_id)
    assert (execution["status"], _waves(execution)) == ("PARTIAL", ["FAILED", "COMPLETED"])
    assert [(gate["scope"], gate["kind"], gate["status"]) for gate in execution["gates"]] == [
        ("all", "PAUSE", "APPROVED"),
        ("0", "FAILURE", "APPROVED"),
    ]
    assert [sorted(job.servers) for job in hub.drs.jobs_of(held_back.execution_id)] == [
        held_back.first_wave,
        [held_back.dependent],
    ]
    _agree(hub, held_back.execution_id, hub.last_mail(held_back.execution_id, "fail"))


def _agree(hub: Hub, execution_id: str, mail: Mail) -> None:
    """Of an execution that stands still: what is asked, listed, told in the timeline and mailed is one story."""
    shown, told = hub.execution(execution_id), hub.events(execution_id)
    (listed,) = hub.every("list_executions", planId=shown["planId"])
    facts = ("executionId", "status", "statusReason", "progress", "startedAt", "endedAt", "serverCount")
    assert {fact: listed.get(fact) for fact in facts} == {fact: shown.get(fact) for fact in facts}
    assert _last(told, "EXECUTION_STATUS") == (shown["status"], shown["statusReason"])
    assert f"\nStatus:       {shown['status']}\nProgress:     {shown['progress']} %\n" in mail.body
    for wave in shown["waves"]:
        number = wave["waveNumber"]
        last = _last(told, "WAVE_STATUS", waveNumber=number) or ("PENDING", "")
        assert last == (wave["status"], wave["statusReason"])
        words = wave_words(number, wave["waveName"])
        launched = f"{wave['launchedCount']} of {counted(wave['serverCount'], 'server')} launched"
        assert f"\n  {words}: {wave['status']}, {launched}" in mail.body
        assert wave["statusReason"] in mail.body
    for server in shown["servers"]["items"]:
        key = f"{server['accountId']}#{server['region']}#{server['sourceServerId']}"
        for kind, verdict, reason, at_first in (
            ("SERVER_LAUNCH", "launchStatus", "launchReason", "PENDING"),
            ("SERVER_HEALTH", "healthStatus", "healthReason", "UNKNOWN"),
        ):
            assert (server[verdict], server[reason]) == (_last(told, kind, server=key) or (at_first, ""))


def _last(told: Sequence[Mapping[str, Any]], kind: str, **about: Any) -> tuple[str, str] | None:
    """The last verdict and its reason in the timeline, of what it is about."""
    verdicts = [
        (event["details"]["status"], event["details"]["reason"])
        for event in told
        if event["type"] == kind and about.items() <= {**event["details"], **event}.items()
    ]
    return verdicts[-1] if verdicts else None


def _waves(execution: Mapping[str, Any]) -> list[str]:
    return [wave["status"] for wave in execution["waves"]]


def _verdicts(execution: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    return {
        server["sourceServerId"]: (server["launchStatus"], server["healthStatus"])
        for server in execution["servers"]["items"]
    }
