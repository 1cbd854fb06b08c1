"""How long a start asks for recovery snapshots, and how RPO actual is told."""

import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from shared.aws.ports import DrsPort
from shared.models.drs import RecoverySnapshot
from shared.models.execution import ExecutionHeader, ExecutionStatus
from shared.models.plan_check import ResolvedServer
from shared.models.recovery_point import AchievedRpo, RecoveryPoint
from shared.models.server_record import LaunchStatus, ServerRecord
from shared.models.targets import Target
from shared.models.wave_record import WaveRecord
from shared.services.recovery_points import check_recovery_points
from tests.support.configuration import DATABASE, NOW, WEB, server_key
from tests.support.stage import stage
from tests.support.stage_stories import wave_of

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@dataclass
class SlowDrs:
    """Every server has a snapshot; DRS answers so many questions, and stays silent then."""

    answers: int
    asked: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def newest_snapshot(self, _target: Target, source_server_id: str, *, not_later_than: datetime) -> RecoverySnapshot:
        self.asked.append(source_server_id)
        if len(self.asked) > self.answers:
            self.ended.wait(30)
        return RecoverySnapshot(snapshot_id="pit-1", source_server_id=source_server_id, taken_at=not_later_than)


def test_a_start_stops_waiting_when_its_time_for_it_is_over_and_says_how_many_are_left() -> None:
    drs = SlowDrs(answers=7)
    servers = [
        ResolvedServer(server=server_key(number, target), group_id="g")
        for target in (DATABASE, WEB)
        for number in range(10)
    ]
    began = time.monotonic()

    findings = check_recovery_points({0: servers}, NOW, cast(DrsPort, drs), workers=1, seconds=1)

    drs.ended.set()
    assert time.monotonic() - began < 10
    assert {(one.account_id, one.code.value, one.outcome.value, one.details["servers"]) for one in findings} == {
        (DATABASE.account_id, "SNAPSHOTS_NOT_CHECKED", "UNKNOWN", 3),
        (WEB.account_id, "SNAPSHOTS_NOT_CHECKED", "UNKNOWN", 10),
    }


def test_a_server_of_two_groups_is_asked_about_once() -> None:
    drs = SlowDrs(answers=5)
    member = ResolvedServer(server=server_key(1), group_id="g")

    assert check_recovery_points({0: [member], 1: [member]}, NOW, cast(DrsPort, drs), workers=4, seconds=5) == []
    assert len(drs.asked) == 1


def header(**changes: Any) -> ExecutionHeader:
    """An execution of a plan with an objective of 15 minutes."""
    return stage(wave_of(1)).header.model_copy(update={"started_at": NOW, "rpo_seconds": 900, **changes})


def launched(point: datetime | None, launch: LaunchStatus = LaunchStatus.LAUNCHED) -> ServerRecord:
    record = stage(wave_of(1)).waves[0].servers[0]
    return record.model_copy(update={"recovery_point": point, "launch": launch})


def wave(oldest: datetime | None, unknown: int = 0) -> WaveRecord:
    record = stage(wave_of(1)).waves[0].record
    return record.model_copy(update={"oldest_recovery_point": oldest, "unknown_recovery_points": unknown})


def test_a_server_tells_its_distance_to_the_start_and_to_the_instant_that_was_asked_for() -> None:
    point = RecoveryPoint.of(header(point_in_time=NOW - HOUR), launched(NOW - HOUR - 4 * MINUTE))

    assert point is not None
    assert point.wire() == {
        "isKnown": True,
        "at": "2026-01-29T00:56:00.000Z",
        "achievedRpoSeconds": 3840,
        "secondsBeforePointInTime": 240,
    }


def test_data_of_after_the_start_lose_nothing() -> None:
    point = RecoveryPoint.of(header(), launched(NOW + MINUTE))

    assert point is not None
    assert point.wire() == {"isKnown": True, "at": "2026-01-29T02:01:00.000Z", "achievedRpoSeconds": 0}


def test_what_drs_does_not_tell_is_shown_as_unknown() -> None:
    point = RecoveryPoint.of(header(), launched(None))

    assert point is not None
    assert point.wire() == {"isKnown": False}


@pytest.mark.parametrize("launch", sorted(set(LaunchStatus) - {LaunchStatus.LAUNCHED, LaunchStatus.TERMINATED}))
def test_a_server_that_is_not_launched_has_no_recovery_point(launch: LaunchStatus) -> None:
    assert RecoveryPoint.of(header(), launched(NOW, launch)) is None


def test_the_oldest_recovery_point_of_all_waves_is_the_one_that_counts() -> None:
    rpo = AchievedRpo.of(header(), [wave(NOW - MINUTE), wave(NOW - 5 * MINUTE), wave(None, unknown=2)])

    assert (rpo.oldest_recovery_point, rpo.actual_seconds, rpo.unknown_count) == (NOW - 5 * MINUTE, 300, 2)


COMPLETED, RUNNING, PARTIAL = ExecutionStatus.COMPLETED, ExecutionStatus.RUNNING, ExecutionStatus.PARTIAL


@pytest.mark.parametrize(
    ("status", "instant", "oldest", "unknown", "met"),
    [
        (COMPLETED, None, NOW - 15 * MINUTE, 0, True),
        (COMPLETED, None, NOW - 16 * MINUTE, 0, False),
        (RUNNING, None, NOW - 16 * MINUTE, 0, False),
        (RUNNING, None, NOW - MINUTE, 0, None),
        (PARTIAL, None, NOW - MINUTE, 0, None),
        (COMPLETED, None, NOW - MINUTE, 1, None),
        (COMPLETED, None, NOW - 16 * MINUTE, 1, False),
        (COMPLETED, None, None, 1, None),
        (COMPLETED, NOW - HOUR, NOW - HOUR - 15 * MINUTE, 0, True),
        (COMPLETED, NOW - HOUR, NOW - HOUR - 16 * MINUTE, 0, False),
    ],
)
def test_the_objective_is_judged_by_the_oldest_point_counted_from_the_start_or_from_the_instant_asked_for(
    status: ExecutionStatus, instant: datetime | None, oldest: datetime | None, unknown: int, met: bool | None
) -> None:
    asked = header(status=status, point_in_time=instant)

    assert AchievedRpo.of(asked, [wave(oldest, unknown)]).met is met
    assert AchievedRpo.of(asked.model_copy(update={"rpo_seconds": None}), [wave(oldest, unknown)]).met is None
