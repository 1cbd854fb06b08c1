"""What a call meets before its operation acts, and how refusals look to a client."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.drs_simulator import (
    HttpRequest,
    HttpResponse,
    Settings,
    SourceServerSpec,
    access_key_for,
    account_of_key,
    errors,
)
from local.drs_simulator.wire import service_model, shared_wire
from tests.support.drs_rehearsal import ACCOUNT, OTHER_ACCOUNT, REGION, Rehearsal, told

SCOPE = "AWS4-HMAC-SHA256 Credential={key}/20260129/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"


def send(
    rehearsal: Rehearsal, body: bytes = b"{}", path: str = "/DescribeJobs", region: str = REGION, service: str = "drs"
) -> HttpResponse:
    authorization = SCOPE.format(key=access_key_for(ACCOUNT), region=region, service=service)
    return rehearsal.simulator.handle(HttpRequest("POST", path, {"authorization": authorization}, body))


def refusal(response: HttpResponse) -> tuple[int, str, dict[str, Any]]:
    return response.status, response.headers["x-amzn-ErrorType"], json.loads(response.body)


def test_a_region_without_drs_must_be_initialised_first(rehearsal: Rehearsal) -> None:
    drs = rehearsal.drs

    with pytest.raises(drs.exceptions.UninitializedAccountException) as refused:
        drs.describe_source_servers()
    drs.initialize_service()

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert drs.describe_source_servers()["items"] == []


def test_accounts_and_regions_know_nothing_of_each_other(rehearsal: Rehearsal) -> None:
    rehearsal.protect(2)
    rehearsal.simulator.initialize(OTHER_ACCOUNT, REGION)
    rehearsal.simulator.initialize(ACCOUNT, "us-gov-west-1")

    assert rehearsal.client(OTHER_ACCOUNT).describe_source_servers()["items"] == []
    assert rehearsal.client(ACCOUNT, "us-gov-west-1").describe_source_servers()["items"] == []


def test_the_partition_of_an_arn_is_that_of_its_region(rehearsal: Rehearsal) -> None:
    rehearsal.simulator.add_source_server(ACCOUNT, "us-gov-west-1", SourceServerSpec(hostname="gov"))

    server = rehearsal.client(ACCOUNT, "us-gov-west-1").describe_source_servers()["items"][0]

    assert server["arn"].startswith(f"arn:aws-us-gov:drs:us-gov-west-1:{ACCOUNT}:source-server/s-")


@pytest.mark.parametrize("region", ["us-west-9", "eu-west-1"])
def test_a_region_that_is_not_enabled_recognises_nobody(rehearsal: Rehearsal, region: str) -> None:
    rehearsal.simulator.disable_region(ACCOUNT, "eu-west-1")

    status, code, _ = refusal(send(rehearsal, region=region))

    assert (status, code) == (403, "UnrecognizedClientException")


def test_a_request_without_signature_is_refused(rehearsal: Rehearsal) -> None:
    response = rehearsal.simulator.handle(HttpRequest("POST", "/DescribeJobs", {}, b"{}"))

    assert refusal(response)[:2] == (403, "MissingAuthenticationTokenException")


def test_a_request_signed_for_another_service_is_refused(rehearsal: Rehearsal) -> None:
    assert refusal(send(rehearsal, service="ec2"))[:2] == (403, "InvalidSignatureException")


def test_a_body_that_is_not_json_cannot_be_parsed(rehearsal: Rehearsal) -> None:
    status, code, body = refusal(send(rehearsal, b"{"))

    assert (status, code, body["reason"]) == (400, "ValidationException", "cannotParse")


def test_every_field_at_fault_is_named(rehearsal: Rehearsal) -> None:
    body = {"filters": {"jobIDs": ["drsjob-1", 7]}, "maxResults": 0, "nextToken": True}

    _, _, answer = refusal(send(rehearsal, json.dumps(body).encode()))

    assert answer["reason"] == "fieldValidationFailed"
    assert [field["name"] for field in answer["fieldList"]] == [
        "filters.jobIDs[0]",
        "filters.jobIDs[1]",
        "maxResults",
        "nextToken",
    ]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/StartRecovery", {}, "sourceServers"),
        ("/StartRecovery", {"sourceServers": []}, "sourceServers"),
        ("/StartRecovery", {"sourceServers": [{}]}, "sourceServers[0].sourceServerID"),
        ("/StartRecovery", {"sourceServers": [{"sourceServerID": "s-short"}]}, "sourceServers[0].sourceServerID"),
        ("/StartRecovery", {"sourceServers": [{"sourceServerID": "s-" + "1" * 17}] * 201}, "sourceServers"),
        ("/UpdateLaunchConfiguration", {"sourceServerID": "s-" + "1" * 17, "recoveryMode": "SLOW"}, "recoveryMode"),
        ("/DescribeJobs", {"filters": {"fromDate": "yesterday-and-before"}}, "filters.fromDate"),
    ],
)
def test_the_model_decides_what_a_valid_request_is(
    rehearsal: Rehearsal, path: str, body: dict[str, Any], field: str
) -> None:
    _, code, answer = refusal(send(rehearsal, json.dumps(body).encode(), path))

    assert code == "ValidationException"
    assert field in [fault["name"] for fault in answer["fieldList"]]


def test_members_that_are_null_or_unknown_are_ignored_as_in_aws(rehearsal: Rehearsal) -> None:
    rehearsal.simulator.initialize(ACCOUNT, REGION)

    assert send(rehearsal, b'{"filters": null, "novelty": 1}').status == 200


def test_a_date_that_no_calendar_has_is_refused(rehearsal: Rehearsal) -> None:
    rehearsal.simulator.initialize(ACCOUNT, REGION)

    _, code, answer = refusal(send(rehearsal, b'{"filters": {"fromDate": "2026-02-30T00:00:00Z"}}'))

    assert (code, answer["fieldList"][0]["name"]) == ("ValidationException", "filters.fromDate")


def test_a_path_that_drs_does_not_have_is_an_unknown_operation(rehearsal: Rehearsal) -> None:
    _, code, answer = refusal(send(rehearsal, path="/DescribeMiracles"))

    assert (code, answer["reason"]) == ("ValidationException", "unknownOperation")


def test_an_operation_that_is_not_simulated_says_so_and_names_itself(rehearsal: Rehearsal) -> None:
    rehearsal.simulator.initialize(ACCOUNT, REGION)
    drs = rehearsal.drs

    with pytest.raises(ClientError, match="does not implement DescribeSourceNetworks") as refused:
        drs.describe_source_networks()

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert refused.value.response["Error"]["Code"] == "NotImplementedException"


def test_a_caller_that_asks_too_often_is_told_when_to_come_back() -> None:
    rehearsal = Rehearsal(Settings())
    drs = rehearsal.drs
    rehearsal.simulator.initialize(ACCOUNT, REGION)

    for _ in range(200):
        drs.describe_jobs()
    with pytest.raises(drs.exceptions.ThrottlingException) as refused:
        drs.describe_jobs()

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert told(refused)["retryAfterSeconds"] == "1"
    rehearsal.wait(0.6)
    assert drs.describe_jobs()["items"] == []


def test_buckets_of_two_accounts_are_apart() -> None:
    rehearsal = Rehearsal(Settings())
    for account in (ACCOUNT, OTHER_ACCOUNT):
        rehearsal.simulator.initialize(account, REGION)
    drs = rehearsal.drs
    for _ in range(200):
        drs.describe_jobs()

    assert rehearsal.client(OTHER_ACCOUNT).describe_jobs()["items"] == []


@pytest.mark.parametrize("account", ["000000000001", "111122223333", "123456789012", "999999999999"])
def test_an_access_key_carries_its_account(account: str) -> None:
    key = access_key_for(account)

    assert len(key) == 20
    assert account_of_key(key) == account


@pytest.mark.parametrize("key", ["ak", "testing", "AKIAIOSFODNN7EXAMPLE", "ASIA0000000000000000", "ASIA" + "7" * 16])
def test_a_key_that_carries_no_account_belongs_to_the_hub(key: str) -> None:
    assert account_of_key(key) == "123456789012"


def test_an_account_that_is_not_twelve_digits_has_no_key() -> None:
    with pytest.raises(ValueError, match="twelve digits"):
        access_key_for("42")


def test_every_error_of_the_model_is_written_with_its_status_and_members() -> None:
    made = [
        errors.access_denied("no"),
        errors.conflict("busy", "s-1", "SourceServer"),
        errors.internal_server("broken", 3),
        errors.resource_not_found("gone", "s-1", "SourceServer"),
        errors.quota_exceeded("full", "L-1", "1", "Account"),
        errors.throttling(2),
        errors.uninitialized_account(),
        errors.validation("other", "wrong"),
    ]

    assert {error.code for error in made} == {shape.name for shape in service_model().error_shapes}
    for error in made:
        shape = service_model().shape_for(error.code)
        assert error.status == shape.metadata["error"]["httpStatusCode"]
        response = shared_wire().refusal(error, "request")
        written = set(json.loads(response.body)) - {"__type"}
        in_header = {"retryAfterSeconds"} if "Retry-After" in response.headers else set()
        assert written | in_header <= set(shape.members)  # type: ignore[attr-defined]
