"""One answer names every wrong field, whatever is wrong with the others; and none that may yet be right."""

from typing import Any

import pytest
from pydantic import BaseModel

from data_management.changes import ProtectionGroupChanges, RecoveryPlanChanges
from data_management.target_accounts import TargetAccountChanges
from shared.operations import wire_names
from tests.integration.configuration.conftest import System, codes
from tests.integration.configuration.test_plans import wave
from tests.support.configuration import DATABASE, server_id

LONG = "x" * 65
ONE = server_id(1)
PLACE = {"accountId": DATABASE.account_id, "region": DATABASE.region}
FOREIGN_ADDRESS = {"sourceServerId": server_id(9), "launchTemplate": {"staticPrivateIp": "8.8.8.8"}}


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        (
            {
                "sourceServerIds": [ONE, ONE],
                "serverSelectionTags": {"a": "b"},
                "servers": [FOREIGN_ADDRESS],
                "region": "mars-north-1",
            },
            {
                "sourceServerIds": "EXACTLY_ONE_SELECTION",
                "serverSelectionTags": "EXACTLY_ONE_SELECTION",
                "sourceServerIds[1]": "DUPLICATE_SERVER",
                "servers[0].launchTemplate.staticPrivateIp": "MISSING_SUBNET",
                "region": "UNKNOWN_REGION",
            },
        ),
        ({}, {"sourceServerIds": "EXACTLY_ONE_SELECTION"}),
        ({"sourceServerIds": ["s-1"]}, {"sourceServerIds[0]": "WRONG_FORMAT"}),
        (
            {"sourceServerIds": ["s-1"], "servers": [{"sourceServerId": ONE}, {"sourceServerId": ONE}]},
            {"sourceServerIds[0]": "WRONG_FORMAT", "servers[1].sourceServerId": "DUPLICATE_SERVER"},
        ),
        (
            {
                "sourceServerIds": [ONE],
                "launchConfig": {"colour": "red"},
                "servers": [{"sourceServerId": ONE, "launchTemplate": {"staticPrivateIp": "10.0.0.9"}}],
            },
            {
                "launchConfig.colour": "UNKNOWN_FIELD",
                "servers[0].launchTemplate.staticPrivateIp": "MISSING_SUBNET",
            },
        ),
        (
            {
                "sourceServerIds": [ONE],
                "launchConfig": {"subnetId": "here"},
                "servers": [{"sourceServerId": ONE, "launchTemplate": {"staticPrivateIp": "10.0.0.9"}}],
            },
            {"launchConfig.subnetId": "WRONG_FORMAT"},
        ),
        ({"sourceServerIds": [ONE], "description": "\x00"}, {"description": "WRONG_FORMAT"}),
    ],
)
def test_of_a_new_group_with_a_long_name_all_else_is_told(
    system: System, fields: dict[str, Any], wrong: dict[str, str]
) -> None:
    refusal = system.call("create_protection_group", **{"groupName": LONG, **PLACE, **fields})

    assert codes(refusal) == {"groupName": "OUT_OF_RANGE", **wrong}


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"sourceServerIds": [ONE, ONE], "serverSelectionTags": {}}, {"sourceServerIds[1]": "DUPLICATE_SERVER"}),
        ({"region": "eu-west-1"}, {"region": "IMMUTABLE"}),
        ({"createdBy": "me", "owner": "a\nb"}, {"createdBy": "READ_ONLY", "owner": "WRONG_FORMAT"}),
        ({"serverSelectionTags": {}}, {"sourceServerIds": "EXACTLY_ONE_SELECTION"}),
        ({"sourceServerIds": 5, "serverSelectionTags": {}}, {"sourceServerIds": "WRONG_TYPE"}),
        ({"version": 0}, {"version": "OUT_OF_RANGE"}),
    ],
)
def test_of_a_group_to_be_changed_all_is_told_over_what_is_stored(
    system: System, fields: dict[str, Any], wrong: dict[str, str]
) -> None:
    group = system.group("Databases", serverSelectionTags={"tier": "db"})

    refusal = system.call("update_protection_group", **{"groupId": group, "version": 1, "groupName": LONG, **fields})

    assert codes(refusal) == {"groupName": "OUT_OF_RANGE", **wrong}


def test_the_region_that_cannot_change_is_told_beside_other_broken_rules(system: System) -> None:
    group = system.group("Databases", serverSelectionTags={"tier": "db"})

    refusal = system.call(
        "update_protection_group", groupId=group, version=1, region="eu-west-1", serverSelectionTags={"": "v"}
    )

    assert codes(refusal) == {"region": "IMMUTABLE", "serverSelectionTags.": "OUT_OF_RANGE"}


def test_of_what_is_not_there_is_told_what_rests_on_nothing_that_may_be_stored(system: System) -> None:
    override = {"sourceServerId": ONE, "launchTemplate": {"staticPrivateIp": "8.8.8.8"}}
    refusal = system.call(
        "update_protection_group", groupId="none", version=1, groupName=LONG, servers=[override], createdBy="me"
    )
    assert codes(refusal) == {
        "groupName": "OUT_OF_RANGE",
        "servers[0].launchTemplate.staticPrivateIp": "IP_NOT_PRIVATE",
    }
    refusal = system.call("update_recovery_plan", planId="none", version=1, planName=LONG, notificationEmail="nobody")
    assert codes(refusal) == {"planName": "OUT_OF_RANGE", "notificationEmail": "WRONG_FORMAT"}
    refusal = system.call("update_target_account", accountId="777788889999", accountName=LONG, regions=["mars-north-1"])
    assert codes(refusal) == {
        "version": "REQUIRED",
        "accountName": "OUT_OF_RANGE",
        "regions[0]": "UNKNOWN_REGION",
    }


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, {"externalId": "REQUIRED"}),
        (
            {"roleArn": "arn:aws:iam::111111111111:role/x", "regions": ["mars-north-1"]},
            {"roleArn": "ROLE_OF_ANOTHER_ACCOUNT", "externalId": "REQUIRED", "regions[0]": "UNKNOWN_REGION"},
        ),
        ({"externalId": "short"}, {"externalId": "WRONG_FORMAT"}),
        (
            {"accountId": "1", "roleArn": "arn:aws:iam::111111111111:role/x"},
            {"accountId": "WRONG_FORMAT"},
        ),
    ],
)
def test_of_a_new_account_with_a_long_name_all_else_is_told(
    system: System, fields: dict[str, Any], wrong: dict[str, str]
) -> None:
    refusal = system.call("add_target_account", **{"accountId": "777788889999", "accountName": LONG, **fields})

    assert codes(refusal) == {"accountName": "OUT_OF_RANGE", **wrong}


def test_of_an_account_to_be_changed_all_is_told_over_what_is_stored(system: System) -> None:
    refusal = system.call(
        "update_target_account",
        accountId=DATABASE.account_id,
        version=1,
        accountName=LONG,
        externalId=None,
        roleArn="arn:aws:iam::111111111111:role/x",
        regions=["us-west-2", "us-west-2"],
        createdAt="2020-01-01T00:00:00Z",
    )

    assert codes(refusal) == {
        "accountName": "OUT_OF_RANGE",
        "externalId": "REQUIRED",
        "roleArn": "ROLE_OF_ANOTHER_ACCOUNT",
        "regions[1]": "DUPLICATE_REGION",
        "createdAt": "READ_ONLY",
    }


def test_of_a_list_that_is_too_long_its_elements_are_told(system: System) -> None:
    regions = ["mars-east-1", 5, "us-west-2", "us-west-2", *["eu-west-1"] * 52]
    wrong = {"regions": "OUT_OF_RANGE", "regions[0]": "UNKNOWN_REGION", "regions[1]": "WRONG_TYPE"}
    new = system.call("add_target_account", accountId="777788889999", externalId="12345678", regions=regions)
    assert wrong.items() <= codes(new).items()
    assert codes(new)["regions[3]"] == "DUPLICATE_REGION"
    changed = system.call("update_target_account", accountId=DATABASE.account_id, version=1, regions=regions)
    assert codes(changed) == codes(new)

    group = system.group("A", serverSelectionTags={"n": "1"})
    checks = [
        *[{"alarmName": name, **PLACE} for name in ("x", "x", 5)],
        {"alarmName": "y", "accountId": "777788889999", "region": "us-west-2", "colour": "red"},
        *[{"alarmName": f"{number}", **PLACE} for number in range(9)],
    ]
    fields = {"planName": "N", "waves": [wave(0, "nobody", healthChecks=checks)]}
    new = system.call("create_recovery_plan", **fields)
    plan = system.plan(wave(0, group))
    changed = system.call("update_recovery_plan", planId=plan, version=1, **fields)
    for told in (codes(new), codes(changed)):
        assert told == {
            "waves[0].protectionGroupIds[0]": "UNKNOWN_GROUP",
            "waves[0].healthChecks": "OUT_OF_RANGE",
            "waves[0].healthChecks[1]": "DUPLICATE_ALARM",
            "waves[0].healthChecks[2].alarmName": "WRONG_TYPE",
            "waves[0].healthChecks[3].colour": "UNKNOWN_FIELD",
            "waves[0].healthChecks[3].accountId": "ACCOUNT_NOT_REGISTERED",
        }


def test_a_group_that_is_not_there_is_named_as_it_was_though_its_name_reads_like_a_reason(system: System) -> None:
    name = "x is also in waves[0]"

    refusal = system.call("create_recovery_plan", planName="N", waves=[5, wave(0, name)])

    assert [each["reason"] for each in refusal["details"]["fields"]][1:] == [f"there is no group {name}"]


def test_of_a_check_with_a_field_that_is_none_the_rest_is_told(system: System) -> None:
    alarm = {"alarmName": "z", "accountId": "777788889999", "region": "mars-north-1", "colour": "red"}
    refusal = system.call(
        "create_recovery_plan",
        planName="N",
        waves=[wave(0, system.group("A", serverSelectionTags={"n": "1"}), healthChecks=[alarm])],
    )

    assert codes(refusal) == {
        "waves[0].healthChecks[0].colour": "UNKNOWN_FIELD",
        "waves[0].healthChecks[0].accountId": "ACCOUNT_NOT_REGISTERED",
        "waves[0].healthChecks[0].region": "UNKNOWN_REGION",
    }


def test_that_the_alarms_are_too_many_is_told_beside_a_check_that_is_wrong(system: System) -> None:
    group = system.group("A", serverSelectionTags={"n": "1"})
    checks = [*[{"alarmName": f"{number}"} for number in range(6)], {"alarmName": "x", "documentName": "Do-It"}]
    refusal = system.call("create_recovery_plan", planName="N", waves=[wave(0, group, healthChecks=checks)])

    assert codes(refusal) == {
        "waves[0].healthChecks[6]": "ONE_KIND_OF_CHECK",
        "waves[0].healthChecks": "OUT_OF_RANGE",
    }


def test_of_fields_that_nobody_changes_each_is_told_beside_one_that_is_wrong(system: System) -> None:
    refusal = system.call(
        "update_target_account",
        accountId=DATABASE.account_id,
        version=1,
        stagingAccounts=[{"accountId": "1", "accountName": "x", "hasExternalId": True}, 5],
        createdAt="2020-01-01T00:00:00Z",
        hasExternalId=False,
    )

    assert codes(refusal) == {
        "stagingAccounts[0].accountId": "WRONG_FORMAT",
        "stagingAccounts[1]": "WRONG_TYPE",
        "createdAt": "READ_ONLY",
        "hasExternalId": "READ_ONLY",
    }


def test_of_a_plan_the_rest_is_told_beside_waves_that_are_none(system: System) -> None:
    more = {"planName": "a\u00a0b", "notificationEmail": "nobody", "waves": []}
    wrong = {"planName": "WRONG_FORMAT", "notificationEmail": "WRONG_FORMAT", "waves": "OUT_OF_RANGE"}
    plan = system.plan(wave(0, system.group("Databases", serverSelectionTags={"tier": "db"})))

    assert codes(system.call("create_recovery_plan", **more)) == wrong
    assert codes(system.call("update_recovery_plan", planId=plan, version=1, **more)) == wrong


@pytest.mark.parametrize(
    ("operation", "which", "changes"),
    [
        ("update_protection_group", "groupId", ProtectionGroupChanges),
        ("update_recovery_plan", "planId", RecoveryPlanChanges),
        ("update_target_account", "accountId", TargetAccountChanges),
    ],
)
@pytest.mark.parametrize("is_there", [True, False], ids=["of what is there", "of what is not there"])
def test_what_may_be_emptied_is_no_fault_beside_another(
    system: System, operation: str, which: str, changes: type[BaseModel], is_there: bool
) -> None:
    group_id = system.group("A", serverSelectionTags={"n": "1"})
    stored = {"groupId": group_id, "planId": system.plan(wave(0, group_id)), "accountId": DATABASE.account_id}
    absent = {"groupId": "nowhere", "planId": "nowhere", "accountId": "999988887777"}

    for name in sorted(wire_names(changes) - {which, "version"}):
        sent = {which: (stored if is_there else absent)[which], "version": "first", name: None}
        refusal = system.call(operation, **sent)

        assert refusal["error"] == "VALIDATION_ERROR", (name, refusal)
        assert codes(refusal)["version"] == "WRONG_TYPE"


def test_of_jobs_to_be_listed_the_order_of_instants_is_told(system: System) -> None:
    refusal = system.ask(
        "list_drs_jobs", limit=0, region="us-west-2", fromDate="2026-01-02T00:00:00Z", toDate="2026-01-01T00:00:00Z"
    )

    assert codes(refusal) == {"limit": "OUT_OF_RANGE", "toDate": "OUT_OF_RANGE"}


MARS = {"groupName": "", "region": "mars-north-1", "serverSelectionTags": {"a": "b"}}


def imported(system: System, **request: Any) -> dict[str, str]:
    """The wrong fields of an import that is refused, and writes nothing."""
    before = system.content()
    refusal = system.call("import_configuration", **request)
    assert system.content() == before
    return codes(refusal)


def test_of_an_import_the_document_is_told_beside_what_is_wrong_with_the_request(system: System) -> None:
    wrong = imported(system, schemaVersion="9", zz=1, protectionGroups=[MARS])

    assert wrong == {
        "zz": "UNKNOWN_FIELD",
        "schemaVersion": "UNKNOWN_VERSION",
        "protectionGroups[0].groupName": "OUT_OF_RANGE",
        "protectionGroups[0].region": "UNKNOWN_REGION",
    }
    wrong = imported(system, document={"schemaVersion": "9", "protectionGroups": [MARS]})
    assert wrong == {
        "document.schemaVersion": "UNKNOWN_VERSION",
        "document.protectionGroups[0].groupName": "OUT_OF_RANGE",
        "document.protectionGroups[0].region": "UNKNOWN_REGION",
    }


def test_of_an_import_nothing_is_told_that_refused_mappings_may_yet_mend(system: System) -> None:
    unnamed = {"groupName": "A", "region": "us-west-2", "sourceServerIds": ["old-server", "old-server"]}

    wrong = imported(system, schemaVersion="1.1", mappings={"servers": {"old-server": 5}}, protectionGroups=[unnamed])

    assert wrong == {
        "mappings.servers.old-server": "WRONG_TYPE",
        "protectionGroups[0].sourceServerIds[1]": "DUPLICATE_SERVER",
    }


@pytest.mark.parametrize("on_conflict", ["skip", "update"])
def test_of_a_group_of_a_document_its_rules_are_told_beside_what_is_refused(system: System, on_conflict: str) -> None:
    system.group("Databases", serverSelectionTags={"tier": "db"})
    both = {
        "groupName": "Databases",
        **PLACE,
        "launchConfig": {"zz": 1},
        "sourceServerIds": [ONE],
        "serverSelectionTags": {"a": "b"},
    }
    plan = {"planName": "Plan", "rtoMinutes": 0, "waves": [{**wave(0, "Databases"), "dependsOnWaves": [0]}]}

    wrong = imported(system, schemaVersion="1.1", onConflict=on_conflict, protectionGroups=[both], recoveryPlans=[plan])

    assert wrong == {
        "protectionGroups[0].launchConfig.zz": "UNKNOWN_FIELD",
        "protectionGroups[0].sourceServerIds": "EXACTLY_ONE_SELECTION",
        "protectionGroups[0].serverSelectionTags": "EXACTLY_ONE_SELECTION",
        "recoveryPlans[0].rtoMinutes": "OUT_OF_RANGE",
        "recoveryPlans[0].waves[0].dependsOnWaves[0]": "SELF_DEPENDENCY",
    }


def test_of_every_wave_all_is_told_whatever_is_wrong_with_another(system: System) -> None:
    group = system.group("Databases", serverSelectionTags={"tier": "db"})
    waves = [
        5,
        {**wave(0, group), "deadlineMinutes": "soon"},
        {**wave(1, "nobody", group), "dependsOnWaves": [0, 7, "0"]},
        {**wave(2), "waveName": None, "protectionGroupId": "nobody"},
    ]
    wrong = {
        "waves[0]": "WRONG_TYPE",
        "waves[1].deadlineMinutes": "WRONG_TYPE",
        "waves[2].dependsOnWaves[2]": "WRONG_TYPE",
        "waves[2].protectionGroupIds[0]": "UNKNOWN_GROUP",
        "waves[2].protectionGroupIds[1]": "GROUP_IN_TWO_WAVES",
        "waves[3].waveName": "WRONG_TYPE",
    }
    new = system.call("create_recovery_plan", planName="New", waves=waves)
    changed = system.plan(wave(0, group), name="Changed")
    change = system.call("update_recovery_plan", planId=changed, version=1, waves=waves)

    assert codes(new) == codes(change)
    # wave 7 may be the one that cannot be read
    assert wrong.items() <= codes(new).items()
    assert "waves[2].dependsOnWaves[1]" not in codes(new)


def test_of_every_group_and_plan_of_a_document_all_is_told_whatever_is_wrong_with_another(system: System) -> None:
    listed = {"groupName": "A", "region": "us-east-1", "sourceServerIds": ["x", ONE, ONE], "colour": "red"}
    mappings = {"servers": {"x": server_id(2)}}
    wrong = {
        "protectionGroups[0]": "WRONG_TYPE",
        "protectionGroups[1].colour": "UNKNOWN_FIELD",
        "protectionGroups[1].sourceServerIds[2]": "DUPLICATE_SERVER",
        "protectionGroups[2].sourceServerIds[0]": "SERVER_IN_TWO_GROUPS",
        "protectionGroups[3].groupName": "DUPLICATE_NAME",
        "protectionGroups[3].region": "REQUIRED",
        "recoveryPlans[0]": "WRONG_TYPE",
        "recoveryPlans[1].waves[0].waveName": "REQUIRED",
        "recoveryPlans[1].waves[1].protectionGroupNames[0]": "GROUP_IN_TWO_WAVES",
    }

    for document in ("", "document."):
        content = {
            "schemaVersion": "1.1",
            "protectionGroups": [
                5,
                listed,
                {"groupName": "B", "region": "us-east-1", "sourceServerIds": [ONE]},
                {"groupName": "a", "sourceServerIds": [server_id(3)]},
            ],
            "recoveryPlans": [
                "all of it",
                {
                    "planName": "P",
                    "waves": [
                        {"waveNumber": 0, "protectionGroupNames": ["B"]},
                        {"waveNumber": 1, "waveName": "one", "protectionGroupNames": ["b"]},
                    ],
                },
            ],
        }
        refusal = system.call(
            "import_configuration", mappings=mappings, **({"document": content} if document else content)
        )

        assert codes(refusal) == {f"{document}{path}": code for path, code in wrong.items()}


@pytest.mark.parametrize("malformed", ["a.b", 5])
def test_a_malformed_id_hides_nothing_of_a_change(system: System, malformed: Any) -> None:
    refusal = system.call(
        "update_protection_group", groupId=malformed, version=1, owner="a\nb", region="mars-east-1", groupName=LONG
    )
    assert codes(refusal).keys() == {"groupId", "owner", "region", "groupName"}

    refusal = system.call(
        "update_recovery_plan", planId=malformed, version=1, notificationEmail="x", waves=[wave(0, "nobody")]
    )
    assert codes(refusal).keys() == {"planId", "notificationEmail", "waves[0].protectionGroupIds[0]"}
    assert codes(system.call("update_recovery_plan", version=1, notificationEmail="x")).keys() == {
        "planId",
        "notificationEmail",
    }
