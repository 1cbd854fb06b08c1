"""Launch settings that cannot all be kept: told when they are saved, each at the field that is to go."""

from collections.abc import Iterator
from typing import Final

from shared.models.launch_config import LaunchConfig, RightSizing, ServerLaunchConfig
from shared.models.protection_group import ProtectionGroupFields
from shared.models.violation import Violation

RIGHT_SIZING_REPLACES_TYPE: Final = "RIGHT_SIZING_REPLACES_TYPE"
COPIED_ADDRESS_REPLACES_STATIC: Final = "COPIED_ADDRESS_REPLACES_STATIC"

_SIZING: Final = "targetInstanceTypeRightSizingMethod"
_SIZING_FIELD: Final = "target_instance_type_right_sizing_method"


def check_contradictions(
    group: ProtectionGroupFields, stored: ProtectionGroupFields | None = None
) -> Iterator[Violation]:
    """Each setting that takes another's effect away; those of the `stored` group pass.

    What is not said of a type or an address follows from it; only what was said is in the way of it.
    """
    if stored is not None and (group.launch_config, group.servers) == (stored.launch_config, stored.servers):
        return
    if group.launch_config is not None and _sizes(group.launch_config) and group.launch_config.instance_type:
        yield _replaces_type(f"launchConfig.{_SIZING}", "leave it out, or NONE")
    for position, override in enumerate(group.servers):
        if override.launch_template is not None:
            path = f"servers[{position}].launchTemplate"
            yield from _of_server(path, override.launch_template, group.launch_config)


def _of_server(path: str, own: ServerLaunchConfig, group: LaunchConfig | None) -> Iterator[Violation]:
    says_type = "instance_type" in own.model_fields_set
    instance_type = own.instance_type if says_type else group and group.instance_type
    if instance_type and _SIZING_FIELD in own.model_fields_set and _sizes(own, or_leaves=True):
        way_out = "leave it out, or NONE" if says_type else f"or let it have instanceType null, not {instance_type}"
        yield _replaces_type(f"{path}.{_SIZING}", way_out)
    if own.static_private_ip and "copy_private_ip" in own.model_fields_set and own.copy_private_ip is not False:
        reason = "with a static address of the server it must be false: leave it out"
        yield Violation(f"{path}.copyPrivateIp", reason, COPIED_ADDRESS_REPLACES_STATIC)


def _sizes(config: LaunchConfig, *, or_leaves: bool = False) -> bool:
    """Whether DRS is to choose the type; `or_leaves`: or may, because that is left as it is."""
    method = config.target_instance_type_right_sizing_method
    return method is not RightSizing.NONE and (or_leaves or method is not None)


def _replaces_type(path: str, way_out: str) -> Violation:
    reason = f"right-sizing puts another type in the place of the instanceType: {way_out}"
    return Violation(path, reason, RIGHT_SIZING_REPLACES_TYPE)
