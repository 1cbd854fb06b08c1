"""12. Who recovers to a point in time is launched from the newest snapshot that is not later; nobody else from any."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from local.drs_simulator.record import Call
from tests.proof.invariants.reading import Invariant
from tests.support.oracle import EXECUTION_TAG

CHOSEN: Final = tuple(timedelta(minutes=minutes) for minutes in range(5))
"""So long before the call its snapshot may have been looked up: DRS drops one of each server every ten minutes."""


class FromThePoint(Invariant):
    """The calls that launch."""

    number = 12

    def called(self, call: Call) -> None:
        execution = self.ledger.executions.get(str((call.parameters.get("tags") or {}).get(EXECUTION_TAG, "")))
        if call.operation != "StartRecovery" or execution is None:
            return
        for server in call.parameters["sourceServers"]:
            self._check(call, server, execution.point_in_time)

    def _check(self, call: Call, server: dict[str, Any], asked: datetime | None) -> None:
        name, snapshot = server["sourceServerID"], server.get("recoverySnapshotID")
        words = f"{name} is launched from {snapshot or 'the latest data'}"
        if asked is None:
            if snapshot is not None:
                self.broken(f"{words}, and nobody has asked for a point in time")
            return
        newest = {self._newest(call, name, asked, call.time - ago) for ago in CHOSEN}
        if snapshot is None or snapshot not in newest:
            self.broken(f"{words}, asked is {asked}, of which DRS has {sorted(filter(None, newest))}")

    def _newest(self, call: Call, server: str, asked: datetime, at: datetime) -> str | None:
        """The newest snapshot at that time that is not later than what was asked for."""
        known = self.ledger.witness.snapshots((call.account, call.region), server, at)
        return next((one.snapshot_id for one in reversed(known) if one.at <= asked), None)
