"""Who may still launch a server is asked before each part of a large restoring, not once for all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import cast

from shared.conflict_detection import Holder
from shared.models.lock import LockOwner, OwnerKind
from shared.models.targets import ServerKey
from shared.models.temporary_settings import TemporarySettings
from shared.services.restoring import AT_ONCE, RestoringDeps, restore

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OTHER = LockOwner(
    kind=OwnerKind.EXECUTION, execution_id="e2", plan_id="p2", plan_name="other", execution_type="RECOVERY"
)


class Rows:
    """The rows of an ended execution, of which somebody else restores each."""

    def __init__(self) -> None:
        self.waiting: dict[ServerKey, str] = {}

    def claim(self, *_: object) -> None:
        return None

    def note_waiting(self, row: TemporarySettings, words: str) -> None:
        self.waiting[row.server] = words

    def all(self) -> Iterable[TemporarySettings]:
        return ()

    def end_lending(self, executions: Collection[tuple[str, str]]) -> None:
        assert not executions, "nothing was restored"


class Holders:
    """A recovery of all servers begins once it was asked for some of them."""

    def __init__(self) -> None:
        self.is_asked = False

    def holders(self, servers: Collection[ServerKey]) -> Mapping[ServerKey, Holder]:
        held = {server: Holder(OTHER, "RUNNING", "RUNNING") for server in servers} if self.is_asked else {}
        self.is_asked = True
        return held


def row(number: int) -> TemporarySettings:
    server = ServerKey(account_id="111122223333", region="us-west-2", source_server_id=f"s-{number:017d}")
    made = {"for_execution": "e1", "for_plan": "p1", "wave_number": 0, "group_id": "g-1", "group_version": 1}
    return TemporarySettings.model_validate({"server": server, **made, "actor": "ann", "at": NOW, "until": NOW})


def test_a_recovery_that_begins_between_two_parts_keeps_its_servers() -> None:
    rows, listed = Rows(), [row(number) for number in range(AT_ONCE + 1)]
    executions = SimpleNamespace(get_headers=lambda _: [])
    deps = SimpleNamespace(rows=rows, executions=executions, holders=Holders(), clock=SimpleNamespace(now=lambda: NOW))

    left = restore(listed, datetime.max.replace(tzinfo=UTC), NOW, cast(RestoringDeps, deps))

    assert left[listed[0].server] == "somebody else restores it"
    assert left[listed[-1].server] == "execution e2 may still launch it"
    assert rows.waiting == {listed[-1].server: "execution e2 may still launch it"}
