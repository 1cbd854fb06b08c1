"""Instances that somebody has prepared for servers to be launched into, and why DRS does not take one.

AWS: "Launch into source instance" and "Troubleshooting launch errors" in the user guide of DRS.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from local.drs_simulator.estate import InstanceSpec

TAG: Final = "AWSDRS"
ALLOWED: Final = "AllowLaunchingIntoThisInstance"

LAUNCH_INTO: Final = "launchIntoInstanceProperties"
_ID: Final = "launchIntoEC2InstanceID"
_OFF: Final = ("copyPrivateIp", "copyTags")
"""What is deactivated where a server is launched into an instance."""

Platform = Literal["linux", "windows"]


@dataclass(slots=True)
class PreparedInstance:
    """An instance in EC2, as far as DRS looks at it; it has its address and its groups whatever is launched into it."""

    instance_id: str
    account: str
    region: str
    instance_type: str = "m6i.large"
    state: str = "stopped"
    tags: dict[str, str] = field(default_factory=lambda: {TAG: ALLOWED})
    private_address: str = ""
    subnet_id: str = ""
    platform: Platform = "linux"
    architecture: str = "x86_64"
    virtualization: str = "hvm"
    root_device: str = "ebs"
    tenancy: str = "default"
    volumes: tuple[str, ...] = ()
    """Those that are attached; the ones that a launch has taken off are left in the account."""


def prepared_of(account: str, region: str, spec: InstanceSpec) -> PreparedInstance:
    """The instance of an estate."""
    name = {} if spec.name is None else {"Name": spec.name}
    allowed = {TAG: ALLOWED} if spec.allows_launches else {}
    return PreparedInstance(
        spec.instance_id,
        account,
        region,
        instance_type=spec.instance_type,
        state=spec.state,
        tags={**name, **allowed, **spec.tags},
        private_address=spec.private_address or "",
        subnet_id=spec.subnet_id or "",
    )


@dataclass(frozen=True, slots=True)
class IntoOrder:
    """What DRS asks EC2 for: volumes of its own in the place of those of an instance, which is started then."""

    instance_id: str
    job_id: str
    server_id: str
    disks: Sequence[tuple[str, int]]
    """Device names with their GiB."""
    platform: Platform
    architecture: str
    tags: Mapping[str, str] = field(default_factory=dict)
    """Of the volumes."""


def into_id(configuration: Mapping[str, Any]) -> str:
    """The instance into which a launch configuration has its server launched, or nothing."""
    return str(configuration[LAUNCH_INTO].get(_ID) or "")


def platform_of(os: str) -> Platform:
    """The platform of an operating system by its name."""
    return "windows" if "windows" in os.lower() else "linux"


def refusal_of_settings(configuration: Mapping[str, Any]) -> str:
    """Which setting beside it does not go with an instance to launch into, or nothing."""
    wrong = [name for name in _OFF if configuration[name]]
    return f"{' and '.join(wrong)} must be deactivated when launching into an instance" if wrong else ""


def refusal_of_instance(
    found: PreparedInstance | None, instance_id: str, *, platform: Platform, architecture: str
) -> str:
    """Why DRS does not launch a server into the instance, or nothing."""
    if found is None:
        return f"Instance {instance_id} does not exist in this account and region"
    return next(_refusals(found, platform, architecture), "")


def _refusals(found: PreparedInstance, platform: Platform, architecture: str) -> Iterator[str]:
    name = f"Instance {found.instance_id}"
    if found.tags.get(TAG) != ALLOWED:
        yield f"{name} must have the tag {TAG} with the value {ALLOWED}"
    if found.state != "stopped":
        yield f"{name} is {found.state}, and must be stopped"
    if found.platform != platform:
        yield f"{name} has the platform {found.platform}, and the source server {platform}"
    if found.architecture != architecture:
        yield f"{name} has the architecture {found.architecture}, and the source server {architecture}"
    if (found.virtualization, found.root_device) != ("hvm", "ebs"):
        yield f"{name} must have HVM virtualization and an EBS root device"
