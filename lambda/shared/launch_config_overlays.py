"""Settings that lie over those of a server while one execution lasts, and what is there again afterwards.

Of each what was found before it was put there is written down (TemporarySettings). Afterwards a field that still holds
what was put there is given back what it had; one that somebody has changed meanwhile is theirs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from shared.launch_config_layers import in_drills, moves
from shared.launch_config_rules import (
    ADDRESS,
    COPY_ADDRESS,
    RIGHT_SIZING,
    SUBNET,
    TEMPLATE_FIELDS,
    TYPE,
    EffectiveConfig,
    FoundConfig,
    Settings,
    differ_only_in,
    merged,
    same_value,
    settings_of,
)
from shared.launch_into_rules import into_instance
from shared.models.launch_config import LaunchConfig, RightSizing, ServerOverride
from shared.models.launch_config_state import ConfigDifference
from shared.models.launch_template import TemplateVersion
from shared.models.protection_group import ProtectionGroupFields
from shared.models.temporary_settings import TemporarySettings

WHATEVER: Final = ()
"""What was put there is whatever DRS puts there by itself."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """What is put over the settings of a server; it `takes_address` if no static address is to be there, whichever.

    `left_alone` are the fields that are left as DRS has them meanwhile, although the settings of the server have them.
    """

    settings: Settings = field(default_factory=dict)
    takes_address: bool = False
    left_alone: frozenset[str] = frozenset()

    @property
    def touches_address(self) -> bool:
        """Whether another static address is there meanwhile, or none."""
        return self.takes_address or ADDRESS in self.settings

    @property
    def is_empty(self) -> bool:
        """Whether the server is as without it."""
        return not (self.settings or self.takes_address or self.left_alone)

    def under(self, standing: EffectiveConfig) -> EffectiveConfig:
        """What of the settings of a server is to be beneath it."""
        address = {ADDRESS} if self.touches_address else set()
        hidden = {*self.settings, *self.left_alone, *address}
        return EffectiveConfig({name: value for name, value in standing.settings.items() if name not in hidden})


NOTHING: Final = Overlay()


def drill_config(group: ProtectionGroupFields, server_id: str) -> EffectiveConfig:
    """What is to be of a server in drills."""
    return _meant(group, next((one for one in group.servers if one.source_server_id == server_id), None))


def drill_configs(group: ProtectionGroupFields, server_ids: Sequence[str]) -> dict[str, EffectiveConfig]:
    """The same of many servers."""
    own = {one.source_server_id: one for one in group.servers}
    without = _meant(group, None)
    return {server_id: _meant(group, own[server_id]) if server_id in own else without for server_id in server_ids}


def drill_overlays(group: ProtectionGroupFields, server_ids: Sequence[str]) -> dict[str, Overlay]:
    """What drills put over the settings of those of these servers that are otherwise then."""
    if group.drill_launch_config is None and all(one.drill_launch_template is None for one in group.servers):
        return {}
    own = {one.source_server_id: one for one in group.servers}
    without = _drill_overlay(group, None)
    found = {
        server_id: _drill_overlay(group, own[server_id]) if server_id in own else without for server_id in server_ids
    }
    return {server_id: overlay for server_id, overlay in found.items() if not overlay.is_empty}


def overlay_between(standing: EffectiveConfig, meant: EffectiveConfig, *, takes_address: bool = False) -> Overlay:
    """What makes of the settings of a server those that are meant for now."""
    return Overlay(
        {
            name: value
            for name, value in meant.settings.items()
            if not same_value(name, value, standing.settings.get(name))
        },
        takes_address,
        frozenset(standing.settings.keys() - meant.settings.keys() - ({ADDRESS} if takes_address else set())),
    )


def with_instance(overlay: Overlay, standing: EffectiveConfig, instance_id: str) -> Overlay:
    """The overlay of a server that is launched into an instance which is there already.

    That goes before all else that was meant for now, because DRS does not take both.
    """
    into = into_instance(instance_id)
    rest = {name: value for name, value in overlay.settings.items() if name not in into}
    differing = {
        name: value for name, value in into.items() if not same_value(name, value, standing.settings.get(name))
    }
    return replace(overlay, settings={**rest, **differing}, left_alone=overlay.left_alone - into.keys())


def _drill_overlay(group: ProtectionGroupFields, override: ServerOverride | None) -> Overlay:
    standing, meant = merged(*_standing(group, override)), _meant(group, override)
    takes_address = moves(standing, meant) and ADDRESS not in meant.settings
    return overlay_between(standing, meant, takes_address=takes_address)


def _meant(group: ProtectionGroupFields, override: ServerOverride | None) -> EffectiveConfig:
    own_drill = override.drill_launch_template if override is not None else None
    return in_drills(_standing(group, override), [group.drill_launch_config, own_drill])


def _standing(group: ProtectionGroupFields, override: ServerOverride | None) -> list[LaunchConfig | None]:
    return [group.launch_config, override.launch_template if override is not None else None]


# -- what is written down -------------------------------------------------------------------------------------------


def with_found(
    row: TemporarySettings, told: Sequence[ConfigDifference], found: Settings, version: int
) -> TemporarySettings:
    """The row, with what is there before these fields are changed.

    What was found is what is to be there again, unless it is what was put there before.
    """
    put, before = dict(row.put), dict(row.before)
    changed: dict[str, tuple[Any, ...]] = {one.field: (one.wanted,) for one in told}
    if found.get(RIGHT_SIZING) == RightSizing.NONE and RIGHT_SIZING in changed and TYPE not in changed:
        # DRS chooses the type from now on
        changed[TYPE] = WHATEVER
    if True in changed.get(COPY_ADDRESS, ()) and ADDRESS not in changed:
        # DRS writes the address of the source into the template as it launches
        changed[ADDRESS] = WHATEVER
    for name, values in changed.items():
        if name not in put or not _holds(put[name], name, found):
            before = {**before, name: found[name]} if name in found else _without(before, name)
        known = put.get(name, WHATEVER)
        put[name] = (*(value for value in known if value not in values), *values)
    return row.model_copy(update={"put": put, "before": before, "template_version": row.template_version or version})


def _without(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {other: value for other, value in values.items() if other != name}


def _holds(put: Sequence[Any], name: str, found: Settings) -> bool:
    """Whether a field holds what was put there."""
    return not put or any(same_value(name, value, found.get(name)) for value in put)


def is_left(difference: ConfigDifference, row: TemporarySettings) -> bool:
    """Whether a field is otherwise because it still holds what was put there, and nobody else has changed it."""
    put, name = row.put, difference.field
    return name in put and _holds(put[name], name, {name: difference.found})


@dataclass(frozen=True, slots=True)
class PutBack:
    """What is to be of a server whose temporary settings end."""

    row: TemporarySettings

    def goals(self, found: Settings) -> dict[str, Any]:
        """What is to be of the fields that still hold what was put there; None: nothing.

        An address is of its subnet: where somebody has put another one, it would only keep the server from launching.
        """
        put, before = self.row.put, self.row.before
        goals = {name: before.get(name) for name, values in put.items() if _holds(values, name, found)}
        is_moved = SUBNET in put and SUBNET not in goals and found.get(SUBNET) != before.get(SUBNET)
        return {**goals, ADDRESS: None} if is_moved and ADDRESS in goals else goals

    @property
    def former(self) -> int | None:
        """The version of the launch template that was the default before."""
        return self.row.template_version

    def goes_back(self, former: TemplateVersion, now: FoundConfig) -> bool:
        """Whether to make that the default again puts everything back, and changes nothing that is somebody else's."""
        fields = [name for name in self.row.put if name in TEMPLATE_FIELDS]
        to_be, was = {**now.settings, **self.goals(now.settings)}, settings_of(former.data)
        return differ_only_in(fields, former.data, now.version.data) and all(
            same_value(name, to_be.get(name), was.get(name)) for name in fields
        )
