"""The port through which recovered servers become EC2 instances, and the twin that keeps them in memory."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from local.drs_simulator.ids import derived


class Ec2RefusedError(Exception):
    """EC2 did not do what DRS asked; the text becomes the job log's raw error."""


@dataclass(frozen=True, slots=True)
class LaunchOrder:
    """What DRS asks EC2 to launch."""

    server_id: str
    hostname: str
    job_id: str
    instance_type: str
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OriginInstance:
    """The instance that a source server of EC2 origin comes from, where its own account has it."""

    instance_id: str
    account: str
    region: str
    instance_type: str
    tags: Mapping[str, str] = field(default_factory=dict)


class Ec2(Protocol):
    """What the simulator needs from EC2; state words are EC2's own: pending, running, stopped, terminated …"""

    def originate(self, origin: OriginInstance) -> None:
        """Have the instance of that very id run, unless there is one; raises Ec2RefusedError."""
        ...

    def launch(self, account: str, region: str, order: LaunchOrder) -> str:
        """Launch an instance and answer its id; raises Ec2RefusedError."""
        ...

    def stop(self, account: str, region: str, instance_id: str) -> None:
        """Stop an instance; one that is gone is no error. Raises Ec2RefusedError."""
        ...

    def terminate(self, account: str, region: str, instance_id: str) -> None:
        """Terminate an instance; one that is gone is no error. Raises Ec2RefusedError."""
        ...

    def states(self, account: str, region: str, instance_ids: Iterable[str]) -> Mapping[str, str]:
        """The state of each instance that EC2 still knows."""
        ...


@dataclass(slots=True)
class MemoryInstance:
    """An instance that exists in this process only."""

    account: str
    region: str
    order: LaunchOrder
    state: str = "running"


class InMemoryEc2:
    """EC2 without EC2, for simulations by the thousand; what DRS launched is readable in `instances`.

    The instances that source servers come from are in `origins`, by account, region and id.
    """

    def __init__(self) -> None:
        self.instances: dict[str, MemoryInstance] = {}
        self.origins: dict[tuple[str, str, str], OriginInstance] = {}

    def originate(self, origin: OriginInstance) -> None:
        """Have the instance exist."""
        self.origins.setdefault((origin.account, origin.region, origin.instance_id), origin)

    def launch(self, account: str, region: str, order: LaunchOrder) -> str:
        """Launch an instance that runs at once."""
        instance_id = derived("i", account, region, order.job_id, order.server_id)
        self.instances[instance_id] = MemoryInstance(account, region, order)
        return instance_id

    def stop(self, account: str, region: str, instance_id: str) -> None:
        """Stop an instance."""
        self._move(account, region, instance_id, "stopped")

    def terminate(self, account: str, region: str, instance_id: str) -> None:
        """Terminate an instance; it stays visible as terminated."""
        self._move(account, region, instance_id, "terminated")

    def states(self, account: str, region: str, instance_ids: Iterable[str]) -> Mapping[str, str]:
        """The state of each instance that is known there."""
        found = ((one, self._at(account, region, one)) for one in instance_ids)
        return {instance_id: instance.state for instance_id, instance in found if instance is not None}

    def running(self, account: str | None = None) -> list[str]:
        """The ids of instances that are not terminated, of all accounts or of one."""
        return [
            instance_id
            for instance_id, instance in self.instances.items()
            if instance.state != "terminated" and account in (None, instance.account)
        ]

    def _at(self, account: str, region: str, instance_id: str) -> MemoryInstance | None:
        instance = self.instances.get(instance_id)
        return instance if instance and (instance.account, instance.region) == (account, region) else None

    def _move(self, account: str, region: str, instance_id: str, state: str) -> None:
        instance = self._at(account, region, instance_id)
        if instance is not None:
            instance.state = state
