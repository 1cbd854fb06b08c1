"""Events that nobody should send: at either door they are refused by name, and change and show nothing."""

import base64
import json
from collections.abc import Mapping
from typing import Any, Final

import pytest

from shared.catalogue import CATALOGUE
from shared.stores import page_token
from tests.functional.contract.seeded import DATABASES, REGION, Seeded, content
from tests.support.doors import API_ALIAS, Answer, api_event, checked_api, checked_direct
from tests.support.world import wave

CREATE: Final = "create_protection_group"
DATA: Final = "data-management-handler"
DEEP: Final = 10_000
DEEP_TEXT: Final = '{"groupName":' + "[" * DEEP + "]" * DEEP + "}"


@pytest.fixture(scope="module")
def seeded() -> Seeded:
    """Only for calls that are refused."""
    return Seeded()


def nested(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


def by_both(seeded: Seeded, operation: str, parameters: Mapping[str, Any]) -> tuple[Answer, Answer]:
    """The answers of both doors, having seen that nothing was written."""
    before = content(seeded.world)
    answers = seeded.doors.direct(operation, parameters), seeded.doors.api(operation, parameters)
    assert content(seeded.world) == before
    return answers


def refused(answer: Answer, fields: Mapping[str, str]) -> None:
    assert (answer.code, answer.fields) == ("VALIDATION_ERROR", fields)


GROUP: Final = {"groupName": "Web", "accountId": "111122223333", "region": REGION, "serverSelectionTags": {"a": "b"}}
TWICE: Final = json.dumps(GROUP | {"description": "one"})[:-1].replace('{"a": "b"}', '{"a": "b", "a": "c"}') + (
    ', "description": "two"}'
)
LONG_INTEGER: Final = json.dumps(GROUP)[:-1] + ', "owner": ' + "1" * 5000 + "}"
ACCOUNT: Final = {"accountId": "777788889999", "externalId": "an-external-id"}


@pytest.mark.parametrize(
    ("operation", "parameters", "fields"),
    [
        (
            CREATE,
            {**GROUP, "groupName": "x" * 65, "accountId": "11122223333", "description": 5, "colour": "red"},
            {
                "groupName": "OUT_OF_RANGE",
                "accountId": "WRONG_FORMAT",
                "description": "WRONG_TYPE",
                "colour": "UNKNOWN_FIELD",
            },
        ),
        (CREATE, {**GROUP, "region": "eu-nowhere-1"}, {"region": "UNKNOWN_REGION"}),
        (CREATE, {**GROUP, "region": "mars"}, {"region": "WRONG_FORMAT"}),
        (CREATE, {**GROUP, "groupName": "Web\u200b"}, {"groupName": "WRONG_FORMAT"}),
        (
            "create_recovery_plan",
            {"planName": "Shop\u202e", "waves": [{**wave(0, "x"), "waveName": "a\u00a0b"}]},
            {
                "planName": "WRONG_FORMAT",
                "waves[0].waveName": "WRONG_FORMAT",
                "waves[0].protectionGroupIds[0]": "UNKNOWN_GROUP",
            },
        ),
        (
            "start_execution",
            {"planId": "p", "PlanId": "q", "executionType": "DRILL", "dryRun": True},
            {"PlanId": "AMBIGUOUS"},
        ),
        ("cancel_execution", {"executionId": "exec-1", "reason": "a\x07b"}, {"reason": "WRONG_FORMAT"}),
        (
            CREATE,
            {**GROUP, "description": "one\ntwo\x00", "owner": "one\ntwo", "serverSelectionTags": {"a": "b\x1b[2J"}},
            {"description": "WRONG_FORMAT", "owner": "WRONG_FORMAT", "serverSelectionTags.a": "WRONG_FORMAT"},
        ),
        (CREATE, {"region": REGION}, {"groupName": "REQUIRED", "sourceServerIds": "EXACTLY_ONE_SELECTION"}),
        (
            CREATE,
            {**GROUP, "groupName": "x" * 65, "accountId": "11122223333", "colour": "red", "region": "mars-north-1"},
            {
                "groupName": "OUT_OF_RANGE",
                "accountId": "WRONG_FORMAT",
                "colour": "UNKNOWN_FIELD",
                "region": "UNKNOWN_REGION",
            },
        ),
        *(
            (
                operation,
                {
                    **more,
                    "planName": "x" * 65,
                    "rtoMinutes": 0,
                    "notificationEmail": "nobody",
                    "waves": [
                        {**wave(0, "no-group"), "dependsOnWaves": [1]},
                        {**wave(1, "x"), "dependsOnWaves": [0]},
                        {"waveNumber": 1, "waveName": "again", "protectionGroupId": "y"},
                    ],
                },
                {
                    "planName": "OUT_OF_RANGE",
                    "rtoMinutes": "OUT_OF_RANGE",
                    "notificationEmail": "WRONG_FORMAT",
                    "waves[2].waveNumber": "DUPLICATE_WAVE_NUMBER",
                    "waves[0].protectionGroupIds[0]": "UNKNOWN_GROUP",
                    "waves[1].protectionGroupIds[0]": "UNKNOWN_GROUP",
                    "waves[2].protectionGroupId": "UNKNOWN_GROUP",
                },
            )
            for operation, more in (
                ("create_recovery_plan", {}),
                ("update_recovery_plan", {"planId": "p-1", "version": 1}),
            )
        ),
        (
            "create_recovery_plan",
            {"rtoMinutes": 0},
            {"planName": "REQUIRED", "rtoMinutes": "OUT_OF_RANGE", "waves": "REQUIRED"},
        ),
        (
            "add_target_account",
            {**ACCOUNT, "accountId": "7", "regions": [REGION, "eu-nowhere-1", REGION]},
            {"accountId": "WRONG_FORMAT", "regions[1]": "UNKNOWN_REGION", "regions[2]": "DUPLICATE_REGION"},
        ),
        (
            "update_target_account",
            {"accountId": "777788889999", "version": 0, "regions": ["eu-nowhere-1"]},
            {"version": "OUT_OF_RANGE", "regions[0]": "UNKNOWN_REGION"},
        ),
        (
            "validate_target_account",
            {"accountId": "7", "regions": ["eu-nowhere-1"]},
            {"accountId": "WRONG_FORMAT", "regions[0]": "UNKNOWN_REGION"},
        ),
        *(
            (
                operation,
                {**more, "limit": 0, "region": "eu-nowhere-1"},
                {"limit": "OUT_OF_RANGE", "region": "UNKNOWN_REGION"},
            )
            for operation, more in (
                ("get_drs_source_servers", {}),
                ("list_drs_jobs", {}),
                ("resolve_protection_group_tags", {"serverSelectionTags": {"a": "b"}}),
            )
        ),
        (
            "create_recovery_plan",
            {"planName": "x" * 65, "waves": [{"waveNumber": "0", "wave_name": "a"}, wave(10**40)]},
            {
                "planName": "OUT_OF_RANGE",
                "waves[0].waveNumber": "WRONG_TYPE",
                "waves[0].wave_name": "UNKNOWN_FIELD",
                "waves[0].waveName": "REQUIRED",
                "waves[0].protectionGroupIds": "WAVE_WITHOUT_GROUPS",
                "waves[1].waveNumber": "OUT_OF_RANGE",
                "waves[1].protectionGroupIds": "WAVE_WITHOUT_GROUPS",
            },
        ),
        (
            "add_target_account",
            {**ACCOUNT, "accountId": "77778888999", "checkDocumentPattern": "x" * 5000, "externalId": "short"},
            {"accountId": "WRONG_FORMAT", "checkDocumentPattern": "OUT_OF_RANGE", "externalId": "WRONG_FORMAT"},
        ),
        ("add_target_account", {**ACCOUNT, "regions": ["eu-nowhere-1"]}, {"regions[0]": "UNKNOWN_REGION"}),
        (
            "start_execution",
            {"planId": "", "executionType": "PARTY", "dryRun": "yes"},
            {"planId": "OUT_OF_RANGE", "executionType": "NOT_ONE_OF", "dryRun": "WRONG_TYPE"},
        ),
        ("get_drs_source_servers", {"region": "eu-nowhere-1"}, {"region": "UNKNOWN_REGION"}),
        (
            "list_executions",
            {"limit": 0, "status": "ASLEEP", "planId": "a/b"},
            {"limit": "OUT_OF_RANGE", "status": "NOT_ONE_OF", "planId": "WRONG_FORMAT"},
        ),
    ],
)
def test_every_wrong_field_is_named_with_its_rule(
    seeded: Seeded, operation: str, parameters: dict[str, Any], fields: dict[str, str]
) -> None:
    for answer in by_both(seeded, operation, parameters):
        refused(answer, fields)


LISTS: Final = (
    "list_protection_groups",
    "list_recovery_plans",
    "list_executions",
    "list_target_accounts",
    "resolve_protection_group_tags",
    "get_drs_source_servers",
    "get_source_server_inventory",
    "get_all_capacity",
    "list_drs_jobs",
    "get_ec2_subnets",
    "get_ec2_security_groups",
    "get_ec2_instance_profiles",
    "get_ec2_instance_types",
    "get_execution",
    "get_execution_events",
    "get_recovery_instances",
    "get_job_logs",
    "check_existing_instances",
    "export_configuration",
    "get_launch_config_status",
    "get_server_config_history",
)


@pytest.fixture(scope="module")
def tokens() -> dict[str, str]:
    """A page token of some lists, of the world of `seeded`."""
    seeded = Seeded()
    seeded.world.create_group("Another", seeded.servers[1:])
    asked: dict[str, dict[str, Any]] = {
        "list_protection_groups": {},
        "list_target_accounts": {},
        "resolve_protection_group_tags": {"accountId": "111122223333", "region": REGION}
        | {"serverSelectionTags": {"Tier": "data"}},
        "export_configuration": {},
    }
    found = {name: seeded.doors.direct(name, {**more, "limit": 1}).value for name, more in asked.items()}
    return {name: str(page["nextToken"]) for name, page in found.items()}


def test_every_list_is_among_the_lists() -> None:
    paged = {
        name
        for name, entry in CATALOGUE.entries.items()
        if "next_token" in CATALOGUE.by_name(name, entry.homes[0]).request_model.model_fields
    }

    assert paged - {"import_configuration"} == set(LISTS)


@pytest.mark.requirement("SRS-I05")
@pytest.mark.parametrize("operation", LISTS)
def test_a_page_token_of_another_list_is_refused(seeded: Seeded, tokens: dict[str, str], operation: str) -> None:
    assert len(tokens) == 4
    for name, token in tokens.items():
        if name != operation:
            for answer in by_both(seeded, operation, {**seeded.good(operation), "nextToken": token}):
                refused(answer, {"nextToken": "INVALID_NEXT_TOKEN"})


@pytest.mark.requirement("SRS-I05")
def test_a_page_token_of_the_same_list_with_other_filters_is_refused(seeded: Seeded, tokens: dict[str, str]) -> None:
    token = tokens["list_protection_groups"]

    for answer in by_both(seeded, "list_protection_groups", {"namePrefix": "data", "nextToken": token}):
        refused(answer, {"nextToken": "INVALID_NEXT_TOKEN"})


PLACED: Final = {"target": f"{DATABASES}/{REGION}"}
OF_JOBS: Final = {"waveNumber": None, "jobId": None}


@pytest.mark.parametrize(
    ("operation", "list_name", "filters", "start"),
    [
        ("get_job_logs", "job-logs", OF_JOBS, {"position": "1"}),
        ("get_job_logs", "job-logs", OF_JOBS, {"launch": "no-launch"}),
        ("get_job_logs", "job-logs", OF_JOBS, {}),
        ("get_recovery_instances", "recovery-instances", {"waveNumber": None}, {"position": "-1"}),
        ("get_recovery_instances", "recovery-instances", {"waveNumber": None}, {"launch": "l", "server": "s"}),
        ("check_existing_instances", "existing-instances", {"version": 1}, {"wave": "0"}),
        *(
            ("check_existing_instances", "existing-instances", {"version": 1}, {"server": "s", **more})
            for more in (
                {"wave": "x", "servers": "1"},
                {"wave": "-1", "servers": "1"},
                {"wave": "0", "servers": "\u0663"},
            )
        ),
        ("get_drs_source_servers", "source-servers", {**PLACED, "ids": None}, {"x": "y"}),
        ("list_drs_jobs", "drs-jobs", {**PLACED, "ids": None, "from": None, "to": None}, {"drs": "x", "more": "y"}),
        (
            "resolve_protection_group_tags",
            "resolve-tags",
            {**PLACED, "tags": {"Tier": "data"}},
            {"position": "1"},
        ),
        ("export_configuration", "configuration", {}, {"after": "x"}),
    ],
)
def test_a_token_that_somebody_made_himself_is_refused(
    seeded: Seeded, operation: str, list_name: str, filters: dict[str, Any], start: dict[str, str]
) -> None:
    own: dict[str, dict[str, Any]] = {
        "get_job_logs": {"executionId": seeded.execution},
        "get_recovery_instances": {"executionId": seeded.execution},
        "check_existing_instances": {"planId": seeded.plan},
        "resolve_protection_group_tags": {"serverSelectionTags": {"Tier": "data"}},
    }
    parameters = own.get(operation, {})
    bound = {name: value for name, value in parameters.items() if name.endswith("Id")}
    if "target" in filters:
        parameters |= {"accountId": DATABASES, "region": REGION}
    token = page_token.encode(list_name, {**bound, **filters}, start)

    for answer in by_both(seeded, operation, {**parameters, "nextToken": token}):
        refused(answer, {"nextToken": "INVALID_NEXT_TOKEN"})


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        (None, {"event": "OBJECT_REQUIRED"}),
        (5, {"event": "OBJECT_REQUIRED"}),
        ("{}", {"event": "OBJECT_REQUIRED"}),
        ([{"operation": CREATE}], {"event": "OBJECT_REQUIRED"}),
        ({}, {"operation": "REQUIRED"}),
        ({"operation": None}, {"operation": "REQUIRED"}),
        ({"operation": [CREATE]}, {"operation": "WRONG_TYPE"}),
        ({"operation": 5}, {"operation": "WRONG_TYPE"}),
        ({"operation": "create\ud800"}, {"operation": "INVALID_TEXT"}),
        ({"operation": CREATE, "parameters": [GROUP]}, {"parameters": "OBJECT_REQUIRED"}),
        ({"operation": CREATE, "parameters": json.dumps(GROUP)}, {"parameters": "OBJECT_REQUIRED"}),
        ({"operation": CREATE, "body": "{"}, {"body": "INVALID_JSON"}),
        ({"operation": CREATE, "body": '{"a": Infinity}'}, {"body": "INVALID_JSON"}),
        ({"operation": CREATE, "body": "[]"}, {"body": "OBJECT_REQUIRED"}),
        ({"operation": CREATE, **GROUP, "body": "null"}, {"body": "OBJECT_REQUIRED"}),
        ({"operation": CREATE, "body": LONG_INTEGER}, {"owner": "INVALID_NUMBER"}),
        ({"operation": CREATE, "body": TWICE}, {"description": "AMBIGUOUS", "serverSelectionTags.a": "AMBIGUOUS"}),
        ({"operation": CREATE, "body": DEEP_TEXT}, {"body": "TOO_DEEP"}),
        ({"operation": CREATE, "body": "[" * 100_000}, {"body": "TOO_DEEP"}),
        ({"operation": CREATE, "body": b"\xff"}, {"body": "OBJECT_REQUIRED"}),
        ({"operation": CREATE, **GROUP, "requestedBy": 5}, {"requestedBy": "WRONG_TYPE"}),
        ({"operation": CREATE, **GROUP, "parameters": {"groupName": "Other"}}, {"groupName": "AMBIGUOUS"}),
    ],
)
def test_a_direct_event_that_is_no_call_is_refused(seeded: Seeded, event: Any, fields: dict[str, str]) -> None:
    before = content(seeded.world)

    answer = checked_direct(seeded.world.parts.invoke(DATA, event))

    refused(answer, fields)
    assert content(seeded.world) == before


@pytest.mark.parametrize("operation", ["x" * 10_000, "create_protection_group\n", "__class__", ""])
def test_a_name_that_is_no_operation_is_not_found(seeded: Seeded, operation: str) -> None:
    answer = checked_direct(seeded.world.parts.invoke(DATA, {"operation": operation, "parameters": GROUP}))

    assert answer.code == "OPERATION_NOT_FOUND"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("serverSelectionTags", {str(number): 0 for number in range(60_000)}),
        ("serverSelectionTags", {"n" * 100_000 + str(number): 0 for number in range(20)}),
        ("sourceServerIds", ["a"] * 60_000),
        ("sourceServerIds", ["a"] * 400_000),
        ("u" * 2_000_000, 0),
    ],
)
def test_an_answer_is_small_however_much_is_wrong(seeded: Seeded, name: str, values: Any) -> None:
    for answer in by_both(seeded, CREATE, {"groupName": "Web", "region": REGION, name: values}):
        assert answer.code == "VALIDATION_ERROR"
        assert len(json.dumps(answer.value)) < 100_000


def test_an_answer_does_not_repeat_the_long_name_of_no_operation(seeded: Seeded) -> None:
    answer = checked_direct(seeded.world.parts.invoke(DATA, {"operation": "x" * 3_200_000}))

    assert answer.code == "OPERATION_NOT_FOUND"
    assert len(json.dumps(answer.value)) < 1000


def test_what_a_caller_says_of_itself_is_kept_as_text_that_can_be_written() -> None:
    seeded = Seeded()
    event = {"operation": CREATE, "parameters": GROUP, "requestedBy": "Ann\udfff\x00 of \ud83d Example"}

    made = checked_direct(seeded.world.parts.invoke(DATA, event))

    assert made.code is None, made.value
    assert made.value["createdBy"].endswith("(unverified: Ann   of   Example)")


@pytest.mark.parametrize("place", ["parameters", "queryParams", "body"])
def test_ten_thousand_levels_are_refused_wherever_they_stand(seeded: Seeded, place: str) -> None:
    before = content(seeded.world)

    answer = checked_direct(seeded.world.parts.invoke(DATA, {"operation": CREATE, place: {"groupName": nested(DEEP)}}))

    assert answer.code == "VALIDATION_ERROR"
    assert answer.fields["groupName" + "[0]" * 63] == "TOO_DEEP"
    assert answer.fields["region"] == "REQUIRED"
    assert content(seeded.world) == before


def base64_of(body: bytes) -> dict[str, Any]:
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"body": TWICE}, {"description": "AMBIGUOUS", "serverSelectionTags.a": "AMBIGUOUS"}),
        (base64_of(TWICE.encode()), {"description": "AMBIGUOUS", "serverSelectionTags.a": "AMBIGUOUS"}),
        ({"body": "{"}, {"body": "INVALID_JSON"}),
        ({"body": "\ufeff{}"}, {"body": "INVALID_JSON"}),
        ({"body": "nothing"}, {"body": "INVALID_JSON"}),
        ({"body": '{"groupName": NaN}'}, {"body": "INVALID_JSON"}),
        ({"body": "[]"}, {"body": "OBJECT_REQUIRED"}),
        ({"body": "null"}, {"body": "OBJECT_REQUIRED"}),
        ({"body": LONG_INTEGER}, {"owner": "INVALID_NUMBER"}),
        ({"body": '"text"'}, {"body": "OBJECT_REQUIRED"}),
        ({"body": DEEP_TEXT}, {"body": "TOO_DEEP"}),
        ({"body": "{" + '"a":{' * DEEP + "}" * DEEP + "}"}, {"body": "TOO_DEEP"}),
        ({"body": "[" * 1_000_000}, {"body": "TOO_DEEP"}),
        ({"body": json.dumps(GROUP | {"groupName": "\ud800"})}, {"groupName": "INVALID_TEXT"}),
        ({"body": json.dumps(GROUP | {"\ud800": 1})}, {"body": "INVALID_TEXT"}),
        ({"body": json.dumps(GROUP | {"groupName": 1e400})}, {"body": "INVALID_JSON"}),
        ({"body": json.dumps(GROUP)[:-1] + ', "description": 1e400}'}, {"description": "INVALID_NUMBER"}),
        (base64_of(b'{"groupName": "\xff"}'), {"body": "INVALID_ENCODING"}),
        (base64_of(json.dumps(GROUP).encode("utf-16")), {"body": "INVALID_ENCODING"}),
        ({"body": "no base64!", "isBase64Encoded": True}, {"body": "INVALID_ENCODING"}),
        ({"body": json.dumps(GROUP), "queryStringParameters": {"groupName": "Other"}}, {"groupName": "AMBIGUOUS"}),
        (
            {"body": json.dumps(GROUP), "multiValueQueryStringParameters": {"groupName": ["Web", "Web"]}},
            {"groupName": "AMBIGUOUS"},
        ),
        (
            {"body": json.dumps(GROUP | {"clientToken": "a"}), "headers": {"Idempotency-Key": "b"}},
            {"clientToken": "AMBIGUOUS"},
        ),
        ({"body": json.dumps(GROUP), "headers": {"Idempotency-Key": "ü" * 500}}, {"clientToken": "WRONG_FORMAT"}),
        ({"body": json.dumps(GROUP), "headers": {"Idempotency-Key": ""}}, {"clientToken": "WRONG_FORMAT"}),
    ],
)
def test_a_request_that_cannot_be_read_is_refused(
    seeded: Seeded, changed: dict[str, Any], fields: dict[str, str]
) -> None:
    before = content(seeded.world)

    answer = seeded.doors.api_event(CREATE, {**api_event(CREATE, GROUP), **changed})

    refused(answer, fields)
    assert content(seeded.world) == before


@pytest.mark.parametrize("operation", ["list_protection_groups", "delete_executions"])
def test_a_body_where_there_is_none_is_refused(seeded: Seeded, operation: str) -> None:
    event = {**api_event(operation, seeded.good(operation)), "body": "{}"}

    refused(seeded.doors.api_event(operation, event), {"body": "BODY_NOT_ALLOWED"})


@pytest.mark.parametrize(
    "event",
    [None, [], "x", 5, {}, {"httpMethod": 5, "resource": {}}, {"requestContext": [], "headers": 7, "body": {}}]
    + [{"httpMethod": "PATCH", "resource": "/protection-groups"}],
)
def test_an_event_of_no_route_is_not_found(seeded: Seeded, event: Any) -> None:
    answer = checked_api(seeded.world.parts.invoke(DATA, event, API_ALIAS))

    assert (answer.status, answer.code) == (404, "OPERATION_NOT_FOUND")


@pytest.mark.parametrize(
    "broken",
    [
        {"headers": {"Idempotency-Key": None, "X": 7}},
        {"headers": [], "multiValueHeaders": 5},
        {"queryStringParameters": "limit=5", "multiValueQueryStringParameters": []},
        {"pathParameters": ["groupId"]},
        {"requestContext": {"authorizer": {"claims": "all"}}},
        {"requestContext": {"authorizer": {"claims": {"token_use": "id", "cognito:groups": {"DRSReadOnly": 1}}}}},
        {"requestContext": {"authorizer": {"claims": {"token_use": "id", "cognito:groups": [5, ["x"]]}}}},
        {"requestContext": {"requestId": {"a": 1}, "identity": "203.0.113.9"}},
    ],
)
def test_an_event_with_broken_parts_fails_nothing(seeded: Seeded, broken: dict[str, Any]) -> None:
    answer = seeded.doors.api_event("list_protection_groups", {**api_event("list_protection_groups", {}), **broken})

    assert answer.code in (None, "AUTHENTICATION_ERROR", "AUTHORIZATION_ERROR", "VALIDATION_ERROR")
