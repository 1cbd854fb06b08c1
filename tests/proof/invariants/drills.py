"""14. What is there for an execution only is there when it launches, and at no other launch; in the end it is gone."""

from __future__ import annotations

from typing import Final

from local.drs_simulator.record import Call, Effect
from shared.stores.keys import TEMPORARY
from tests.proof.facts import Written
from tests.proof.invariants.reading import Invariant, Rest
from tests.proof.ledger import Ledger
from tests.support.oracle import EXECUTION_TAG

FIELD: Final = "recoveryMode"
IN_DRILLS: Final = "OPTIMAL"
"""What DRS has of the field in drills; otherwise, as servers are made, FAST."""

INTO: Final = "launchIntoInstanceProperties"


class DrillsOnly(Invariant):
    """The calls that launch, and what DRS had of their servers."""

    number = 14

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self.drilled: set[str] = set()
        """The servers that are otherwise in drills."""
        self.prepared: set[str] = set()
        """The servers that every execution launches into an instance which is there already."""
        self.lent = 0
        self.launched_into = 0
        """How many servers were launched into instances."""
        self._has: dict[str, str] = {}
        self._into: set[str] = set()
        self._rows: set[str] = set()

    def became(self, effect: Effect) -> None:
        if effect.kind != "launchConfigurationUpdated":
            return
        if INTO in effect.detail:
            is_into = any(effect.detail[INTO].values())
            (self._into.add if is_into else self._into.discard)(effect.server_id)
            self.lent += is_into
        if FIELD in effect.detail:
            self._has[effect.server_id] = effect.detail[FIELD]
            self.lent += effect.detail[FIELD] == IN_DRILLS

    def wrote(self, write: Written) -> None:
        if write.partition == TEMPORARY:
            (self._rows.discard if write.after is None else self._rows.add)(write.sort)

    def called(self, call: Call) -> None:
        if call.operation != "StartRecovery" or not (call.parameters.get("tags") or {}).get(EXECUTION_TAG):
            return
        is_drill = bool(call.parameters.get("isDrill"))
        for one in call.parameters["sourceServers"]:
            server = str(one["sourceServerID"])
            has = self._has.get(server)
            if is_drill and server in self.drilled and has != IN_DRILLS:
                self.broken(f"{server} is launched in a drill with {has}")
            if not is_drill and has == IN_DRILLS:
                self.broken(f"{server} is recovered with the settings of a drill")
            self.launched_into += server in self._into
            if (server in self.prepared) is not (server in self._into):
                self.broken(f"{server} is launched {'anew' if server in self.prepared else 'into an instance'}")

    def at_rest(self, rest: Rest) -> None:
        left = sorted({server for server, has in self._has.items() if has == IN_DRILLS} | self._into)
        if rest.is_over and (left or self._rows):
            self.broken(
                f"all has ended, and {left} have settings of one execution, of which {sorted(self._rows)} are known"
            )
