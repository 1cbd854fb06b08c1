"""Which groups are refused, and what the refusal names."""

from typing import Any

import pytest

from shared.group_rules import check_group, check_tags
from shared.models.launch_config import ServerOverride
from shared.models.protection_group import ProtectionGroupFields
from tests.support.comparisons import Counted
from tests.support.configuration import group, server_id


def codes(**fields: Any) -> list[tuple[str, str]]:
    found = check_group(group("g", **fields), drs_regions={"us-west-2"})
    return [(each.field, each.code) for each in found]


def test_a_group_lists_its_servers_or_selects_them_by_tags() -> None:
    assert codes(source_server_ids=[server_id(1)]) == []
    assert codes(server_selection_tags={"tier": "web"}) == []


@pytest.mark.parametrize("fields", [{"source_server_ids": []}, {"server_selection_tags": {}}])
def test_an_empty_list_of_servers_selects_as_little_as_no_tags(fields: dict[str, Any]) -> None:
    found = codes(**fields, servers=[{"sourceServerId": server_id(1)}])

    assert found == [("sourceServerIds", "EXACTLY_ONE_SELECTION")]


def test_a_group_that_was_stored_without_a_selection_may_change_in_all_else() -> None:
    stored = group("g", source_server_ids=[])
    changed = group("g", source_server_ids=[], description="old", servers=[{"sourceServerId": server_id(1)}])

    found = check_group(changed, drs_regions={"us-west-2"}, stored=stored)

    assert [(each.field, each.code) for each in found] == [("servers[0].sourceServerId", "SERVER_NOT_IN_GROUP")]


def test_a_group_with_both_selections_is_refused_by_both_names() -> None:
    found = codes(source_server_ids=[server_id(1)], server_selection_tags={"tier": "web"})

    assert found == [
        ("sourceServerIds", "EXACTLY_ONE_SELECTION"),
        ("serverSelectionTags", "EXACTLY_ONE_SELECTION"),
    ]


def test_a_group_with_neither_selection_is_refused() -> None:
    assert codes(source_server_ids=[]) == [("sourceServerIds", "EXACTLY_ONE_SELECTION")]


def test_a_region_without_drs_is_refused() -> None:
    assert codes(source_server_ids=[server_id(1)], region="ma-north-1") == [("region", "UNKNOWN_REGION")]


def test_a_server_listed_twice_is_refused_where_it_comes_again() -> None:
    twice = [server_id(1), server_id(2), server_id(1)]

    assert codes(source_server_ids=twice) == [("sourceServerIds[2]", "DUPLICATE_SERVER")]


def test_settings_of_a_server_outside_the_group_are_refused() -> None:
    found = codes(source_server_ids=[server_id(1)], servers=[{"sourceServerId": server_id(2)}])

    assert found == [("servers[0].sourceServerId", "SERVER_NOT_IN_GROUP")]


def test_two_entries_for_one_server_are_refused() -> None:
    entry = {"sourceServerId": server_id(1)}

    found = codes(source_server_ids=[server_id(1)], servers=[entry, entry])

    assert found == [("servers[1].sourceServerId", "DUPLICATE_SERVER")]


def test_whoever_selects_by_too_many_tags_learns_how_many_he_gave_and_may_give() -> None:
    [violation] = check_tags({f"k{number}": "" for number in range(53)})

    assert violation.reason == "53 tags, at most 50 are allowed"


@pytest.mark.parametrize("tags", [{"": "x"}, {"k" * 129: "x"}, {"k": "v" * 257}, {f"k{n}": "" for n in range(51)}])
def test_tags_that_aws_could_not_hold_are_refused(tags: dict[str, str]) -> None:
    assert [code for _, code in codes(server_selection_tags=tags)] == ["OUT_OF_RANGE"]


def addressed(number: int, address: str, subnet: str | None = "subnet-12345678") -> dict[str, Any]:
    template = {"staticPrivateIp": address} | ({} if subnet is None else {"subnetId": subnet})
    return {"sourceServerId": server_id(number), "launchTemplate": template}


def test_one_static_address_for_two_servers_is_refused() -> None:
    servers = [addressed(1, "10.0.0.7"), addressed(2, "10.0.0.7")]

    found = codes(source_server_ids=[server_id(1), server_id(2)], servers=servers)

    assert found == [("servers[1].launchTemplate.staticPrivateIp", "DUPLICATE_IP")]


def test_a_public_static_address_is_refused() -> None:
    found = codes(source_server_ids=[server_id(1)], servers=[addressed(1, "8.8.8.8")])

    assert found == [("servers[0].launchTemplate.staticPrivateIp", "IP_NOT_PRIVATE")]


def test_a_static_address_needs_a_subnet_of_the_server_or_of_the_group() -> None:
    servers = [addressed(1, "10.0.0.7", subnet=None)]
    fields: dict[str, Any] = {"source_server_ids": [server_id(1)], "servers": servers}

    assert codes(**fields) == [("servers[0].launchTemplate.staticPrivateIp", "MISSING_SUBNET")]
    assert codes(**fields, launch_config={"subnetId": "subnet-12345678"}) == []
    servers[0]["launchTemplate"]["subnetId"] = None
    left_alone = codes(**fields, launch_config={"subnetId": "subnet-12345678"})
    assert left_alone == [("servers[0].launchTemplate.staticPrivateIp", "MISSING_SUBNET")]


def test_a_group_that_no_item_could_hold_is_refused_by_what_makes_it_large() -> None:
    assert codes(source_server_ids=[server_id(number) for number in range(16_000)]) == []
    assert codes(source_server_ids=[server_id(number) for number in range(18_000)]) == [
        ("sourceServerIds", "TOO_LARGE")
    ]


def test_the_more_servers_a_group_has_the_more_are_looked_at_and_each_only_once() -> None:
    ids = tuple(Counted(server_id(number)) for number in range(3_000))
    overrides = tuple(ServerOverride.model_construct(source_server_id=each) for each in ids)
    group = ProtectionGroupFields.model_construct(
        group_name="All", account_id="1" * 12, region="us-west-2", source_server_ids=ids, servers=overrides
    )

    with Counted.counting() as count:
        found = check_group(group, drs_regions=["us-west-2"])

    assert found == ()
    assert count() <= 2 * len(ids)
