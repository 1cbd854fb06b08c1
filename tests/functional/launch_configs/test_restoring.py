"""What is in the way of giving a server back what it had, what others have changed, and who waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from data_management.app import ConfigurationApp
from data_management.restoring_told import RestoringTold
from shared.models.base import format_instant
from shared.models.lock import LockOwner, OwnerKind
from shared.models.targets import key_in
from shared.operations import DATA_MANAGEMENT
from shared.stores import keys
from shared.stores.lock_store import LockStore
from shared.stores.table import Changes
from shared.stores.temporary_settings import TemporarySettingsStore
from tests.functional.launch_configs.drilling import DRILL, ELSEWHERE, HERE, Drilling
from tests.functional.launch_configs.test_before_a_wave import held
from tests.functional.launch_configs.test_launch_into import rest, strike
from tests.support.world import World, wave
from tests.support.world.machinery import DATABASE_ACCOUNT, HOUR, WEB_ACCOUNT
from tests.support.world.rest import QUICK
from tests.support.world.world import Refused


@pytest.fixture
def story() -> Drilling:
    """A drill that has ended, and left everything."""
    story = Drilling()
    story.verify()
    story.end()
    return story


def actions(story: Drilling) -> list[tuple[str, str | None]]:
    return [(line["action"], line.get("code")) for line in story.history()]


def test_what_others_changed_meanwhile_is_theirs() -> None:
    story = Drilling()
    story.verify()
    story.end()
    [interface] = story.data()["NetworkInterfaces"]
    story.edit(NetworkInterfaces=[{**interface, "SubnetId": "subnet-0000000c"}], KeyName="by-hand")

    story.minute(2)

    assert story.rows == []
    held = story.held()
    assert (held["subnetId"], story.data()["KeyName"]) == ("subnet-0000000c", "by-hand")
    assert held.get("securityGroupIds") == story.before.get("securityGroupIds")
    assert held["recoveryMode"] == story.before["recoveryMode"]
    assert "staticPrivateIp" not in held, "it is none of that subnet"


def test_where_others_changed_the_template_a_profile_is_taken_out_and_their_change_stays(story: Drilling) -> None:
    story.edit(KeyName="by-hand")
    assert "instanceProfileName" not in story.before

    story.minute(2)

    assert (story.rows, story.held()) == ([], story.before)
    data = story.data()
    assert (data["KeyName"], "IamInstanceProfile" in data) == ("by-hand", False)
    assert data["BlockDeviceMappings"] and data["TagSpecifications"], "all that was there is carried over"
    assert actions(story)[0] == ("RESTORED", None)


def test_where_nobody_comes_in_it_is_tried_less_and_less_often_and_done_when_somebody_can(story: Drilling) -> None:
    story.world.revoke_role(DATABASE_ACCOUNT)
    tries = []
    for _ in range(180):
        before = story.rows[0].attempts
        story.minute()
        tries.append(story.rows[0].attempts - before)
    assert sum(tries[:8]) >= 3
    assert 3 <= sum(tries[60:]) <= 5, "every half an hour"
    assert DRILL.items() <= story.held().items()
    assert len([one for one in actions(story) if one[0] == "FAILED"]) == 1

    story.world.allow_everything()
    story.go_on()

    assert (story.rows, story.held()) == ([], story.before)


def test_a_server_that_drs_does_not_know_any_more_is_over(story: Drilling) -> None:
    cell = story.world.simulator._world.cell(DATABASE_ACCOUNT, story.key.region)
    del cell.servers[story.server]

    story.minute(2)

    assert story.rows == []
    assert story.history()[0]["reason"] == "DRS does not know the server any more: there is nothing to restore"


def test_a_group_that_is_deleted_meanwhile_changes_nothing(story: Drilling) -> None:
    world = story.world
    world.ask("delete_recovery_plan", planId=story.plan)
    world.ask("delete_protection_group", groupId=story.group)

    story.minute(2)

    assert (story.rows, story.held()) == ([], story.before)


def test_an_execution_that_is_deleted_meanwhile_has_ended(story: Drilling) -> None:
    story.world.history.delete(keys.item_key(story.execution, story.header.plan_id))

    story.minute(2)

    assert (story.rows, story.held()) == ([], story.before)


def test_a_job_that_outlived_its_execution_is_waited_for(story: Drilling) -> None:
    """It may still launch the server, and then with the settings of its drill."""
    locks = LockStore(story.world.history, story.world.clock)
    owner = LockOwner.of_execution(story.header)
    since = story.world.clock.now()
    job = owner.model_copy(
        update={"kind": OwnerKind.JOB, "job_id": "drsjob-1", "launch_id": "launch-1", "since": since}
    )
    locks.pass_on([story.key], owner, job)

    story.minute(5)

    assert DRILL.items() <= story.held().items()
    locks.release([story.key], job)
    story.minute()
    assert (story.rows, story.held()) == ([], story.before)


def test_what_another_execution_may_launch_nobody_restores_but_itself(story: Drilling) -> None:
    other = story.world.start(story.plan, "RECOVERY")

    story.minute(3)
    story.world.ask("apply_launch_configs", groupId=story.group)
    story.world.settle()

    assert DRILL.items() <= story.held().items()
    [server] = story.world.ask("get_launch_config_status", groupId=story.group)["items"]
    assert (server["code"], server["reason"].endswith(f"execution {other} may still launch it")) == (
        "SERVER_BUSY",
        True,
    )
    story.execution = other
    story.verify()
    assert (story.rows, story.held()) == ([], story.before)


def test_what_another_execution_never_came_to_is_restored_when_that_has_ended(story: Drilling) -> None:
    story.execution = story.world.start(story.plan, "RECOVERY")
    story.minute(3)
    assert DRILL.items() <= story.held().items()

    story.end()
    story.minute()

    assert (story.rows, story.held()) == ([], story.before)


def test_nothing_is_restored_under_a_recovery_that_was_started_with_what_is_left() -> None:
    world = World(settings=QUICK)
    [server] = world.add_servers(name="db")
    group = world.create_group("db", [server], drillLaunchConfig={"recoveryMode": "OPTIMAL"})
    plan = world.create_plan("plan", wave(0, group))
    drill = world.start(plan)
    world.run_until(lambda: bool(world.simulator.record.calls("StartRecovery")))
    world.fault("revokedRole", operation="UpdateLaunchConfiguration", times=None)
    world.run_until_end(drill)
    for _ in range(6):
        strike(world)
    world.fault("stuckJob", seconds=HOUR)
    recovery = world.start(plan, "RECOVERY", override={"reason": "at once", "codes": ["TEMPORARY_SETTINGS_LEFT"]})
    world.run_until(lambda: len(world.simulator.record.calls("StartRecovery")) == 2)
    world.simulator.clear_faults()
    written = len(world.simulator.record.calls("UpdateLaunchConfiguration"))

    while world.status(recovery) == "RUNNING":
        assert len(world.simulator.record.calls("UpdateLaunchConfiguration")) == written
        assert held(world, server)["recoveryMode"] == "OPTIMAL"
        strike(world)

    for _ in range(3):
        strike(world)
    assert world.status(recovery) == "COMPLETED"
    assert held(world, server)["recoveryMode"] != "OPTIMAL"
    assert list(TemporarySettingsStore(world.history).all()) == []


def test_what_somebody_is_just_restoring_is_not_launched_although_it_was_accepted() -> None:
    story = Drilling()
    story.verify()
    story.end()
    story.world.fault("revokedRole", operation="UpdateLaunchConfiguration", times=None)
    story.go_on(8)
    story.world.simulator.clear_faults()
    accepted = {"reason": "at once", "codes": ["TEMPORARY_SETTINGS_LEFT"]}
    store, [row] = TemporarySettingsStore(story.world.history), story.rows
    story.execution = story.world.start(story.plan, "RECOVERY", override=accepted)
    now = story.world.clock.now()
    assert store.claim(row, "the schedule's", now, now + timedelta(minutes=2))

    story.verify()
    waits = verdicts(story)
    story.world.clock.advance(180)
    story.verify()

    assert waits == ["UNREAD"]
    assert verdicts(story) == ["READY"]


def verdicts(story: Drilling) -> list[str]:
    """What the looks before the wave have found."""
    return [seen.verdict.value for seen in story.world.executions.verified_settings(story.header, 0).values()]


def test_who_applies_settings_restores_first(story: Drilling) -> None:
    story.world.clock.advance(120)

    story.world.ask("apply_launch_configs", groupId=story.group)
    story.world.settle()

    assert (story.rows, story.held()) == ([], story.before)
    status = story.world.ask("get_launch_config_status", groupId=story.group)
    assert status["counts"]["APPLIED"] == 1


def test_who_applies_settings_leaves_alone_what_a_drill_has_that_goes_on() -> None:
    story = Drilling()
    story.verify()
    other = {"groupId": story.group, "sourceServerIds": [story.server]}

    story.world.ask("apply_launch_configs", **other)
    story.world.settle()

    assert DRILL.items() <= story.held().items()
    [server] = story.world.ask("get_launch_config_status", groupId=story.group)["items"]
    assert (server["status"], server["code"]) == ("APPLIED", "SERVER_BUSY")
    assert (server["temporary"]["executionId"], "subnetId" in server["temporary"]["fields"]) == (story.execution, True)


def test_while_a_drill_goes_on_its_group_is_not_changed() -> None:
    story = Drilling()
    story.verify()

    with pytest.raises(Refused) as refused:
        story.world.ask(
            "update_protection_group", groupId=story.group, version=2, drillLaunchConfig={"subnetId": ELSEWHERE}
        )

    assert refused.value.details["reason"] == "ACTIVE_EXECUTION"


def test_a_second_look_writes_nothing_and_repairs_what_somebody_edited() -> None:
    story = Drilling()
    story.verify()
    [row], versions = story.rows, story.template().latest
    story.world.clock.advance(16 * 60)
    story.verify()
    assert (story.template().latest, story.rows) == (versions, [row])

    story.configuration()["recoveryMode"] = "FAST"
    story.edit(NetworkInterfaces=[{"DeviceIndex": 0, "SubnetId": "subnet-0000000c"}])
    story.world.clock.advance(16 * 60)
    story.verify()

    assert DRILL.items() <= story.held().items()
    story.end()
    story.go_on()
    assert story.rows == []
    assert story.held()["subnetId"] == "subnet-0000000c", "what somebody put there is theirs"


def test_a_look_before_the_writer_s_time_is_over_does_not_count() -> None:
    story = Drilling()
    story.verify()
    [row] = story.rows
    story.end()
    assert row.until > story.world.clock.now() + timedelta(seconds=60)

    story.minute(1)
    assert story.held() == story.before
    assert [one.server for one in story.rows] == [story.key]

    story.minute(1)
    assert story.rows == []


# -- the schedule -----------------------------------------------------------------------------------------------------


class Unreadable(Exception):
    """A row that nobody can read."""


def unreadable() -> None:
    raise Unreadable


def test_runs_that_cannot_be_read_keep_nothing_from_being_restored(story: Drilling) -> None:
    story.world.clock.advance(120)
    # the rows of temporary settings are asked for first
    story.seam.on("history.query", unreadable, nth=2)

    with pytest.raises(Unreadable):
        story.invoke({"schedule": "configuration"})

    assert (story.rows, story.held()) == ([], story.before)


def test_settings_that_cannot_be_read_keep_no_run_from_being_taken_up() -> None:
    story = Drilling()
    story.world.ask("apply_launch_configs", groupId=story.group)
    before = story.seam.calls.count("functions.invoke_later")
    story.seam.on("history.query", unreadable)

    with pytest.raises(Unreadable):
        story.invoke({"schedule": "configuration"})

    assert story.seam.calls.count("functions.invoke_later") == before + 1


def test_what_several_executions_left_is_restored_in_the_name_of_each() -> None:
    world = World(settings=QUICK)
    executions = []
    for name in ("one", "two"):
        group = world.create_group(name, world.add_servers(name=name), drillLaunchConfig={"recoveryMode": "OPTIMAL"})
        plan = world.create_plan(name, wave(0, group))
        executions.append(world.start(plan))
        asked = {"executionId": executions[-1], "planId": plan, "waveNumber": 0}
        now = format_instant(world.clock.now())
        world.parts.invoke(DATA_MANAGEMENT, {"work": "verify-settings", **asked, "askedAt": now})
        world.history.update(keys.item_key(executions[-1], plan), Changes(set={"status": "CANCELLED"}))
    assert len(list(TemporarySettingsStore(world.history).all())) == 2
    world.cloud.roles.asked.clear()

    world.clock.advance(120)
    world.parts.invoke(DATA_MANAGEMENT, {"schedule": "configuration"})

    assert list(TemporarySettingsStore(world.history).all()) == []
    names = {asked["RoleSessionName"] for asked in world.cloud.roles.asked}
    assert {f"restore-{execution}" for execution in executions} <= names


def test_what_others_have_changed_is_not_told_as_given_back_and_is_a_difference_to_the_group() -> None:
    story = Drilling()
    story.verify()
    story.end()
    [interface] = story.data()["NetworkInterfaces"]
    story.edit(NetworkInterfaces=[{**interface, "SubnetId": "subnet-0000000c"}])

    story.minute(2)

    [told] = [line for line in story.history() if line["action"] == "RESTORED"]
    fields = {each["field"] for each in told["differences"]}
    assert "subnetId" not in fields
    assert {"recoveryMode", "instanceProfileName"} <= fields
    [stands] = story.world.ask("get_launch_config_status", groupId=story.group)["items"]
    assert stands["status"] == "DRIFTED"
    assert {"field": "subnetId", "wanted": HERE, "found": "subnet-0000000c"} in stands["differences"]


def test_all_that_was_given_back_is_told_and_the_server_stays_applied(story: Drilling) -> None:
    put = set(story.rows[0].put)

    story.minute(2)

    assert {each["field"] for each in story.history()[0]["differences"]} == put
    assert story.world.ask("get_launch_config_status", groupId=story.group)["counts"]["APPLIED"] == 1


def test_between_two_looks_the_server_is_said_to_have_its_own_again() -> None:
    story = Drilling()
    story.verify()
    story.end()

    story.minute(0.1)

    assert story.held() == story.before
    [stands] = story.world.ask("get_launch_config_status", groupId=story.group)["items"]
    assert stands["temporary"]["restoredAt"]
    assert story.world.execution(story.execution)["temporarySettingsCount"] == 0
    story.minute(2)
    [stands] = story.world.ask("get_launch_config_status", groupId=story.group)["items"]
    assert "temporary" not in stands


def lines_of(world: World, execution_id: str) -> list[dict[str, Any]]:
    """What the timeline says of settings that are left."""
    return [event for event in world.events(execution_id) if event["type"] == "SETTINGS_LEFT"]


def drills_that_left(world: World, counts: Mapping[str, int]) -> str:
    """A drill of one plan with so many servers in each account, which has ended and left everything."""
    waves = []
    for number, (account, count) in enumerate(counts.items()):
        servers = world.add_servers(account, count, name=f"db-{number}")
        lent: dict[str, Any] = {"drillLaunchConfig": {"recoveryMode": "OPTIMAL"}}
        waves.append(wave(number, world.create_group(f"group-{number}", servers, account=account, **lent)))
    execution_id = world.start(world.create_plan("plan", *waves))
    world.run_until(lambda: len(list(TemporarySettingsStore(world.history).all())) == sum(counts.values()))
    return execution_id


def test_an_execution_whose_settings_cannot_be_given_back_says_so_once_of_all_servers_of_each_account() -> None:
    world = World(settings=QUICK)
    few, many = 1, 51
    drill = drills_that_left(world, {DATABASE_ACCOUNT: many, WEB_ACCOUNT: few})
    world.fault("revokedRole", operation="UpdateLaunchConfiguration", times=None)

    world.run_until_end(drill)
    rest(world, 4)

    told = [line["details"] for line in lines_of(world, drill)]
    assert {(each["accountId"], each["serverCount"]) for each in told} == {
        (DATABASE_ACCOUNT, many),
        (WEB_ACCOUNT, few),
    }
    assert len(told) == 2, "however often it is tried"
    [line] = [line for line in lines_of(world, drill) if line["details"]["serverCount"] == many]
    assert f"of {many} servers in {DATABASE_ACCOUNT}" in line["message"]
    assert world.execution(drill)["temporarySettingsCount"] == many + few
    world.simulator.clear_faults()
    rest(world, 6)
    assert world.execution(drill)["temporarySettingsCount"] == 0


def test_more_servers_that_cannot_be_restored_than_were_told_of_are_told_too(story: Drilling) -> None:
    told = RestoringTold(cast(ConfigurationApp, SimpleNamespace(executions=story.world.executions)))
    [row] = story.rows
    rows = [
        row.model_copy(
            update={"server": key_in(row.server.target, f"s-{number:017d}"), "code": "Denied", "reason": "no"}
        )
        for number in range(5)
    ]
    for count in (2, 1, 5, 5, 3):
        told.is_in_the_way(rows[:count], story.world.clock.now())

    assert [line["details"]["serverCount"] for line in lines_of(story.world, story.execution)] == [2, 5]


def test_who_waits_for_another_execution_says_so(story: Drilling) -> None:
    world = story.world
    recovery = world.start(story.plan, "RECOVERY")

    story.minute()
    assert lines_of(world, story.execution) == [], "it may be over in a minute"
    for _ in range(15):
        story.minute()

    [line] = lines_of(world, story.execution)
    assert f"execution {recovery} may still launch it (SERVER_BUSY)" in line["message"]
    [stands] = world.ask("get_launch_config_status", groupId=story.group)["items"]
    assert stands["temporary"]["code"] == "SERVER_BUSY"
    assert recovery in stands["temporary"]["reason"]
    [row] = story.rows
    assert (row.attempts, row.code) == (0, ""), "nothing was tried"

    LockStore(world.history, world.clock).release([story.key], LockOwner.of_execution(world.header(recovery)))
    story.go_on()
    assert story.held() == story.before


def test_a_rehearsal_leaves_a_server_alone_that_cannot_be_restored(story: Drilling) -> None:
    story.world.revoke_role(DATABASE_ACCOUNT)
    story.minute()
    story.world.allow_everything()

    [told] = story.world.ask("apply_launch_configs", groupId=story.group, dryRun=True)["servers"]

    assert (told["outcome"], told["code"]) == ("FAILED", "SERVER_BUSY")
    assert f"settings of execution {story.execution}" in told["reason"]
