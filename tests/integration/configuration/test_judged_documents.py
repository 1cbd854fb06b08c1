"""One answer names every wrong field of a document, and none that a right name or another option mends."""

import math
from typing import Any

import pytest

from tests.integration.configuration.conftest import System
from tests.integration.configuration.test_judged import FOREIGN_ADDRESS, MARS, ONE, PLACE, imported
from tests.support.configuration import DATABASE


def test_of_an_import_with_two_documents_that_and_the_rest_is_told(system: System) -> None:
    wrong = imported(system, schemaVersion="1.1", document={"schemaVersion": "9"}, dryRun="yes")
    assert wrong == {
        "dryRun": "WRONG_TYPE",
        "document": "ONE_DOCUMENT",
        "document.schemaVersion": "UNKNOWN_VERSION",
    }
    wrong = imported(system, protectionGroups=5, document={"schemaVersion": "1.1", "protectionGroups": [MARS]})
    assert wrong == {
        "protectionGroups": "WRONG_TYPE",
        "document": "ONE_DOCUMENT",
        "document.protectionGroups[0].groupName": "OUT_OF_RANGE",
        "document.protectionGroups[0].region": "UNKNOWN_REGION",
    }
    whole = {"schemaVersion": "1.1", "protectionGroups": [MARS]}
    assert imported(system, document=whole, schemaVersion="1.1") == {key: wrong[key] for key in list(wrong)[1:]}


def test_every_mapping_that_contradicts_another_is_told_beside_one_that_is_wrong(system: System) -> None:
    mappings = {
        "groups": {"a": "x", "A": "y", "b": 5},
        "accounts": {"b": "111122223333", "B": "444455556666"},
        "servers": {"q": "bad"},
    }
    assert imported(system, schemaVersion="1.1", mappings=mappings) == {
        "mappings.groups.A": "AMBIGUOUS",
        "mappings.groups.b": "WRONG_TYPE",
        "mappings.accounts.B": "AMBIGUOUS",
        "mappings.servers.q": "WRONG_FORMAT",
    }


def test_that_a_document_is_too_large_is_told_beside_what_is_wrong_with_the_request(system: System) -> None:
    groups: list[dict[str, Any]] = [{}] * 5_002
    assert imported(system, schemaVersion="9", protectionGroups=groups, dryRun="x") == {
        "dryRun": "WRONG_TYPE",
        "schemaVersion": "UNKNOWN_VERSION",
        "protectionGroups": "TOO_MANY",
    }
    assert imported(system, schemaVersion="9", protectionGroups=groups) == {
        "schemaVersion": "UNKNOWN_VERSION",
        "protectionGroups": "TOO_MANY",
    }


TAGGED = {"region": "us-west-2", "serverSelectionTags": {"a": "b"}}


@pytest.mark.parametrize(
    ("groups", "wrong"),
    [
        ([{"groupName": 5, **TAGGED}], {"protectionGroups[0].groupName": "WRONG_TYPE"}),
        ([{"groupName": "Ne\u200bw", **TAGGED}], {"protectionGroups[0].groupName": "WRONG_FORMAT"}),
        (
            [
                {"groupName": "A", "region": "us-west-2", "serverSelectionTags": {"c": "d"}},
                {"groupName": "A", **TAGGED},
            ],
            {"protectionGroups[1].groupName": "DUPLICATE_NAME"},
        ),
    ],
)
@pytest.mark.parametrize("on_conflict", ["skip", "update"])
def test_who_names_a_group_whose_name_is_wrong_is_not_told_that_there_is_none(
    system: System, groups: list[Any], wrong: dict[str, str], on_conflict: str
) -> None:
    waves = [{"waveNumber": 0, "waveName": "w", "protectionGroupNames": ["New"], "optionalServerIds": ["old"]}]

    told = imported(
        system,
        schemaVersion="1.1",
        onConflict=on_conflict,
        protectionGroups=groups,
        recoveryPlans=[{"planName": "P", "waves": waves}],
    )

    assert told == {**wrong, "recoveryPlans[0].waves[0].optionalServerIds[0]": "UNRESOLVED_REFERENCE"}


def test_of_an_update_by_a_wrong_name_nothing_is_told_that_only_a_new_thing_must_have(system: System) -> None:
    system.protect(DATABASE, ONE)
    system.group("Databases", sourceServerIds=[ONE])
    unknown = {"createdBy": "me", "colour": "red"}
    groups = [
        {"groupName": ["Databases"], "owner": "A\nnn", "description": None, "servers": [FOREIGN_ADDRESS], **unknown},
        {"groupName": "Databases"},
        {"groupName": "databases", "servers": [{"sourceServerId": ONE}], "owner": 5},
    ]
    plans = [{"planName": 5, "rtoMinutes": 60, "notificationEmail": "nobody", "rpoSeconds": "x"}]

    wrong = imported(system, schemaVersion="1.1", onConflict="update", protectionGroups=groups, recoveryPlans=plans)

    assert wrong == {
        "protectionGroups[0].groupName": "WRONG_TYPE",
        "protectionGroups[0].owner": "WRONG_FORMAT",
        "protectionGroups[0].colour": "UNKNOWN_FIELD",
        "protectionGroups[0].createdBy": "UNKNOWN_FIELD",
        "protectionGroups[0].servers[0].launchTemplate.staticPrivateIp": "IP_NOT_PRIVATE",
        "protectionGroups[2].groupName": "DUPLICATE_NAME",
        "protectionGroups[2].owner": "WRONG_TYPE",
        "recoveryPlans[0].planName": "WRONG_TYPE",
        "recoveryPlans[0].rpoSeconds": "WRONG_TYPE",
        "recoveryPlans[0].notificationEmail": "WRONG_FORMAT",
    }


def test_a_server_that_a_group_of_a_document_keeps_is_told_of_the_group(system: System) -> None:
    system.protect(DATABASE, ONE)
    system.group("Databases", sourceServerIds=[ONE])
    groups = [{"groupName": "Other", **PLACE, "sourceServerIds": [ONE]}, {"groupName": "Databases", "owner": "Ann"}]

    wrong = imported(system, schemaVersion="1.1", onConflict="update", protectionGroups=groups)

    assert wrong == {"protectionGroups[1]": "SERVER_IN_TWO_GROUPS"}


def test_of_a_document_that_is_told_that_holds_whatever_happens_to_what_exists(system: System) -> None:
    system.group("Databases", serverSelectionTags={"tier": "db"})
    groups: list[dict[str, Any]] = [
        {"groupName": "Databases", "region": 5, "colour": 1},
        {"groupName": "Databases "},
        {**MARS, "colour": 1},
        {"groupName": "New"},
    ]
    plans = [{"planName": "New", "rtoMinutes": 0}]
    wrong = {
        "onConflict": "NOT_ONE_OF",
        "protectionGroups[0].region": "WRONG_TYPE",
        "protectionGroups[0].colour": "UNKNOWN_FIELD",
        "protectionGroups[1].groupName": "DUPLICATE_NAME",
        "protectionGroups[2].groupName": "OUT_OF_RANGE",
        "protectionGroups[2].region": "UNKNOWN_REGION",
        "protectionGroups[2].colour": "UNKNOWN_FIELD",
        "protectionGroups[3].region": "REQUIRED",
        "protectionGroups[3].sourceServerIds": "EXACTLY_ONE_SELECTION",
        "recoveryPlans[0].rtoMinutes": "OUT_OF_RANGE",
        "recoveryPlans[0].waves": "REQUIRED",
    }

    told = imported(system, schemaVersion="1.1", onConflict="Update", protectionGroups=groups, recoveryPlans=plans)

    assert told == wrong


def test_of_a_document_another_place_is_told_by_its_position_in_the_request(system: System) -> None:
    groups = [
        5,
        {"groupName": "A", **PLACE, "sourceServerIds": [ONE]},
        {"groupName": "a", **TAGGED, "accountId": DATABASE.account_id},
        {"groupName": "B", **PLACE, "sourceServerIds": [ONE]},
        {"groupName": "C", **TAGGED, "accountId": DATABASE.account_id},
    ]

    refusal = system.call("import_configuration", schemaVersion="1.1", protectionGroups=groups)

    assert {each["field"]: each["reason"].partition(" is also ")[2] for each in refusal["details"]["fields"]} == {
        "protectionGroups[0]": "",
        "protectionGroups[2].groupName": "the name at protectionGroups[1].groupName",
        "protectionGroups[3].sourceServerIds[0]": "in protectionGroups[1]; a server belongs to one group",
        "protectionGroups[4].serverSelectionTags": "in protectionGroups[2]",
    }


@pytest.mark.parametrize(
    "name", ["colours", "mappings.servers", "metadata.version", "protectionGroups[*]", "document.protectionGroups[0]"]
)
@pytest.mark.parametrize("where", ["request", "mappings", "document", "group", "plan", "wave"])
def test_an_unknown_field_anywhere_in_a_document_hides_nothing(system: System, where: str, name: str) -> None:
    waves = [{"waveNumber": 0, "waveName": "w", "protectionGroupNames": ["A", "A"], "dependsOnWaves": [7]}]
    plan = {"planName": "P", "waves": [*waves, {"waveNumber": 1, "waveName": "v", "protectionGroupNames": ["none"]}]}
    groups = [{"groupName": each, **PLACE, "sourceServerIds": [ONE]} for each in "AB"]
    document = {"schemaVersion": "9", "protectionGroups": groups, "recoveryPlans": [plan]}
    request: dict[str, Any] = {"mappings": {}, "document": document}
    wrong = imported(system, **request)
    places = {
        "request": ("", request),
        "mappings": ("mappings.", request["mappings"]),
        "document": ("document.", document),
        "group": ("document.protectionGroups[0].", groups[0]),
        "plan": ("document.recoveryPlans[0].", plan),
        "wave": ("document.recoveryPlans[0].waves[0].", waves[0]),
    }
    path, around = places[where]
    around[name] = "red"

    assert imported(system, **request) == {**wrong, f"{path}{name}": "UNKNOWN_FIELD"}
    assert set(wrong.values()) == {
        "UNKNOWN_VERSION",
        "SERVER_IN_TWO_GROUPS",
        "DUPLICATE_GROUP",
        "UNKNOWN_WAVE",
        "UNRESOLVED_REFERENCE",
    }


@pytest.mark.parametrize("within", ["", "document."])
@pytest.mark.parametrize(
    ("document", "wrong"),
    [
        ({"metadata": {"version": math.inf}}, {"metadata.version": "INVALID_NUMBER"}),
        ({"metadata": {"schemaVersion": "\ud800"}}, {"metadata.schemaVersion": "INVALID_TEXT"}),
        (
            {"schemaVersion": "1.1", "metadata": {"schemaVersion": math.inf}},
            {"metadata.schemaVersion": "INVALID_NUMBER"},
        ),
        (
            {"schemaVersion": "9", "metadata": {"made": math.inf}},
            {"schemaVersion": "UNKNOWN_VERSION", "metadata.made": "INVALID_NUMBER"},
        ),
        (
            {"schemaVersion": "1.1", "metadata": {"schemaVersion": "9", "made": math.inf}},
            {
                "schemaVersion": "AMBIGUOUS",
                "metadata.schemaVersion": "AMBIGUOUS",
                "metadata.made": "INVALID_NUMBER",
            },
        ),
    ],
)
def test_of_a_version_that_no_reader_takes_nothing_else_is_told(
    system: System, document: dict[str, Any], wrong: dict[str, str], within: str
) -> None:
    wrong = {f"{within}{path}": code for path, code in wrong.items()}

    assert imported(system, **({"document": document} if within else document)) == wrong


def test_a_wrong_type_is_told_of_a_plan_whose_name_is_refused_too(system: System) -> None:
    plan = {"planName": 5, "waves": [{"waveNumber": 0, "waveName": "w", "failurePolicy": 5}]}

    wrong = imported(system, schemaVersion="1.1", onConflict="update", recoveryPlans=[plan])

    assert wrong["recoveryPlans[0].waves[0].failurePolicy"] == "WRONG_TYPE"
