"""Launch settings of a group and of single servers: shapes only, what AWS must confirm is checked elsewhere."""

from enum import StrEnum
from ipaddress import AddressValueError, IPv4Address
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from shared.models.base import Model
from shared.models.forms import form
from shared.models.targets import SourceServerId

SubnetId = Annotated[
    str, form(r"^subnet-[0-9a-f]{8,17}$", "the id of a subnet: subnet- and 8 to 17 digits or letters a to f")
]
SecurityGroupId = Annotated[
    str, form(r"^sg-[0-9a-f]{8,17}$", "the id of a security group: sg- and 8 to 17 digits or letters a to f")
]
InstanceType = Annotated[str, form(r"^[a-z][a-z0-9-]*\.[a-z0-9-]+$", "a type of EC2 instance such as m6i.large")]
InstanceProfileName = Annotated[
    str, form(r"^[A-Za-z0-9_+=,.@-]{1,128}$", "1 to 128 letters, digits or any of _ + = , . @ -")
]
InstanceId = Annotated[
    str, form(r"^i-[0-9a-f]{8,17}$", "the id of an EC2 instance: i- and 8 to 17 digits or letters a to f")
]


def _address(value: object) -> IPv4Address:
    if isinstance(value, IPv4Address):
        return value
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "is no text: an address is written as 10.0.0.5")
    try:
        return IPv4Address(value)
    except AddressValueError as error:
        raise PydanticCustomError("ip_v4_address", "not an IPv4 address") from error


StaticAddress = Annotated[
    IPv4Address,
    PlainValidator(_address),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "format": "ipv4"}),
]


class LaunchDisposition(StrEnum):
    """Whether DRS starts the recovery instance or leaves it stopped."""

    STARTED = "STARTED"
    STOPPED = "STOPPED"


class RightSizing(StrEnum):
    """How DRS picks the instance type."""

    NONE = "NONE"
    BASIC = "BASIC"
    IN_AWS = "IN_AWS"


class RecoveryMode(StrEnum):
    """DRS conversion speed."""

    FAST = "FAST"
    OPTIMAL = "OPTIMAL"


class Licensing(Model):
    """Operating-system licence handling."""

    os_byol: bool


class LaunchIntoInstance(Model):
    """An existing instance whose volumes the recovery replaces."""

    launch_into_ec2_instance_id: InstanceId


class LaunchConfig(Model):
    """Every field may be absent, which leaves it as DRS has it."""

    subnet_id: SubnetId | None = None
    security_group_ids: tuple[SecurityGroupId, ...] | None = None
    instance_type: InstanceType | None = None
    instance_profile_name: InstanceProfileName | None = None
    copy_tags: bool | None = None
    copy_private_ip: bool | None = None
    licensing: Licensing | None = None
    launch_disposition: LaunchDisposition | None = None
    target_instance_type_right_sizing_method: RightSizing | None = None
    post_launch_enabled: bool | None = None
    recovery_mode: RecoveryMode | None = None
    launch_into_instance_properties: LaunchIntoInstance | None = None


class ServerLaunchConfig(LaunchConfig):
    """The settings of one server; the only place for a static address."""

    static_private_ip: StaticAddress | None = None


class ServerOverride(Model):
    """What one server of a group has of its own; its non-null fields lie over the group's."""

    source_server_id: SourceServerId
    use_group_defaults: bool = True
    launch_template: ServerLaunchConfig | None = None
