"""Step Functions, SNS and Lambda of the hub: moto's where it answers as AWS does, else botocore's stubs."""

import json
from collections.abc import Iterator

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from shared.aws.functions import FunctionGateway
from shared.aws.ports import HandOverError, RunExistsError, RunStatus
from shared.aws.sns import SnsGateway
from shared.aws.stepfunctions import StepFunctionsGateway
from shared.errors import ExecutionError

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:aws-drs-orchestration-orchestration-dev"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:aws-drs-orchestration-notification-formatter-dev:live"
TOPIC = "arn:aws:sns:us-east-1:123456789012:aws-drs-orchestration-execution-notifications-dev"


@pytest.fixture
def session() -> boto3.session.Session:
    return boto3.session.Session(aws_access_key_id="hub", aws_secret_access_key="hub", region_name="us-east-1")


@pytest.fixture
def aws() -> Iterator[None]:
    with mock_aws():
        yield


def machine(session: boto3.session.Session) -> str:
    definition = json.dumps({"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}})
    role = session.client("iam").create_role(RoleName="machine", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    return session.client("stepfunctions").create_state_machine(
        name=MACHINE.rpartition(":")[2], definition=definition, roleArn=role
    )["stateMachineArn"]


@pytest.mark.usefixtures("aws")
def test_a_started_run_has_its_name_and_input_and_is_running(session: boto3.session.Session) -> None:
    client = session.client("stepfunctions")
    arn = machine(session)
    runs = StepFunctionsGateway(client, arn)

    runs.start_run("execution-1", {"executionId": "execution-1"})

    assert runs.run_status("execution-1") is RunStatus.RUNNING
    [listed] = client.list_executions(stateMachineArn=arn)["executions"]
    answer = client.describe_execution(executionArn=listed["executionArn"])
    assert json.loads(answer["input"]) == {"executionId": "execution-1"}


@pytest.mark.usefixtures("aws")
def test_a_run_that_nobody_started_has_no_status(session: boto3.session.Session) -> None:
    assert StepFunctionsGateway(session.client("stepfunctions"), machine(session)).run_status("nobody") is None


def test_a_taken_name_is_said_so(session: boto3.session.Session) -> None:
    client = session.client("stepfunctions")
    with Stubber(client) as stub:
        stub.add_client_error("start_execution", "ExecutionAlreadyExists")

        with pytest.raises(RunExistsError) as raised:
            StepFunctionsGateway(client, MACHINE).start_run("execution-1", {})

    assert raised.value.name == "execution-1"


def test_a_wait_is_ended_with_its_token(session: boto3.session.Session) -> None:
    client = session.client("stepfunctions")
    runs = StepFunctionsGateway(client, MACHINE)
    with Stubber(client) as stub:
        stub.add_response("send_task_success", {}, {"taskToken": "a-token", "output": "{}"})
        stub.add_response("send_task_failure", {}, {"taskToken": "a-token", "error": "Closed", "cause": "why"})

        assert runs.succeed("a-token", {})
        assert runs.fail("a-token", "Closed", "why")
        stub.assert_no_pending_responses()


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_a_wait_that_has_ended_is_already_awake(session: boto3.session.Session, code: str) -> None:
    client = session.client("stepfunctions")
    runs = StepFunctionsGateway(client, MACHINE)
    with Stubber(client) as stub:
        stub.add_client_error("send_task_success", code)
        stub.add_client_error("send_task_failure", code)

        assert not runs.succeed("a-token", {})
        assert not runs.fail("a-token", "Closed", "why")


@pytest.mark.parametrize(
    ("method", "call"),
    [
        ("start_execution", lambda runs: runs.start_run("one", {})),
        ("describe_execution", lambda runs: runs.run_status("one")),
        ("send_task_success", lambda runs: runs.succeed("token", {})),
        ("send_task_failure", lambda runs: runs.fail("token", "error", "cause")),
    ],
)
def test_any_other_refusal_is_an_execution_error(session: boto3.session.Session, method: str, call: object) -> None:
    assert callable(call)
    client = session.client("stepfunctions")
    with Stubber(client) as stub:
        stub.add_client_error(method, "ThrottlingException", http_status_code=400)

        with pytest.raises(ExecutionError) as raised:
            call(StepFunctionsGateway(client, MACHINE))

    assert raised.value.details["awsCode"] == "ThrottlingException"
    assert raised.value.is_retryable


@pytest.mark.parametrize(
    "call",
    [
        lambda runs: runs.start_run("one", {}),
        lambda runs: runs.run_status("one"),
        lambda runs: runs.succeed("token", {}),
        lambda runs: runs.fail("token", "error", "cause"),
    ],
)
def test_no_answer_is_an_execution_error_too(session: boto3.session.Session, call: object) -> None:
    assert callable(call)
    client = session.client("stepfunctions", endpoint_url="http://127.0.0.1:9")

    with pytest.raises(ExecutionError) as raised:
        call(StepFunctionsGateway(client, MACHINE))

    assert "(EndpointConnectionError)" in raised.value.message
    assert "awsCode" not in raised.value.details


@pytest.mark.usefixtures("aws")
def test_a_mail_arrives_with_subject_and_attributes(session: boto3.session.Session) -> None:
    topic = session.client("sns").create_topic(Name=TOPIC.rpartition(":")[2])["TopicArn"]
    queues = session.client("sqs")
    queue = queues.create_queue(QueueName="inbox")["QueueUrl"]
    session.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:inbox")

    SnsGateway(session.client("sns"), topic).publish("[DRS] plan - start", "words\n", {"eventType": "start"})

    [received] = queues.receive_message(QueueUrl=queue)["Messages"]
    mail = json.loads(received["Body"])
    assert (mail["Subject"], mail["Message"]) == ("[DRS] plan - start", "words\n")
    assert mail["MessageAttributes"] == {"eventType": {"Type": "String", "Value": "start"}}


def test_a_mail_that_sns_does_not_take_is_handed_back(session: boto3.session.Session) -> None:
    client = session.client("sns")
    with Stubber(client) as stub:
        stub.add_client_error("publish", "ThrottledException")

        with pytest.raises(HandOverError, match="ThrottledException"):
            SnsGateway(client, TOPIC).publish("s", "m", {})


def test_a_function_is_invoked_asynchronously_with_the_payload(session: boto3.session.Session) -> None:
    client = session.client("lambda")
    with Stubber(client) as stub:
        stub.add_response(
            "invoke",
            {"StatusCode": 202},
            {"FunctionName": FUNCTION, "InvocationType": "Event", "Payload": b'{"eventType":"start"}'},
        )

        FunctionGateway(client).invoke_later(FUNCTION, {"eventType": "start"})

        stub.assert_no_pending_responses()


def test_an_invocation_that_lambda_does_not_take_is_handed_back(session: boto3.session.Session) -> None:
    client = session.client("lambda")
    with Stubber(client) as stub:
        stub.add_client_error("invoke", "TooManyRequestsException")

        with pytest.raises(HandOverError, match="TooManyRequestsException"):
            FunctionGateway(client).invoke_later(FUNCTION, {})
