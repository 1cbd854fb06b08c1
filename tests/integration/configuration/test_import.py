"""Importing a configuration document through the direct door."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.integration.configuration.conftest import System, demo_mappings, new_system, sample
from tests.support.configuration import DATABASE, HUB, WEB, server_id

Document = dict[str, Any]

ONE, TWO = server_id(1), server_id(2)


def run(system: System, document: Document, **options: Any) -> dict[str, Any]:
    return system.call("import_configuration", **document, **options)


def document(*groups: Document, plans: tuple[Document, ...] = ()) -> Document:
    return {"schemaVersion": "1.1", "protectionGroups": list(groups), "recoveryPlans": list(plans)}


def tagged(name: str, **fields: Any) -> Document:
    return {"groupName": name, "region": "us-west-2", "serverSelectionTags": {"name": name}, **fields}


def plan_over(*names: str, **fields: Any) -> Document:
    waves = [
        {"waveNumber": number, "waveName": f"Wave {number}", "protectionGroupNames": [name]}
        for number, name in enumerate(names)
    ]
    return {"planName": "Plan", "waves": waves, **fields}


def refused(system: System, body: Document, **options: Any) -> dict[str, str]:
    """Import what must be refused whole, for real and dry, and see that nothing was written."""
    before = system.content()
    answers = [run(system, body, dryRun=dry_run, **options) for dry_run in (True, False)]
    assert [answer.get("error") for answer in answers] == ["VALIDATION_ERROR"] * 2, answers
    assert answers[0]["details"] == answers[1]["details"]
    assert system.content() == before
    return {each["field"]: each["code"] for each in answers[0]["details"]["fields"]}


def reasons(report: dict[str, Any]) -> dict[str, str]:
    return {each["field"]: each["code"] for item in report["failed"] for each in item["reasons"]}


def without_ids(report: dict[str, Any]) -> dict[str, Any]:
    plain = copy.deepcopy(report)
    plain.pop("dryRun")
    for item in plain["created"]:
        item.pop("id", None)
    return plain


@pytest.mark.requirement("SRS-F61")
def test_the_sample_is_imported_with_the_demos_mappings_into_its_accounts(system: System) -> None:
    system.protect_the_sample()

    report = run(system, sample(), mappings=demo_mappings())

    assert report["failed"] == []
    assert report["summary"]["created"] == 4
    assert report["summary"]["protectionGroups"] == {"created": 3, "updated": 0, "skipped": 0, "failed": 0}
    assert [item["path"] for item in report["created"]][-1] == "recoveryPlans[0]"
    groups = {item["groupName"]: item for item in system.ask("list_protection_groups")["items"]}
    assert groups["DatabaseServersWaveGroup"]["accountId"] == DATABASE.account_id
    assert groups["WebServersWaveGroup"]["accountId"] == WEB.account_id
    assert groups["DatabaseServersWaveGroup"]["sourceServerIds"] == ["s-1111111111111db01", "s-1111111111111db02"]
    override = groups["DatabaseServersWaveGroup"]["servers"][0]
    assert override["launchTemplate"]["subnetId"] == demo_mappings()["subnets"]["subnet-db-az1"]
    assert override["launchTemplate"]["staticPrivateIp"] == "10.100.56.13"
    [plan] = system.ask("list_recovery_plans")["items"]
    assert [wave["protectionGroupIds"] for wave in plan["waves"]] == [
        [groups[name]["groupId"]]
        for name in ("DatabaseServersWaveGroup", "ApplicationServersWaveGroup", "WebServersWaveGroup")
    ]
    assert [wave["pauseBeforeWave"] for wave in plan["waves"]] == [False, True, True]
    assert plan["description"] == "Database → Application → Web recovery sequence"


def test_without_mappings_every_unresolved_reference_is_listed_by_path_and_nothing_is_written(system: System) -> None:
    before = system.content()

    report = run(system, sample(), dryRun=True)

    assert without_ids(run(system, sample())) == without_ids(report)
    assert system.content() == before
    assert report["dryRun"] is True
    assert report["summary"]["failed"] == 4
    found = reasons(report)
    assert set(found.values()) == {"UNRESOLVED_REFERENCE"}
    assert {
        "protectionGroups[0].sourceServerIds[0]",
        "protectionGroups[0].servers[1].launchTemplate.subnetId",
        "protectionGroups[1].launchConfig.securityGroupIds[0]",
        "protectionGroups[2].sourceServerIds[1]",
        "recoveryPlans[0].waves[2].protectionGroupIds[0]",
    } <= found.keys()
    assert len(found) == 6 + 8 + 2 + 3


def test_groups_of_accounts_that_nobody_mapped_are_reported_and_not_taken_for_groups_of_one(system: System) -> None:
    named = {"Prod": "prod", "Dev": "dev", "Prod too": "prod"}
    groups = [
        {"groupName": name, "accountId": account, "region": "us-west-2", "serverSelectionTags": {"tier": "db"}}
        for name, account in named.items()
    ]

    report = run(system, document(*groups[:2]), dryRun=True)

    assert reasons(report) == {
        "protectionGroups[0].accountId": "UNRESOLVED_REFERENCE",
        "protectionGroups[1].accountId": "UNRESOLVED_REFERENCE",
    }
    assert refused(system, document(*groups))["protectionGroups[2].serverSelectionTags"] == "TAG_CONFLICT"


def test_alarms_whose_place_depends_on_an_account_that_nobody_mapped_are_reported_and_not_refused(
    system: System,
) -> None:
    system.group("Here", DATABASE, serverSelectionTags={"n": "here"})
    system.group("Changed", DATABASE, serverSelectionTags={"n": "changed"})
    elsewhere = [tagged("Elsewhere", accountId="prod"), tagged("Changed", accountId="prod")]
    waves = [
        ("Here", {"alarmName": "a", "accountId": "prod"}),
        ("Elsewhere", {"alarmName": "b", "accountId": DATABASE.account_id}),
        ("Changed", {"alarmName": "c", "accountId": WEB.account_id}),
    ]
    plan = plan_over(*(name for name, _ in waves))
    for wave, (_, alarm) in zip(plan["waves"], waves, strict=True):
        wave["healthChecks"] = [alarm]

    report = run(system, document(*elsewhere, plans=(plan,)), dryRun=True, onConflict="update")

    found = reasons(report)
    assert found["recoveryPlans[0].waves[0].healthChecks[0].accountId"] == "UNRESOLVED_REFERENCE"
    assert set(found.values()) == {"UNRESOLVED_REFERENCE", "CASCADE_FAILURE"}


def test_what_is_wrong_with_checks_in_the_shape_of_old_is_named_where_it_is_written(system: System) -> None:
    system.group("A", WEB, serverSelectionTags={"n": "A"})
    plan = plan_over("A")
    plan["waves"][0]["healthChecks"] = {
        "alarms": [{"alarmName": "a"}, {"alarmName": "b", "accountId": HUB}],
        "commands": [{"documentName": "Doc", "timeoutSeconds": 1}],
    }
    ambiguous = copy.deepcopy(plan)
    ambiguous["waves"][0]["healthChecks"].pop("commands")
    unmapped = copy.deepcopy(ambiguous)
    unmapped["waves"][0]["healthChecks"]["alarms"][1]["accountId"] = "prod"

    checks = "recoveryPlans[0].waves[0].healthChecks"
    assert refused(system, document(plans=(plan,))) == {
        f"{checks}.alarms[1]": "AMBIGUOUS_ALARM",
        f"{checks}.commands[0].timeoutSeconds": "OUT_OF_RANGE",
    }
    assert refused(system, document(plans=(ambiguous,))) == {f"{checks}.alarms[1]": "AMBIGUOUS_ALARM"}
    report = run(system, document(plans=(unmapped,)), dryRun=True)
    assert reasons(report) == {f"{checks}.alarms[1].accountId": "UNRESOLVED_REFERENCE"}


def test_a_second_import_skips_what_exists_and_changes_nothing(system: System) -> None:
    system.protect_the_sample()
    run(system, sample(), mappings=demo_mappings())
    before = system.content()

    report = run(system, sample(), mappings=demo_mappings())

    assert report["summary"]["skipped"] == 4
    assert report["created"] == report["failed"] == []
    assert system.content() == before


@pytest.mark.requirement("SRS-F61")
def test_a_dry_run_stores_nothing_and_says_what_the_real_run_then_does(system: System) -> None:
    system.protect_the_sample()
    before = system.content()

    dry = run(system, sample(), mappings=demo_mappings(), dryRun=True)
    unchanged = system.content()
    real = run(system, sample(), mappings=demo_mappings())

    assert unchanged == before
    assert without_ids(dry) == without_ids(real)
    assert all("id" not in item for item in dry["created"])


def test_the_document_may_be_given_whole_under_a_field_of_its_own(system: System) -> None:
    body = document(tagged("A"), tagged("A", serverSelectionTags={"other": "tags"}))

    report = system.call("import_configuration", document=document(tagged("A"), plans=(plan_over("A"),)))
    twice = system.call("import_configuration", document=body, protectionGroups=[])
    broken = system.call("import_configuration", document=body)

    assert report["summary"]["created"] == 2
    assert twice["error"] == "VALIDATION_ERROR"
    assert [each["field"] for each in broken["details"]["fields"]] == ["document.protectionGroups[1].groupName"]


def test_a_mapping_to_what_is_no_identifier_is_refused(system: System) -> None:
    mappings = {"servers": {"a": "s-1"}, "subnets": {"b": "subnet-x"}, "colours": {}}

    assert refused(system, document(), mappings=mappings).keys() == {
        "mappings.servers.a",
        "mappings.subnets.b",
        "mappings.colours",
    }


def test_a_cycle_in_one_plan_refuses_the_whole_document_by_path(system: System) -> None:
    looping = plan_over("A", "B")
    looping["waves"][0]["dependsOnWaves"] = [1]
    looping["waves"][1]["dependsOnWaves"] = [0]

    assert refused(system, document(tagged("A"), tagged("B"), plans=(looping,))) == {"recoveryPlans[0].waves": "CYCLE"}


def test_a_plan_that_no_item_could_hold_is_refused_by_the_dry_run_too(system: System) -> None:
    names = [f"Group {number}" for number in range(400)]
    plan = plan_over(*names)
    for wave in plan["waves"]:
        wave["description"] = "d" * 1000

    body = document(*map(tagged, names), plans=(plan,))

    assert refused(system, body) == {"recoveryPlans[0].waves": "TOO_LARGE"}


def test_everything_wrong_with_a_document_is_listed_at_once_by_path(system: System) -> None:
    plan = plan_over("A", "A", colour="red")
    plan["waves"][1]["waveNumber"] = "one"
    sound_but_unresolved = plan_over("Nobody", planName="Other")
    sound_but_unresolved["waves"].append(
        {"waveNumber": 0, "waveName": "again", "protectionGroupNames": ["B", "Nobody"]}
    )
    body = document(
        tagged("A", shape="round", region=7),
        tagged("B", sourceServerIds=["s-unknown"]),
        plans=(plan, sound_but_unresolved),
    )

    assert refused(system, body) == {
        "protectionGroups[0].shape": "UNKNOWN_FIELD",
        "protectionGroups[0].region": "WRONG_TYPE",
        "protectionGroups[1].sourceServerIds": "EXACTLY_ONE_SELECTION",
        "protectionGroups[1].serverSelectionTags": "EXACTLY_ONE_SELECTION",
        "recoveryPlans[0].colour": "UNKNOWN_FIELD",
        "recoveryPlans[0].waves[1].waveNumber": "WRONG_TYPE",
        "recoveryPlans[0].waves[1].protectionGroupNames[0]": "GROUP_IN_TWO_WAVES",
        "recoveryPlans[1].waves[1].waveNumber": "DUPLICATE_WAVE_NUMBER",
        "recoveryPlans[1].waves[1].protectionGroupNames[1]": "UNRESOLVED_REFERENCE",
        "protectionGroups[1].sourceServerIds[0]": "UNRESOLVED_REFERENCE",
        "recoveryPlans[1].waves[0].protectionGroupNames[0]": "UNRESOLVED_REFERENCE",
    }


def test_settings_of_servers_are_shape_checked_after_mapping(system: System) -> None:
    body = sample()
    template = body["protectionGroups"][0]["servers"][0]["launchTemplate"]
    template["staticPrivateIp"] = "10.0.0.300"
    template["imageId"] = "ami-1"

    assert refused(system, body, mappings=demo_mappings()) == {
        "protectionGroups[0].servers[0].launchTemplate.staticPrivateIp": "INVALID_IP_FORMAT",
        "protectionGroups[0].servers[0].launchTemplate.imageId": "UNKNOWN_FIELD",
    }


def test_names_servers_and_tags_that_two_groups_share_refuse_the_document(system: System) -> None:
    body = document(
        {"groupName": "A", "region": "us-west-2", "sourceServerIds": [server_id(1)]},
        {"groupName": "a ", "region": "us-west-2", "sourceServerIds": [server_id(2), server_id(1)]},
        tagged("B"),
        tagged("C", serverSelectionTags={"name": "B"}),
        plans=(plan_over("A"), plan_over("B")),
    )

    assert refused(system, body) == {
        "protectionGroups[1].groupName": "DUPLICATE_NAME",
        "protectionGroups[1].sourceServerIds[1]": "SERVER_IN_TWO_GROUPS",
        "protectionGroups[3].serverSelectionTags": "TAG_CONFLICT",
        "recoveryPlans[1].planName": "DUPLICATE_NAME",
    }


def test_a_plan_whose_group_failed_fails_with_it_and_the_rest_is_created(system: System) -> None:
    system.protect(DATABASE, "s-1111111111111db01")
    system.protect(WEB, *list(demo_mappings()["servers"].values())[2:])

    dry = run(system, sample(), mappings=demo_mappings(), dryRun=True)
    real = run(system, sample(), mappings=demo_mappings())

    assert without_ids(dry) == without_ids(real)
    assert [item["name"] for item in real["created"]] == ["ApplicationServersWaveGroup", "WebServersWaveGroup"]
    [group, plan] = real["failed"]
    assert (group["code"], plan["code"]) == ("VALIDATION_ERROR", "CASCADE_FAILURE")
    assert reasons(real) == {
        "protectionGroups[0].sourceServerIds[1]": "SERVER_NOT_FOUND",
        "recoveryPlans[0].waves[0].protectionGroupIds[0]": "CASCADE_FAILURE",
    }


def test_a_role_that_cannot_be_assumed_fails_its_groups_by_name_and_drs_is_asked_once_per_place(
    system: System,
) -> None:
    system.protect_the_sample()
    system.sts.missing.add(WEB.account_id)

    report = run(system, sample(), mappings=demo_mappings(), dryRun=True)

    assert [item["code"] for item in report["failed"]] == [
        "CROSS_ACCOUNT_ERROR",
        "CROSS_ACCOUNT_ERROR",
        "CASCADE_FAILURE",
    ]
    assert WEB.account_id in report["failed"][0]["reasons"][0]["reason"]
    assert len(system.simulator.record.calls("DescribeSourceServers")) == 1


def test_a_server_of_an_existing_group_fails_the_importing_one_with_the_conflict(system: System) -> None:
    system.protect_the_sample()
    system.group("Owner", sourceServerIds=["s-1111111111111db02"])

    dry = run(system, sample(), mappings=demo_mappings(), dryRun=True)
    real = run(system, sample(), mappings=demo_mappings())

    assert without_ids(dry) == without_ids(real)
    [reason] = real["failed"][0]["reasons"]
    assert (reason["field"], reason["code"]) == ("protectionGroups[0]", "SERVER_CONFLICT")
    assert "Owner" in reason["reason"]


def test_an_account_that_is_not_registered_fails_the_group_at_its_path(system: System) -> None:
    report = run(system, document(tagged("A", accountId="999999999999")))

    assert reasons(report) == {"protectionGroups[0].accountId": "ACCOUNT_NOT_REGISTERED"}


def test_waves_name_existing_groups_by_name_by_id_or_by_a_mapping(system: System) -> None:
    by_id = system.group("By id", serverSelectionTags={"n": "1"})
    by_name = system.group("By name", serverSelectionTags={"n": "2"})
    mapped = system.group("Mapped", serverSelectionTags={"n": "3"})
    waves = [
        {"waveNumber": 0, "waveName": "0", "protectionGroupIds": [by_id, "old"]},
        {"waveNumber": 1, "waveName": "1", "protectionGroupNames": ["BY NAME"]},
    ]
    body = document(plans=({"planName": "Plan", "waves": waves},))

    report = run(system, body, mappings={"groups": {"old": "Mapped"}})

    assert report["failed"] == []
    [plan] = system.ask("list_recovery_plans")["items"]
    assert [wave["protectionGroupIds"] for wave in plan["waves"]] == [[by_id, mapped], [by_name]]


def test_what_waves_say_about_failure_is_imported_with_the_servers_that_the_mappings_name(system: System) -> None:
    plan = plan_over("A", "B")
    plan["waves"][0] |= {"failurePolicy": "CONTINUE", "minimumSuccess": "80%", "optionalServerIds": ["old", ONE]}
    plan["waves"][1] |= {"failurePolicy": "PAUSE", "minimumSuccess": 2, "waitMinutes": 5, "deadlineMinutes": 60}
    plan["waves"][1] |= {"drainMinutes": 90}
    body = document(tagged("A"), tagged("B"), plans=(plan,))

    report = run(system, body, mappings={"servers": {"old": TWO}})

    assert report["failed"] == []
    [stored] = system.ask("list_recovery_plans")["items"]
    first, second = stored["waves"]
    assert (first["failurePolicy"], first["minimumSuccess"]) == ("CONTINUE", "80%")
    assert first["optionalServerIds"] == [TWO, ONE]
    assert (second["failurePolicy"], second["minimumSuccess"]) == ("PAUSE", 2)
    assert (second["waitMinutes"], second["deadlineMinutes"], second["drainMinutes"]) == (5, 60, 90)


def test_an_optional_server_that_nothing_translates_fails_the_plan_at_its_path_and_the_groups_are_created(
    system: System,
) -> None:
    plan = plan_over("A", "B")
    plan["waves"][1]["optionalServerIds"] = [ONE, "s-web"]
    body = document(tagged("A"), tagged("B"), plans=(plan,))

    dry = run(system, body, dryRun=True)
    real = run(system, body)

    assert without_ids(dry) == without_ids(real)
    assert [item["name"] for item in real["created"]] == ["A", "B"]
    assert [item["code"] for item in real["failed"]] == ["VALIDATION_ERROR"]
    assert reasons(real) == {"recoveryPlans[0].waves[1].optionalServerIds[1]": "UNRESOLVED_REFERENCE"}


def test_what_a_plan_of_a_document_says_wrongly_about_failure_refuses_the_document_by_path(system: System) -> None:
    plan = plan_over("A", "B", "C")
    plan["waves"][0] |= {"minimumSuccess": "80", "optionalServerIds": [7]}
    other = plan_over("A", "B", planName="Other")
    other["waves"][0]["optionalServerIds"] = ["old", ONE]
    other["waves"][1]["optionalServerIds"] = ["old"]
    body = document(tagged("A"), tagged("B"), tagged("C"), plans=(plan, other))

    assert refused(system, body, mappings={"servers": {"old": ONE}}) == {
        "recoveryPlans[0].waves[0].minimumSuccess": "WRONG_FORMAT",
        "recoveryPlans[0].waves[0].optionalServerIds[0]": "WRONG_TYPE",
        "recoveryPlans[1].waves[0].optionalServerIds[1]": "DUPLICATE_SERVER",
        "recoveryPlans[1].waves[1].optionalServerIds[0]": "SERVER_IN_TWO_WAVES",
    }


def test_a_skipped_group_still_serves_the_plans_of_the_document(system: System) -> None:
    existing = system.group("A", serverSelectionTags={"n": "1"})

    report = run(system, document(tagged("a"), plans=(plan_over("A"),)))

    assert [item["name"] for item in report["skipped"]] == ["a"]
    assert [item["name"] for item in report["created"]] == ["Plan"]
    [plan] = system.ask("list_recovery_plans")["items"]
    assert plan["waves"][0]["protectionGroupIds"] == [existing]


def test_a_group_that_names_no_account_anywhere_is_the_hubs(system: System) -> None:
    run(system, document(tagged("A")))

    [group] = system.ask("list_protection_groups")["items"]
    assert group["accountId"] == HUB


def test_what_somebody_else_makes_between_look_and_write_is_a_conflict_and_takes_its_plan_along(
    system: System,
) -> None:
    system.tables["groups"].before_write = lambda: system.group("A", serverSelectionTags={"rival": ""})

    report = run(system, document(tagged("A"), plans=(plan_over("A"),)))

    assert [item["code"] for item in report["failed"]] == ["CONFLICT_ERROR", "CASCADE_FAILURE"]
    assert report["failed"][0]["reasons"][0]["code"] == "NAME_EXISTS"
    assert [each["groupName"] for each in system.ask("list_protection_groups")["items"]] == ["A"]


def test_a_plan_that_somebody_else_makes_between_look_and_write_is_a_conflict(system: System) -> None:
    group = system.group("A", serverSelectionTags={"n": "1"})
    rival = {"waveNumber": 0, "waveName": "Only", "protectionGroupId": group}
    system.tables["plans"].before_write = lambda: system.plan(rival, name="PLAN")

    report = run(system, document(plans=(plan_over("A"),)))

    [failed] = report["failed"]
    assert (failed["code"], failed["reasons"][0]["code"]) == ("CONFLICT_ERROR", "NAME_EXISTS")


GROUPS = st.lists(
    st.tuples(st.sampled_from("ABCD"), st.sampled_from([HUB, DATABASE.account_id, "999999999999", "prod"])),
    max_size=4,
    unique_by=lambda pair: pair[0],
)
PLANS = st.lists(st.lists(st.sampled_from("ABCDE"), min_size=1, max_size=3, unique=True), max_size=3)


@pytest.mark.requirement("PRD-26")
@given(GROUPS, PLANS, st.sets(st.sampled_from("ABE")))
@settings(max_examples=40)
def test_whatever_a_document_holds_its_dry_run_says_what_the_real_run_does(
    groups: list[tuple[str, str]],
    plans: list[list[str]],
    existing: set[str],
) -> None:
    system = new_system()
    for name in sorted(existing):
        system.group(name, serverSelectionTags={"existing": name})
    body = document(
        *(tagged(name, accountId=account_id) for name, account_id in groups),
        plans=tuple(plan_over(*names, planName=f"Plan {number}") for number, names in enumerate(plans)),
    )
    before = system.content()

    dry = run(system, body, dryRun=True)
    unchanged = system.content()
    real = run(system, body)

    assert unchanged == before
    assert without_ids(dry) == without_ids(real)
    stored = {item["groupName"] for item in system.ask("list_protection_groups")["items"]}
    created = {item["name"] for item in real["created"] if item["kind"] == "protectionGroup"}
    assert stored == existing | created
    assert len(system.ask("list_recovery_plans")["items"]) == real["summary"]["recoveryPlans"]["created"]
    assert real["summary"]["failed"] == len(real["failed"])
