"""Every call of the product's code is noted once per kind, and nobody else's."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
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
from tests.least_privilege.calls import Call, differences, merged, together

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


def code(file: Path, name: str, *parameters: str, does: str) -> Any:
    """A function whose code lies in a file, as its frames say."""
    namespace: dict[str, Any] = {"ThreadPoolExecutor": ThreadPoolExecutor}
    exec(compile(f"def {name}({', '.join(parameters)}):\n    {does}\n", str(file), "exec"), namespace)
    return namespace[name]


@pytest.fixture
def lambdas(tmp_path: Path) -> Iterator[Lambdas]:
    """Code as it lies in lambda/, of which a recorder hears, in threads too; pools are as they were afterwards."""
    submit = ThreadPoolExecutor.submit
    heard = recorder(tmp_path / "calls", f"{tmp_path}{os.sep}lambda{os.sep}")
    heard.follow_threads()
    yield Lambdas(tmp_path, client(heard, "drs"))
    ThreadPoolExecutor.submit = submit  # type: ignore[method-assign]


class Lambdas:
    """Shared code that calls DRS, and functions of two packages that use it."""

    def __init__(self, folder: Path, drs: Any) -> None:
        self.folder, self.lambdas, self.drs = folder, folder / "lambda", drs
        self.shared = code(
            self.lambdas / "shared" / "drs.py",
            "tag",
            "drs",
            does=f"drs.tag_resource(resourceArn={SERVER!r}, tags={{}})",
        )

    def function(self, package: str, does: str) -> Any:
        """A function of a package that takes a task and does this with it."""
        return code(self.lambdas / package / "module.py", "call", "task", "drs", does=does)

    def callers(self) -> set[str]:
        """Who was noted."""
        return {name for by in merged(self.folder / "calls").values() for name in by}


def test_a_call_of_shared_code_is_the_call_of_the_function_that_uses_it(lambdas: Lambdas) -> None:
    lambdas.function("query-handler", "task(drs)")(lambdas.shared, lambdas.drs)

    assert lambdas.callers() == {"query-handler"}


def test_what_a_function_gives_to_a_pool_of_threads_is_its_own_and_the_thread_is_nobodys_afterwards(
    lambdas: Lambdas,
) -> None:
    with ThreadPoolExecutor(1) as pool:
        lambdas.function("query-handler", "task(drs).result()")(
            lambda drs: pool.submit(lambdas.shared, drs), lambdas.drs
        )
        assert lambdas.callers() == {"query-handler"}
        pool.submit(lambdas.shared, lambdas.drs).result()

    assert lambdas.callers() == {"query-handler", "product"}


def test_of_two_functions_in_one_process_the_one_that_calls_is_noted(lambdas: Lambdas) -> None:
    inner = lambdas.function("execution-handler", "task(drs)")
    outer = lambdas.function("orchestration-stepfunctions", "task(drs)")

    outer(lambda drs: inner(lambdas.shared, drs), lambdas.drs)

    assert lambdas.callers() == {"execution-handler"}


def test_shared_code_that_no_function_uses_is_the_products(lambdas: Lambdas) -> None:
    lambdas.shared(lambdas.drs)

    assert lambdas.callers() == {"product"}


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


def test_a_run_is_told_which_function_calls_what_it_did_not_call_before() -> None:
    call = Call("recovery", "drs:DescribeJobs", "*")
    before = {call: frozenset({"query-handler"})}
    now = {call: frozenset({"query-handler", "execution-handler", "product"})}

    assert differences(now, before) == [
        "not in calls.json: execution-handler asks the recovery role: drs:DescribeJobs on *",
    ]
    assert differences(before, now) == []
    assert together(before, now) == now


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
