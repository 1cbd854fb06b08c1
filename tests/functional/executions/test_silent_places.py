"""An outage in one place: what is silent is named, the rest is shown, and whoever asked is answered in time."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest

from query.instance_pages import UnreadTarget, read_everywhere
from shared.models.drs import SourceServer, SourceServerPage
from shared.models.execution import ExecutionStatus
from shared.models.targets import Target
from shared.patience import CALL_SECONDS, patience, patience_left
from tests.functional.executions.recorded import finished
from tests.support.configuration import DATABASE, WEB, server_id, wave
from tests.support.control_room import ControlRoom
from tests.support.engine_hand import EngineHand
from tests.support.silence import Silence

Answer = TypeVar("Answer")

SECONDS = 2.0
"""What a caller has here instead of CALL_SECONDS; all but the silent places take milliseconds."""


class Outage:
    """Places that take every question and say nothing as long as the test lasts."""

    def __init__(self, silence: Silence) -> None:
        self.silent: set[Target] = set()
        self.asked: Counter[Target] = Counter()
        self._silence = silence

    def within(self, ask: Callable[..., Answer]) -> Callable[..., Answer]:
        """The same question, which the silent places do not answer."""

        def asked(target: Target, *arguments: Any, **named: Any) -> Answer:
            self.asked[target] += 1
            if target in self.silent:
                self._silence.hold()
            return ask(target, *arguments, **named)

        return asked


@pytest.fixture
def outage(room: ControlRoom, silence: Silence, monkeypatch: pytest.MonkeyPatch) -> Outage:
    made = Outage(silence)
    for question in ("job_log", "recovery_instances", "jobs"):
        monkeypatch.setattr(room.drs, question, made.within(getattr(room.drs, question)))
    return made


def many_jobs(room: ControlRoom, silent: int) -> str:
    """An execution with so many jobs among the databases, one after the other, and then one among the web servers."""
    for number in range(silent):
        room.group_of(f"one-{number}", 100 + number)
    waves = [wave(number, f"one-{number}") for number in range(silent)]
    room.plan_of(*waves, wave(silent, "web"), plan_id="long")
    execution_id = str(room.start("long")["executionId"])
    engine = EngineHand(room, execution_id)
    engine.step(ExecutionStatus.RUNNING)
    for number in range(silent + 1):
        engine.launch(number)
    return execution_id


def test_the_logs_of_a_silent_place_fail_by_name_and_all_others_are_told(room: ControlRoom, outage: Outage) -> None:
    execution_id = finished(room)
    outage.silent = {DATABASE}

    with patience(SECONDS):
        silent, told = room.ask("get_job_logs", executionId=execution_id)["items"]

    assert silent["failure"]["error"] == "DRS_SERVICE_ERROR"
    assert str(DATABASE) in silent["failure"]["message"]
    assert silent["lines"] == []
    assert "failure" not in told
    assert told["lines"][0]["message"] == "The job began"


def test_a_place_that_was_silent_is_not_asked_for_its_other_logs(room: ControlRoom, outage: Outage) -> None:
    execution_id = many_jobs(room, silent=10)
    outage.silent = {DATABASE}
    outage.asked.clear()

    with patience(SECONDS):
        answer = room.ask("get_job_logs", executionId=execution_id)

    assert [("failure" in log, log["accountId"]) for log in answer["items"]] == [
        *[(True, DATABASE.account_id)] * 10,
        (False, WEB.account_id),
    ]
    assert outage.asked == {DATABASE: 8, WEB: 1}


def test_the_instances_of_silent_places_are_unknown_and_those_of_all_others_are_shown(
    room: ControlRoom, outage: Outage
) -> None:
    elsewhere = Target(account_id=WEB.account_id, region="eu-west-1")
    room.group_of("far", 7, target=elsewhere)
    room.plan_of(wave(0, "db"), wave(1, "far"), wave(2, "web"), plan_id="three")
    execution_id = str(room.start("three")["executionId"])
    engine = EngineHand(room, execution_id)
    engine.step(ExecutionStatus.RUNNING)
    for number in range(3):
        engine.launch(number)
    outage.silent = {DATABASE, elsewhere}

    with patience(SECONDS):
        answer = room.ask("get_recovery_instances", executionId=execution_id)

    assert {each["sourceServerId"] for each in answer["items"]} == {server_id(3), server_id(4)}
    assert {(each["accountId"], each["region"], each["error"]) for each in answer["unread"]} == {
        (DATABASE.account_id, DATABASE.region, "DRS_SERVICE_ERROR"),
        (elsewhere.account_id, elsewhere.region, "DRS_SERVICE_ERROR"),
    }
    assert all("did not answer" in each["message"] for each in answer["unread"])


@pytest.mark.requirement("SRS-Q09")
def test_many_silent_places_keep_no_other_from_being_asked(silence: Silence) -> None:
    dead = {Target(account_id=f"{number:012}", region="us-east-1") for number in range(30)}
    alive, unread = Target(account_id="9" * 12, region="us-west-2"), dict[Target, UnreadTarget]()

    def read(target: Target) -> str:
        if target in dead:
            silence.hold()
        return "read"

    found = read_everywhere({*dead, alive}, read, unread, seconds=SECONDS)

    assert found == {alive: "read"}
    assert set(unread) == dead


@pytest.mark.parametrize("question", ["recovery_instances", "jobs"])
def test_existing_instances_are_shown_wherever_drs_answers(
    room: ControlRoom, outage: Outage, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    finished(room)
    outage.silent = {DATABASE}
    for other in {"recovery_instances", "jobs"} - {question}:
        monkeypatch.setattr(room.drs, other, getattr(type(room.drs), other).__get__(room.drs))

    with patience(SECONDS):
        answer = room.ask("check_existing_instances", planId="plan-1")

    found = [each["sourceServerId"] for each in answer["items"] if each["accountId"] == WEB.account_id]
    assert found == [server_id(3), server_id(4)]
    assert [each["accountId"] for each in answer["unread"]] == [DATABASE.account_id]


@pytest.fixture
def silent_drs(room: ControlRoom, silence: Silence) -> Iterator[None]:
    """An endpoint of DRS that accepts and never answers."""
    events = room.sessions.session(DATABASE.account_id, "drs-orchestration").client("drs", DATABASE.region).meta.events
    events.register("before-parameter-build.drs", silence.hold)
    yield
    events.unregister("before-parameter-build.drs", silence.hold)


@pytest.mark.requirement("SRS-Q09")
@pytest.mark.usefixtures("silent_drs")
@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("get_drs_source_servers", {}),
        ("list_drs_jobs", {}),
        ("resolve_protection_group_tags", {"serverSelectionTags": {"tier": "db"}}),
    ],
)
def test_a_silent_place_is_named_to_whoever_asks_it_alone_and_the_call_has_its_audit_line(
    room: ControlRoom, caplog: pytest.LogCaptureFixture, operation: str, more: dict[str, Any]
) -> None:
    with patience(0.3):
        answer = room.ask(operation, accountId=DATABASE.account_id, region=DATABASE.region, **more)

    assert (answer["error"], answer["retryable"]) == ("DRS_SERVICE_ERROR", True)
    assert (answer["details"]["accountId"], answer["details"]["region"]) == (DATABASE.account_id, DATABASE.region)
    [line] = [record for record in caplog.records if record.name.endswith("-audit")]
    assert vars(line)["outcome"] == "DRS_SERVICE_ERROR"


def test_what_a_call_asks_of_aws_has_the_patience_of_a_call(room: ControlRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    lefts: list[float | None] = []
    real = room.drs.source_server_page

    def noted(target: Target, **which: Any) -> SourceServerPage:
        lefts.append(patience_left())
        return real(target, **which)

    monkeypatch.setattr(room.drs, "source_server_page", noted)

    room.ask("get_drs_source_servers", accountId=DATABASE.account_id, region=DATABASE.region)

    [left] = lefts
    assert left is not None
    assert 0 < left <= CALL_SECONDS


def test_a_report_of_a_preflight_waits_no_longer_than_its_call_whatever_time_it_would_take(
    room: ControlRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    lefts: list[float | None] = []
    real = room.drs.source_servers

    def noted(*which: Any) -> tuple[SourceServer, ...]:
        lefts.append(patience_left())
        return real(*which)

    monkeypatch.setattr(room.drs, "source_servers", noted)
    room.group_of("one", 100)
    room.plan_of(wave(0, "one"), plan_id="short")

    room.ask("preflight_recovery_plan", planId="short")

    assert lefts
    assert all(left is not None and 0 < left <= CALL_SECONDS for left in lefts)
