"""What is true in EC2, SSM and CloudWatch, and what DRS could recover from: beside its record, from the simulator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from local.drs_simulator import Quotas, Timings
from local.drs_simulator.state import Snapshot
from tests.support.world.rest import QUICK
from tests.support.world.world import World

Place = tuple[str, str]
"""An account and a region."""


@dataclass
class Witness:
    """The truth by hand: every instance passes its checks unless it is said to be impaired."""

    timings: Timings = QUICK.timings
    quotas: Quotas = QUICK.quotas
    impaired: set[str] = field(default_factory=set)
    failing: dict[str, datetime] = field(default_factory=dict)
    """Since when the commands of an instance fail."""
    ringing: dict[Place, datetime] = field(default_factory=dict)
    """Since when the alarm of a place has been in ALARM without a break."""
    ran: dict[str, int] = field(default_factory=dict)
    points: dict[str, tuple[Snapshot, ...]] = field(default_factory=dict)

    def is_impaired(self, _place: Place, instance_id: str) -> bool:
        """Whether the status checks of an instance never pass."""
        return instance_id in self.impaired

    def commands_run(self, instance_id: str, _by: datetime) -> int:
        """How many commands had run on an instance to their end by then."""
        return self.ran.get(instance_id, 0)

    def snapshots(self, _place: Place, server: str, _at: datetime) -> Sequence[Snapshot]:
        """What DRS had of a server at that time, oldest first."""
        return self.points.get(server, ())


@dataclass
class WorldWitness(Witness):
    """The truth of a world."""

    world: World = field(kw_only=True)

    def is_impaired(self, place: Place, instance_id: str) -> bool:
        return self.world.simulator.is_impaired(*place, instance_id)

    def commands_run(self, instance_id: str, by: datetime) -> int:
        took = timedelta(seconds=self.world.cloud.ssm.seconds)
        return sum(instance_id in one.instances and one.at + took <= by for one in self.world.cloud.ssm.sent)

    def snapshots(self, place: Place, server: str, at: datetime) -> Sequence[Snapshot]:
        return self.world.simulator.points_in_time(*place, server, at)
