"""Launch settings are looked at ahead and again, without a pause, and never changed under a launch."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from shared.engine.bounds import SETTINGS_TRUST
from shared.errors import DrsServiceError
from shared.operations import DATA_MANAGEMENT
from shared.patience import measured_by
from tests.functional.launch_configs.drilling import DRILL, Drilling
from tests.functional.launch_configs.test_before_a_wave import SETTINGS, configured, edit, held, shown, started_with
from tests.support.world import World, wave
from tests.support.world.machinery import DATABASE_ACCOUNT, REGION
from tests.support.world.rest import QUICK

MINUTE = 60.0


def after_a_long_one(world: World, minutes: float, **group: Any) -> tuple[str, list[str]]:
    """An execution whose first wave takes so long, and the servers of the second, which have settings."""
    first = world.create_group("first", world.add_servers(name="first"))
    second, servers = configured(world, name="second", **group)
    world.fault("stuckJob", seconds=minutes * MINUTE)
    return world.start(world.create_plan("plan", wave(0, first), wave(1, second, after=[0]))), servers


def times(world: World, operation: str) -> list[float]:
    """When calls were carried out, in seconds since the first launch."""
    begun = world.simulator.record.calls("StartRecovery")[0].time
    calls = world.simulator.record.calls(operation)
    return [(call.time - begun).total_seconds() for call in calls if call.outcome == "success"]


def test_a_wave_launches_as_soon_as_a_long_one_before_it_has_ended() -> None:
    world = World(settings=QUICK)
    execution_id, servers = after_a_long_one(world, 40)

    assert world.run_until_end(execution_id) == "COMPLETED"

    launched, looks = times(world, "StartRecovery")[1], times(world, "GetLaunchConfiguration")
    [ended] = [
        event for event in world.events(execution_id) if "Wave 1 (wave 0) is COMPLETED" in event.get("message", "")
    ]
    begun = next(event for event in world.events(execution_id) if "Wave 2 (wave 1) is LAUNCHING" in event["message"])
    assert launched > 40 * MINUTE
    assert begun["time"] == ended["time"]
    last = [at for at in looks if at < launched][-1]
    assert launched - last < SETTINGS_TRUST.total_seconds()
    waited = [at for at in looks if launched - 30 < at < launched]
    assert waited == [], "nobody had to look first"
    assert max(later - one for one, later in pairwise([*looks, launched])) < SETTINGS_TRUST.total_seconds()
    assert len(looks) <= 2 * len(servers) * 6, "every ten minutes"


def test_what_somebody_edits_while_a_wave_is_awaited_is_mended_before_it_launches() -> None:
    world = World(settings=QUICK)
    execution_id, servers = after_a_long_one(world, 40)
    world.advance(12 * MINUTE)
    edit(world, servers[0], copyTags=False)

    assert world.run_until_end(execution_id) == "COMPLETED"

    assert [one["copyTags"] for one in started_with(world)[-2:]] == [True, True]
    assert {one["launchStatus"] for one in shown(world, execution_id).values()} == {"LAUNCHED"}


def test_a_server_that_the_engine_may_launch_is_looked_at_and_changed_by_the_next_look_alone() -> None:
    story = Drilling()
    story.verify()
    standing = {"subnetId": "subnet-0000000c"}
    for change in ("in DRS", "in its template"):
        story.world.clock.advance(10 * MINUTE)
        if change == "in DRS":
            story.configuration()["copyTags"] = False
        else:
            story.edit(NetworkInterfaces=[{"DeviceIndex": 0, "SubnetId": standing["subnetId"]}])
        edited, versions = story.held(), story.template().latest

        story.verify()

        assert (story.held(), story.template().latest) == (edited, versions), "nothing is written under a launch"
        [seen] = story.world.executions.verified_settings(story.header, 0).values()
        assert (seen.verdict, "the next one mends it" in seen.reason) == ("UNREAD", True)
        story.world.clock.advance(MINUTE)
        story.verify()
        [seen] = story.world.executions.verified_settings(story.header, 0).values()
        assert seen.verdict == "READY"
        assert DRILL.items() <= story.held().items()
        assert story.held()["copyTags"] is True


def test_of_a_look_that_writes_nothing_what_is_as_it_is_to_be_is_believed_anew() -> None:
    story = Drilling()
    story.verify()
    [first] = story.world.executions.verified_settings(story.header, 0).values()
    rows = story.rows
    story.world.clock.advance(10 * MINUTE)

    story.verify()

    [again] = story.world.executions.verified_settings(story.header, 0).values()
    assert (first.verdict, again.verdict, story.rows) == ("READY", "READY", rows)
    assert again.verified_at - first.verified_at >= SETTINGS_TRUST * 2 / 3


def test_many_servers_are_looked_at_by_one_work_after_the_other_without_a_pause() -> None:
    world = World(settings=QUICK)
    servers = [server for name in ("a", "b", "c") for server in world.add_servers(count=100, name=name)]
    group = world.create_group("db", servers, launchConfig={"copyTags": True})
    updates, works = list[str](), list[Any]()
    seam = world.seams[DATA_MANAGEMENT]
    seam.always("configurations.update", lambda: updates.append("one"), moment="after")
    seam.listen(lambda verb, said: works.append(said) if verb == "functions.invoke_later" else None)
    # while it waits for approval the engine asks once
    plan = world.create_plan("plan", wave(0, group, pauseBeforeWave=True))

    # after each 50 servers a work has too little left of its 45 seconds
    with measured_by(lambda: len(updates) * 16 / 50):
        execution_id = world.start(plan)
        world.run_until_status(execution_id, "PAUSED")
        world.advance(30)

    seen = world.executions.verified_settings(world.header(execution_id), 0)
    assert len(seen) == len(updates) == 300
    assert {one.verdict for one in seen.values()} == {"READY"}
    assert len(works) == 5, "the first was asked for by the engine"


def test_a_group_that_is_saved_during_a_large_look_is_looked_at_as_it_is_now_and_nobody_has_to_ask() -> None:
    world = World(settings=QUICK)
    group, servers = configured(world, count=100)
    works = list[str]()
    seam = world.seams[DATA_MANAGEMENT]

    def save() -> None:
        world.clock.advance(1)
        world.ask("update_protection_group", groupId=group, version=1, description="saved during the look")

    seam.on("configurations.update", save, nth=30)
    seam.listen(lambda verb, _: works.append(verb) if verb == "functions.invoke_later" else None)
    execution_id = world.start(world.create_plan("plan", wave(0, group, pauseBeforeWave=True)))
    world.run_until_status(execution_id, "PAUSED")

    world.advance(30)

    seen = world.executions.verified_settings(world.header(execution_id), 0)
    assert {(one.verdict, one.group_version) for one in seen.values()} == {("READY", 2)}
    assert len(seen) == len(servers)
    assert len(works) == 1, "one hands on what it found of the group as it was"
    looks = len(world.simulator.record.calls("GetLaunchConfiguration"))
    world.resume(execution_id)
    assert world.run_until_end(execution_id) == "COMPLETED"
    assert len(world.simulator.record.calls("GetLaunchConfiguration")) == looks


def test_who_may_not_write_is_tried_less_and_less_often_makes_one_version_and_goes_on_when_he_may() -> None:
    world = World(settings=QUICK)
    group, servers = configured(world)
    execution_id = world.start(world.create_plan("plan", wave(0, group, deadlineMinutes=600)))

    def deny(called: str) -> None:
        if called == "make_default":
            raise DrsServiceError("ModifyLaunchTemplate denied", drsCode="UnauthorizedOperation", httpStatus=403)

    world.cloud.templates.before = deny
    world.advance(120 * MINUTE)

    cell = world.simulator._world.cell(DATABASE_ACCOUNT, REGION)
    ids = [cell.servers[server].launch_configuration["ec2LaunchTemplateID"] for server in servers]
    templates = [world.cloud.ec2_instances.template(DATABASE_ACCOUNT, REGION, one) for one in ids]
    looks = len(world.simulator.record.calls("GetLaunchConfiguration")) / len(servers)
    assert world.simulator.record.calls("StartRecovery") == []
    assert {template.latest for template in templates} == {3}, "the first, that of DRS for its own settings, and ours"
    assert 20 <= looks <= 50
    [told] = world.execution(execution_id)["waves"]
    assert "ModifyLaunchTemplate denied" in told["statusReason"]
    world.cloud.templates.before = lambda _: None
    world.advance(6 * MINUTE)
    assert len(world.simulator.record.calls("StartRecovery")) == 1
    assert {held(world, server)["copyTags"] for server in servers} == {SETTINGS["copyTags"]}
    assert world.run_until_end(execution_id) == "COMPLETED"
