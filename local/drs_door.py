"""DRS in the local system: what is needed of it, and the simulator as the one that serves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from local.clock import LocalClock
from local.drs_simulator import Settings, Simulator
from local.drs_simulator.moto_ec2 import MotoEc2
from local.drs_simulator.server import DrsServer
from local.moto_patches.instance_status import Checks

OnEvent = Callable[[str, str, dict[str, Any]], None]


class DrsDoor(Protocol):
    """DRS behind an HTTP door."""

    @property
    def url(self) -> str:
        """Where DRS answers, once started."""
        ...

    def start(self) -> None:
        """Opens the door."""
        ...

    def stop(self) -> None:
        """Closes the door and ends every thread."""
        ...

    def instance_status(self, account: str, region: str, instance_ids: Sequence[str]) -> Sequence[Checks]:
        """The status checks of those of the instances that DRS launched; must not call EC2."""
        ...

    def quotas(self, account: str, region: str) -> Mapping[str, float]:
        """The quotas, by code, that differ from AWS's."""
        ...


@dataclass(frozen=True)
class Surroundings:
    """What the local system gives its DRS.

    `on_event(account, region, event)` puts an event on the default bus of that account and region;
    `ec2_client(account, region)` answers an EC2 client of that account.
    """

    clock: LocalClock
    port: int
    on_event: OnEvent
    ec2_client: Callable[[str, str], Any]


DrsFactory = Callable[[Surroundings], DrsDoor]


class SimulatedDrs(DrsServer):
    """The DRS simulator on a port of its own, with its instances in moto's EC2."""

    def __init__(self, surroundings: Surroundings, settings: Settings | None = None, seed: int = 0) -> None:
        simulator = Simulator(
            surroundings.clock,
            ec2=MotoEc2(surroundings.ec2_client),
            settings=settings,
            seed=seed,
            on_event=surroundings.on_event,
        )
        super().__init__(simulator, port=surroundings.port, scale=surroundings.clock.scale)

    def quotas(self, account: str, region: str) -> Mapping[str, float]:
        """The quotas that the simulator has there."""
        return self.simulator.quotas(account, region).by_code()


def simulated_drs(settings: Settings | None = None, seed: int = 0) -> DrsFactory:
    """A DRS for `LocalSystem` with these settings; servers and faults are added to `system.simulator`."""
    return lambda surroundings: SimulatedDrs(surroundings, settings, seed)
