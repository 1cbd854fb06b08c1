"""Everything the operations of DRS share: cells, time, what is planned, what is recorded."""

import random
from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from local.drs_simulator.agenda import Agenda
from local.drs_simulator.clock import Clock, later, to_milliseconds
from local.drs_simulator.credentials import partition_of
from local.drs_simulator.ec2 import Ec2
from local.drs_simulator.estate import ReplicationSpec, SourceServerSpec
from local.drs_simulator.faults import Faults
from local.drs_simulator.ids import Ids
from local.drs_simulator.record import Record
from local.drs_simulator.settings import Quotas, Settings
from local.drs_simulator.state import Cell, SourceServer, StagingArea
from local.drs_simulator.views import origin_of

Event = dict[str, Any]


class World:
    """The state of the simulated service in all accounts and regions; not thread-safe by itself."""

    def __init__(self, clock: Clock, ec2: Ec2, settings: Settings, seed: int) -> None:
        self.settings = settings
        self.ec2 = ec2
        self.seed = seed
        self.rng = random.Random(seed)
        self.ids = Ids(self.rng)
        self.agenda = Agenda()
        self.record = Record()
        self.faults = Faults()
        self.outbox: deque[tuple[str, str, Event]] = deque()
        self.cells: dict[tuple[str, str], Cell] = {}
        self._clock = clock
        self._sequence = 0
        self.now = to_milliseconds(clock.now())

    def advance(self) -> datetime:
        """Let everything happen that is due by now; time never runs backwards."""
        until = self.present()
        while due := self.agenda.take_due(until):
            self.now, step = due
            step(self.now)
        self.now = until
        return until

    def present(self) -> datetime:
        """What time it is, without letting anything happen."""
        return max(self.now, to_milliseconds(self._clock.now()))

    def cell(self, account: str, region: str) -> Cell:
        """The state of an account and region, empty at first."""
        key = (account, region)
        if key not in self.cells:
            self.cells[key] = Cell(account, region, partition_of(region))
        return self.cells[key]

    def quotas_of(self, cell: Cell) -> Quotas:
        """The quotas that hold in an account and region."""
        return cell.quotas or self.settings.quotas

    def next_sequence(self) -> int:
        """A number higher than all before, by which lists are ordered and paged."""
        self._sequence += 1
        return self._sequence

    def note(self, cell: Cell, at: datetime, kind: str, **what: Any) -> None:
        """Record an effect."""
        self.record.add_effect(at, cell.account, cell.region, kind, **what)

    def add_server(self, cell: Cell, spec: SourceServerSpec) -> SourceServer:
        """Protect a server, or an extension of one; the region counts as initialised from then on.

        Raises ValueError if the id is taken, Ec2RefusedError if the instance that it comes from cannot be had.
        """
        server_id = spec.source_server_id or self.ids.resource("s")
        if server_id in cell.servers:
            raise ValueError(f"source server {server_id} exists in {cell.account} {cell.region}")
        cell.initialized = True
        jitter = self.settings.timings.jitter
        pace = random.Random(f"{self.seed}/{cell.account}/{cell.region}/{server_id}").uniform(1 - jitter, 1 + jitter)
        server = SourceServer(
            sequence=self.next_sequence(),
            server_id=server_id,
            arn=cell.arn("source-server", server_id),
            spec=spec,
            added=to_milliseconds(spec.protected_since or later(self.now, -30 * 86_400)),
            pace=pace,
            tags=dict(spec.tags),
            replication=spec.replication,
            replication_since=self.now,
            launch_configuration=_launch_configuration(server_id, spec, self.ids.resource("lt")),
            encryption=spec.encryption or cell.encryption,
            staging=self._staging_area(cell, spec, server_id),
        )
        if spec.origin == "ec2":
            self.ec2.originate(origin_of(server_id, spec, cell.account))
        cell.servers[server_id] = server
        return server

    def extend(self, cell: Cell, original: SourceServer, tags: Mapping[str, str]) -> SourceServer:
        """Add an extension of another account's server, of which nothing is known yet but that it is one."""
        account = original.arn.split(":")[4]
        of_its_own = {
            "source_server_id": None,
            "staging_account_id": account,
            "staging_source_server_id": original.server_id,
            "tags": dict(tags),
            "replication": ReplicationSpec(state="INITIATING", replicated_percent=0),
            "protected_since": self.now,
        }
        server = self.add_server(cell, original.spec.model_copy(update=of_its_own))
        share_key(server, self.now)
        return server

    def extensions_of(self, original: SourceServer) -> list[SourceServer]:
        """The servers of other accounts that are extensions of this one."""
        return [
            server
            for cell in self.cells.values()
            for server in cell.servers.values()
            if server.staging is not None and server.staging.original is original
        ]

    def _staging_area(self, cell: Cell, spec: SourceServerSpec, server_id: str) -> StagingArea | None:
        if spec.staging_account_id is None:
            return None
        home = self.cell(spec.staging_account_id, cell.region)
        original_id = spec.staging_source_server_id or server_id
        original = home.servers.get(original_id)
        if original is None:
            own = {"source_server_id": original_id, "staging_account_id": None, "staging_source_server_id": None}
            original = self.add_server(home, spec.model_copy(update=own))
        return StagingArea(home.account, original)


def share_key(extension: SourceServer, at: datetime) -> None:
    """Whether the target account may use the key of the staging account from now on."""
    staging = extension.staging
    if staging is None:
        return
    was_refused, key, target = bool(staging.error), staging.original.encryption, extension.arn.split(":")[4]
    may_use = target in key.shared_with
    staging.error = "" if may_use else f"The policy of the key {key.key_arn} does not let the account {target} use it"
    extension.constants.clear()
    if was_refused:
        show_replication(extension, at)


def show_replication(extension: SourceServer, at: datetime) -> None:
    """From now on the extension replicates as the server in its staging account does."""
    if extension.staging is not None and not extension.staging.error:
        extension.replication = extension.staging.original.replication
        extension.replication_since = at


def names_of(cell: Cell, server_ids: Iterable[str]) -> set[str]:
    """The ids and the hostnames of these servers, by which faults may name them."""
    names: set[str] = set()
    for server_id in server_ids:
        names.add(server_id)
        if server_id in cell.servers:
            names.add(cell.servers[server_id].spec.hostname)
    return names


def _launch_configuration(server_id: str, spec: SourceServerSpec, template_id: str) -> dict[str, Any]:
    return {
        "sourceServerID": server_id,
        "name": spec.hostname[:128],
        "ec2LaunchTemplateID": template_id,
        "launchDisposition": "STARTED",
        "targetInstanceTypeRightSizingMethod": "BASIC",
        "copyPrivateIp": False,
        "copyTags": False,
        "licensing": {"osByol": False},
        "postLaunchEnabled": False,
        "launchIntoInstanceProperties": {},
        "recoveryMode": "FAST",
    }
