"""Whatever drills are to change, and whatever others change meanwhile: afterwards all else is as it was before."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from data_management.lending_settings import Lender
from shared.launch_config_overlays import drill_overlays
from shared.launch_config_rules import (
    ADDRESS,
    COPY_ADDRESS,
    RIGHT_SIZING,
    SUBNET,
    TYPE,
    differ_only_in,
    effective_config,
    same_value,
)
from shared.models.protection_group import ProtectionGroup
from shared.services.launch_config_bringing import bring
from shared.services.launch_config_orders import How, Wanted
from tests.functional.launch_configs.drilling import Drilling
from tests.support.launch_settings import settings_of_group, settings_of_server, template_data

EDITS: Final = st.fixed_dictionaries(
    {},
    optional={
        "drs": st.fixed_dictionaries(
            {}, optional={"copyTags": st.booleans(), "launchDisposition": st.sampled_from(["STARTED", "STOPPED"])}
        ),
        "template": template_data(),
    },
)


def group_of(story: Drilling, said: tuple[dict[str, Any], ...]) -> ProtectionGroup:
    """The group of the story with these settings: its own, its server's, and both for drills."""
    standing, own, drill, own_drill = said
    stored = story.world.parts.application("data-management-handler").groups.get(story.group)  # type: ignore[union-attr]
    of_server = {"sourceServerId": story.server, "launchTemplate": own, "drillLaunchTemplate": own_drill}
    fields = {**stored.wire(), "launchConfig": standing, "drillLaunchConfig": drill, "servers": [of_server]}
    return ProtectionGroup.model_validate(fields)


def edit(story: Drilling, edits: dict[str, Any]) -> None:
    """Somebody else changes DRS and the template."""
    if edits.get("drs"):
        target = story.key.target
        story.world.cloud.launch_configurations.update(target, story.server, edits["drs"])
    if "template" in edits:
        story.edit(**edits["template"])


SAID: Final = st.tuples(settings_of_group(), settings_of_server(), settings_of_group(), settings_of_server())


@settings(
    max_examples=10,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(SAID, template_data(), EDITS, EDITS)
def test_afterwards_all_is_as_before_but_for_what_others_changed(
    said: tuple[dict[str, Any], ...], data: dict[str, Any], meanwhile: dict[str, Any], again: dict[str, Any]
) -> None:
    story = Drilling(applies=False, drill={})
    story.edit(**data)
    group = group_of(story, said)
    overlays = drill_overlays(group, [story.server])
    assume(overlays)
    overlay = overlays[story.server]
    app: Any = story.world.parts.application("data-management-handler")
    beneath = overlay.under(effective_config(group, story.server))
    bring(group.target, {story.server: Wanted(beneath)}, How(), app.bringing)
    before, data_before = story.held(), story.data()

    put = Lender(story.header, 0, group, app).put_over({story.key: overlay})[story.key]

    lent = story.held()
    for name, value in overlay.settings.items():
        assert same_value(name, lent.get(name), value), put
    assert not overlay.takes_address or "staticPrivateIp" not in lent
    edit(story, meanwhile)
    edit(story, again)
    edited = story.held()

    story.end()
    story.go_on(3)

    held = story.held()
    theirs = {name for name in {*lent, *edited} if lent.get(name) != edited.get(name)}
    # right-sizing is DRS's own: it puts its type into each version that it makes
    own = {TYPE} if {before[RIGHT_SIZING], lent[RIGHT_SIZING]} != {"NONE"} else set[str]()
    # while DRS copies the address of the source, it puts that into the template as it launches
    own |= {ADDRESS} if lent[COPY_ADDRESS] and not before[COPY_ADDRESS] else set()
    # an address is of its subnet, and is not put into another one
    homeless = {ADDRESS} if SUBNET in theirs and edited.get(SUBNET) != before.get(SUBNET) else set[str]()
    for name in {*before, *lent, *edited} - own - homeless:
        if name in theirs:
            assert held.get(name) == edited.get(name), name
        else:
            assert held.get(name) == before.get(name), name
    assert story.rows == []
    if not meanwhile and not again:
        assert differ_only_in(own, data_before, story.data())
