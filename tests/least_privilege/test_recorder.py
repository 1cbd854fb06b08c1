"""Every call of the product's code is noted once per kind, and nobody else's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.stub import Stubber

from local.aws_calls.recorder import Recorder, generalised
from local.aws_calls.resources import Where, needs
from local.drs_simulator.credentials import access_key_for
from tests.least_privilege.calls import Call, differences, merged

HERE = str(Path(__file__).parent)
DATABASE = "111122223333"
WHERE = Where(DATABASE, "us-west-2")
SERVER = f"arn:aws:drs:us-west-2:{DATABASE}:source-server/s-11111111111111111"


class _Answer:
    def stream(self) -> list[bytes]:
        return [b'{"items": []}']


def client(recorder: Recorder, service: str, account: str = DATABASE) -> Any:
    """A client in an account, to which everything is answered at once."""
    session = botocore.session.Session()
    recorder.listen(session)
    keys = (access_key_for(account), "secret", "token")
    made: Any = boto3.session.Session(*keys, "us-west-2", botocore_session=session).client(service)  # type: ignore[call-overload]
    made.meta.events.register("before-send", lambda request, **_: _answered(request.url))
    return made


def _answered(url: str) -> AWSResponse:
    return AWSResponse(url, 200, HTTPHeaders.from_dict({"content-type": "application/json"}), _Answer())


def recorder(folder: Path, product: str = HERE, tags: Mapping[str, str] | None = None) -> Recorder:
    """One to which the files of a folder are the product's."""
    return Recorder(folder, lambda *_resource: tags, product=product)


def test_a_call_is_noted_once_with_its_role_and_resource(tmp_path: Path) -> None:
    drs = client(recorder(tmp_path), "drs")
    for _ in range(2):
        drs.tag_resource(resourceArn=SERVER, tags={"Name": "db"})

    call = Call("recovery", "drs:TagResource", "arn:aws:drs:{region}:{account}:source-server/*")
    assert merged(tmp_path) == {call: {"product"}}
    (notes,) = tmp_path.glob("*.jsonl")
    assert len(notes.read_text().splitlines()) == 1


def test_the_calls_of_pages_are_the_calls_of_who_asked_for_them(tmp_path: Path) -> None:
    list(client(recorder(tmp_path), "drs", "777788889999").get_paginator("describe_source_servers").paginate())

    assert set(merged(tmp_path)) == {Call("staging", "drs:DescribeSourceServers", "*")}


def test_a_call_that_a_stub_answers_is_noted_too(tmp_path: Path) -> None:
    quotas = client(recorder(tmp_path), "service-quotas")
    with Stubber(quotas) as stub:
        stub.add_response("list_service_quotas", {"Quotas": []})
        quotas.list_service_quotas(ServiceCode="drs")

    assert set(merged(tmp_path)) == {Call("recovery", "servicequotas:ListServiceQuotas", "*")}


def test_a_call_that_no_code_of_the_product_makes_is_not_noted(tmp_path: Path) -> None:
    client(recorder(tmp_path, product="/elsewhere/"), "drs").tag_resource(resourceArn=SERVER, tags={"Name": "db"})

    assert merged(tmp_path) == {}


def test_of_tags_those_are_noted_by_which_roles_decide_and_seen_ones_count_for_unseen_ones(tmp_path: Path) -> None:
    tags = {"AWSElasticDisasterRecoveryManaged": "drs.amazonaws.com", "Name": "db"}
    for seen in (tags, None):
        client(recorder(tmp_path, tags=seen), "drs").tag_resource(resourceArn=SERVER, tags={"Name": "db"})

    (call,) = merged(tmp_path)
    assert call.tags == (("AWSElasticDisasterRecoveryManaged", "drs.amazonaws.com"),)
    assert call.request().context == {"aws:ResourceTag/AWSElasticDisasterRecoveryManaged": "drs.amazonaws.com"}


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "needed"),
    [
        (
            "dynamodb",
            "TransactWriteItems",
            {"TransactItems": [{"Put": {"TableName": "a"}}, {"ConditionCheck": {"TableName": "b"}}]},
            [("dynamodb:PutItem", "table/a"), ("dynamodb:ConditionCheckItem", "table/b")],
        ),
        ("dynamodb", "Query", {"TableName": "a", "IndexName": "i"}, [("dynamodb:Query", "table/a/index/i")]),
        (
            "drs",
            "StartRecovery",
            {"sourceServers": [{"sourceServerID": "s-1"}], "tags": {"a": "b"}},
            [("drs:StartRecovery", "source-server/s-1"), ("drs:TagResource", "job/*")],
        ),
        (
            "lambda",
            "Invoke",
            {"FunctionName": "f", "Qualifier": "live"},
            [("lambda:InvokeFunction", "function:f:live")],
        ),
        ("service-quotas", "ListServiceQuotas", {}, [("servicequotas:ListServiceQuotas", None)]),
    ],
)
def test_a_call_needs_the_actions_that_aws_documents(
    service: str, operation: str, parameters: dict[str, Any], needed: list[tuple[str, str | None]]
) -> None:
    expected = [(action, WHERE.arn(action.split(":")[0], rest) if rest else "*") for action, rest in needed]

    assert list(needs(service, operation, parameters, WHERE)) == expected


@pytest.mark.parametrize(
    ("resource", "short"),
    [
        (SERVER, "arn:aws:drs:{region}:{account}:source-server/*"),
        ("arn:aws:states:us-west-2:111122223333:execution:m:01K:2", "arn:aws:states:{region}:{account}:execution:m:*"),
        ("arn:aws:s3:::web/assets/index.js", "arn:aws:s3:::web/*"),
        ("arn:aws:s3:::web", "arn:aws:s3:::web"),
        ("arn:aws:ec2:us-west-2:111122223333:instance/i-1", "arn:aws:ec2:{region}:{account}:instance/*"),
        (
            f"arn:aws:dynamodb:us-west-2:{DATABASE}:table/a/index/i",
            "arn:aws:dynamodb:{region}:{account}:table/a/index/i",
        ),
        ("*", "*"),
    ],
)
def test_what_is_numbered_is_left_out_so_that_runs_say_the_same(resource: str, short: str) -> None:
    assert generalised(resource, WHERE) == short


def test_a_run_is_told_what_it_calls_more_and_less() -> None:
    one, other = Call("recovery", "drs:DescribeJobs", "*"), Call("staging", "drs:DescribeJobs", "*")
    elsewhere = Call("recovery", "drs:DescribeJobs", "arn:aws:drs:{region}:{account}:job/*")
    nobody: frozenset[str] = frozenset()

    assert differences({one: nobody}, {one: nobody}) == []
    assert differences({one: nobody}, {one: nobody, elsewhere: nobody}) == []
    assert differences({one: nobody}, {other: nobody}) == [
        "not in calls.json: recovery role: drs:DescribeJobs on *",
        "no longer called: staging role: drs:DescribeJobs",
    ]
