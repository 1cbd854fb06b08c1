"""A create with a client token is made once, however often it is asked for."""

from collections.abc import Sequence
from typing import Any

import pytest

from shared.stores.table import PutItem, Throttled, Write
from tests.integration.configuration.conftest import System
from tests.integration.configuration.test_plans import wave
from tests.support.configuration import DATABASE, server_id

DAY = 24 * 3600


def group(system: System, token: str = "token-1", /, **fields: Any) -> dict[str, Any]:
    known = {"groupName": "Databases", "accountId": DATABASE.account_id, "region": DATABASE.region}
    chosen = {"serverSelectionTags": {"tier": "db"}} if "sourceServerIds" not in fields else {}
    return system.call("create_protection_group", clientToken=token, **{**known, **chosen, **fields})


def stored(system: System, table: str) -> list[str]:
    """The ids of the groups or plans, without the rows beside them."""
    return [str(item.get("groupId") or item.get("planId")) for item in system.tables[table].scan() if "listKey" in item]


@pytest.mark.requirement("SRS-I04")
def test_the_same_token_answers_the_group_that_was_made_first_as_it_was(system: System) -> None:
    first = group(system)
    system.call("update_protection_group", groupId=first["groupId"], version=1, description="changed")
    system.clock.advance(DAY)

    assert group(system) == first
    assert "clientToken" not in first
    assert stored(system, "groups") == [first["groupId"]]


@pytest.mark.requirement("SRS-I04")
def test_the_same_token_answers_the_plan_that_was_made_first(system: System) -> None:
    used = system.group("Group", serverSelectionTags={"n": "1"})
    asked = {"planName": "Shop", "waves": [wave(0, used)], "clientToken": "token-1", "notificationEmail": "a@b.example"}

    first = system.call("create_recovery_plan", **asked)
    system.call("delete_recovery_plan", planId=first["planId"])

    assert system.call("create_recovery_plan", **asked) == first
    assert stored(system, "plans") == []


def test_the_header_of_the_api_is_the_token(system: System) -> None:
    body = {"groupName": "Databases", "region": "us-west-2", "serverSelectionTags": {"tier": "db"}}
    route, headers = "POST /protection-groups", {"idempotency-key": "token-1"}

    status, first = system.by_api(1, route, body=body, headers=headers)
    again, second = system.by_api(1, route, body={**body, "clientToken": "token-1"})

    assert (status, again, second) == (201, 201, first)
    status, refusal = system.by_api(1, route, body={**body, "clientToken": "other"}, headers=headers)
    assert (status, refusal["details"]["fields"][0]["code"]) == (400, "AMBIGUOUS")


def test_a_token_of_another_request_is_a_conflict_and_makes_nothing(system: System) -> None:
    group(system)
    before = system.content()

    answer = group(system, groupName="Others", serverSelectionTags={"tier": "others"})

    assert (answer["error"], answer["details"]) == ("CONFLICT_ERROR", {"reason": "IN_USE", "field": "clientToken"})
    assert system.content() == before


def test_a_token_is_worth_a_day_and_means_nothing_after_a_refusal(system: System) -> None:
    refused = group(system, sourceServerIds=[server_id(1)])
    assert refused["error"] == "DRS_SERVICE_ERROR"
    first = group(system)
    system.clock.advance(DAY + 1)

    assert group(system)["details"]["reason"] == "NAME_EXISTS"
    second = group(system, groupName="Others", serverSelectionTags={"tier": "others"})

    assert sorted(stored(system, "groups")) == sorted([first["groupId"], second["groupId"]])


@pytest.mark.parametrize("servers", [0, 150])
def test_of_the_same_call_at_the_same_time_one_makes_it_and_both_answer_it(system: System, servers: int) -> None:
    ids = [server_id(number) for number in range(servers)]
    system.protect(DATABASE, *ids)
    fields = {"sourceServerIds": ids} if ids else {}
    faster: list[dict[str, Any]] = []
    system.tables["groups"].before_write = lambda: faster.append(group(system, **fields))

    answer = group(system, **fields)

    assert [answer] == faster
    assert answer["sourceServerIds"] == ids
    assert stored(system, "groups") == [answer["groupId"]]
    assert group(system, **fields) == answer


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"accountId": "999999999999"}, "ACCOUNT_NOT_REGISTERED"),
        ({"sourceServerIds": [server_id(number) for number in range(1, 151)]}, "SERVER_NOT_FOUND"),
        ({"groupName": "others"}, "NAME_EXISTS"),
        ({"sourceServerIds": [server_id(number) for number in range(1, 150)] + [server_id(200)]}, "SERVER_CONFLICT"),
    ],
)
def test_a_large_group_that_is_refused_leaves_nothing(system: System, asked: dict[str, Any], why: str) -> None:
    ids = [server_id(number) for number in range(150)]
    system.protect(DATABASE, *ids, server_id(200))
    group(system, "token-2", groupName="Others", sourceServerIds=[server_id(200)])
    before = system.content()

    details = group(system, **{"sourceServerIds": ids, **asked})["details"]

    assert why == (details.get("reason") or details["fields"][0]["code"])
    assert system.content() == before


def test_a_large_plan_whose_name_is_taken_or_whose_address_sns_refuses_leaves_nothing(system: System) -> None:
    used = [system.group(f"Group {n}", serverSelectionTags={"n": str(n)}) for n in range(150)]
    asked = {"waves": [wave(0, *used)], "clientToken": "token-1"}
    system.plan(wave(0, used[0]), name="Shop")
    before = system.content()

    taken = system.call("create_recovery_plan", planName="shop", **asked)
    after = system.content()
    system.topic.goes_down("subscribe")
    silent = system.call("create_recovery_plan", planName="Other", notificationEmail="a@b.example", **asked)

    assert (taken["details"]["reason"], silent["error"]) == ("NAME_EXISTS", "THROTTLED")
    assert after == before
    assert not [row for row in system.tables["plans"].scan() if row["planId"].startswith("idem#")]


def test_the_same_call_while_its_large_group_is_being_stored_is_asked_to_wait(system: System) -> None:
    ids = [server_id(number) for number in range(250)]
    system.protect(DATABASE, *ids)
    meanwhile: list[dict[str, Any]] = []

    def ask_again(writes: Sequence[Write]) -> None:
        if not meanwhile and len(writes) == 50:
            meanwhile.append(group(system, sourceServerIds=ids))

    system.tables["groups"].answers = ask_again
    first = group(system, sourceServerIds=ids)

    assert (meanwhile[0]["error"], meanwhile[0]["retryable"]) == ("THROTTLED", True)
    assert group(system, sourceServerIds=ids) == first


def test_a_large_group_whose_lost_answer_ended_in_a_busy_table_is_there_for_its_token_and_keeps_its_servers(
    system: System,
) -> None:
    ids = [server_id(number) for number in range(150)]
    system.protect(DATABASE, *ids)

    def lose(writes: Sequence[Write]) -> None:
        if any(isinstance(write, PutItem) and "listKey" in write.item for write in writes):
            raise Throttled("the table is busy")

    system.tables["groups"].answers = lose
    busy = group(system, sourceServerIds=ids)
    again = group(system, sourceServerIds=ids)
    thief = group(system, "token-2", groupName="Thief", sourceServerIds=ids[:1])

    assert (busy["error"], busy["retryable"]) == ("THROTTLED", True)
    assert again["sourceServerIds"] == ids
    assert thief["details"]["reason"] == "SERVER_CONFLICT"
    assert system.call("delete_target_account", accountId=DATABASE.account_id)["details"]["reason"] == "IN_USE"
