"""The tag sync from end to end: source servers get the tags of the EC2 instances that they are, and no others."""

from __future__ import annotations

import pytest

from shared.models.account import AccountStatus
from shared.models.targets import Target
from tests.integration.configuration.conftest import System, account
from tests.integration.configuration.tag_syncs import (
    ORIGIN,
    REGIONS,
    TagSyncs,
    counts,
    instance,
    remembered,
    tag_syncs,
)
from tests.support.configuration import DATABASE, WEB, server_id


@pytest.fixture
def syncs(system: System) -> TagSyncs:
    return tag_syncs(system)


@pytest.mark.requirement("SRS-F40")
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

    before = (syncs.writes(), remembered(syncs.system))
    third = syncs.run()

    assert (syncs.writes(), remembered(syncs.system)) == before
    assert counts(third) == (0, 0, 0, 2, 0)


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

    reasons = {
        "denied": "DENIED",
        "role": "ROLE_NOT_ASSUMABLE",
        "unregistered": "ACCOUNT_NOT_REGISTERED",
        "inactive": "ACCOUNT_INACTIVE",
    }
    assert status["run"]["status"] == "PARTIAL"
    of_servers = [each for each in status["run"]["findings"] if each["serverIds"]]
    assert [(each["reason"], each["serverIds"]) for each in of_servers] == [(reasons[trouble], [server_id(1)])]
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
    assert {each["reason"] for each in status["run"]["findings"]} == {"ROLE_NOT_ASSUMABLE"}


def test_a_region_without_drs_is_a_finding_only_if_somebody_named_it(syncs: TagSyncs) -> None:
    named = account(WEB).model_copy(update={"regions": ("eu-west-1",)})
    syncs.system.accounts.put(named, 1)
    syncs.system.accounts.put(account(DATABASE, AccountStatus.INACTIVE), 1)

    status = syncs.run()

    [finding] = status["run"]["findings"]
    assert (finding["reason"], finding["region"]) == ("NOT_INITIALIZED", "eu-west-1")
    assert [(each["region"], each["status"]) for each in status["places"]] == [("eu-west-1", "FAILED")]


def test_a_region_that_an_inventory_found_without_servers_is_not_asked_again(syncs: TagSyncs) -> None:
    syncs.protect(1, {"Tier": "web"})
    elsewhere = next(region for region in REGIONS if region != DATABASE.region)
    syncs.system.ask("get_source_server_inventory", accountId=DATABASE.account_id, region=elsewhere)
    syncs.system.ask("get_source_server_inventory", accountId=DATABASE.account_id, region=DATABASE.region)

    record = syncs.system.simulator.record
    before = len(record.calls("DescribeSourceServers"))

    syncs.run()

    asked = {(call.account, call.region) for call in record.calls("DescribeSourceServers")[before:]}
    assert (DATABASE.account_id, DATABASE.region) in asked
    assert (DATABASE.account_id, elsewhere) not in asked
    assert (WEB.account_id, elsewhere) in asked


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
    assert (finding["reason"], finding["accountId"]) == ("ROLE_NOT_ASSUMABLE", "888877776666")


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
