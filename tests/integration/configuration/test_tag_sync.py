"""The tag sync from end to end: source servers get the tags of the EC2 instances that they are, once, and no others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from local.drs_simulator.estate import SourceServerSpec
from shared.models.account import AccountStatus
from shared.models.targets import Target
from tests.integration.configuration.conftest import Call, System, account
from tests.support.configuration import DATABASE, HUB, WEB, server_id
from tests.support.contract import kept
from tests.support.templates import load_template

ORIGIN = Target(account_id=WEB.account_id, region="eu-central-1")
"""Where the instances run; their servers are recovered in another account and region."""

REGIONS = ("eu-west-1", DATABASE.region)
"""As if there were no more: making clients takes time."""

WRITES = ("TagResource", "UntagResource")


@dataclass
class TagSyncs:
    """A system whose servers come from EC2, and what a test asks of it."""

    system: System

    def protect(
        self, number: int, has: Mapping[str, str], *, target: Target = DATABASE, origin: Target = ORIGIN, **spec: Any
    ) -> str:
        """Protect an instance with these tags; answers its source server's id."""
        known = SourceServerSpec(
            hostname=f"host{number}",
            source_server_id=server_id(number),
            origin="ec2",
            origin_account_id=origin.account_id,
            origin_region=origin.region,
            origin_instance_id=instance(number),
            origin_tags=dict(has),
            **spec,
        )
        return self.system.simulator.add_source_server(target.account_id, target.region, known)

    def retag(self, number: int, tags: Mapping[str, str], origin: Target = ORIGIN) -> None:
        """Let the instance have these tags and no others."""
        self.system.instance_tags.retag(origin, instance(number), tags)

    def tags(self, number: int, target: Target = DATABASE) -> dict[str, str]:
        """The tags of a source server now."""
        [server] = self.system.drs.source_servers(target, [server_id(number)])
        return server.tags

    def writes(self) -> int:
        """How many calls reached DRS that write tags."""
        return sum(len(self.system.simulator.record.calls(name)) for name in WRITES)

    def trigger(self) -> dict[str, Any]:
        """Ask for a run, which waits to be worked on."""
        return self.system.call("trigger_tag_sync")

    def deliver(self) -> int:
        """Work on what was handed over, until nothing is; how many invocations it took."""
        return self.system.functions.deliver(self.invoke)

    def invoke(self, function_arn: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """Invoke the function as Lambda does with an event that nobody waits for."""
        return self.system.handlers[1](event, Call(invoked_function_arn=function_arn))

    def strike(self) -> dict[str, Any]:
        """Let the rule of the template strike."""
        [target] = load_template("eventbridge-stack.yaml").properties("TagSyncRule")["Targets"]
        return self.invoke(target["Arn"], json.loads(target["Input"]))

    def run(self) -> dict[str, Any]:
        """A whole run that was asked for; the status after it."""
        begun = self.trigger()
        assert begun["status"] == "RUNNING", begun
        self.deliver()
        status = self.status()
        assert status["run"]["runId"] == begun["runId"]
        return status

    def status(self) -> dict[str, Any]:
        """How it is."""
        return self.system.ask("get_tag_sync_status")

    def enter(self, target: Target, _service: str) -> None:
        """Go into an account as the product does."""
        self.system.sessions.session(target.account_id, "test")

    def tamper(self, **parts: Any) -> None:
        """Give the copying other parts."""
        app = getattr(self.system.handlers[1], "__self__")  # noqa: B009 - a handler is a method, whatever its type says
        vars(app)["tag_sync"] = replace(app.tag_sync, **parts)

    def turn_on(self, **more: Any) -> dict[str, Any]:
        """Have the clock begin runs."""
        version = self.system.ask("get_tag_sync_settings")["version"]
        return self.system.call("update_tag_sync_settings", version=version, enabled=True, **more)


def instance(number: int) -> str:
    """The instance that a server comes from."""
    return f"i-{number:017x}"


def counts(status: Mapping[str, Any]) -> tuple[int, ...]:
    """Added, changed, removed; unchanged, failed."""
    return tuple(status["run"]["counts"][name] for name in ("added", "changed", "removed", "unchanged", "failed"))


@pytest.fixture
def syncs(system: System) -> TagSyncs:
    syncs = TagSyncs(system)
    syncs.tamper(drs_regions=REGIONS)
    return syncs


def test_additions_changes_and_removals_appear_after_one_run_and_a_second_writes_nothing(syncs: TagSyncs) -> None:
    syncs.protect(1, {"Tier": "db", "Old": "x"}, tags={"Own": "kept"})
    syncs.protect(2, {"Tier": "web"})

    first = syncs.run()

    assert syncs.tags(1) == {"Own": "kept", "Tier": "db", "Old": "x"}
    assert syncs.tags(2) == {"Tier": "web"}
    assert (first["run"]["status"], counts(first)) == ("COMPLETED", (3, 0, 0, 0, 0))

    syncs.retag(1, {"Tier": "database", "New": "y"})
    second = syncs.run()

    assert syncs.tags(1) == {"Own": "kept", "Tier": "database", "New": "y"}
    assert counts(second) == (1, 1, 1, 1, 0)

    written, remembered = syncs.writes(), _remembered(syncs.system)
    third = syncs.run()

    assert (syncs.writes(), _remembered(syncs.system)) == (written, remembered)
    assert counts(third) == (0, 0, 0, 2, 0)


def _remembered(system: System) -> list[str]:
    return sorted(str(item) for item in system.tables["accounts"].scan() if item["accountId"].startswith("tags#"))


def test_the_instance_is_read_in_its_own_account_and_region_and_all_of_a_place_together(syncs: TagSyncs) -> None:
    for number in range(1, 31):
        syncs.protect(number, {"Number": str(number)})
    syncs.protect(40, {"Number": "40"}, target=WEB, origin=WEB)

    status = syncs.run()

    assert sorted(syncs.system.instance_tags.asked) == [(ORIGIN, 30), (WEB, 1)]
    assert counts(status) == (31, 0, 0, 0, 0)
    assert syncs.writes() == 31
    assert syncs.tags(40, WEB) == {"Number": "40"}
    places = {(each["accountId"], each["region"]): each for each in status["places"]}
    assert set(places) == {(DATABASE.account_id, DATABASE.region), (WEB.account_id, WEB.region)}
    assert places[DATABASE.account_id, DATABASE.region] | {"counts": None} == {
        **DATABASE.wire(),
        "status": "DONE",
        "servers": 30,
        "fromEc2": 30,
        "done": 30,
        "findingCount": 0,
        "counts": None,
    }
    assert status["placesNotInUse"] == len(REGIONS) * 3 - 2


def test_a_server_that_comes_from_no_instance_is_let_alone(syncs: TagSyncs) -> None:
    syncs.system.protect(DATABASE, server_id(1), tags={"Tier": "db"})

    status = syncs.run()

    assert syncs.tags(1) == {"Tier": "db"}
    assert [(each["servers"], each["fromEc2"]) for each in status["places"]] == [(1, 0)]


def test_an_instance_that_is_gone_is_a_finding_and_nothing_is_removed_for_it(syncs: TagSyncs) -> None:
    syncs.protect(1, {"Tier": "db"})
    syncs.protect(2, {"Tier": "web"})
    syncs.run()
    syncs.system.instance_tags.terminate(ORIGIN, instance(1))
    syncs.retag(2, {})

    status = syncs.run()

    assert (syncs.tags(1), syncs.tags(2)) == ({"Tier": "db"}, {})
    assert (status["run"]["status"], counts(status)) == ("PARTIAL", (0, 0, 1, 0, 1))
    [finding] = status["run"]["findings"]
    assert (finding["code"], finding["serverIds"]) == ("ORIGIN_NOT_FOUND", [server_id(1)])
    assert (finding["accountId"], finding["region"]) == (ORIGIN.account_id, ORIGIN.region)


@pytest.mark.parametrize("trouble", ["denied", "role", "unregistered", "inactive"])
def test_instances_that_cannot_be_read_are_a_finding_and_nothing_is_removed(syncs: TagSyncs, trouble: str) -> None:
    system, origin = syncs.system, ORIGIN
    if trouble == "unregistered":
        origin = Target(account_id="999900001111", region="eu-central-1")
    syncs.protect(1, {"Tier": "db"}, origin=origin, tags={"Tier": "db", "Own": "x"})
    if trouble == "denied":
        system.instance_tags.denied.add(ORIGIN)
    elif trouble == "role":
        system.instance_tags.enter = syncs.enter
        system.sts.missing.add(WEB.account_id)
    elif trouble == "inactive":
        system.accounts.put(account(WEB, AccountStatus.INACTIVE), 1)

    status = syncs.run()

    codes = {
        "denied": "COULD_NOT_CHECK",
        "role": "ROLE_NOT_ASSUMABLE",
        "unregistered": "ACCOUNT_NOT_REGISTERED",
        "inactive": "ACCOUNT_INACTIVE",
    }
    assert status["run"]["status"] == "PARTIAL"
    of_servers = [each for each in status["run"]["findings"] if each["serverIds"]]
    assert [(each["code"], each["serverIds"]) for each in of_servers] == [(codes[trouble], [server_id(1)])]
    assert syncs.tags(1) == {"Tier": "db", "Own": "x"}
    assert syncs.writes() == 0


def test_an_account_that_lets_nobody_in_is_a_finding_for_each_region_and_the_others_come_to_their_end(
    syncs: TagSyncs,
) -> None:
    syncs.system.sts.missing.add(DATABASE.account_id)
    syncs.protect(1, {"Tier": "web"}, target=WEB)

    status = syncs.run()

    assert syncs.tags(1, WEB) == {"Tier": "web"}
    assert status["run"]["status"] == "PARTIAL"
    assert {each["accountId"] for each in status["run"]["findings"]} == {DATABASE.account_id}
    assert {each["code"] for each in status["run"]["findings"]} == {"ROLE_NOT_ASSUMABLE"}


def test_a_region_without_drs_is_a_finding_only_if_somebody_named_it(syncs: TagSyncs) -> None:
    named = account(WEB).model_copy(update={"regions": ("eu-west-1",)})
    syncs.system.accounts.put(named, 1)
    syncs.system.accounts.put(account(DATABASE, AccountStatus.INACTIVE), 1)

    status = syncs.run()

    [finding] = status["run"]["findings"]
    assert (finding["code"], finding["region"]) == ("DRS_NOT_INITIALIZED", "eu-west-1")
    assert [(each["region"], each["status"]) for each in status["places"]] == [("eu-west-1", "FAILED")]


def test_regions_of_groups_belong_to_an_account_beside_those_that_it_names(syncs: TagSyncs) -> None:
    syncs.system.accounts.put(account(DATABASE).model_copy(update={"regions": ("eu-west-1",)}), 1)
    syncs.protect(1, {"Tier": "db"})
    syncs.system.group("Databases", sourceServerIds=[server_id(1)])

    status = syncs.run()

    assert syncs.tags(1) == {"Tier": "db"}
    assert {each["region"] for each in status["places"]} == {"eu-west-1", DATABASE.region}


def test_a_spoiled_row_of_an_account_is_a_finding_and_stops_nobody(syncs: TagSyncs) -> None:
    syncs.system.tables["accounts"].put({"accountId": "888877776666", "listKey": "account", "status": "odd"})
    syncs.protect(1, {"Tier": "db"})

    status = syncs.run()

    assert syncs.tags(1) == {"Tier": "db"}
    [finding] = status["run"]["findings"]
    assert (finding["code"], finding["accountId"]) == ("ROLE_NOT_ASSUMABLE", "888877776666")


def test_tags_that_find_no_room_or_are_not_taken_are_told_and_the_others_copied(syncs: TagSyncs) -> None:
    own = {f"own{number:02}": "x" for number in range(49)}
    syncs.protect(1, {"a": "1", "b": "2", "semi;colon": "x"}, tags=own)

    status = syncs.run()

    assert syncs.tags(1) == {**own, "a": "1"}
    assert status["run"]["status"] == "COMPLETED"
    found = {each["code"]: each["details"]["keys"] for each in status["run"]["findings"]}
    assert found == {"TAGS_LEFT_OUT": ["b"], "TAGS_NOT_TAKEN": ["semi;colon"]}


def test_a_server_that_drs_refuses_is_told_of_and_done_by_the_next_run(syncs: TagSyncs) -> None:
    syncs.protect(1, {"Tier": "db"})
    syncs.protect(2, {"Tier": "web"})
    syncs.tamper(writes_at_once=1)
    syncs.system.simulator.add_faults({"faults": [{"kind": "revokedRole", "operation": "TagResource"}]})

    first = syncs.run()
    second = syncs.run()

    [finding] = first["run"]["findings"]
    assert (first["run"]["status"], counts(first)) == ("PARTIAL", (1, 0, 0, 0, 1))
    assert finding["serverIds"] == [server_id(1)]
    assert (finding["code"], finding["details"]) == ("TAGS_NOT_WRITTEN", {"drsCode": "AccessDeniedException"})
    assert (syncs.tags(1), syncs.tags(2)) == ({"Tier": "db"}, {"Tier": "web"})
    assert second["run"]["status"] == "COMPLETED"


# -- one at a time ---------------------------------------------------------------------------------------------------


def test_two_at_once_are_one(syncs: TagSyncs) -> None:
    syncs.protect(1, {"Tier": "db"})
    begun = syncs.trigger()

    second = syncs.trigger()

    assert (second["error"], second["details"]["reason"]) == ("CONFLICT_ERROR", "SYNC_IN_PROGRESS")
    assert second["details"]["runId"] == begun["runId"]
    assert syncs.deliver() == 1
    assert syncs.writes() == 1


def test_an_event_that_comes_twice_while_somebody_works_does_nothing(syncs: TagSyncs) -> None:
    syncs.protect(1, {"Tier": "db"})
    syncs.trigger()
    [(arn, event)] = syncs.system.functions.waiting
    answers = []

    def meanwhile(target: Target, _service: str) -> None:
        if target == ORIGIN:
            answers.append(syncs.invoke(arn, event))

    syncs.system.instance_tags.enter = meanwhile
    syncs.deliver()

    assert answers == [{"tagSync": "nothing to take up"}]
    assert syncs.writes() == 1


def test_a_run_that_its_worker_left_is_taken_up_by_the_clock_where_it_was(syncs: TagSyncs) -> None:
    for number in range(1, 61):
        syncs.protect(number, {"Tier": "db"})
    syncs.trigger()
    syncs.tamper(server_tags=_CrashAfter(syncs.system.server_tags, 30))
    with pytest.raises(RuntimeError):
        syncs.deliver()
    syncs.tamper(server_tags=syncs.system.server_tags)

    assert syncs.system.ask("get_tag_sync_status")["run"]["isLeft"] is False
    assert syncs.strike() == {"tagSync": "nothing to take up"}, "it may still be working"
    syncs.system.clock.advance(120)
    assert syncs.status()["run"]["isLeft"] is True
    assert syncs.strike() == {"tagSync": "ended"}
    status = syncs.status()
    assert (status["run"]["status"], status["run"]["reason"]) == ("COMPLETED", "REQUEST")
    assert all(syncs.tags(number) == {"Tier": "db"} for number in range(1, 61))
    assert [each["done"] for each in status["places"]] == [60]
    assert counts(status)[0] >= 25, "what was written down before the crash counts"


class _CrashAfter:
    """Tags until the process is gone."""

    def __init__(self, real: Any, calls: int) -> None:
        self._real = real
        self._left = calls

    def put_tags(self, *args: Any) -> None:
        self._left -= 1
        if self._left == 0:
            raise RuntimeError("the process is gone")
        self._real.put_tags(*args)

    def remove_tags(self, *args: Any) -> None:
        self._real.remove_tags(*args)


def test_a_lost_hand_over_is_told_and_the_next_call_goes_on_with_the_run(syncs: TagSyncs) -> None:
    syncs.protect(1, {"Tier": "db"})
    syncs.system.functions.refuses = True

    refused = syncs.trigger()

    assert refused["error"] == "THROTTLED"
    syncs.system.functions.refuses = False
    again = syncs.trigger()
    assert again["runId"] == refused["details"]["runId"]
    syncs.deliver()
    assert syncs.tags(1) == {"Tier": "db"}


# -- the clock and the settings --------------------------------------------------------------------------------------


def test_until_somebody_turns_it_on_the_clock_copies_nothing(syncs: TagSyncs) -> None:
    syncs.protect(1, {"Tier": "db"})

    assert syncs.strike() == {"tagSync": "not due"}
    assert syncs.tags(1) == {}
    assert syncs.system.ask("get_tag_sync_settings") == {"enabled": False, "intervalHours": 1, "version": 1}
    assert syncs.status() == {
        "enabled": False,
        "intervalHours": 1,
        "places": [],
        "morePlaces": 0,
        "placesNotInUse": 0,
    }


def test_a_change_of_the_settings_is_followed_by_a_run_at_once_and_the_clock_keeps_the_interval(
    syncs: TagSyncs,
) -> None:
    syncs.protect(1, {"Tier": "db"})

    changed = syncs.turn_on(intervalHours=3)

    assert (changed["enabled"], changed["intervalHours"], changed["version"]) == (True, 3, 2)
    assert syncs.deliver() == 1
    status = syncs.status()
    assert (status["run"]["runId"], status["run"]["reason"]) == (changed["runId"], "SETTINGS")
    assert syncs.tags(1) == {"Tier": "db"}

    syncs.retag(1, {"Tier": "database"})
    for hour in (1, 2):
        syncs.system.clock.advance(3600)
        assert syncs.strike() == {"tagSync": "not due"}, hour
    syncs.system.clock.advance(3500)
    assert syncs.strike() == {"tagSync": "ended"}
    assert syncs.tags(1) == {"Tier": "database"}
    assert syncs.status()["run"]["reason"] == "SCHEDULE"
    assert syncs.status()["nextDueAt"] > status["nextDueAt"]


def test_what_is_not_otherwise_is_no_change_and_needs_no_run(syncs: TagSyncs) -> None:
    syncs.turn_on()
    syncs.deliver()

    same = syncs.system.call("update_tag_sync_settings", version=2, enabled=True)

    assert (same["version"], "runId" in same) == (2, False)
    off = syncs.system.call("update_tag_sync_settings", version=2, enabled=False)
    assert (off["version"], "runId" in off) == (3, False)
    assert syncs.deliver() == 0
    syncs.system.clock.advance(24 * 3600)
    assert syncs.strike() == {"tagSync": "not due"}


def test_settings_are_changed_by_whoever_read_them_last(syncs: TagSyncs) -> None:
    syncs.turn_on()

    stale = syncs.system.call("update_tag_sync_settings", version=1, enabled=False)
    wrong = syncs.system.call("update_tag_sync_settings", version=2, intervalHours=25, updatedBy="Bob", nosuch=1)

    assert (stale["details"]["reason"], stale["details"]["version"]) == ("VERSION_CONFLICT", 2)
    fields = {each["field"]: each["code"] for each in wrong["details"]["fields"]}
    assert fields == {"intervalHours": "OUT_OF_RANGE", "updatedBy": "READ_ONLY", "nosuch": "UNKNOWN_FIELD"}


def test_settings_that_change_while_a_run_is_under_way_name_that_run(syncs: TagSyncs) -> None:
    begun = syncs.trigger()

    assert syncs.turn_on()["runId"] == begun["runId"]


def test_while_a_run_lasts_the_one_before_is_told_too(syncs: TagSyncs) -> None:
    syncs.protect(1, {"Tier": "db"})
    before = syncs.run()

    syncs.trigger()

    status = syncs.status()
    assert status["last"]["runId"] == before["run"]["runId"]
    assert status["last"]["counts"]["added"] == 1
    assert status["run"]["status"] == "RUNNING"
    syncs.deliver()
    assert "last" not in syncs.status()


def test_both_operations_and_both_reads_have_a_door_at_the_api(system: System) -> None:
    syncs = TagSyncs(system)
    syncs.tamper(drs_regions=REGIONS)

    status, run = system.by_api(1, "POST /drs/tag-sync")
    assert (status, run["startedBy"]) == (202, "ann@example.com")
    syncs.deliver()
    assert system.by_api(1, "PUT /config/tag-sync", body={"version": 1, "enabled": True})[0] == 200
    assert system.by_api(0, "GET /config/tag-sync")[1]["updatedBy"] == "ann@example.com"
    status, report = system.by_api(0, "GET /drs/tag-sync")
    assert (status, kept("get_tag_sync_status", report)["enabled"]) == (200, True)
    assert HUB not in json.dumps(report["places"])
