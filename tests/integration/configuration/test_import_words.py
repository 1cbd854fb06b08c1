"""An import calls things as its document does, whatever their case, and tells what of the mappings met nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from shared.stores.table import Item, Key
from tests.integration.configuration.conftest import System, codes
from tests.integration.configuration.test_import import Document, document, plan_over, run, tagged
from tests.support.configuration import DATABASE, HUB


def reasons_of(refusal: Mapping[str, Any], field: str) -> list[str]:
    return [each["reason"] for each in refusal["details"]["fields"] if each["field"] == field]


def test_a_group_gets_the_account_of_its_name_whatever_its_case(system: System) -> None:
    mappings = {"accounts": {"casemapx": DATABASE.account_id}}

    report = run(system, document(tagged("CaseMapX")), mappings=mappings)

    [created] = report["created"]
    assert system.groups.get(created["id"]).account_id == DATABASE.account_id != HUB
    assert report["unusedMappings"] == []


def test_a_reference_is_mapped_whatever_its_case(system: System) -> None:
    plan = {"planName": "Plan", "waves": [{"waveNumber": 0, "waveName": "w", "protectionGroupIds": ["OLD-ID"]}]}

    report = run(system, document(tagged("A"), plans=(plan,)), mappings={"groups": {"old-id": "a"}})

    assert report["summary"]["created"] == 2


@pytest.mark.parametrize(("table", "one", "other"), [("accounts", HUB, DATABASE.account_id), ("groups", "A", "B")])
def test_one_name_in_two_cases_means_one_thing(system: System, table: str, one: str, other: str) -> None:
    refusal = run(system, document(tagged("A")), mappings={table: {"shop": one, "Shop": other}})
    assert codes(refusal) == {f"mappings.{table}.Shop": "AMBIGUOUS"}
    assert reasons_of(refusal, f"mappings.{table}.Shop")[0].startswith("means something else than shop")

    refusal = run(system, document(tagged("A")), mappings={table: {"my shop": one, "My  Shop": other}})
    assert codes(refusal) == {f"mappings.{table}.My  Shop": "AMBIGUOUS"}

    assert run(system, document(tagged("A")), mappings={table: {"shop": one, "Shop": one}})["summary"]["created"] == 1


def test_every_mapping_that_contradicts_an_earlier_one_is_named_with_what_else_is_wrong(system: System) -> None:
    mappings = {
        "groups": {"shop": "A", "SHOP": "B", "Shop": "C", "other": "A", "OTHER": "A"},
        "accounts": {"web": HUB, "Web": DATABASE.account_id},
    }

    refusal = run(system, document(tagged("A", region="mars-1")), mappings=mappings)

    assert codes(refusal) == {
        "mappings.groups.SHOP": "AMBIGUOUS",
        "mappings.groups.Shop": "AMBIGUOUS",
        "mappings.accounts.Web": "AMBIGUOUS",
        "protectionGroups[0].region": "WRONG_FORMAT",
    }


def test_mappings_that_met_nothing_are_told(system: System) -> None:
    mappings = {
        "accounts": {"Shop A": DATABASE.account_id, "000000000000": DATABASE.account_id, "A": DATABASE.account_id},
        "groups": {"old": "A"},
        "servers": {"old-server": "s-11111111111111111"},
        "subnets": {"old-subnet": "subnet-12345678"},
        "securityGroups": {"old-sg": "sg-12345678"},
    }
    config = {"subnetId": "old-subnet"}

    for dry_run in (True, False):
        report = run(system, document(tagged("A", launchConfig=config)), mappings=mappings, dryRun=dry_run)

        assert report["unusedMappings"] == [
            "mappings.groups.old",
            "mappings.servers.old-server",
            "mappings.securityGroups.old-sg",
            "mappings.accounts.Shop A",
            "mappings.accounts.000000000000",
        ]


def test_of_many_mappings_that_met_nothing_a_hundred_are_named(system: System) -> None:
    unused = {f"old-{number}-{'x' * 300}": f"s-{number:017}" for number in range(130)}

    report = run(system, document(tagged("A")), mappings={"servers": unused})

    assert (len(report["unusedMappings"]), report["moreUnusedMappings"]) == (100, 30)
    assert max(map(len, report["unusedMappings"])) == 256


def twice(*texts: str, name: str = "protectionGroupNames") -> Document:
    waves = [{"waveNumber": number, "waveName": "w", name: [text]} for number, text in enumerate(texts)]
    return {"planName": "Plan", "waves": waves}


def test_a_refusal_calls_groups_as_the_document_does(system: System) -> None:
    system.group("Stored", serverSelectionTags={"tier": "db"})
    for plan, called in (
        (twice("m1", "M1"), "m1"),
        (twice("Stored", "stored"), "stored"),
        (twice("unknown", "unknown", name="protectionGroupIds"), "unknown"),
    ):
        refusal = run(system, document(tagged("m1"), plans=(plan,)))

        [name] = set(plan["waves"][1]) - {"waveNumber", "waveName"}
        reasons = reasons_of(refusal, f"recoveryPlans[0].waves[1].{name}[0]")
        assert reasons[0] == f"group {called} is also in waves[0]"


def test_both_doors_refuse_a_document_in_the_same_words(system: System) -> None:
    broken = document(tagged("m1"), plans=(twice("m1", "m1"),))

    direct = system.call("import_configuration", **broken)
    _, by_api = system.by_api(1, "POST /config/import", body=broken)

    assert direct["message"] == by_api["message"]


def test_a_refusal_calls_servers_as_the_document_does(system: System) -> None:
    listed = {"groupName": "A", "region": "us-west-2", "sourceServerIds": ["web-01", "web-01"]}

    refusal = run(system, document(listed))

    assert reasons_of(refusal, "protectionGroups[0].sourceServerIds[1]")[0] == "web-01 is listed twice"


def test_nothing_is_looked_up_for_a_plan_of_too_many_groups(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    table, asked = system.tables["groups"], list[Key]()
    look = table.batch_get

    def batch_get(keys: Sequence[Key]) -> list[Item]:
        asked.extend(keys)
        return look(keys)

    monkeypatch.setattr(table, "batch_get", batch_get)
    names = [f"group-{number}" for number in range(50_000)]
    waves = [{"waveNumber": 0, "waveName": "w", "protectionGroupNames": names}]

    refusal = run(system, document(plans=({"planName": "Large", "waves": waves}, plan_over("A"))), dryRun=True)

    assert codes(refusal)["recoveryPlans[0].waves[0].protectionGroupNames"] == "OUT_OF_RANGE"
    assert "moreFields" not in refusal["details"]
    assert len(asked) == 2


def naming(**given: Any) -> Document:
    return {"planName": "Plan", "waves": [{"waveNumber": 0, "waveName": "w", **given}]}


@pytest.mark.parametrize(
    ("given", "beyond"),
    [
        ({"protectionGroupNames": ["A"], "protectionGroupIds": ["A"]}, ["protectionGroupNames"]),
        ({"protectionGroupNames": ["A"], "protectionGroupIds": ["unknown"]}, ["protectionGroupNames"]),
        ({"protectionGroupNames": ["A"], "protectionGroupId": "A"}, ["protectionGroupId"]),
        (
            {"protectionGroupNames": ["A"], "protectionGroupIds": ["A"], "protectionGroupId": "A"},
            ["protectionGroupNames", "protectionGroupId"],
        ),
        ({"protectionGroupIds": ["A"], "protectionGroupId": "A"}, ["protectionGroupId"]),
    ],
)
def test_a_wave_of_a_document_names_its_groups_in_one_way(
    system: System, given: Document, beyond: Sequence[str]
) -> None:
    for stored in (False, True):
        refusal = run(system, document(tagged("A"), plans=(naming(**given),)), onConflict="update")

        assert {field: code for field, code in codes(refusal).items() if code != "UNRESOLVED_REFERENCE"} == {
            f"recoveryPlans[0].waves[0].{way}": "ONE_WAY_TO_NAME_GROUPS" for way in beyond
        }
        if not stored:
            run(system, document(tagged("A"), plans=(naming(protectionGroupNames=["A"]),)))


@pytest.mark.parametrize(
    "given",
    [
        {"protectionGroupNames": ["A"], "protectionGroupIds": []},
        {"protectionGroupNames": [], "protectionGroupIds": ["A"]},
        {"protectionGroupNames": ["A"], "protectionGroupId": None},
        {"protectionGroupNames": [], "protectionGroupId": "A"},
    ],
)
def test_an_empty_list_of_groups_names_none_beside_another_way(system: System, given: Document) -> None:
    assert run(system, document(tagged("A"), plans=(naming(**given),)))["summary"]["created"] == 2


def test_names_of_groups_that_are_no_list_of_texts_are_told_by_their_path(system: System) -> None:
    for names, path in (("A", ""), (None, ""), ([5], "[0]")):
        refusal = run(system, document(tagged("A"), plans=(naming(protectionGroupNames=names),)))

        assert codes(refusal) == {f"recoveryPlans[0].waves[0].protectionGroupNames{path}": "WRONG_TYPE"}


def test_a_group_that_is_named_twice_beside_an_empty_list_of_ids_is_told_where_it_is_named(system: System) -> None:
    plan = naming(protectionGroupNames=["A", "a"], protectionGroupIds=[])

    refusal = run(system, document(tagged("A"), plans=(plan,)))

    assert set(codes(refusal)) == {"recoveryPlans[0].waves[0].protectionGroupNames[1]"}
