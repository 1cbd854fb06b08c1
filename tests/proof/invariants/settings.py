"""13. Whoever has launch settings is launched with them, or with what they were within the last look.

And nobody is brought to them whose group wants that nothing is repaired.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from local.drs_simulator.record import Call, Effect
from shared.engine.bounds import SETTINGS_TRUST
from tests.proof.invariants.reading import Invariant
from tests.proof.ledger import Ledger
from tests.support.oracle import EXECUTION_TAG

LATE: Final = timedelta(seconds=100)
"""So long after its decision a call may have its effect, at the most."""


class SettingsFirst(Invariant):
    """The calls that launch, and what DRS had of their servers."""

    number = 13

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self.settled: set[str] = set()
        """The servers that are to be launched with copyTags."""
        self.blocked: dict[str, datetime] = {}
        """Since when the groups of servers want no repair."""
        self._wrong_since: dict[str, datetime | None] = {}
        """Of each server that DRS was told of, since when it has something else; None if it has not."""

    def became(self, effect: Effect) -> None:
        if effect.kind == "launchConfigurationUpdated" and "copyTags" in effect.detail:
            self._wrong_since[effect.server_id] = None if effect.detail["copyTags"] else effect.time

    def called(self, call: Call) -> None:
        if call.operation == "UpdateLaunchConfiguration":
            self._check_repair(str(call.parameters["sourceServerID"]), call.time)
        if call.operation != "StartRecovery" or not (call.parameters.get("tags") or {}).get(EXECUTION_TAG):
            return
        for one in call.parameters["sourceServers"]:
            server = str(one["sourceServerID"])
            if server in self.settled:
                self._check(server, call.time)

    def _check_repair(self, server: str, at: datetime) -> None:
        since = self.blocked.get(server)
        if since is not None and at - since > LATE:
            self.broken(f"the settings of {server} are repaired, and its group wants none since {since}")

    def _check(self, server: str, at: datetime) -> None:
        if server not in self._wrong_since:
            self.broken(f"{server} is launched, and nobody has brought its settings to DRS")
        since = self._wrong_since[server]
        if since is not None and at - since > SETTINGS_TRUST + LATE:
            self.broken(f"{server} is launched, and DRS has had other settings since {since}")
