"""The servers of all accounts and regions: what is shown of them, what it costs, and what is said of places unread."""

from collections import Counter
from typing import Any

import pytest

from local.drs_simulator.estate import RegionState, ReplicationSpec, SourceServerSpec
from shared.models.account import AccountStatus
from shared.models.targets import Target
from shared.services.inventory import KEPT_SECONDS, WITHOUT_SERVERS_SECONDS
from shared.stores.table import Throttled
from tests.integration.configuration.conftest import System, account, codes
from tests.support.configuration import DATABASE, HUB, WEB, server_id
from tests.support.inventory import FEW_REGIONS

ONE, TWO, THREE, FOUR = (server_id(number) for number in (1, 2, 3, 4))
HERE = {"region": DATABASE.region}
SAME_REGION = Target(account_id=WEB.account_id, region=DATABASE.region)
HUB_HERE = Target(account_id=HUB, region=DATABASE.region)


pytestmark = pytest.mark.usefixtures("unhurried")


@pytest.fixture
def servers(system: System) -> System:
    system.protect(DATABASE, ONE, TWO, tags={"tier": "db"})
    system.protect(SAME_REGION, THREE, tags={"tier": "web"})
    system.simulator.initialize(HUB, DATABASE.region)
    return system


def inventory(system: System, **parameters: Any) -> dict[str, Any]:
    answer = system.ask("get_source_server_inventory", **parameters)
    assert "error" not in answer, answer
    return answer


def ids(answer: dict[str, Any]) -> list[str]:
    return [server["sourceServerId"] for server in answer["items"]]


def calls(system: System) -> Counter[tuple[str, str]]:
    return Counter((call.account, call.region) for call in system.simulator.record.calls("DescribeSourceServers"))


def states(answer: dict[str, Any]) -> dict[tuple[str | None, str | None], str]:
    return {(one["accountId"], one.get("region")): one["details"]["state"] for one in answer["findings"]}


@pytest.mark.requirement("PRD-20", "SRS-F37")
def test_every_account_and_region_is_read_and_every_server_shown_once(servers: System) -> None:
    servers.protect(WEB, FOUR)

    answer = inventory(servers)

    assert sorted(ids(answer)) == sorted([ONE, TWO, THREE, FOUR])
    everywhere = {(one, region) for one in (HUB, DATABASE.account_id, WEB.account_id) for region in FEW_REGIONS}
    assert calls(servers).keys() == everywhere
    assert answer["complete"] is True
    assert answer["placesRead"] == len(everywhere) - len(answer["findings"])
    assert {one["reason"] for one in answer["findings"]} == {"NOT_INITIALIZED"}
    assert {one["outcome"] for one in answer["findings"]} == {"WARN"}


def test_a_server_is_shown_with_its_groups_its_lag_and_its_state(servers: System) -> None:
    listing = servers.group("Databases", sourceServerIds=[ONE])
    selecting = servers.group("All", serverSelectionTags={"tier": "db"})
    servers.simulator.set_replication(
        DATABASE.account_id, DATABASE.region, ONE, ReplicationSpec(state="BACKLOG", lag_seconds=90)
    )

    [one, two, three] = inventory(servers, **HERE)["items"]

    assert [(each["groupId"], each["by"]) for each in one["protectionGroups"]] == [
        (selecting, "TAGS"),
        (listing, "LIST"),
    ]
    assert [each["groupId"] for each in two["protectionGroups"]] == [selecting]
    assert three["protectionGroups"] == []
    assert (one["replicationState"], one["lagDuration"]) == ("BACKLOG", "PT90S")
    assert "stagingAccountId" not in one


@pytest.mark.requirement("SRS-F37")
@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"accountId": WEB.account_id}, [THREE]),
        ({"hostname": "HOST-"}, [ONE, TWO, THREE]),
        ({"hostname": "nobody"}, []),
        ({"tagKey": "tier"}, [ONE, TWO, THREE]),
        ({"tagKey": "tier", "tagValue": "web"}, [THREE]),
        ({"tagKey": "owner"}, []),
        ({"replicationState": "STALLED"}, [TWO]),
        ({"unprotectedOnly": True}, [TWO, THREE]),
        ({"unprotectedOnly": True, "tagKey": "tier", "tagValue": "db"}, [TWO]),
    ],
)
def test_filters_hold_together(servers: System, filters: dict[str, Any], found: list[str]) -> None:
    servers.group("Databases", sourceServerIds=[ONE])
    servers.simulator.set_replication(DATABASE.account_id, DATABASE.region, TWO, ReplicationSpec(state="STALLED"))

    answer = inventory(servers, **HERE, **filters)

    assert sorted(ids(answer)) == sorted(found)
    assert answer["serverCount"] == len(found)


def test_one_account_in_one_region_costs_the_calls_of_that_place_alone(servers: System) -> None:
    inventory(servers, **HERE, accountId=WEB.account_id)

    assert calls(servers).keys() == {(WEB.account_id, DATABASE.region)}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"region": "us-gov-west-1"}, {"region": "UNKNOWN_REGION"}),
        ({"accountId": "999999999999"}, {"accountId": "ACCOUNT_NOT_REGISTERED"}),
        ({"tagValue": "db"}, {"tagKey": "REQUIRED"}),
        ({"region": "mars-1", "limit": 0}, {"region": "PATTERN_MISMATCH", "limit": "OUT_OF_RANGE"}),
    ],
)
def test_what_nobody_can_ask_for_is_named(system: System, wrong: dict[str, Any], code: dict[str, str]) -> None:
    answer = system.ask("get_source_server_inventory", **wrong)

    assert codes(answer).keys() == code.keys()
    assert not calls(system)


def test_a_walk_over_all_pages_shows_each_server_once_and_reads_drs_once(servers: System) -> None:
    first = inventory(servers, **HERE, limit=1)
    before = calls(servers)
    found, token = ids(first), first["nextToken"]
    while token:
        page = inventory(servers, **HERE, limit=1, nextToken=token, fresh=True)
        found, token = found + ids(page), page.get("nextToken")

    assert sorted(found) == sorted([ONE, TWO, THREE])
    assert len(found) == 3
    assert calls(servers) == before


def test_a_page_token_is_bound_to_the_filters(servers: System) -> None:
    token = inventory(servers, **HERE, limit=1)["nextToken"]

    assert codes(servers.ask("get_source_server_inventory", nextToken=token, limit=1)) == {
        "nextToken": "INVALID_NEXT_TOKEN"
    }


def test_within_the_age_of_what_was_read_nobody_is_asked_and_the_age_is_told(servers: System) -> None:
    first = inventory(servers, **HERE)
    before = calls(servers)
    servers.clock.advance(KEPT_SECONDS - 1)
    servers.protect(DATABASE, FOUR)

    again = inventory(servers, **HERE)

    assert calls(servers) == before
    assert (ids(again), again["readAt"], again["ageSeconds"]) == (ids(first), first["readAt"], KEPT_SECONDS - 1)
    fresh = inventory(servers, **HERE, fresh=True)
    assert FOUR in ids(fresh)
    assert fresh["ageSeconds"] == 0
    servers.clock.advance(KEPT_SECONDS)
    assert inventory(servers, **HERE)["ageSeconds"] == 0


def test_drs_is_asked_for_the_pages_of_the_servers_and_once_in_each_region_of_which_nothing_is_known(
    system: System,
) -> None:
    system.protect(DATABASE, *(server_id(number) for number in range(1, 252)))
    system.protect(SAME_REGION, *(server_id(number) for number in range(252, 255)))
    pages, unknown = 2 + 1, 3 * len(FEW_REGIONS) - 2

    seen = [*ids(first := inventory(system))]
    while "nextToken" in first:
        seen += ids(first := inventory(system, nextToken=first["nextToken"]))
    at_first = calls(system).total()
    inventory(system, **HERE)
    system.ask("get_combined_capacity")
    within_the_age = calls(system).total()
    system.clock.advance(KEPT_SECONDS)
    inventory(system)

    assert len(set(seen)) == len(seen) == 254
    assert (at_first, within_the_age) == (pages + unknown, at_first)
    assert calls(system).total() - within_the_age == pages


def test_a_region_without_drs_is_not_asked_again_for_an_hour_by_whatever_process(servers: System) -> None:
    empty = {"region": "eu-west-1"}
    first = inventory(servers, **empty)
    writes = servers.tables["accounts"].scan()
    before = calls(servers)
    servers.clock.advance(KEPT_SECONDS)

    again = inventory(servers, **empty)

    assert calls(servers) == before
    assert states(again) == states(first) == dict.fromkeys(states(first), "NOT_INITIALIZED")
    assert again["complete"] is True
    assert servers.tables["accounts"].scan() == writes
    servers.simulator.initialize(HUB, "eu-west-1")
    assert len(states(inventory(servers, **empty, fresh=True))) == len(states(first)) - 1
    servers.clock.advance(WITHOUT_SERVERS_SECONDS)
    inventory(servers, **empty)
    assert set(calls(servers).values()) == {3}


@pytest.mark.parametrize(
    ("state", "told", "reason", "outcome"),
    [
        ("notInitialized", "NOT_INITIALIZED", "NOT_INITIALIZED", "WARN"),
        ("notEnabled", "NOT_ENABLED", "REGION_NOT_ENABLED", "WARN"),
        ("denied", "DENIED", "DENIED", "FAIL"),
        ("throttled", "THROTTLED", "THROTTLED", "UNKNOWN"),
        ("silent", "SILENT", "NO_ANSWER", "UNKNOWN"),
    ],
)
def test_a_place_that_could_not_be_read_is_a_finding(
    servers: System, state: RegionState, told: str, reason: str, outcome: str
) -> None:
    servers.simulator.set_region(WEB.account_id, DATABASE.region, state)

    answer = inventory(servers, **HERE)

    assert states(answer) == {(WEB.account_id, DATABASE.region): told}
    [finding] = answer["findings"]
    assert (finding["code"], finding["reason"], finding["outcome"]) == ("DRS_STATE", reason, outcome)
    assert answer["complete"] is (outcome == "WARN")
    assert sorted(ids(answer)) == sorted([ONE, TWO])


def test_what_could_not_be_read_is_read_as_soon_as_it_can_be(servers: System) -> None:
    servers.simulator.set_region(WEB.account_id, DATABASE.region, "throttled")
    inventory(servers, **HERE)
    servers.simulator.set_region(WEB.account_id, DATABASE.region, "initialized")
    servers.clock.advance(KEPT_SECONDS)

    answer = inventory(servers, **HERE)

    assert (answer["complete"], answer["findings"]) == (True, [])
    assert THREE in ids(answer)


def test_an_account_that_lets_nobody_in_is_one_finding_and_asked_no_region(servers: System) -> None:
    servers.sts.missing.add(WEB.account_id)

    answer = inventory(servers)

    errors = [one for one in answer["findings"] if one["outcome"] == "FAIL"]
    assert [(one["code"], one["accountId"], one.get("region")) for one in errors] == [("ROLE", WEB.account_id, None)]
    assert answer["complete"] is False
    assert WEB.account_id not in {place[0] for place in calls(servers)}
    assert sorted(ids(answer)) == sorted([ONE, TWO])


def test_an_inactive_account_is_not_read_and_a_row_that_is_no_account_is_a_finding(servers: System) -> None:
    servers.accounts.put(account(WEB, AccountStatus.INACTIVE), 1)
    servers.tables["accounts"].put({"accountId": "222233334444", "listKey": "account", "accountName": 7})

    answer = inventory(servers, **HERE)

    assert sorted(ids(answer)) == sorted([ONE, TWO])
    [finding] = answer["findings"]
    assert (finding["accountId"], finding["code"]) == ("222233334444", "ROLE")
    assert answer["complete"] is False


def test_an_extended_server_is_listed_where_it_is_recovered_alone(servers: System) -> None:
    extended = SourceServerSpec(hostname="extended", source_server_id=THREE, staging_account_id=WEB.account_id)
    servers.simulator.add_source_server(DATABASE.account_id, DATABASE.region, extended)

    found = inventory(servers, **HERE)["items"]

    assert [(one["accountId"], one.get("stagingAccountId")) for one in found if one["sourceServerId"] == THREE] == [
        (DATABASE.account_id, WEB.account_id)
    ]
    alone = inventory(servers, **HERE, accountId=WEB.account_id)["items"]
    assert [one["sourceServerId"] for one in alone] == [THREE]


def test_a_table_that_is_too_busy_to_remember_keeps_nobody_from_the_answer(
    servers: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: Any, **__: Any) -> None:
        raise Throttled("busy")

    monkeypatch.setattr(servers.tables["accounts"], "update", busy)

    assert sorted(ids(inventory(servers, **HERE))) == sorted([ONE, TWO, THREE])


def test_both_doors_say_the_same(servers: System) -> None:
    direct = inventory(servers, **HERE, limit=2)

    status, by_api = servers.by_api(
        0,
        "GET /drs/source-server-inventory",
        queryStringParameters={**HERE, "limit": "2"},
        multiValueQueryStringParameters={"region": [DATABASE.region], "limit": ["2"]},
    )

    assert (status, by_api) == (200, direct)
