"""How a document's identifiers become ours."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_management.import_document import Mappings
from data_management.import_mapping import group_references, translate_group, translate_plan
from tests.support.configuration import HUB, server_id

EXAMPLES = Path(__file__).parents[3] / "examples" / "configuration"
SAMPLE = json.loads((EXAMPLES / "three-tier-sample.json").read_text(encoding="utf-8"))
DEMO = Mappings.model_validate_json((EXAMPLES / "three-tier-mappings.json").read_text(encoding="utf-8"))
NOTHING = Mappings()


def none(_: str) -> str | None:
    return None


def test_with_the_demos_mappings_nothing_of_the_sample_is_unresolved() -> None:
    for group in SAMPLE["protectionGroups"]:
        assert translate_group(group, DEMO, HUB).unresolved == ()
    names = {group["groupName"] for group in SAMPLE["protectionGroups"]}
    [plan] = SAMPLE["recoveryPlans"]
    assert translate_plan(plan, DEMO, lambda text: text if text in names else None).unresolved == ()


def test_without_mappings_each_illustrative_id_is_listed_by_path_and_real_ones_are_kept() -> None:
    database = translate_group(SAMPLE["protectionGroups"][0], NOTHING, HUB)

    assert [each.field for each in database.unresolved] == [
        "sourceServerIds[0]",
        "sourceServerIds[1]",
        "servers[0].sourceServerId",
        "servers[0].launchTemplate.subnetId",
        "servers[1].sourceServerId",
        "servers[1].launchTemplate.subnetId",
    ]
    assert database.value["launchConfig"]["subnetId"] == "subnet-db123456"
    assert {each.code for each in database.unresolved} == {"UNRESOLVED_REFERENCE"}


def test_settings_for_drills_are_translated_as_others_are() -> None:
    said = {"subnetId": "old", "securityGroupIds": ["sg-old"]}
    servers = [{"sourceServerId": server_id(1), "drillLaunchTemplate": said}]
    group = {"groupName": "Db", "drillLaunchConfig": said, "servers": servers}
    mappings = Mappings(subnets={"old": "subnet-0000000b"}, security_groups={"sg-old": "sg-0000000b"})

    translated, unresolved = translate_group(group, mappings, HUB), translate_group(group, NOTHING, HUB).unresolved

    ours = {"subnetId": "subnet-0000000b", "securityGroupIds": ["sg-0000000b"]}
    assert translated.value["drillLaunchConfig"] == translated.value["servers"][0]["drillLaunchTemplate"] == ours
    assert [each.field for each in unresolved] == [
        "drillLaunchConfig.subnetId",
        "drillLaunchConfig.securityGroupIds[0]",
        "servers[0].drillLaunchTemplate.subnetId",
        "servers[0].drillLaunchTemplate.securityGroupIds[0]",
    ]


def test_the_demo_puts_the_database_into_one_account_and_the_others_into_another() -> None:
    accounts = [translate_group(group, DEMO, HUB).value["accountId"] for group in SAMPLE["protectionGroups"]]

    assert accounts == ["111122223333", "444455556666", "444455556666"]


def test_an_account_is_found_by_group_name_before_its_old_id_and_is_the_hubs_without_either() -> None:
    raw = {"groupName": "Db", "accountId": "000000000001"}
    by_id = {"000000000001": "000000000002"}

    def account(accounts: dict[str, str], group: dict[str, Any]) -> object:
        return translate_group(group, Mappings(accounts=accounts), HUB).value["accountId"]

    assert account({**by_id, "Db": "000000000003"}, raw) == "000000000003"
    assert account(by_id, raw) == "000000000002"
    assert account({}, raw) == "000000000001"
    assert account({}, {"groupName": "Db"}) == HUB


def test_an_account_that_is_no_account_is_unresolved() -> None:
    [violation] = translate_group({"accountId": "production"}, NOTHING, HUB).unresolved

    assert (violation.field, violation.code) == ("accountId", "UNRESOLVED_REFERENCE")


def test_stand_ins_have_the_shape_of_what_they_stand_for_and_are_one_for_each() -> None:
    raws = [{"accountId": name, "sourceServerIds": [name], "launchConfig": {"subnetId": name}} for name in ("a", "b")]

    first, again, second = (translate_group(raw, NOTHING, HUB).value for raw in (raws[0], raws[0], raws[1]))

    assert first == again
    for value in (first, second):
        assert re.fullmatch(r"\d{12}", value["accountId"])
        assert re.fullmatch(r"s-[0-9a-f]{17}", value["sourceServerIds"][0])
        assert re.fullmatch(r"subnet-[0-9a-f]{17}", value["launchConfig"]["subnetId"])
    assert all(first[name] != second[name] for name in first)


def test_waves_name_groups_by_mapped_id_by_name_or_by_our_own_id() -> None:
    ids = {"Db": "id-db", "id-web": "id-web"}
    raw = {
        "waves": [
            {"protectionGroupIds": ["old-db", "id-web"]},
            {"protectionGroupNames": ["Db"]},
            {"protectionGroupId": "Db"},
        ]
    }

    translation = translate_plan(raw, Mappings(groups={"old-db": "Db"}), ids.get)

    assert translation.unresolved == ()
    assert translation.value["waves"] == [
        {"protectionGroupIds": ["id-db", "id-web"]},
        {"protectionGroupIds": ["id-db"]},
        {"protectionGroupId": "id-db"},
    ]
    assert group_references(raw, Mappings(groups={"old-db": "Db"})) == ("Db", "id-web")


def test_group_references_that_lead_nowhere_are_listed_as_they_are_written() -> None:
    raw = {
        "waves": [
            {"protectionGroupIds": ["a"]},
            {"protectionGroupNames": ["x", "b"]},
            {"protectionGroupId": "c"},
        ]
    }

    unresolved = translate_plan(raw, Mappings(groups={"a": "A"}), none).unresolved

    assert [each.field for each in unresolved] == [
        "waves[0].protectionGroupIds[0]",
        "waves[1].protectionGroupNames[0]",
        "waves[1].protectionGroupNames[1]",
        "waves[2].protectionGroupId",
    ]
    assert "mapped to 'A'" in unresolved[0].reason


def test_optional_servers_of_a_wave_are_translated_like_those_of_a_group_and_the_others_are_listed() -> None:
    kept, mapped = server_id(1), server_id(2)
    raw = {"waves": [{"optionalServerIds": [kept, "s-web", "s-gone", 7]}, {"optionalServerIds": "s-web"}, {}]}

    translation = translate_plan(raw, Mappings(servers={"s-web": mapped}), none)

    [violation] = translation.unresolved
    assert (violation.field, violation.code) == ("waves[0].optionalServerIds[2]", "UNRESOLVED_REFERENCE")
    assert "mappings.servers" in violation.reason
    [first, second, third] = translation.value["waves"]
    assert [*first["optionalServerIds"][:2], first["optionalServerIds"][3]] == [kept, mapped, 7]
    assert second == {"optionalServerIds": "s-web"}
    assert third == {}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("s-1"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
WAVE = st.fixed_dictionaries(
    {},
    optional={
        name: JSON for name in ("protectionGroupIds", "protectionGroupId", "protectionGroupNames", "optionalServerIds")
    },
)
GROUP = st.fixed_dictionaries(
    {},
    optional={
        name: JSON for name in ("groupName", "accountId", "sourceServerIds", "launchConfig", "servers", "anything")
    },
)
PLAN = st.fixed_dictionaries({}, optional={"planName": JSON, "waves": JSON | st.lists(WAVE)})


@given(GROUP, PLAN)
def test_a_document_of_any_shape_is_translated_without_an_accident(group: dict[str, Any], plan: dict[str, Any]) -> None:
    before = json.dumps([group, plan])

    translated = translate_group(group, NOTHING, HUB)
    translate_plan(plan, NOTHING, none)

    assert set(translated.value) == {*group, "accountId"}
    assert json.dumps([group, plan]) == before


@given(st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=1, max_size=8, unique=True), st.data())
def test_mapped_servers_are_resolved_and_exactly_the_others_are_listed(names: list[str], data: st.DataObject) -> None:
    mapped = set(data.draw(st.lists(st.sampled_from(names), unique=True)))
    mappings = Mappings(servers={name: server_id(number) for number, name in enumerate(names) if name in mapped})

    group = translate_group({"sourceServerIds": names}, mappings, HUB)
    plan = translate_plan({"waves": [{}, {"optionalServerIds": names}]}, mappings, none)

    expected = [f"[{place}]" for place, name in enumerate(names) if name not in mapped]
    assert [each.field for each in group.unresolved] == [f"sourceServerIds{place}" for place in expected]
    assert [each.field for each in plan.unresolved] == [f"waves[1].optionalServerIds{place}" for place in expected]
    values = group.value["sourceServerIds"]
    assert plan.value["waves"][1]["optionalServerIds"] == values
    assert len(set(values)) == len(names)
    assert all(re.fullmatch(r"s-[0-9a-zA-Z]{17}", value) for value in values)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=8, unique=True))
def test_translating_what_is_translated_changes_nothing(numbers: list[int]) -> None:
    raw = {"sourceServerIds": [f"old-{number}" for number in numbers]}
    mappings = Mappings(servers={f"old-{number}": server_id(number) for number in numbers})

    once = translate_group(raw, mappings, HUB)
    twice = translate_group(once.value, mappings, HUB)

    assert (twice.value, twice.unresolved) == (once.value, once.unresolved)
    assert once.met == {("servers", f"old-{number}") for number in numbers}


def health_checks(said: object) -> object:
    """What is read of the checks of a wave in a document."""
    plan = {"waves": [{"waveNumber": 0, "protectionGroupIds": ["g"], "healthChecks": said}]}
    return translate_plan(plan, NOTHING, lambda text: text).value["waves"][0]["healthChecks"]


def test_health_checks_of_an_earlier_export_are_read_as_the_list_of_them() -> None:
    alarm, command = {"alarmName": "web 5xx"}, {"documentName": "CheckShop"}

    assert health_checks({"alarms": [alarm], "commands": [command]}) == [alarm, command]
    assert health_checks({"alarms": None, "commands": [command]}) == [command]
    empty: tuple[dict[str, Any], ...] = ({}, {"alarms": []}, {"alarms": [], "commands": None})
    assert [health_checks(nothing) for nothing in empty] == [[], [], []]


@pytest.mark.parametrize("wrong", [{"alarms": False}, {"alarms": "", "commands": 0}, {"commands": {}}, {"probes": []}])
def test_what_only_looks_like_an_earlier_export_is_left_to_the_check_of_its_shape(wrong: object) -> None:
    assert health_checks(wrong) == wrong
