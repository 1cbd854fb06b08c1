"""The rules of a protection group that need no look at the world."""

from collections.abc import Collection, Iterator, Mapping
from ipaddress import IPv4Address
from types import MappingProxyType
from typing import Final

from shared.account_rules import check_region
from shared.item_rules import check_item_size
from shared.launch_config_contradictions import check_contradictions
from shared.launch_config_layers import in_drills
from shared.launch_config_rules import SUBNET, EffectiveConfig, merged
from shared.launch_into_contradictions import check_launch_into
from shared.models.protection_group import ProtectionGroupFields
from shared.models.violation import Violation
from shared.security_group_rules import check_security_groups
from shared.static_ip_rules import NO_SUBNET, check_private
from shared.text_rules import check_line, check_name, check_text

MOST_TAGS: Final = 50
LONGEST_TAG_KEY: Final = 128
LONGEST_TAG_VALUE: Final = 256
"""AWS's limits for the tags of one resource."""

STAND_IN_ADDRESS: Final = IPv4Address("0.0.0.0")
"""Stands where an address is refused (ADR 0019): of it nobody is told that it is there twice. No server may have it."""


def check_group(
    group: ProtectionGroupFields,
    *,
    drs_regions: Collection[str],
    stored: ProtectionGroupFields | None = None,
) -> tuple[Violation, ...]:
    """Every broken rule of the group.

    `drs_regions` are the regions of the hub's partition in which DRS exists. Region and texts of the `stored` group
    pass, and that it selects nothing, which an earlier version allowed.
    """
    selects = _selects(group) or (stored is not None and not _selects(stored))
    largest = "servers" if group.servers else "sourceServerIds"
    return (
        *check_item_size(group, "group", largest, "make it several groups, of which a wave may have many"),
        *_texts(group, stored),
        *(() if stored and stored.region == group.region else check_region(group.region, drs_regions)),
        *_selection(group, selects=selects),
        *_servers(group),
        *check_tags(group.server_selection_tags, stored.server_selection_tags if stored else {}),
        *_overrides(group, selects=selects),
        *_addresses(group),
        *check_security_groups(group, stored),
        *check_contradictions(group, stored),
        *check_launch_into(group, stored),
    )


def _texts(group: ProtectionGroupFields, stored: ProtectionGroupFields | None) -> Iterator[Violation]:
    yield from check_name("groupName", group.group_name, [stored.group_name] if stored else ())
    yield from check_text("description", group.description, [stored.description] if stored else ())
    yield from check_line("owner", group.owner, [stored.owner] if stored else ())


def _selects(group: ProtectionGroupFields) -> bool:
    return bool(group.source_server_ids or group.server_selection_tags)


def _selection(group: ProtectionGroupFields, *, selects: bool) -> Iterator[Violation]:
    if group.source_server_ids and group.server_selection_tags:
        reason = (
            "give sourceServerIds or serverSelectionTags, not both: where one takes the place of the other, empty that"
        )
        yield Violation("sourceServerIds", reason, "EXACTLY_ONE_SELECTION")
        yield Violation("serverSelectionTags", reason, "EXACTLY_ONE_SELECTION")
    if not selects:
        reason = "give exactly one of sourceServerIds and serverSelectionTags"
        yield Violation("sourceServerIds", reason, "EXACTLY_ONE_SELECTION")


def _servers(group: ProtectionGroupFields) -> Iterator[Violation]:
    seen: set[str] = set()
    for position, server_id in enumerate(group.source_server_ids):
        if server_id in seen:
            yield Violation(f"sourceServerIds[{position}]", f"{server_id} is listed twice", "DUPLICATE_SERVER")
        seen.add(server_id)


def check_tags(tags: Mapping[str, str], stored: Mapping[str, str] = MappingProxyType({})) -> Iterator[Violation]:
    """Every rule of AWS that the tags by which servers are selected break; `stored` ones may hold anything."""
    if len(tags) > MOST_TAGS:
        yield Violation("serverSelectionTags", f"{len(tags)} tags, at most {MOST_TAGS} are allowed", "OUT_OF_RANGE")
    for key, value in tags.items():
        path = f"serverSelectionTags.{key[:LONGEST_TAG_KEY]}"
        if stored.get(key) != value:
            yield from check_line(path, f"{key}{value}")
        if not 1 <= len(key) <= LONGEST_TAG_KEY or len(value) > LONGEST_TAG_VALUE:
            reason = f"a key has 1 to {LONGEST_TAG_KEY} characters, a value at most {LONGEST_TAG_VALUE}"
            yield Violation(path, reason, "OUT_OF_RANGE")


def _overrides(group: ProtectionGroupFields, *, selects: bool) -> Iterator[Violation]:
    seen: set[str] = set()
    listed = set(group.source_server_ids)
    for position, override in enumerate(group.servers):
        path = f"servers[{position}].sourceServerId"
        server_id = override.source_server_id
        if server_id in seen:
            yield Violation(path, f"{server_id} has two entries", "DUPLICATE_SERVER")
        seen.add(server_id)
        if selects and not group.server_selection_tags and server_id not in listed:
            yield Violation(path, f"{server_id} is not in sourceServerIds", "SERVER_NOT_IN_GROUP")


def _addresses(group: ProtectionGroupFields) -> Iterator[Violation]:
    """One server may have an address always and in drills, two may not have one at all."""
    taken: dict[IPv4Address, int] = {}
    for position, override in enumerate(group.servers):
        own, in_drill = override.launch_template, override.drill_launch_template
        if own is not None and own.static_private_ip is not None:
            config = merged(group.launch_config, own)
            yield from _address(f"servers[{position}].launchTemplate", own.static_private_ip, config, position, taken)
        if in_drill is not None and in_drill.static_private_ip is not None:
            config = in_drills([group.launch_config, own], [group.drill_launch_config, in_drill])
            path = f"servers[{position}].drillLaunchTemplate"
            yield from _address(path, in_drill.static_private_ip, config, position, taken)


def _address(
    path: str, address: IPv4Address, config: EffectiveConfig, position: int, taken: dict[IPv4Address, int]
) -> Iterator[Violation]:
    path = f"{path}.staticPrivateIp"
    for reason, code in check_private(address):
        yield Violation(path, reason, code)
    owner = taken.setdefault(address, position)
    if owner != position and address != STAND_IN_ADDRESS:
        other = f"servers[{owner}]"
        yield Violation(path, f"{address} is also the address of {other}", "DUPLICATE_IP", other=other)
    if SUBNET not in config.settings:
        yield Violation(path, NO_SUBNET, "MISSING_SUBNET")
