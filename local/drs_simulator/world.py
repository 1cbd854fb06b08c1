"""Everything the operations of DRS share: cells, time, what is planned, what is recorded."""

import random
from collections import deque
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from local.drs_simulator.agenda import Agenda
from local.drs_simulator.clock import Clock, later, to_milliseconds
from local.drs_simulator.credentials import partition_of
from local.drs_simulator.ec2 import Ec2
from local.drs_simulator.estate import SourceServerSpec
from local.drs_simulator.faults import Faults
from local.drs_simulator.ids import Ids
from local.drs_simulator.record import Record
from local.drs_simulator.settings import Settings
from local.drs_simulator.state import Cell, SourceServer
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

    def next_sequence(self) -> int:
        """A number higher than all before, by which lists are ordered and paged."""
        self._sequence += 1
        return self._sequence

    def note(self, cell: Cell, at: datetime, kind: str, **what: Any) -> None:
        """Record an effect."""
        self.record.add_effect(at, cell.account, cell.region, kind, **what)

    def add_server(self, cell: Cell, spec: SourceServerSpec) -> SourceServer:
        """Protect a server; the region counts as initialised from then on.

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
        )
        if spec.origin == "ec2":
            self.ec2.originate(origin_of(server_id, spec, cell.account))
        cell.servers[server_id] = server
        return server


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
