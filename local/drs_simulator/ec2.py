"""The port through which recovered servers become EC2 instances, and the twin that keeps them in memory."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from local.drs_simulator.ids import derived
from local.drs_simulator.networks import Network, refusal_of
from local.drs_simulator.prepared import IntoOrder, PreparedInstance, refusal_of_instance
from local.drs_simulator.templates import Launch, MemoryTemplate, TemplateOrder, launch_from


class Ec2RefusedError(Exception):
    """EC2 did not do what DRS asked; the text becomes the job log's raw error."""


@dataclass(frozen=True, slots=True)
class LaunchOrder:
    """What DRS asks EC2 to launch: by the default version of a template, if it has one.

    An instance type that is empty is the template's, and so is a private address.
    """

    server_id: str
    hostname: str
    job_id: str
    instance_type: str
    tags: Mapping[str, str] = field(default_factory=dict)
    template_id: str = ""
    private_address: str = ""


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

    def prepare(self, instance: PreparedInstance) -> None:
        """Have an instance exist, for servers to be launched into; raises Ec2RefusedError."""
        ...

    def prepared(self, account: str, region: str, instance_id: str) -> PreparedInstance | None:
        """What there is of an instance there, whoever made it; None if there is none. Raises Ec2RefusedError."""
        ...

    def launch_into(self, account: str, region: str, order: IntoOrder) -> None:
        """Put volumes in the place of an instance's own, and start it; raises Ec2RefusedError."""
        ...

    def make_template(self, account: str, region: str, order: TemplateOrder) -> str:
        """Make the launch template of a source server and answer its id; raises Ec2RefusedError."""
        ...

    def renew_template(self, account: str, region: str, template_id: str, changes: Mapping[str, Any]) -> None:
        """Lay changes over the default version, as a new one that is the default then; raises Ec2RefusedError."""
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
    launch: Launch
    state: str = "running"


class InMemoryEc2:
    """EC2 without EC2, for simulations by the thousand; what DRS launched is readable in `instances`.

    `networks` has what launches may name in an account and region; where it has nothing, they may name nothing. The
    instances that source servers come from are in `origins`, by account, region and id, and so are those in `targets`
    that were prepared for launches.
    """

    def __init__(self) -> None:
        self.instances: dict[str, MemoryInstance] = {}
        self.networks: dict[tuple[str, str], Network] = {}
        self.templates: dict[tuple[str, str, str], MemoryTemplate] = {}
        self.origins: dict[tuple[str, str, str], OriginInstance] = {}
        self.targets: dict[tuple[str, str, str], PreparedInstance] = {}

    def originate(self, origin: OriginInstance) -> None:
        """Have the instance exist."""
        self.origins.setdefault((origin.account, origin.region, origin.instance_id), origin)

    def launch(self, account: str, region: str, order: LaunchOrder) -> str:
        """Launch an instance that runs at once; raises Ec2RefusedError for what the template names and is not there."""
        launch = Launch(order.instance_type)
        if order.template_id or order.private_address:
            launch = self._launch_of(account, region, order)
        instance_id = derived("i", account, region, order.job_id, order.server_id)
        self.instances[instance_id] = MemoryInstance(account, region, order, launch)
        return instance_id

    def prepare(self, instance: PreparedInstance) -> None:
        """Have the instance exist; unless it is said, with one volume."""
        place = (instance.account, instance.region, instance.instance_id)
        instance.volumes = instance.volumes or (derived("vol", *place),)
        self.targets[place] = instance

    def prepared(self, account: str, region: str, instance_id: str) -> PreparedInstance | None:
        """What was prepared; those that DRS launched carry no tag that lets servers be launched into them."""
        launched = self._at(account, region, instance_id)
        if launched is not None:
            tags = dict(launched.order.tags)
            return PreparedInstance(instance_id, account, region, state=launched.state, tags=tags)
        return self.targets.get((account, region, instance_id))

    def launch_into(self, account: str, region: str, order: IntoOrder) -> None:
        """Put volumes of DRS in the place of those that the instance has, and start it; raises Ec2RefusedError."""
        found = self.prepared(account, region, order.instance_id)
        refusal = refusal_of_instance(
            found, order.instance_id, platform=order.platform, architecture=order.architecture
        )
        if refusal or found is None:
            raise Ec2RefusedError(refusal)
        found.volumes = tuple(derived("vol", order.job_id, order.server_id, device) for device, _ in order.disks)
        found.state = "running"

    def make_template(self, account: str, region: str, order: TemplateOrder) -> str:
        """Make the launch template of a source server, under the id that was ordered."""
        self.templates[account, region, order.template_id] = MemoryTemplate(order.template_id, [order.data()])
        return order.template_id

    def renew_template(self, account: str, region: str, template_id: str, changes: Mapping[str, Any]) -> None:
        """Lay changes over the default version, as a new one that is the default then; raises Ec2RefusedError."""
        template = self.template(account, region, template_id)
        template.make_default(template.add(changes, template.default))

    def template(self, account: str, region: str, template_id: str) -> MemoryTemplate:
        """A launch template; raises Ec2RefusedError for one that is not there."""
        found = self.templates.get((account, region, template_id))
        if found is None:
            raise Ec2RefusedError(
                "InvalidLaunchTemplateId.NotFound: "
                f"The specified launch template, with template ID {template_id}, does not exist."
            )
        return found

    def stop(self, account: str, region: str, instance_id: str) -> None:
        """Stop an instance."""
        self._move(account, region, instance_id, "stopped")

    def terminate(self, account: str, region: str, instance_id: str) -> None:
        """Terminate an instance; it stays visible as terminated."""
        self._move(account, region, instance_id, "terminated")

    def states(self, account: str, region: str, instance_ids: Iterable[str]) -> Mapping[str, str]:
        """The state of each instance that is known there."""
        found = ((one, self._known(account, region, one)) for one in instance_ids)
        return {instance_id: instance.state for instance_id, instance in found if instance is not None}

    def running(self, account: str | None = None) -> list[str]:
        """The ids of instances that are not terminated, of all accounts or of one."""
        return [
            instance_id
            for instance_id, instance in self.instances.items()
            if instance.state != "terminated" and account in (None, instance.account)
        ]

    def _launch_of(self, account: str, region: str, order: LaunchOrder) -> Launch:
        data: Mapping[str, Any] = {}
        if order.template_id:
            template = self.template(account, region, order.template_id)
            data = template.version(template.default)
        launch = launch_from(data, order.instance_type, order.private_address)
        refusal = refusal_of(launch, self.networks.get((account, region), Network()), self._addresses(account, region))
        if refusal:
            raise Ec2RefusedError(refusal)
        return launch

    def _addresses(self, account: str, region: str) -> list[tuple[str, str]]:
        """Those of the instances that were launched, and of those that were there."""
        launched = [
            (instance.launch.subnet_id, instance.launch.private_address)
            for instance in self.instances.values()
            if instance.state != "terminated" and (instance.account, instance.region) == (account, region)
        ]
        targets = [
            (target.subnet_id, target.private_address)
            for target in self.targets.values()
            if target.state != "terminated" and (target.account, target.region) == (account, region)
        ]
        return [*launched, *targets]

    def _known(self, account: str, region: str, instance_id: str) -> MemoryInstance | PreparedInstance | None:
        return self._at(account, region, instance_id) or self.targets.get((account, region, instance_id))

    def _at(self, account: str, region: str, instance_id: str) -> MemoryInstance | None:
        instance = self.instances.get(instance_id)
        return instance if instance and (instance.account, instance.region) == (account, region) else None

    def _move(self, account: str, region: str, instance_id: str, state: str) -> None:
        instance = self._known(account, region, instance_id)
        if instance is not None:
            instance.state = state
