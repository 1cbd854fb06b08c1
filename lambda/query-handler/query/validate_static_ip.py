"""POST /protection-groups/{groupId}/servers/{serverId}/validate-ip: may a server have an address, and if not, why."""

from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address
from typing import Annotated, Protocol

from pydantic import StringConstraints

from shared.aws.choice_ports import Ec2LookupsPort
from shared.aws.ports import DrsPort
from shared.conflict_detection import query_drs_servers_by_tags
from shared.errors import ErrorCode, NotFoundError
from shared.models.base import Model
from shared.models.launch_config import ServerLaunchConfig, SubnetId
from shared.models.protection_group import ProtectionGroup
from shared.models.targets import SourceServerId
from shared.models.violation import Violation
from shared.operations import Context, operation
from shared.roles import Permission
from shared.said_settings import SaidSettings, effective_settings
from shared.services.launch_config_checks import LaunchWorld, check_launch_config_in_world
from shared.services.request_fields import GroupId
from shared.stores.protection_group_store import ProtectionGroupStore

AddressText = Annotated[str, StringConstraints(max_length=64)]


class ChecksAddresses(Protocol):
    """What checking an address needs."""

    @property
    def groups(self) -> ProtectionGroupStore:
        """The groups."""
        ...

    @property
    def drs(self) -> DrsPort:
        """DRS in all accounts and regions."""
        ...

    @property
    def ec2_choices(self) -> Ec2LookupsPort:
        """What EC2 has for launches in all accounts and regions."""
        ...


class ValidateStaticIp(Model):
    """An address for a server of a group, in the subnet that it is launched into unless another is named."""

    group_id: GroupId
    server_id: SourceServerId
    static_private_ip: AddressText
    subnet_id: SubnetId | None = None


class AddressFault(Model):
    """One rule that the address breaks, as a request with it would be told."""

    field: str
    reason: str
    code: str


class AddressValidation(Model):
    """Whether the server may have the address now, and everything that is against it.

    `replacesInstanceId` is the server's present recovery instance, if that has the address: its next launch ends it.
    """

    group_id: str
    server_id: str
    static_private_ip: str
    subnet_id: str | None
    valid: bool
    violations: tuple[AddressFault, ...]
    replaces_instance_id: str | None = None


@operation(
    "validate_static_ip",
    http="POST /protection-groups/{groupId}/servers/{serverId}/validate-ip",
    permission=Permission.VIEW_PROTECTION_GROUPS,
    raises=(ErrorCode.RESOURCE_NOT_FOUND, ErrorCode.DRS_SERVICE_ERROR, ErrorCode.CROSS_ACCOUNT_ERROR),
)
def validate_static_ip(request: ValidateStaticIp, context: Context[ChecksAddresses]) -> AddressValidation:
    """Look at the subnet, its interfaces and the other groups now; changes nothing, and reserves nothing."""
    app = context.app
    group = app.groups.get(request.group_id)
    _check_is_in(request.server_id, group, app.drs)
    address = _read(request.static_private_ip)
    said = _said(request, group, address)
    world = LaunchWorld(ec2=app.ec2_choices, drs=app.drs, groups=app.groups)
    verdict = check_launch_config_in_world([said], group.target, world, group.group_id)
    found = (*_of_form(request, address), *verdict.violations, *_in_group(request, group, address))
    return AddressValidation(
        group_id=group.group_id,
        server_id=request.server_id,
        static_private_ip=request.static_private_ip,
        subnet_id=said.settings.subnet_id,
        valid=not found,
        violations=tuple(AddressFault(**each.wire()) for each in found),
        replaces_instance_id=next((each.instance_id for each in verdict.replaced), None),
    )


def _check_is_in(server_id: str, group: ProtectionGroup, drs: DrsPort) -> None:
    """NotFoundError if the server is not in the group; of one that selects by tags DRS knows."""
    if group.server_selection_tags:
        known = drs.source_servers(group.target, [server_id])
        is_in = bool(query_drs_servers_by_tags(known, group.server_selection_tags))
    else:
        is_in = server_id in group.source_server_ids
    if not is_in:
        raise NotFoundError(f"{server_id} is not in the group {group.group_name}", resource="server", id=server_id)


def _read(text: str) -> IPv4Address | None:
    try:
        return IPv4Address(text)
    except AddressValueError:
        return None


def _said(request: ValidateStaticIp, group: ProtectionGroup, address: IPv4Address | None) -> SaidSettings:
    """The address and the subnet, as if the server said both itself."""
    own = next((each.launch_template for each in group.servers if each.source_server_id == request.server_id), None)
    subnet_id = request.subnet_id or effective_settings(group.launch_config, own).subnet_id
    settings = ServerLaunchConfig(subnet_id=subnet_id, static_private_ip=address)
    return SaidSettings(settings, path="", server_id=request.server_id)


def _of_form(request: ValidateStaticIp, address: IPv4Address | None) -> Iterator[Violation]:
    if address is None:
        yield Violation("staticPrivateIp", f"{request.static_private_ip!r} is no IPv4 address", "INVALID_IP_FORMAT")


def _in_group(request: ValidateStaticIp, group: ProtectionGroup, address: IPv4Address | None) -> Iterator[Violation]:
    for override in group.servers:
        templates = (override.launch_template, override.drill_launch_template)
        own = {template.static_private_ip for template in templates if template is not None}
        if override.source_server_id != request.server_id and address is not None and address in own:
            reason = f"{address} is the address of {override.source_server_id} in the same group"
            yield Violation("staticPrivateIp", reason, "DUPLICATE_IP")
