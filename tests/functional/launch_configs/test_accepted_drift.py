"""What was accepted of launch settings covers what a look could not mend, and nothing that comes later."""

from __future__ import annotations

from typing import Any

import pytest

from shared.errors import DrsServiceError
from shared.models.verified_settings import VerifiedSettings
from tests.functional.launch_configs.test_before_a_wave import configured, edit, held, shown
from tests.functional.launch_configs.test_instances_of_others import told_by_others
from tests.functional.launch_configs.test_launch_into import prepare
from tests.functional.launch_configs.test_overridden import OVERRIDE, applied, no_writing
from tests.support.world import World, wave
from tests.support.world.machinery import HOUR
from tests.support.world.rest import QUICK


def awaited(world: World, minutes: int) -> tuple[str, str]:
    """A recovery whose second wave waits so long for the first, and the server of it, which nobody can mend."""
    first = world.create_group("first", world.add_servers(name="first"))
    second, [server] = configured(world, count=1, name="second")
    no_writing(world, "UpdateLaunchConfiguration")
    world.fault("stuckJob", seconds=minutes * 60)
    plan = world.create_plan("plan", wave(0, first), wave(1, second, after=[0]))
    execution_id = world.start(plan, "RECOVERY", override=OVERRIDE)
    world.run_until(lambda: bool(seen_of(world, execution_id)))
    return execution_id, server


def seen_of(world: World, execution_id: str) -> list[VerifiedSettings]:
    """What the last looks at the second wave have found."""
    return list(world.executions.verified_settings(world.header(execution_id), 1).values())


def looks(world: World, execution_id: str, minutes: int) -> list[VerifiedSettings]:
    """All that is found of its one server within so many minutes, in order."""
    found = {seen.verified_at: seen for seen in seen_of(world, execution_id)}
    for _ in range(minutes):
        world.advance(60)
        found |= {seen.verified_at: seen for seen in seen_of(world, execution_id)}
    return [found[at] for at in sorted(found)]


def test_who_could_not_be_mended_stays_ready_as_was_accepted_and_nobody_writes_meanwhile() -> None:
    world = World(settings=QUICK)
    execution_id, _ = awaited(world, minutes=40)
    tried = len(world.simulator.record.calls("UpdateLaunchConfiguration"))

    found = looks(world, execution_id, minutes=25)

    assert len(found) > 2
    assert {seen.verdict for seen in found} == {"READY"}
    assert {seen.reason.startswith("launched as DRS has it, as was accepted: Update") for seen in found} == {True}
    assert len({seen.accepted.tried_at for seen in found if seen.accepted}) == 1
    assert len(world.simulator.record.calls("UpdateLaunchConfiguration")) == tried
    assert world.run_until_end(execution_id) == "COMPLETED"


def test_it_is_tried_again_after_a_while_to_mend_what_was_accepted() -> None:
    world = World(settings=QUICK)
    execution_id, server = awaited(world, minutes=120)
    world.advance(60)
    world.simulator.clear_faults()

    found = looks(world, execution_id, minutes=50)

    assert "UNREAD" in {seen.verdict for seen in found}
    assert (found[-1].verdict, found[-1].accepted) == ("READY", None)
    assert held(world, server)["copyTags"] is True


def test_what_differs_only_since_then_is_mended_like_any_other_drift() -> None:
    world = World(settings=QUICK)
    first = world.create_group("first", world.add_servers(name="first"))
    second, [server] = configured(world, count=1, name="second")
    applied(world, second)
    edit(world, server, copyTags=False)
    plan = world.create_plan("plan", wave(0, first), wave(1, second, after=[0]))
    no_writing(world, "UpdateLaunchConfiguration")
    world.fault("stuckJob", seconds=60 * 60)
    execution_id = world.start(plan, "RECOVERY", override=OVERRIDE)
    world.run_until(lambda: any(seen.accepted for seen in seen_of(world, execution_id)))
    [before] = seen_of(world, execution_id)
    world.simulator.clear_faults()
    edit(world, server, targetInstanceTypeRightSizingMethod="BASIC")

    found = looks(world, execution_id, minutes=25)

    assert before.accepted is not None
    assert [one.field for one in before.accepted.differences] == ["copyTags"]
    assert [(seen.verdict, bool(seen.accepted)) for seen in found] == [
        ("READY", True),
        ("UNREAD", False),
        ("READY", False),
    ]
    assert held(world, server)["targetInstanceTypeRightSizingMethod"] == "NONE"


@pytest.mark.parametrize("policy", ["REPAIR", "WARN", "BLOCK"])
@pytest.mark.parametrize("start", [{}, {"override": OVERRIDE}])
def test_nobody_is_launched_into_an_instance_that_somebody_has_told_drs_of_since_the_start(
    policy: str, start: dict[str, Any]
) -> None:
    world = World(settings=QUICK)
    group, [server, other] = configured(world, launchConfigPolicy=policy)
    applied(world, group)
    instance = prepare(world, 1)
    execution_id = world.start(world.create_plan("plan", wave(0, group)), "RECOVERY", **start)
    told_by_others(world, server, instance)
    edit(world, server, copyTags=True)

    world.run_until_status(execution_id, "PAUSED")

    found = shown(world, execution_id)
    assert (found[server]["launchStatus"], found[other]["launchStatus"]) == ("FAILED", "LAUNCHED")
    told = f"DRS was told to launch it into {instance.instance_id}, for which nobody has asked here"
    assert told in found[server]["launchReason"]
    assert instance.state == "stopped"


def test_nor_where_nothing_can_be_written_and_that_was_accepted() -> None:
    world = World(settings=QUICK)
    group, [server, other] = configured(world)
    instance = prepare(world, 1)
    no_writing(world, "UpdateLaunchConfiguration")
    execution_id = world.start(world.create_plan("plan", wave(0, group)), "RECOVERY", override=OVERRIDE)
    told_by_others(world, server, instance)

    world.run_until_status(execution_id, "PAUSED")

    found = shown(world, execution_id)
    assert (found[server]["launchStatus"], found[other]["launchStatus"]) == ("FAILED", "LAUNCHED")
    assert instance.state == "stopped"


@pytest.mark.parametrize("policy", ["REPAIR", "WARN", "BLOCK"])
@pytest.mark.parametrize("start", [{}, {"override": OVERRIDE}])
def test_nor_where_drs_tells_of_it_and_the_launch_templates_cannot_be_read(policy: str, start: dict[str, Any]) -> None:
    world = World(settings=QUICK)
    group, [server, _] = configured(world, launchConfigPolicy=policy)
    applied(world, group)
    instance = prepare(world, 1)
    execution_id = world.start(world.create_plan("plan", wave(0, group, deadlineMinutes=20)), "RECOVERY", **start)
    told_by_others(world, server, instance)
    asked: list[str] = []

    def refuse(operation: str) -> None:
        asked.append(operation)
        raise DrsServiceError(f"{operation}: not authorized", drsCode="UnauthorizedOperation", httpStatus=403)

    world.cloud.templates.before = refuse

    world.advance(HOUR / 2)

    assert "default_versions" in asked
    assert shown(world, execution_id)[server]["launchStatus"] != "LAUNCHED"
    assert instance.state == "stopped"


def test_nor_in_a_drill_that_has_settings_of_its_own() -> None:
    world = World(settings=QUICK)
    [server] = world.add_servers(name="db")
    instance = prepare(world, 1)
    group = world.create_group("db", [server], launchConfig={"copyTags": True}, drillLaunchConfig={"copyTags": False})
    execution_id = world.start(world.create_plan("plan", wave(0, group)), override=OVERRIDE)
    told_by_others(world, server, instance)

    world.run_until_status(execution_id, "PAUSED")

    assert world.simulator.record.calls("StartRecovery") == []
    assert "for which nobody has asked here" in shown(world, execution_id)[server]["launchReason"]


def test_whom_the_start_has_accepted_by_name_is_launched_into_that_instance() -> None:
    world = World(settings=QUICK)
    group, [server] = configured(world, count=1, launchConfigPolicy="WARN")
    applied(world, group)
    instance = prepare(world, 1)
    told_by_others(world, server, instance)
    named = {"reason": "it is meant", "codes": ["PREPARED_INSTANCE"]}

    execution_id = world.start(world.create_plan("plan", wave(0, group)), "RECOVERY", override=named)

    assert world.run_until_end(execution_id) == "COMPLETED"
    assert shown(world, execution_id)[server]["launchIntoInstanceId"] == instance.instance_id


def test_who_was_refused_for_an_instance_is_launched_by_a_retry_once_drs_is_told_of_none() -> None:
    world = World(settings=QUICK)
    group, [server] = configured(world, count=1)
    applied(world, group)
    instance = prepare(world, 1)
    execution_id = world.start(world.create_plan("plan", wave(0, group)), "RECOVERY", override=OVERRIDE)
    told_by_others(world, server, instance)
    world.run_until_status(execution_id, "PAUSED")
    edit(world, server, launchIntoInstanceProperties={"launchIntoEC2InstanceID": ""})

    world.retry(execution_id, 0, override=OVERRIDE)

    assert world.run_until_end(execution_id) == "COMPLETED"
    assert (shown(world, execution_id)[server]["launchStatus"], instance.state) == ("LAUNCHED", "stopped")
