"""Where a group says how its servers are launched: layers of settings, each over those before it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from shared.launch_config_rules import (
    ADDRESS,
    COPY_ADDRESS,
    IMPLIED_BY_MOVE,
    SUBNET,
    EffectiveConfig,
    merged,
)
from shared.models.launch_config import LaunchConfig, ServerLaunchConfig, ServerOverride
from shared.models.protection_group import ProtectionGroupFields

DEFAULTS: Final = "launchConfig"
DRILL_DEFAULTS: Final = "drillLaunchConfig"
"""The paths of what holds for every server of a group that does not say otherwise, and of that in drills."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Settings, and the path at which they are said."""

    path: str
    config: LaunchConfig


@dataclass(frozen=True, slots=True)
class Stack:
    """The layers that hold for a server, or, without its id, for those that say nothing themselves.

    From the place `standing` on they hold in drills only.
    """

    layers: tuple[Layer, ...]
    standing: int
    server_id: str | None = None

    @property
    def effective(self) -> EffectiveConfig:
        """What they make together."""
        configs = [layer.config for layer in self.layers]
        return in_drills(configs[: self.standing], configs[self.standing :])

    @property
    def has_address(self) -> bool:
        """Whether a static address holds."""
        return self.server_id is not None and ADDRESS in self.effective.settings


def stacks_of(group: ProtectionGroupFields) -> Iterator[Stack]:
    """Everything that a group says: of each layer what is beneath it, once for each server in which it differs.

    First what holds for all, then what single servers say, then the same of drills.
    """
    defaults, drill = _layers((DEFAULTS, group.launch_config)), _layers((DRILL_DEFAULTS, group.drill_launch_config))
    if defaults:
        yield Stack(defaults, len(defaults))
    for position, override in enumerate(group.servers):
        own = own_layers(position, override)
        if own:
            yield Stack((*defaults, *own), len(defaults) + len(own), override.source_server_id)
    if drill:
        yield Stack((*defaults, *drill), len(defaults))
    for position, override in enumerate(group.servers):
        beneath = (*defaults, *own_layers(position, override))
        own_drill = _layers((f"servers[{position}].drillLaunchTemplate", override.drill_launch_template))
        if drill and len(beneath) > len(defaults):
            yield Stack((*beneath, *drill), len(beneath), override.source_server_id)
        if own_drill:
            yield Stack((*beneath, *drill, *own_drill), len(beneath), override.source_server_id)


def own_layers(position: int, override: ServerOverride) -> tuple[Layer, ...]:
    """What a server says itself that holds always."""
    return _layers((f"servers[{position}].launchTemplate", override.launch_template))


def in_drills(standing: Sequence[LaunchConfig | None], over: Sequence[LaunchConfig | None]) -> EffectiveConfig:
    """What is to be in drills, which put some layers over the others.

    In another subnet than otherwise no static address is used that was not named for drills, and DRS copies none of
    its own accord.
    """
    meant = merged(*standing, *over)
    if not moves(merged(*standing), meant):
        return meant
    names_address = any(isinstance(one, ServerLaunchConfig) and one.static_private_ip is not None for one in over)
    settings = {name: value for name, value in meant.settings.items() if names_address or name != ADDRESS}
    servers = (one for one in (*standing, *over) if isinstance(one, ServerLaunchConfig))
    if COPY_ADDRESS in settings or any("copy_private_ip" in one.left_alone for one in servers):
        return EffectiveConfig(settings, meant.implied)
    return EffectiveConfig({**settings, COPY_ADDRESS: False}, {**meant.implied, COPY_ADDRESS: IMPLIED_BY_MOVE})


def moves(standing: EffectiveConfig, meant: EffectiveConfig) -> bool:
    """Whether a server is to be in another subnet."""
    return SUBNET in meant.settings and meant.settings[SUBNET] != standing.settings.get(SUBNET)


def _layers(*said: tuple[str, LaunchConfig | None]) -> tuple[Layer, ...]:
    return tuple(Layer(path, config) for path, config in said if config is not None)
