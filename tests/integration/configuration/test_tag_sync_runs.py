"""Runs of the tag sync: one at a time, begun by the clock, the settings or somebody, and taken up after a crash."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from shared.models.targets import Target
from tests.integration.configuration.conftest import System
from tests.integration.configuration.staging import strike
from tests.integration.configuration.tag_syncs import (
    ORIGIN,
    REGIONS,
    TagSyncs,
    app_of,
    counts,
    tag_syncs,
)
from tests.support.configuration import HUB
from tests.support.contract import kept


@pytest.fixture
def syncs(system: System) -> TagSyncs:
    return tag_syncs(system)


# -- one at a time ---------------------------------------------------------------------------------------------------


def test_two_at_once_are_one(syncs: TagSyncs) -> None:
    syncs.protect(1, {"Tier": "db"})
    begun = syncs.trigger()

    second = syncs.trigger()

    assert (second["error"], second["details"]["reason"]) == ("CONFLICT_ERROR", "SYNC_IN_PROGRESS")
    assert second["details"]["runId"] == begun["runId"]
    assert syncs.deliver() == 1
    assert syncs.writes() == 1


def test_an_event_that_comes_twice_while_somebody_works_does_nothing(syncs: TagSyncs) -> None:
    syncs.protect(1, {"Tier": "db"})
    syncs.trigger()
    [(arn, event)] = syncs.system.functions.waiting
    answers = []

    def meanwhile(target: Target, _service: str) -> None:
        if target == ORIGIN:
            answers.append(syncs.invoke(arn, event))

    syncs.system.instance_tags.enter = meanwhile
    syncs.deliver()

    assert answers == [{"tagSync": "nothing to take up"}]
    assert syncs.writes() == 1


def test_a_run_that_its_worker_left_is_taken_up_by_the_clock_where_it_was(syncs: TagSyncs) -> None:
    for number in range(1, 61):
        syncs.protect(number, {"Tier": "db"})
    syncs.trigger()
    syncs.tamper(server_tags=_CrashAfter(syncs.system.server_tags, 30))
    with pytest.raises(RuntimeError):
        syncs.deliver()
    syncs.tamper(server_tags=syncs.system.server_tags)

    assert syncs.system.ask("get_tag_sync_status")["run"]["isLeft"] is False
    assert syncs.strike() == {"tagSync": "nothing to take up"}, "it may still be working"
    syncs.system.clock.advance(120)
    assert syncs.status()["run"]["isLeft"] is True
    assert syncs.strike() == {"tagSync": "ended"}
    status = syncs.status()
    assert (status["run"]["status"], status["run"]["reason"]) == ("COMPLETED", "REQUEST")
    assert all(syncs.tags(number) == {"Tier": "db"} for number in range(1, 61))
    assert [each["done"] for each in status["places"]] == [60]
    assert counts(status)[0] >= 25, "what was written down before the crash counts"


class _CrashAfter:
    """Tags until the process is gone."""

    def __init__(self, real: Any, calls: int) -> None:
        self._real = real
        self._left = calls

    def put_tags(self, *args: Any) -> None:
        self._left -= 1
        if self._left == 0:
            raise RuntimeError("the process is gone")
        self._real.put_tags(*args)

    def remove_tags(self, *args: Any) -> None:
        self._real.remove_tags(*args)

    def let_go(self, *_args: Any) -> None:
        """It has no connections."""


def test_a_lost_hand_over_is_told_and_the_next_call_goes_on_with_the_run(syncs: TagSyncs) -> None:
    syncs.protect(1, {"Tier": "db"})
    syncs.system.functions.refuses = True

    refused = syncs.trigger()

    assert refused["error"] == "THROTTLED"
    syncs.system.functions.refuses = False
    again = syncs.trigger()
    assert again["runId"] == refused["details"]["runId"]
    syncs.deliver()
    assert syncs.tags(1) == {"Tier": "db"}


# -- the clock and the settings --------------------------------------------------------------------------------------


@pytest.mark.requirement("SRS-F62")
def test_until_somebody_turns_it_on_the_clock_copies_nothing(syncs: TagSyncs) -> None:
    syncs.protect(1, {"Tier": "db"})

    assert syncs.strike() == {"tagSync": "not due"}
    assert syncs.tags(1) == {}
    assert syncs.system.ask("get_tag_sync_settings") == {"enabled": False, "intervalHours": 1, "version": 1}
    assert syncs.status() == {
        "enabled": False,
        "intervalHours": 1,
        "places": [],
        "morePlaces": 0,
        "placesNotInUse": 0,
    }


@pytest.mark.requirement("PRD-17", "SRS-F63")
def test_a_change_of_the_settings_is_followed_by_a_run_at_once_and_the_clock_keeps_the_interval(
    syncs: TagSyncs,
) -> None:
    syncs.protect(1, {"Tier": "db"})

    changed = syncs.turn_on(intervalHours=3)

    assert (changed["enabled"], changed["intervalHours"], changed["version"]) == (True, 3, 2)
    assert syncs.deliver() == 1
    status = syncs.status()
    assert (status["run"]["runId"], status["run"]["reason"]) == (changed["runId"], "SETTINGS")
    assert syncs.tags(1) == {"Tier": "db"}

    syncs.retag(1, {"Tier": "database"})
    for hour in (1, 2):
        syncs.system.clock.advance(3600)
        assert syncs.strike() == {"tagSync": "not due"}, hour
    syncs.system.clock.advance(3500)
    assert syncs.strike() == {"tagSync": "ended"}
    assert syncs.tags(1) == {"Tier": "database"}
    assert syncs.status()["run"]["reason"] == "SCHEDULE"
    assert syncs.status()["nextDueAt"] > status["nextDueAt"]


def test_what_is_not_otherwise_is_no_change_and_needs_no_run(syncs: TagSyncs) -> None:
    syncs.turn_on()
    syncs.deliver()

    same = syncs.system.call("update_tag_sync_settings", version=2, enabled=True)

    assert (same["version"], "runId" in same) == (2, False)
    off = syncs.system.call("update_tag_sync_settings", version=2, enabled=False)
    assert (off["version"], "runId" in off) == (3, False)
    assert syncs.deliver() == 0
    syncs.system.clock.advance(24 * 3600)
    assert syncs.strike() == {"tagSync": "not due"}


@pytest.mark.requirement("PRD-17", "SRS-F63")
def test_settings_are_changed_by_whoever_read_them_last(syncs: TagSyncs) -> None:
    syncs.turn_on()

    stale = syncs.system.call("update_tag_sync_settings", version=1, enabled=False)
    wrong = syncs.system.call("update_tag_sync_settings", version=2, intervalHours=25, updatedBy="Bob", nosuch=1)

    assert (stale["details"]["reason"], stale["details"]["version"]) == ("VERSION_CONFLICT", 2)
    fields = {each["field"]: each["code"] for each in wrong["details"]["fields"]}
    assert fields == {"intervalHours": "OUT_OF_RANGE", "updatedBy": "READ_ONLY", "nosuch": "UNKNOWN_FIELD"}


def test_settings_that_change_while_a_run_is_under_way_name_that_run(syncs: TagSyncs) -> None:
    begun = syncs.trigger()

    assert syncs.turn_on()["runId"] == begun["runId"]


@pytest.mark.requirement("SRS-F41")
def test_while_a_run_lasts_the_one_before_is_told_too(syncs: TagSyncs) -> None:
    syncs.protect(1, {"Tier": "db"})
    before = syncs.run()

    syncs.trigger()

    status = syncs.status()
    assert status["last"]["runId"] == before["run"]["runId"]
    assert status["last"]["counts"]["added"] == 1
    assert status["run"]["status"] == "RUNNING"
    syncs.deliver()
    assert "last" not in syncs.status()


def test_a_run_is_taken_up_although_the_syncs_of_staging_accounts_cannot_be(syncs: TagSyncs) -> None:
    syncs.protect(1, {"Tier": "db"})
    syncs.trigger()
    syncs.system.functions.waiting.clear()
    syncs.system.clock.advance(3600)
    vars(app_of(syncs))["staging_syncs"] = SimpleNamespace(left=_breaks_off)

    with pytest.raises(RuntimeError, match="unforeseen"):
        strike(syncs.system)
    syncs.deliver()

    assert syncs.tags(1) == {"Tier": "db"}


def _breaks_off(*_args: object) -> None:
    raise RuntimeError("unforeseen")


@pytest.mark.requirement("SRS-F41")
def test_both_operations_and_both_reads_have_a_door_at_the_api(system: System) -> None:
    syncs = TagSyncs(system)
    syncs.tamper(drs_regions=REGIONS)

    status, run = system.by_api(1, "POST /drs/tag-sync")
    assert (status, run["startedBy"]) == (202, "ann@example.com")
    syncs.deliver()
    assert system.by_api(1, "PUT /config/tag-sync", body={"version": 1, "enabled": True})[0] == 200
    assert system.by_api(0, "GET /config/tag-sync")[1]["updatedBy"] == "ann@example.com"
    status, report = system.by_api(0, "GET /drs/tag-sync")
    assert (status, kept("get_tag_sync_status", report)["enabled"]) == (200, True)
    assert HUB not in json.dumps(report["places"])
