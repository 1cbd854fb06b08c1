"""The rules of the security groups that launch settings name, which need no look at the world."""

from collections.abc import Iterator
from typing import Final

from shared.models.launch_config import LaunchConfig, SecurityGroupId
from shared.models.protection_group import ProtectionGroupFields
from shared.models.violation import Violation

SECURITY_GROUP_COUNT: Final = "SECURITY_GROUP_COUNT"

MOST_GROUPS: Final = 16
"""Security groups of a network interface: EC2 takes 5, more by a higher quota of the account, and never more than that.

https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
"""


def check_security_groups(
    group: ProtectionGroupFields, stored: ProtectionGroupFields | None = None
) -> Iterator[Violation]:
    """None at all, too many, and each that is listed before; what a field of the `stored` group says passes."""
    known = dict(_lists(stored)) if stored is not None else {}
    kept = {(server_id, name): ids for (server_id, name, _), ids in known.items()}
    for (server_id, name, path), ids in _lists(group):
        if kept.get((server_id, name)) != ids:
            yield from _broken(path, ids)


def _broken(path: str, ids: tuple[SecurityGroupId, ...]) -> Iterator[Violation]:
    if not ids:
        reason = "names no security group: leave it out, or say null for a server that is to be left as DRS has it"
        yield Violation(path, reason, SECURITY_GROUP_COUNT)
    if len(ids) > MOST_GROUPS:
        reason = f"{len(ids)} security groups, a network interface takes at most {MOST_GROUPS}"
        yield Violation(path, reason, SECURITY_GROUP_COUNT)
    for position, group_id in enumerate(ids):
        if group_id in ids[:position]:
            yield Violation(f"{path}[{position}]", f"{group_id} is listed twice", "DUPLICATE_SECURITY_GROUP")


def _lists(group: ProtectionGroupFields) -> Iterator[tuple[tuple[str, str, str], tuple[SecurityGroupId, ...]]]:
    """Each list of security groups, by whose it is, the settings in which it stands, and its path."""
    settings: list[tuple[str, str, str, LaunchConfig | None]] = [
        ("", "launchConfig", "launchConfig", group.launch_config),
        ("", "drillLaunchConfig", "drillLaunchConfig", group.drill_launch_config),
    ]
    for position, one in enumerate(group.servers):
        around, server_id = f"servers[{position}]", one.source_server_id
        settings.append((server_id, "launchTemplate", f"{around}.launchTemplate", one.launch_template))
        settings.append((server_id, "drillLaunchTemplate", f"{around}.drillLaunchTemplate", one.drill_launch_template))
    for server_id, name, path, said in settings:
        if said is not None and said.security_group_ids is not None:
            yield (server_id, name, f"{path}.securityGroupIds"), said.security_group_ids
