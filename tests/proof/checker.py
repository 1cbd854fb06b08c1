"""All invariants over one world: facts are given to them in the order in which they happened."""

from __future__ import annotations

from datetime import timedelta

from local.drs_simulator.record import Record
from shared.clock import Clock
from shared.stores.table import Item
from tests.proof.facts import Act, Fact, Plan, WatchedTable, Written
from tests.proof.invariants.conclusions import TrueEnds
from tests.proof.invariants.drills import DrillsOnly
from tests.proof.invariants.endings import TerminalForEver
from tests.proof.invariants.gates import OwnKeyOnly
from tests.proof.invariants.lasting import HealthyToTheEnd
from tests.proof.invariants.launches import LaunchedOnce
from tests.proof.invariants.limits import WavesInTime
from tests.proof.invariants.locks import OneHolder
from tests.proof.invariants.order import InOrder
from tests.proof.invariants.points import FromThePoint
from tests.proof.invariants.quotas import WithinQuotas
from tests.proof.invariants.reading import Invariant, Rest
from tests.proof.invariants.requests import NothingLost
from tests.proof.invariants.settings import SettingsFirst
from tests.proof.invariants.sizes import SmallItems
from tests.proof.invariants.steps import OneStepAtATime
from tests.proof.invariants.time import InTime
from tests.proof.invariants.verdicts import TrueVerdicts
from tests.proof.ledger import Ledger
from tests.proof.witness import Witness


class Checker:
    """Reads the record from where it stopped, and every write at once; the first violation is raised by `look`.

    A violation within a function, or a defect of ours, must not be swallowed by it: it is kept until the step is over.
    """

    def __init__(
        self, record: Record, table: WatchedTable, clock: Clock, plans: dict[str, Plan], witness: Witness
    ) -> None:
        self.ledger = Ledger(plans, witness)
        self.sizes = SmallItems(self.ledger)
        self.settings_first, self.drills_only = SettingsFirst(self.ledger), DrillsOnly(self.ledger)
        self.in_time, self.waves_in_time = InTime(self.ledger), WavesInTime(self.ledger)
        self.invariants: tuple[Invariant, ...] = (
            LaunchedOnce(self.ledger),
            InOrder(self.ledger),
            WithinQuotas(self.ledger),
            TerminalForEver(self.ledger),
            self.in_time,
            self.waves_in_time,
            OneStepAtATime(self.ledger),
            OneHolder(self.ledger),
            self.sizes,
            NothingLost(self.ledger),
            OwnKeyOnly(self.ledger),
            TrueVerdicts(self.ledger),
            TrueEnds(self.ledger),
            HealthyToTheEnd(self.ledger),
            FromThePoint(self.ledger),
            self.settings_first,
            self.drills_only,
        )
        self.violation: Exception | None = None
        self.facts = 0
        self._record = record
        self._clock = clock
        self._read = 0
        table.on_write = self._written

    def look(self) -> None:
        """Read what is new; raises Violation."""
        self._drain()
        if self.violation is not None:
            raise self.violation

    def act(self, act: Act) -> None:
        """A person does something now."""
        self._drain()
        self._see(act)

    def rest(self, rest: Rest) -> None:
        """Nothing went wrong for some minutes; raises Violation."""
        self.look()
        for invariant in self.invariants:
            invariant.at_rest(rest)

    def allow(self, outages: timedelta) -> None:
        """The services were away so long, all in all: executions may take longer."""
        self.in_time.outages += outages
        self.waves_in_time.outages += outages

    def _written(self, partition: str, sort: str, before: Item | None, after: Item | None) -> None:
        self._drain()
        self._see(Written(self._clock.now(), partition, sort, before, after))

    def _drain(self) -> None:
        entries = self._record.entries
        while self._read < len(entries):
            self._read += 1
            self._see(entries[self._read - 1])

    def _see(self, fact: Fact) -> None:
        self.facts += 1
        if self.violation is not None:
            return
        try:
            self.ledger.see(fact)
            for invariant in self.invariants:
                invariant.see(fact)
        except Exception as violation:
            self.violation = violation
