"""EC2's status checks of recovery instances: initialising for a while, then ok, or impaired for ever."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from local.drs_simulator.clock import later
from local.drs_simulator.state import Boot, Cell
from local.drs_simulator.world import World


@dataclass(frozen=True, slots=True)
class InstanceStatus:
    """What DescribeInstanceStatus says of one instance, in EC2's words."""

    instance_id: str
    instance_state: str
    system_status: str
    instance_status: str


def statuses_of(world: World, cell: Cell, instance_ids: Iterable[str] | None, *, ask_ec2: bool) -> list[InstanceStatus]:
    """The status of every instance that DRS launched here, or of those asked for.

    EC2 is asked for their states and leaves out what it has forgotten; unless `ask_ec2` is false, which serves EC2
    itself: then states are what DRS made of them.
    """
    now = world.present()
    asked = list(cell.boots) if instance_ids is None else [one for one in instance_ids if one in cell.boots]
    states: Mapping[str, str] = {one: cell.boots[one].state for one in asked}
    if ask_ec2 and asked:
        states = world.ec2.states(cell.account, cell.region, asked)
    return [_status(world, now, one, states[one], cell.boots[one]) for one in asked if one in states]


def _status(world: World, now: datetime, instance_id: str, state: str, boot: Boot) -> InstanceStatus:
    if state != "running":
        return InstanceStatus(instance_id, state, "not-applicable", "not-applicable")
    if now < later(boot.at, world.settings.timings.status_checks):
        return InstanceStatus(instance_id, state, "initializing", "initializing")
    return InstanceStatus(instance_id, state, "ok", "impaired" if boot.impaired else "ok")
