"""Applying the settings of a group: begun by a call, carried on in the background, taken up after a crash."""

from collections.abc import Callable
from typing import Any, Final

import pytest

from shared.aws.ports import HandOverError
from shared.models.launch_config_state import ConfigStatus
from shared.operations import DATA_MANAGEMENT
from tests.functional.launch_configs.stage import TARGET, Stage
from tests.support.asl.functions import Crash
from tests.support.world import World
from tests.support.world.functions import function_arn
from tests.support.world.world import Refused

SETTINGS: Final[dict[str, Any]] = {
    "subnetId": "subnet-0000000a",
    "securityGroupIds": ["sg-0000000a"],
    "instanceType": "m6i.large",
    "copyTags": True,
}
HELD: Final = {**SETTINGS, "targetInstanceTypeRightSizingMethod": "NONE"}


class Shop:
    """A group whose settings are to be applied."""

    def __init__(self, count: int = 3, stage: Stage | None = None, **fields: Any) -> None:
        self.stage = stage or Stage()
        self.world: World = self.stage.world
        self.servers = sorted(self.stage.protect(count))
        fields = {"launchConfig": SETTINGS, **fields}
        self.group = self.world.create_group("Web", self.servers, **fields)

    def apply(self, **more: Any) -> dict[str, Any]:
        return self.world.ask("apply_launch_configs", groupId=self.group, **more)

    def status(self, **more: Any) -> dict[str, Any]:
        return self.world.ask("get_launch_config_status", groupId=self.group, **more)

    def now(self, server: str) -> dict[str, Any]:
        return self.world.ask("get_server_launch_config", groupId=self.group, serverId=server)

    def history(self, server: str, **more: Any) -> list[dict[str, Any]]:
        return list(self.world.ask("get_server_config_history", groupId=self.group, serverId=server, **more)["items"])

    def settle(self) -> None:
        """Let works do what was handed to them."""
        self.world.settle()

    def strike(self) -> None:
        """Let a minute pass, and the schedule fire."""
        self.world.advance(60)
        self.world.functions.invoke_later(function_arn(DATA_MANAGEMENT), {"schedule": "configuration"})
        self.world.settle()

    def finish(self, minutes: int = 30) -> dict[str, Any]:
        """Let time pass until the run has ended."""
        for _ in range(minutes):
            self.settle()
            run: dict[str, Any] = self.status()["run"]
            if run["status"] != "RUNNING":
                return run
            self.strike()
        raise AssertionError(f"the run goes on: {run}")

    def is_held(self) -> bool:
        return all(HELD.items() <= self.stage.held(server).items() for server in self.servers)

    def statuses(self) -> set[str]:
        return {each["status"] for each in self.status(limit=100)["items"]}


@pytest.mark.requirement("SRS-F07")
def test_what_is_stored_is_pending_until_it_is_applied_and_applied_then() -> None:
    shop = Shop()
    before = shop.status()

    begun = shop.apply()
    shop.settle()
    after = shop.status()

    assert before["counts"]["PENDING"] == before["serverCount"] == 3
    assert "run" not in before
    assert (begun["run"]["status"], begun["total"], begun["run"]["done"]) == ("RUNNING", 3, 0)
    assert after["run"]["runId"] == begun["runId"]
    assert (after["run"]["status"], after["run"]["applied"], after["counts"]["APPLIED"]) == ("COMPLETED", 3, 3)
    assert {(each["storedVersion"], each["appliedVersion"]) for each in after["items"]} == {(1, 1)}
    assert shop.is_held()


@pytest.mark.requirement("SRS-F07")
def test_a_second_run_writes_nothing() -> None:
    shop = Shop()
    shop.apply()
    shop.settle()
    written, history = shop.stage.writes(), shop.history(shop.servers[0])

    shop.apply()
    shop.settle()

    assert shop.stage.writes() == written
    assert shop.status()["run"]["unchanged"] == 3
    assert shop.history(shop.servers[0]) == history


def test_a_rehearsal_tells_the_differences_and_writes_nothing() -> None:
    shop = Shop()

    told = shop.apply(dryRun=True, sourceServerIds=shop.servers[:2])

    assert [each["sourceServerId"] for each in told["servers"]] == shop.servers[:2]
    assert {each["outcome"] for each in told["servers"]} == {"APPLIED"}
    assert {each["field"] for each in told["servers"][0]["differences"]} == HELD.keys()
    assert (told["dryRun"], "runId" in told) == (True, False)
    assert not +shop.stage.writes()
    assert shop.statuses() == {"PENDING"}
    shop.apply()
    shop.settle()
    assert {each["outcome"] for each in shop.apply(dryRun=True)["servers"]} == {"UNCHANGED"}


def test_some_servers_alone_are_applied() -> None:
    shop = Shop()

    assert shop.apply(sourceServerIds=shop.servers[:1])["total"] == 1
    shop.settle()

    assert [each["status"] for each in shop.status()["items"]] == ["APPLIED", "PENDING", "PENDING"]
    wrong = shop.world.call("apply_launch_configs", groupId=shop.group, sourceServerIds=["s-" + "9" * 17])
    assert wrong["details"]["fields"][0]["code"] == "SERVER_NOT_IN_GROUP"


def test_two_at_once_are_one_and_a_token_gives_the_same_run() -> None:
    shop = Shop()
    first = shop.apply(clientToken="once")

    again = shop.apply(clientToken="once")
    with pytest.raises(Refused) as refused:
        shop.apply()
    shop.settle()

    assert again == first
    details = refused.value.details
    assert (details["reason"], details["runId"]) == ("SYNC_IN_PROGRESS", first["runId"])
    assert shop.stage.writes()["update"] == 3
    assert shop.apply(clientToken="once") == first
    assert shop.stage.writes()["update"] == 3


def test_a_group_of_tags_is_applied_to_those_that_carry_them_now() -> None:
    stage = Stage()
    servers = stage.protect(2, tags={"Tier": "web"})
    stage.protect(1, tags={"Tier": "data"})
    shop = Shop.__new__(Shop)
    shop.stage, shop.world, shop.servers = stage, stage.world, sorted(servers)
    shop.group = stage.world.create_group("Web", serverSelectionTags={"Tier": "web"}, launchConfig=SETTINGS)

    assert shop.apply()["total"] == 2
    shop.settle()

    assert [each["sourceServerId"] for each in shop.status()["items"]] == shop.servers
    assert shop.is_held()


@pytest.mark.requirement("PRD-14")
def test_a_static_address_survives_a_change_of_the_group() -> None:
    own = {"staticPrivateIp": "10.0.0.9"}
    shop = Shop()
    server = shop.servers[0]
    shop.world.ask("update_server_launch_config", groupId=shop.group, serverId=server, version=1, launchTemplate=own)
    shop.apply()
    shop.settle()

    shop.world.ask(
        "update_protection_group",
        groupId=shop.group,
        version=2,
        launchConfig={**SETTINGS, "copyPrivateIp": True, "instanceType": "t3.micro"},
        applyLaunchConfigs=True,
    )
    shop.settle()

    held, other = shop.stage.held(server), shop.stage.held(shop.servers[1])
    assert (held["staticPrivateIp"], held["copyPrivateIp"], held["instanceType"]) == ("10.0.0.9", False, "t3.micro")
    assert ("staticPrivateIp" in other, other["copyPrivateIp"]) == (False, True)
    assert shop.statuses() == {"APPLIED"}


def test_a_change_that_is_saved_is_pending_unless_it_is_to_be_applied() -> None:
    shop = Shop()
    shop.apply()
    shop.settle()
    server = shop.servers[0]
    which = {"groupId": shop.group, "serverId": server}

    saved = shop.world.ask("update_server_launch_config", **which, version=1, launchTemplate={"copyTags": False})
    shop.settle()
    pending = shop.status()["items"][0]
    applied = shop.world.ask(
        "update_server_launch_config", **which, version=2, launchTemplate={"copyTags": False}, applyLaunchConfigs=True
    )
    shop.settle()

    assert "run" not in saved
    assert (pending["status"], pending["storedVersion"], pending["appliedVersion"]) == ("PENDING", 2, 1)
    assert (applied["version"], applied["run"]["total"]) == (2, 1)
    assert shop.stage.held(server)["copyTags"] is False
    assert shop.status()["items"][0]["status"] == "APPLIED"


def test_an_edit_of_the_description_leaves_everything_applied() -> None:
    shop = Shop()
    shop.apply()
    shop.settle()

    shop.world.ask("update_protection_group", groupId=shop.group, version=1, description="of the shop")

    assert {(each["status"], each["appliedVersion"]) for each in shop.status()["items"]} == {("APPLIED", 2)}


@pytest.mark.requirement("SRS-F14")
def test_what_others_changed_is_repaired_and_told_in_the_history() -> None:
    shop = Shop(1)
    [server] = shop.servers
    shop.apply()
    shop.settle()
    shop.stage.edit(server, InstanceType="t3.nano")

    assert [each["field"] for each in shop.now(server)["differences"]] == ["instanceType"]
    shop.world.advance(1)
    shop.apply()
    shop.settle()

    repaired, applied = shop.history(server)
    assert (repaired["action"], applied["action"]) == ("REPAIRED", "APPLIED")
    assert repaired["differences"] == [{"field": "instanceType", "wanted": "m6i.large", "found": "t3.nano"}]
    assert shop.is_held()


def test_a_server_that_an_execution_holds_is_left_alone_and_told_to_be_busy() -> None:
    shop = Shop(2)
    plan = shop.world.create_plan(
        "Shop", {"waveNumber": 0, "waveName": "Only", "protectionGroupIds": [shop.group], "dependsOnWaves": []}
    )
    execution = shop.world.ask("start_execution", planId=plan, executionType="DRILL")["executionId"]

    shop.apply()
    shop.settle()

    items = shop.status()["items"]
    assert {(each["status"], each["code"]) for each in items} == {("FAILED", "SERVER_BUSY")}
    assert execution in items[0]["reason"]
    assert not +shop.stage.writes()


def test_a_role_that_is_gone_fails_every_server_with_the_reason_and_the_next_run_applies_them() -> None:
    shop = Shop()
    shop.world.remove_role(TARGET.account_id)
    shop.apply()
    shop.settle()
    failed = shop.status()

    shop.world.restore_role(TARGET.account_id)
    shop.world.advance(1)
    shop.apply()
    shop.settle()

    assert (failed["run"]["status"], failed["run"]["failed"]) == ("COMPLETED", 3)
    assert {each["code"] for each in failed["items"]} == {"CROSS_ACCOUNT_ERROR"}
    assert shop.statuses() == {"APPLIED"}
    assert [each["action"] for each in shop.history(shop.servers[0])] == ["APPLIED", "FAILED"]


def test_a_group_that_is_deleted_meanwhile_ends_its_run() -> None:
    shop = Shop()
    shop.apply()
    shop.world.ask("delete_protection_group", groupId=shop.group)

    shop.settle()

    assert not +shop.stage.writes()
    [row] = [row for row in shop.world.history.scan() if row["planId"] == "run"]
    assert (row["status"], row["reason"]) == ("FAILED", "the group was deleted")


# -- large groups ---------------------------------------------------------------------------------------------------


@pytest.mark.requirement("SRS-F08")
def test_three_hundred_servers_are_applied_at_the_pace_of_drs_while_everybody_sees_how_far_it_is() -> None:
    shop = Shop(300, Stage.at_the_rates_of_drs())
    seen: list[int] = []
    wait = shop.world.cloud.sleep

    begun = shop.world.clock.now()

    def look(seconds: float) -> None:
        wait(seconds)
        if (shop.world.clock.now() - begun).total_seconds() > 30 * len(seen):
            seen.append(shop.status(limit=1)["run"]["done"])

    shop.world.cloud.sleep = look

    shop.apply()
    run = shop.finish()

    took = (shop.world.clock.now() - begun).total_seconds()
    assert (run["status"], run["applied"], run["failed"]) == ("COMPLETED", 300, 0)
    assert shop.is_held()
    assert len(set(seen)) >= 4, "progress is visible"
    assert shop.stage.writes().total() == 3 * 300
    assert shop.stage.reads() <= 60, "of templates many are read at once"
    assert took < 900
    assert shop.status()["counts"]["APPLIED"] == 300


def test_of_three_hundred_servers_only_those_that_differ_are_written() -> None:
    stage = Stage()
    servers = sorted(stage.protect(300))
    of_drs, of_both = servers[17], servers[230]
    own: dict[str, dict[str, Any]] = {
        of_drs: {"copyTags": True},
        of_both: {"copyTags": True, "subnetId": "subnet-0000000a"},
    }
    shop = Shop.__new__(Shop)
    shop.stage, shop.world, shop.servers = stage, stage.world, servers
    standing = {"copyTags": False, "launchDisposition": "STARTED"}
    shop.group = stage.world.create_group("Web", servers, launchConfig=standing)
    for version, (server, template) in enumerate(own.items(), start=1):
        change = {"groupId": shop.group, "serverId": server, "version": version, "launchTemplate": template}
        stage.world.ask("update_server_launch_config", **change)

    shop.apply()
    run = shop.finish()

    calls = stage.world.simulator.record.calls("UpdateLaunchConfiguration")
    assert (run["status"], run["applied"], run["unchanged"]) == ("COMPLETED", 2, 298)
    assert sorted(call.parameters["sourceServerID"] for call in calls) == [of_drs, of_both]
    assert stage.writes() == {"update": 2, "add_version": 1, "make_default": 1}
    assert all(each.items() <= stage.held(server).items() for server, each in own.items())


@pytest.mark.requirement("SRS-F08")
def test_pages_of_the_status_are_the_whole_group() -> None:
    shop = Shop(7)
    pages = [shop.status(limit=3)]
    while "nextToken" in pages[-1]:
        pages.append(shop.status(limit=3, nextToken=pages[-1]["nextToken"]))

    assert [len(page["items"]) for page in pages] == [3, 3, 1]
    assert [each["sourceServerId"] for page in pages for each in page["items"]] == shop.servers


# -- crashes --------------------------------------------------------------------------------------------------------


def calls_of_a_run() -> int:
    """How many calls a run makes of everything outside its function, from the call that begins it to its end."""
    shop = Shop(2)
    seam = shop.world.seams[DATA_MANAGEMENT]
    seam.forget()
    shop.apply()
    shop.settle()
    return len(seam.calls)


COUNT: Final = calls_of_a_run()


def test_a_crash_before_any_call_is_taken_up_and_ends_the_same() -> None:
    """Before each call is after the one before it: nothing is done between two of them."""
    for nth in range(1, COUNT + 1):
        shop = Shop(2)
        seam = shop.world.seams[DATA_MANAGEMENT]
        seam.forget()
        seam.crash(nth=nth)
        crashed = _survived(shop.apply)
        _survived(shop.settle)
        if crashed and shop.status().get("run") is None:
            shop.apply()
        run = shop.finish()

        assert (run["status"], run["applied"], run["unchanged"], run["failed"]) == ("COMPLETED", 2, 0, 0), nth
        assert shop.is_held(), nth
        assert shop.statuses() == {"APPLIED"}, nth
        for server in shop.servers:
            [told] = shop.history(server)
            assert (told["action"], {each["field"] for each in told["differences"]}) == ("APPLIED", {*HELD}), nth


def _survived(call: Callable[[], object]) -> bool:
    """Whether the function died in it."""
    try:
        call()
    except Crash:
        return True
    return False


def test_a_run_that_nobody_took_over_waits_for_the_schedule() -> None:
    shop = Shop()
    shop.world.seams[DATA_MANAGEMENT].refuse("functions.invoke_later", lambda: HandOverError("throttled"))
    shop.apply()
    shop.settle()
    waiting = shop.status()["run"]["status"]
    shop.world.seams[DATA_MANAGEMENT].allow()

    shop.strike()

    assert (waiting, shop.status()["run"]["status"]) == ("RUNNING", "COMPLETED")


def test_the_next_call_takes_up_what_broke_off_and_logs_that_it_did(caplog: pytest.LogCaptureFixture) -> None:
    shop = Shop()
    seam = shop.world.seams[DATA_MANAGEMENT]
    seam.forget()
    seam.crash("templates.add_version")
    shop.apply()
    _survived(shop.settle)
    with pytest.raises(Refused):
        shop.apply()
    shop.world.advance(100)
    with pytest.raises(Refused, match="SYNC_IN_PROGRESS|being applied"):
        shop.apply()

    assert "a work on a run was cut off" not in caplog.text

    shop.settle()

    assert shop.status()["run"]["status"] == "COMPLETED"
    assert "a work on a run was cut off" in caplog.text


def test_a_run_that_breaks_off_again_and_again_is_given_up() -> None:
    shop = Shop()
    shop.apply()
    shop.world.seams[DATA_MANAGEMENT].always("templates.add_version", _break)

    for _ in range(60):
        _survived(shop.strike)
        if shop.status()["run"]["status"] != "RUNNING":
            break

    run = shop.status()["run"]
    assert run["status"] == "FAILED"
    assert "broke off" in run["reason"]
    assert shop.statuses() == {ConfigStatus.PENDING.value}


def _break() -> None:
    raise RuntimeError("a defect of ours")
