"""What a start has taken upon itself of launch settings lets its servers be launched as DRS has them, and is told."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from local.drs_simulator.networks import Network
from shared.errors import DrsServiceError
from tests.functional.launch_configs.drilling import ELSEWHERE, SUBNETS
from tests.functional.launch_configs.test_before_a_wave import configured, edit, held, shown
from tests.functional.launch_configs.test_drills import in_template
from tests.functional.launch_configs.test_launch_into import DOORS, ask, configuration, prepare, rest
from tests.support.world import World, wave
from tests.support.world.machinery import DATABASE_ACCOUNT, REGION
from tests.support.world.rest import QUICK
from tests.support.world.world import Refused

OVERRIDE: Final[dict[str, Any]] = {"reason": "the data centre is lost", "codes": ["LAUNCH_CONFIG_DRIFT"]}

GUIDE: Final = Path(__file__).parents[3] / "docs" / "guides" / "LAUNCH_CONFIGURATION.md"


def applied(world: World, group: str) -> None:
    """The settings of a group are in DRS."""
    world.ask("apply_launch_configs", groupId=group)
    world.settle()


def recovered(world: World, plan: str, **start: Any) -> dict[str, dict[str, Any]]:
    """The servers after a recovery that was completed."""
    execution_id = world.start(plan, "RECOVERY", **start)
    assert world.run_until_end(execution_id) == "COMPLETED"
    return shown(world, execution_id)


def test_who_differs_is_launched_as_drs_has_it_if_the_start_says_so_whatever_the_policy_of_its_group() -> None:
    world = World(settings=QUICK)
    group, servers = configured(world, launchConfigPolicy="BLOCK")
    plan = world.create_plan("plan", wave(0, group))

    found = recovered(world, plan, override=OVERRIDE)

    assert {held(world, server)["copyTags"] for server in servers} == {False}, "nothing is repaired"
    for server in found.values():
        assert server["launchStatus"] == "LAUNCHED"
        assert [one["code"] for one in server["acceptedFindings"]] == ["LAUNCH_CONFIG_DRIFT"]
        assert server["settingsNote"].startswith("launched as DRS has it, as was accepted: DRS has other")
        assert "copyTags" in server["settingsNote"]


@pytest.mark.parametrize("policy", ["REPAIR", "BLOCK"])
def test_what_nobody_can_look_at_is_launched_as_drs_has_it_if_the_start_says_so(policy: str) -> None:
    world = World(settings=QUICK)
    group, _ = configured(world, launchConfigPolicy=policy)
    plan = world.create_plan("plan", wave(0, group))
    world.fault("revokedRole", operation="GetLaunchConfiguration", times=None)

    found = recovered(world, plan, override=OVERRIDE)

    assert {"GetLaunchConfiguration" in server["settingsNote"] for server in found.values()} == {True}


def no_writing(world: World, what: str) -> None:
    """The role may look at launch settings, and no longer change them."""
    if what == "UpdateLaunchConfiguration":
        world.fault("revokedRole", operation=what, times=None)
        return

    def refuse(operation: str) -> None:
        if operation == "make_default":
            raise DrsServiceError(f"{what}: not authorized", drsCode="UnauthorizedOperation", httpStatus=403)

    world.cloud.templates.before = refuse


@pytest.mark.parametrize("what", ["UpdateLaunchConfiguration", "ModifyLaunchTemplate"])
def test_what_nobody_can_write_is_launched_as_drs_has_it_if_the_start_says_so(what: str) -> None:
    world = World(settings=QUICK)
    group, _ = configured(world)
    plan = world.create_plan("plan", wave(0, group))
    no_writing(world, what)
    assert world.ask("preflight_recovery_plan", planId=plan)["canStart"], "that it cannot be repaired is not known yet"

    execution_id = world.start(plan, "RECOVERY", override=OVERRIDE)

    assert world.run_until_end(execution_id, limit=600) == "COMPLETED"
    for server in shown(world, execution_id).values():
        assert server["settingsNote"].startswith("launched as DRS has it, as was accepted: ")
        assert what in server["settingsNote"]
    shows = world.execution(execution_id)
    assert (shows["overrideReason"], shows["overrideCodes"]) == (OVERRIDE["reason"], OVERRIDE["codes"])
    assert "acceptedBy" not in shows["waves"][0], "by whom and why, the execution says"
    assert shows["waves"][0]["acceptedCodes"] == ["LAUNCH_CONFIG_DRIFT"]
    [started] = [event for event in world.events(execution_id) if event["type"] == "EXECUTION_STARTED"]
    assert "whatever is found later of LAUNCH_CONFIG_DRIFT is accepted" in started["message"]
    assert started["details"]["acceptedCodes"] == ["LAUNCH_CONFIG_DRIFT"]


def of_the_guide(operation: str) -> dict[str, Any]:
    """The command of that operation in the guide, without what names a plan, an execution or a wave."""
    blocks = re.findall(r"<<EOF\n(\{.*?\n\})\nEOF", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    [command] = [one for block in blocks if (one := json.loads(block))["operation"] == operation]
    names = ("operation", "planId", "executionId", "waveNumber")
    return {name: value for name, value in command.items() if name not in names}


def test_the_override_of_the_guide_launches() -> None:
    world = World(settings=QUICK)
    group, _ = configured(world)
    no_writing(world, "UpdateLaunchConfiguration")
    plan = world.create_plan("plan", wave(0, group))

    answer = world.ask("start_execution", planId=plan, **of_the_guide("start_execution"))

    assert world.run_until_end(answer["executionId"], limit=600) == "COMPLETED"


def test_the_retry_of_the_guide_launches_a_wave_that_waits_as_soon_as_the_guide_says() -> None:
    world = World(settings=QUICK)
    execution_id = waiting(world, minutes=60)
    world.advance(30 * 60 - 5)
    said = world.clock.now()

    world.ask("retry_wave", executionId=execution_id, waveNumber=0, **of_the_guide("retry_wave"))

    assert world.run_until_end(execution_id, limit=600) == "COMPLETED"
    assert world.simulator.record.calls("StartRecovery")[0].time - said < timedelta(minutes=1)


@pytest.mark.parametrize("right", ["GetLaunchConfiguration", "UpdateLaunchConfiguration"])
def test_a_right_that_is_lost_after_the_start_is_in_the_way_of_nobody_whose_settings_do_not_matter(right: str) -> None:
    world = World(settings=QUICK)
    group, servers = configured(world)
    applied(world, group)
    execution_id = world.start(world.create_plan("plan", wave(0, group)), "RECOVERY", override=OVERRIDE)
    edit(world, servers[0], copyTags=False)
    world.fault("revokedRole", operation=right, times=None)

    assert world.run_until_end(execution_id, limit=600) == "COMPLETED"


def waiting(world: World, minutes: int = 10, **group: Any) -> str:
    """A recovery whose wave waits so long, because the role has lost its right to write after the start."""
    made, _ = configured(world, **group)
    execution_id = world.start(world.create_plan("plan", wave(0, made, deadlineMinutes=minutes)), "RECOVERY")
    no_writing(world, "UpdateLaunchConfiguration")
    world.run_until(lambda: "UpdateLaunchConfiguration" in world.execution(execution_id)["waves"][0]["statusReason"])
    return execution_id


@pytest.mark.parametrize("codes", [{}, {"codes": ["LAUNCH_CONFIG_DRIFT"]}])
def test_a_wave_that_waits_is_launched_as_drs_has_it_when_an_operator_says_so(codes: dict[str, Any]) -> None:
    world = World(settings=QUICK)
    execution_id = waiting(world)

    answer = world.retry(execution_id, 0, override={"reason": "all is lost", **codes})

    assert "whatever is found of LAUNCH_CONFIG_DRIFT" in answer["message"]
    assert world.run_until_end(execution_id, limit=600) == "COMPLETED"
    for server in shown(world, execution_id).values():
        assert (server["launchStatus"], server["attempt"]) == ("LAUNCHED", 1)
        assert "as was accepted: UpdateLaunchConfiguration" in server["settingsNote"]
    shows = world.execution(execution_id)
    [told] = shows["waves"]
    assert "LAUNCH_CONFIG_DRIFT" in told["acceptedCodes"]
    [made] = [event for event in world.events(execution_id) if event["type"] == "REQUEST_MADE"]
    assert "because all is lost" in made["message"]
    assert "LAUNCH_CONFIG_DRIFT" in made["details"]["acceptedCodes"]
    assert (told["acceptedBy"], told["overrideReason"]) == (made["actor"], "all is lost")
    assert told["acceptedAt"] >= made["time"]
    assert "overrideReason" not in shows, "the start accepted nothing"


def test_who_is_ready_because_that_was_accepted_stays_so_while_his_wave_is_awaited() -> None:
    world = World(settings=QUICK)
    first = world.create_group("first", world.add_servers(name="first"))
    second, _ = configured(world, count=1, name="second")
    no_writing(world, "UpdateLaunchConfiguration")
    world.fault("stuckJob", seconds=40 * 60)
    plan = world.create_plan("plan", wave(0, first), wave(1, second, after=[0]))

    execution_id = world.start(plan, "RECOVERY", override=OVERRIDE)

    found = set()
    for _ in range(12):
        world.advance(3 * 60)
        looks = world.executions.verified_settings(world.header(execution_id), 1).values()
        found |= {(seen.verified_at, seen.verdict, "as was accepted" in seen.reason) for seen in looks}
    assert len(found) > 2
    assert {(verdict, is_accepted) for _, verdict, is_accepted in found} == {("READY", True)}
    assert world.run_until_end(execution_id) == "COMPLETED"


def test_a_wave_that_has_waited_in_vain_is_retried_as_drs_has_it() -> None:
    world = World(settings=QUICK)
    execution_id = waiting(world)
    world.run_until_status(execution_id, "PAUSED")
    assert world.simulator.record.calls("StartRecovery") == []

    world.retry(execution_id, 0, override=OVERRIDE)

    assert world.run_until_end(execution_id, limit=600) == "COMPLETED"
    moves = [event["message"] for event in world.events(execution_id) if event["type"] == "WAVE_STATUS"]
    assert any("retried by" in message and OVERRIDE["reason"] in message for message in moves)
    assert {server["launchStatus"] for server in shown(world, execution_id).values()} == {"LAUNCHED"}


def test_who_was_refused_by_a_look_is_launched_at_a_retry_that_accepts_it() -> None:
    world = World(settings=QUICK)
    group, servers = configured(world, launchConfigPolicy="BLOCK")
    applied(world, group)
    execution_id = world.start(world.create_plan("plan", wave(0, group)), "RECOVERY")
    edit(world, servers[0], copyTags=False)
    world.run_until_status(execution_id, "PAUSED")

    world.retry(execution_id, 0, override=OVERRIDE)

    assert world.run_until_end(execution_id) == "COMPLETED"
    found = shown(world, execution_id)
    assert {server["launchStatus"] for server in found.values()} == {"LAUNCHED"}
    assert "as was accepted: DRS has other settings" in found[servers[0]]["settingsNote"]


def test_to_retry_a_wave_that_is_being_launched_needs_such_a_word() -> None:
    world = World(settings=QUICK)
    execution_id = waiting(world)

    for whole in ({}, {"relaunch": True, "override": OVERRIDE}):
        with pytest.raises(Refused, match="is LAUNCHING"):
            world.retry(execution_id, 0, **whole)
    with pytest.raises(Refused, match="not about launch settings: REPLICATION_STATE"):
        world.retry(execution_id, 0, override={"reason": "all is lost", "codes": ["REPLICATION_STATE"]})


def test_what_is_accepted_of_launch_settings_is_never_what_is_there_for_the_execution_only() -> None:
    world = World(settings=QUICK)
    [server] = world.add_servers(name="db")
    group = world.create_group("db", [server], launchConfig={"copyTags": True}, drillLaunchConfig={"copyTags": False})
    plan = world.create_plan("plan", wave(0, group))
    applied(world, group)
    no_writing(world, "UpdateLaunchConfiguration")

    drill = world.start(plan, override=OVERRIDE)

    world.advance(600)
    assert "UpdateLaunchConfiguration" in world.execution(drill)["waves"][0]["statusReason"]
    assert world.simulator.record.calls("StartRecovery") == []


def test_a_group_that_wants_servers_as_they_are_does_not_wait_for_a_look_that_nobody_can_take() -> None:
    world = World(settings=QUICK)
    group, servers = configured(world, launchConfigPolicy="WARN")
    applied(world, group)
    plan = world.create_plan("plan", wave(0, group))
    execution_id = world.start(plan, "RECOVERY")
    world.fault("revokedRole", operation="GetLaunchConfiguration", times=None)

    assert world.run_until_end(execution_id) == "COMPLETED"

    notes = [server["settingsNote"] for server in shown(world, execution_id).values()]
    assert len(notes) == len(servers)
    assert all(note.startswith("launched as DRS has it, at which nobody could look: ") for note in notes)


def left_by_a_drill(world: World, minutes: int = 6, **group: Any) -> tuple[str, str, str]:
    """A plan of one server, the server, and the drill whose settings nobody could take away again."""
    [server] = world.add_servers(name="db")
    made = world.create_group("db", [server], drillLaunchConfig={"recoveryMode": "OPTIMAL"}, **group)
    plan = world.create_plan("plan", wave(0, made))
    drill = world.start(plan)
    world.run_until(lambda: bool(world.simulator.record.calls("StartRecovery")))
    world.fault("revokedRole", operation="UpdateLaunchConfiguration", times=None)
    world.run_until_end(drill)
    rest(world, minutes)
    return plan, server, drill


def test_what_a_drill_has_left_for_good_prevents_a_start_that_may_accept_it() -> None:
    world = World(settings=QUICK)
    plan, server, drill = left_by_a_drill(world)

    report = world.ask("preflight_recovery_plan", planId=plan)

    [left] = [each for each in report["findings"] if each["code"] == "TEMPORARY_SETTINGS_LEFT"]
    assert (left["outcome"], report["canStart"]) == ("FAIL", False)
    assert left["details"]["fields"] == {server: ["recoveryMode"]}
    assert "UpdateLaunchConfiguration" in left["message"]
    with pytest.raises(Refused, match="could not be restored"):
        world.start(plan, "RECOVERY")
    started = world.simulator.record.calls("StartRecovery")

    [found] = recovered(world, plan, override={"reason": "all is lost", "codes": ["TEMPORARY_SETTINGS_LEFT"]}).values()

    assert len(world.simulator.record.calls("StartRecovery")) == len(started) + 1
    assert found["settingsNote"].startswith(f"launched although settings of execution {drill} are left of it (recovery")
    assert held(world, server)["recoveryMode"] == "OPTIMAL"


def left_in_an_instance(world: World) -> tuple[str, str]:
    """A plan of one server, and the drill after which DRS still has it launched into an instance."""
    [server], instance = world.add_servers(name="db"), prepare(world, 1)
    group = world.create_group("db", [server])
    into = {"launchIntoInstanceProperties": {"launchIntoEc2InstanceId": instance.instance_id}}
    own = {"launchTemplate": {}, "drillLaunchTemplate": into}
    world.ask("update_server_launch_config", groupId=group, serverId=server, version=1, **own)
    plan = world.create_plan("plan", wave(0, group, deadlineMinutes=20))
    drill = world.start(plan)
    world.run_until(lambda: any((configuration(world, server).get("launchIntoInstanceProperties") or {}).values()))
    world.cancel(drill)
    world.fault("revokedRole", operation="UpdateLaunchConfiguration", times=None)
    world.run_until_end(drill)
    return plan, drill


@pytest.mark.parametrize("how", ["start", "retry"])
def test_nobody_is_launched_into_an_instance_that_only_a_drill_had_asked_for(how: str) -> None:
    world = World(settings=QUICK)
    plan, _ = left_in_an_instance(world)
    override = {"reason": "all is lost", "codes": ["TEMPORARY_SETTINGS_LEFT"]}

    execution_id = world.start(plan, "RECOVERY", **({"override": override} if how == "start" else {}))
    world.advance(600)
    if how == "retry":
        world.retry(execution_id, 0, override=override)
    world.run_until_status(execution_id, "PAUSED")

    assert world.simulator.record.calls("StartRecovery") == []


@pytest.mark.parametrize("door", DOORS)
def test_an_instance_that_only_a_drill_had_asked_for_is_no_word_of_others_and_held_by_nobody(door: str) -> None:
    world = World(settings=QUICK)
    plan, drill = left_in_an_instance(world)
    rest(world)
    override = {"reason": "all is lost", "codes": ["TEMPORARY_SETTINGS_LEFT", "PREPARED_INSTANCE"]}

    report = ask(world, door, "preflight_recovery_plan", planId=plan).value
    start = {"planId": plan, "executionType": "RECOVERY", "override": override}
    execution_id = ask(world, door, "start_execution", **start).value["executionId"]

    assert [each["code"] for each in report["findings"] if each["outcome"] == "FAIL"] == ["TEMPORARY_SETTINGS_LEFT"]
    [left] = [each for each in report["findings"] if each["code"] == "TEMPORARY_SETTINGS_LEFT"]
    assert left["details"]["executionId"] == drill
    assert "but nobody into an instance: whom that would befall waits until it is restored" in left["message"]
    world.simulator.clear_faults()
    assert world.run_until_end(execution_id, limit=900) == "COMPLETED"
    [found] = world.servers(execution_id)
    assert (found["launchStatus"], found.get("launchIntoInstanceId")) == ("LAUNCHED", None)


def test_what_a_drill_has_left_a_moment_ago_is_accepted_by_its_code() -> None:
    world = World(settings=QUICK)
    plan, _, drill = left_by_a_drill(world, minutes=0)
    [left] = [
        each
        for each in world.ask("preflight_recovery_plan", planId=plan)["findings"]
        if each["code"] == "TEMPORARY_SETTINGS_LEFT"
    ]
    assert left["outcome"] == "WARN"

    override = {"reason": "all is lost", "codes": ["TEMPORARY_SETTINGS_LEFT"]}
    execution_id = world.start(plan, "RECOVERY", override=override)

    assert world.run_until_end(execution_id, limit=900) == "COMPLETED"
    [found] = shown(world, execution_id).values()
    assert found["settingsNote"].startswith(f"launched although settings of execution {drill} are left of it (recovery")


def test_who_may_be_launched_with_what_is_left_is_brought_to_what_can_be_had_of_its_group() -> None:
    world = World(settings=QUICK)
    plan, server, _ = left_by_a_drill(world, launchConfig={"instanceType": "m6i.large"})

    [found] = recovered(world, plan, override={"reason": "all is lost"}).values()

    assert "are left of it (recoveryMode)" in found["settingsNote"]


def test_to_accept_other_findings_is_not_to_accept_what_is_left() -> None:
    world = World(settings=QUICK)
    plan, _, _ = left_by_a_drill(world)

    with pytest.raises(Refused, match="could not be restored"):
        world.start(plan, "RECOVERY", override=OVERRIDE)


def test_what_is_left_is_taken_over_by_an_execution_that_lends_settings_too_and_restored_after_it() -> None:
    world = World(settings=QUICK)
    world.cloud.ec2_instances.networks[DATABASE_ACCOUNT, REGION] = Network(SUBNETS)
    plan, server, _ = left_by_a_drill(world)
    [group] = world.ask("list_protection_groups")["items"]
    lent = {"recoveryMode": "OPTIMAL", "subnetId": ELSEWHERE}
    world.ask("update_protection_group", groupId=group["groupId"], version=1, drillLaunchConfig=lent)

    drill = world.start(plan, override={"reason": "a rehearsal all the same"})

    assert world.run_until_end(drill) == "COMPLETED"
    [found] = shown(world, drill).values()
    assert "for this execution only: subnetId" in found["settingsNote"]
    world.simulator.clear_faults()
    rest(world, 60)
    assert "SubnetId" not in in_template(world, server)
    assert held(world, server)["recoveryMode"] == "FAST"
