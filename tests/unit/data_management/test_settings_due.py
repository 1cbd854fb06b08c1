"""Which servers of a wave are to be looked at, in which order, and whether anything may be written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data_management.settings_due import by_group, due_of, with_unread_since
from shared.engine.bounds import SETTINGS_FRESH
from shared.models.server_record import LaunchStatus, ServerRecord
from shared.models.targets import ServerKey
from shared.models.verified_settings import SettingsVerdict, VerifiedSettings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TRUST = timedelta(minutes=16)
VERSIONS = {"g-1": 2, "g-2": 1}


def server(number: int = 1, **said: Any) -> ServerRecord:
    key = ServerKey(account_id="111122223333", region="us-west-2", source_server_id=f"s-{number:017x}")
    fields = {"execution_id": "e1", "plan_id": "p1", "wave_number": 0, "server": key, "settings_group_id": "g-1"}
    return ServerRecord(**{**fields, "updated_at": NOW, **said})


def seen(one: ServerRecord, verdict: SettingsVerdict = SettingsVerdict.READY, **said: Any) -> VerifiedSettings:
    fields = {"execution_id": "e1", "plan_id": "p1", "wave_number": 0, "server": one.server, "verdict": verdict}
    return VerifiedSettings(**{**fields, "verified_at": NOW, "group_id": "g-1", "group_version": 2, **said})


@pytest.mark.parametrize(
    ("verdict", "said", "is_due"),
    [
        (SettingsVerdict.READY, {}, False),
        (SettingsVerdict.READY, {"verified_at": NOW - SETTINGS_FRESH}, False),
        (SettingsVerdict.READY, {"verified_at": NOW - SETTINGS_FRESH - timedelta(seconds=1)}, True),
        (SettingsVerdict.UNREAD, {}, False),
        (SettingsVerdict.UNREAD, {"verified_at": NOW - timedelta(seconds=1)}, True),
        (SettingsVerdict.READY, {"group_version": 1}, True),
    ],
)
def test_who_is_known_well_enough_is_not_looked_at_again(
    verdict: SettingsVerdict, said: dict[str, Any], is_due: bool
) -> None:
    one = server()
    known = {one.server: seen(one, verdict, **said)}

    assert due_of([one], known, VERSIONS, NOW) == ([one] if is_due else [])


def test_only_who_has_settings_and_waits_for_its_launch_is_looked_at() -> None:
    waits, launched = server(1), server(2, launch=LaunchStatus.LAUNCHED)
    without = server(3, settings_group_id=None)

    assert due_of([waits, launched, without], {}, VERSIONS, NOW) == [waits]


def test_who_may_be_being_launched_comes_last_and_is_not_written() -> None:
    believed, stale = server(1), server(2)
    refused, elsewhere = server(3), server(4, settings_group_id="g-2")
    known = {
        believed.server: seen(believed, verified_at=NOW - TRUST + timedelta(seconds=1)),
        stale.server: seen(stale, verified_at=NOW - TRUST),
        refused.server: seen(refused, SettingsVerdict.REFUSED),
    }

    parts = by_group([believed, stale, refused, elsewhere], known, NOW, TRUST)

    assert parts == [(("g-1", True), [stale, refused]), (("g-2", True), [elsewhere]), (("g-1", False), [believed])]


def test_since_when_nobody_could_look_is_kept_until_somebody_can() -> None:
    one, earlier = server(), NOW - timedelta(hours=1)
    unread = seen(one, SettingsVerdict.UNREAD)

    assert with_unread_since(None, unread).unread_since == NOW
    before = seen(one, SettingsVerdict.UNREAD, verified_at=earlier, unread_since=earlier)
    assert with_unread_since(before, unread).unread_since == earlier
    assert with_unread_since(seen(one, verified_at=earlier), unread).unread_since == NOW
    assert with_unread_since(before, seen(one)).unread_since is None
