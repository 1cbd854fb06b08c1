"""Launch settings of a group and of single servers: shapes only, what AWS must confirm is checked elsewhere."""

from enum import StrEnum
from ipaddress import AddressValueError, IPv4Address
from typing import Annotated, Any, Final

from pydantic import (
    GetJsonSchemaHandler,
    PlainSerializer,
    PlainValidator,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    WithJsonSchema,
    model_serializer,
)
from pydantic_core import CoreSchema, PydanticCustomError

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


KEEPS_NULL: Final = "x-keeps-null"
"""Marks the JSON schema of a model whose fields may be null in answers too."""


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
    """The settings of one server; the only place for a static address.

    A field that is null leaves that field as DRS has it, one that is absent is the group's. So null is kept, where it
    was said, by every dump.
    """

    static_private_ip: StaticAddress | None = None

    @property
    def left_alone(self) -> frozenset[str]:
        """The fields that are null because somebody said so."""
        return frozenset(name for name in self.model_fields_set if getattr(self, name) is None)

    def __eq__(self, other: object) -> bool:
        same = super().__eq__(other)
        return self.left_alone == other.left_alone if same is True and isinstance(other, ServerLaunchConfig) else same

    def __hash__(self) -> int:
        return super().__hash__()

    @model_serializer(mode="wrap")
    def _with_nulls(self, handler: SerializerFunctionWrapHandler, info: SerializationInfo) -> dict[str, Any]:
        dumped, aliased = handler(self), bool(info.by_alias)
        names = {(field.alias or name) if aliased else name: name for name, field in type(self).model_fields.items()}
        return {
            shown: dumped.get(shown)
            for shown, name in names.items()
            if name in self.left_alone or dumped.get(shown) is not None
        }

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        # of its fields: what the serializer answers is an object of any
        fields: Any = {name: part for name, part in core_schema.items() if name != "serialization"}
        schema = handler(fields)
        handler.resolve_ref_schema(schema)[KEEPS_NULL] = True
        return schema


class ServerOverride(Model):
    """What one server of a group has of its own; its non-null fields lie over the group's.

    `drill_launch_template` lies over all else in drills, and only there.
    """

    source_server_id: SourceServerId
    use_group_defaults: bool = True
    launch_template: ServerLaunchConfig | None = None
    drill_launch_template: ServerLaunchConfig | None = None
