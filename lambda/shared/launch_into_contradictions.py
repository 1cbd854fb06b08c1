"""What cannot stand beside a launch into an instance that is there already: told when it is saved."""

from collections.abc import Iterator
from typing import Final

from shared.launch_into_rules import TAKEN, wanted_instances
from shared.models.launch_config import LaunchConfig, RightSizing, ServerLaunchConfig
from shared.models.protection_group import ProtectionGroupFields
from shared.models.violation import Violation

NEEDS_SERVER: Final = "LAUNCH_INTO_NEEDS_SERVER"
EXCLUDES: Final = "LAUNCH_INTO_EXCLUDES"

INTO: Final = "launchIntoInstanceProperties"


def check_launch_into(group: ProtectionGroupFields, stored: ProtectionGroupFields | None = None) -> Iterator[Violation]:
    """An instance for all servers of a group, two servers for one, and each setting that excludes a launch into one.

    What is not said follows from it (launch_into_rules), and null leaves it to that. What of it the `stored` group said
    passes.
    """
    if stored is not None and _said(stored) == _said(group):
        return
    yield from _of_group(group, stored)
    yield from _taken(group)
    wanted = wanted_instances(group, [one.source_server_id for one in group.servers])
    for position, override in enumerate(group.servers):
        own = override.launch_template
        if own is not None and override.source_server_id in wanted:
            yield from _excluded(f"servers[{position}].launchTemplate", own)


def _said(group: ProtectionGroupFields) -> tuple[object, ...]:
    return (group.launch_config, group.servers, group.launch_into_matching)


def _of_group(group: ProtectionGroupFields, stored: ProtectionGroupFields | None) -> Iterator[Violation]:
    config = group.launch_config
    if config is None:
        return
    before = stored and stored.launch_config and stored.launch_config.launch_into_instance_properties
    into = config.launch_into_instance_properties
    if into is not None and into != before:
        reason = "one instance takes one server: name it for the server, or let launchIntoMatching find them"
        yield Violation(f"launchConfig.{INTO}", reason, NEEDS_SERVER)
    if group.launch_into_matching is not None:
        yield from _excluded("launchConfig", config)


def _taken(group: ProtectionGroupFields) -> Iterator[Violation]:
    first: dict[str, int] = {}
    for position, override in enumerate(group.servers):
        own = override.launch_template
        into = own.launch_into_instance_properties if own is not None else None
        if into is None:
            continue
        instance_id = into.launch_into_ec2_instance_id
        other = f"servers[{first.get(instance_id)}]"
        if instance_id in first:
            path = f"servers[{position}].launchTemplate.{INTO}.launchIntoEc2InstanceId"
            yield Violation(path, f"{instance_id} is also the instance of {other}", TAKEN, other=other)
        first.setdefault(instance_id, position)


def _excluded(path: str, config: LaunchConfig) -> Iterator[Violation]:
    """The settings that were said and that DRS does not take beside it, or that have no effect."""
    sizing = config.target_instance_type_right_sizing_method
    told = {
        "targetInstanceTypeRightSizingMethod": sizing not in (None, RightSizing.NONE) and "NONE",
        "copyPrivateIp": config.copy_private_ip and "false",
        "copyTags": config.copy_tags and "false",
        "staticPrivateIp": isinstance(config, ServerLaunchConfig)
        and config.static_private_ip is not None
        and "the address of the instance, which keeps it",
    }
    for name, instead in told.items():
        if instead:
            reason = f"of a server that is launched into an existing instance it is {instead}: leave it out"
            yield Violation(f"{path}.{name}", reason, EXCLUDES)
