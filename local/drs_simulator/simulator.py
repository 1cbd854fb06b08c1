"""The simulator: one object that answers DRS's HTTP requests and can be asked what it did."""

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from local.drs_simulator.clock import Clock
from local.drs_simulator.credentials import AccountOfKey, account_of_key, drs_regions
from local.drs_simulator.description import describe
from local.drs_simulator.ec2 import Ec2, InMemoryEc2
from local.drs_simulator.estate import (
    EncryptionSpec,
    EstateRegion,
    QuotasSpec,
    RegionState,
    ReplicationSpec,
    SourceServerSpec,
    read_estate,
)
from local.drs_simulator.faults import FaultPlan, read_fault_plan
from local.drs_simulator.front import Front, start_foreign_job
from local.drs_simulator.messages import HttpRequest, HttpResponse
from local.drs_simulator.operations.servers import server_named
from local.drs_simulator.prepared import prepared_of
from local.drs_simulator.record import Record
from local.drs_simulator.settings import Quotas, Settings
from local.drs_simulator.snapshots import snapshots_of
from local.drs_simulator.state import Cell, Snapshot
from local.drs_simulator.status_checks import InstanceStatus, statuses_of
from local.drs_simulator.wire import shared_wire
from local.drs_simulator.world import Event, World, names_of, share_key, show_replication

OnEvent = Callable[[str, str, Event], None]


def _ignore_event(_account: str, _region: str, _event: Event) -> None:
    return None


class Simulator:
    """AWS Elastic Disaster Recovery in one object; every method may be called from any thread.

    `on_event` is called outside the simulator's lock, so it may call the simulator; it must not raise.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        ec2: Ec2 | None = None,
        settings: Settings | None = None,
        seed: int = 0,
        on_event: OnEvent = _ignore_event,
        account_of_key: AccountOfKey = account_of_key,
        enabled_regions: Collection[str] | None = None,
    ) -> None:
        self._world = World(clock, ec2 or InMemoryEc2(), settings or Settings(), seed)
        regions = drs_regions() if enabled_regions is None else enabled_regions
        self._front = Front(self._world, shared_wire(), account_of_key, regions)
        self._lock = threading.RLock()
        self._on_event = on_event
        self.delivers_events_inline = True
        """Whether `handle` and `advance` hand out due events themselves; a server leaves that to its ticker."""

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one request of the DRS API."""
        with self._lock:
            response = self._front.answer(request)
        if self.delivers_events_inline:
            self.deliver_events()
        return response

    def advance(self) -> datetime:
        """Let everything happen that is due by now, and answer what time it is."""
        with self._lock:
            now = self._world.advance()
        if self.delivers_events_inline:
            self.deliver_events()
        return now

    def next_due(self) -> datetime | None:
        """When something will next happen by itself, or None: where a virtual clock may jump to."""
        with self._lock:
            return self._world.agenda.next_due()

    def deliver_events(self) -> int:
        """Hand out the events that are due; answers how many."""
        delivered = 0
        while self._world.outbox:
            try:
                account, region, event = self._world.outbox.popleft()
            except IndexError:
                break
            self._on_event(account, region, event)
            delivered += 1
        return delivered

    def initialize(self, account: str, region: str) -> None:
        """Initialise DRS in an account and region, as InitializeService does."""
        with self._lock:
            self._world.cell(account, region).initialized = True

    def set_region(self, account: str, region: str, state: RegionState) -> None:
        """What a region says to an account from now on; whatever is protected there stays, and goes on."""
        with self._lock:
            cell = self._world.cell(account, region)
            cell.state = "initialized" if state == "notInitialized" else state
            if state in ("initialized", "notInitialized"):
                cell.initialized = state == "initialized"

    def disable_region(self, account: str, region: str) -> None:
        """From now on the region is not enabled for the account: its credentials are not recognised there."""
        self.set_region(account, region, "notEnabled")

    def set_quotas(self, account: str, region: str, quotas: QuotasSpec) -> None:
        """From now on these quotas hold in an account and region, and the others that did before."""
        with self._lock:
            self._set_quotas(self._world.cell(account, region), quotas)

    def _set_quotas(self, cell: Cell, quotas: QuotasSpec) -> None:
        if said := quotas.said():
            cell.quotas = replace(self._world.quotas_of(cell), **said)

    def quotas(self, account: str, region: str) -> Quotas:
        """The quotas of an account and region; takes no lock, because Service Quotas may ask while EC2 is asked."""
        cell = self._world.cells.get((account, region))
        return self._world.settings.quotas if cell is None else self._world.quotas_of(cell)

    def add_source_server(self, account: str, region: str, spec: SourceServerSpec) -> str:
        """Protect a server, which also initialises the region; answers its id. Raises ValueError if the id is taken."""
        with self._lock:
            self._world.advance()
            return self._world.add_server(self._world.cell(account, region), spec).server_id

    def load_estate(self, document: Any) -> list[str]:
        """Protect all the servers of an estate document; answers their ids in its order.

        The instances that it has prepared for launches are there then. Raises DocumentError.
        """
        estate = read_estate(document)
        with self._lock:
            self._world.advance()
            for part in estate.regions:
                cell = self._world.cell(part.account, part.region)
                cell.initialized, cell.encryption = True, part.encryption
                self._set_quotas(cell, part.quotas)
                for instance in part.instances:
                    self._world.ec2.prepare(prepared_of(part.account, part.region, instance))
            servers = [(part, spec) for part in estate.regions for spec in part.servers]
            # extensions come last: what they are extensions of may stand behind them
            order = sorted(range(len(servers)), key=lambda place: servers[place][1].staging_account_id is not None)
            added = {place: self._protect(*servers[place]) for place in order}
            return [added[place] for place in range(len(servers))]

    def _protect(self, part: EstateRegion, spec: SourceServerSpec) -> str:
        return self._world.add_server(self._world.cell(part.account, part.region), spec).server_id

    def set_replication(self, account: str, region: str, server_id: str, replication: ReplicationSpec) -> None:
        """Change how a server replicates; raises DrsError for an unknown server."""
        with self._lock:
            self._world.advance()
            server = server_named(self._world.cell(account, region), server_id)
            server.replication = replication
            server.replication_since = self._world.now
            for extension in self._world.extensions_of(server):
                if extension.replication.state != "INITIATING":
                    show_replication(extension, self._world.now)

    def set_encryption(self, account: str, region: str, encryption: EncryptionSpec) -> None:
        """Change how all servers of an account and region are encrypted in their staging areas.

        Extensions that could not be used for want of the key can be from now on, if its policy lets them.
        """
        with self._lock:
            self._world.advance()
            cell = self._world.cell(account, region)
            cell.encryption = encryption
            for server in cell.servers.values():
                server.encryption = encryption
                for extension in self._world.extensions_of(server):
                    share_key(extension, self._world.now)

    def start_foreign_job(
        self,
        account: str,
        region: str,
        server_ids: Iterable[str],
        *,
        is_drill: bool = False,
        tags: Mapping[str, str] | None = None,
    ) -> str:
        """Start a launch job as somebody else would; answers its id. Raises DrsError as StartRecovery does."""
        with self._lock:
            self._world.advance()
            cell = self._world.cell(account, region)
            return start_foreign_job(self._world, cell, list(server_ids), is_drill=is_drill, tags=dict(tags or {}))

    def add_faults(self, plan: FaultPlan | Mapping[str, Any]) -> tuple[str, ...]:
        """Put a fault plan in force from now on, besides those before; answers the servers of it that are not there.

        They may be protected later. Raises DocumentError.
        """
        checked = plan if isinstance(plan, FaultPlan) else read_fault_plan(plan)
        with self._lock:
            self._world.faults.arm(checked, self._world.advance())
            known = {name for cell in self._world.cells.values() for name in names_of(cell, cell.servers)}
        return tuple(dict.fromkeys(name for fault in checked.faults for name in fault.servers if name not in known))

    def clear_faults(self) -> None:
        """Take all faults out of force."""
        with self._lock:
            self._world.faults.clear()

    def instance_status(
        self, account: str, region: str, instance_ids: Iterable[str] | None = None
    ) -> list[InstanceStatus]:
        """EC2's status checks of instances that DRS launched, of all or of those asked for; others are left out."""
        with self._lock:
            self._world.advance()
            return statuses_of(self._world, self._world.cell(account, region), instance_ids, ask_ec2=True)

    def status_checks(self, account: str, region: str, instance_ids: Iterable[str]) -> list[InstanceStatus]:
        """The same for EC2 itself to ask: states are what DRS made of the instances.

        It takes no lock and calls nobody, because the simulator may be waiting for EC2 at this moment.
        """
        cell = self._world.cells.get((account, region))
        return [] if cell is None else statuses_of(self._world, cell, instance_ids, ask_ec2=False)

    def is_impaired(self, account: str, region: str, instance_id: str) -> bool:
        """Whether the status checks of an instance that DRS launched never pass; raises KeyError for an unknown one."""
        with self._lock:
            return self._world.cell(account, region).boots[instance_id].impaired

    def points_in_time(self, account: str, region: str, server_id: str, at: datetime) -> list[Snapshot]:
        """What a server could be recovered to at that time, oldest first; raises DrsError for an unknown server."""
        with self._lock:
            return snapshots_of(server_named(self._world.cell(account, region), server_id), at)

    def snapshot(self) -> dict[str, Any]:
        """The present state of everything as JSON."""
        with self._lock:
            self._world.advance()
            return describe(self._world)

    @property
    def record(self) -> Record:
        """Every call and effect so far; the oracle."""
        return self._world.record

    @property
    def faults_met(self) -> Counter[str]:
        """How many faults of each kind were met."""
        return self._world.faults.met

    @property
    def operations_met(self) -> Counter[str]:
        """How many faults calls of each operation have met."""
        return +self._world.faults.operations

    @property
    def refusals(self) -> dict[tuple[str, str], Counter[str]]:
        """How often each quota, by its code, refused a call, per account and region."""
        return {key: cell.refusals for key, cell in list(self._world.cells.items()) if cell.refusals}
