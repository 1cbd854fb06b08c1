"""Launch settings that cannot all be kept: told when they are saved, each at the field that is to go."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from shared.launch_config_layers import Layer, stacks_of
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
    if stored is not None and _settings(group) == _settings(stored):
        return
    found = [violation for stack in stacks_of(group) for violation in _of_top(stack.layers, stack.has_address)]
    # what holds for all servers may be in the way of several
    yield from dict.fromkeys(found)


def _settings(group: ProtectionGroupFields) -> tuple[Any, ...]:
    return group.launch_config, group.drill_launch_config, group.servers


def _of_top(layers: Sequence[Layer], has_address: bool) -> Iterator[Violation]:
    """What the last of these says that takes the effect of something away that holds with it."""
    top = layers[-1].config
    of_server = isinstance(top, ServerLaunchConfig)
    says_type = "instance_type" in top.model_fields_set and (of_server or top.instance_type is not None)
    instance_type = _type_of(layers)
    if instance_type and _SIZING_FIELD in top.model_fields_set and _sizes(top, or_leaves=of_server):
        may_leave = of_server and not says_type
        way_out = f"or let it have instanceType null, not {instance_type}" if may_leave else "leave it out, or NONE"
        yield _replaces_type(f"{layers[-1].path}.{_SIZING}", way_out)
    says_copy = "copy_private_ip" in top.model_fields_set and (of_server or top.copy_private_ip is not None)
    if has_address and says_copy and top.copy_private_ip is not False:
        reason = "with a static address of the server it must be false: leave it out"
        yield Violation(f"{layers[-1].path}.copyPrivateIp", reason, COPIED_ADDRESS_REPLACES_STATIC)


def _type_of(layers: Sequence[Layer]) -> str | None:
    """The instance type that holds: null takes it away in settings of a server only."""
    found = None
    for layer in layers:
        config = layer.config
        if config.instance_type is not None or (
            isinstance(config, ServerLaunchConfig) and "instance_type" in config.model_fields_set
        ):
            found = config.instance_type
    return found


def _sizes(config: LaunchConfig, *, or_leaves: bool = False) -> bool:
    """Whether DRS is to choose the type; `or_leaves`: or may, because that is left as it is."""
    method = config.target_instance_type_right_sizing_method
    return method is not RightSizing.NONE and (or_leaves or method is not None)


def _replaces_type(path: str, way_out: str) -> Violation:
    reason = f"right-sizing puts another type in the place of the instanceType: {way_out}"
    return Violation(path, reason, RIGHT_SIZING_REPLACES_TYPE)
