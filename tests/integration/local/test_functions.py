"""Invocation: aliases, processes, their environment, errors, time-outs, asynchronous events."""

import json
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.aws_calls import FOLDER
from local.system import FunctionFailedError, LocalSystem
from tests.integration.local.conftest import FIXTURES
from tests.integration.local.waiting import eventually

NAME = "small-echo-test"


@pytest.mark.parametrize(
    ("name", "arguments", "qualifier"),
    [
        (NAME, {"Qualifier": "live"}, ":live"),
        (f"{NAME}:live", {}, ":live"),
        (f"arn:aws:lambda:us-east-1:123456789012:function:{NAME}:live", {}, ":live"),
        (f"123456789012:function:{NAME}:live", {}, ":live"),
        (NAME, {"Qualifier": "1"}, ":1"),
        (NAME, {}, ""),
    ],
)
def test_a_function_learns_by_which_name_it_was_called(
    system: LocalSystem, name: str, arguments: dict[str, str], qualifier: str
) -> None:
    answer = system.client("lambda").invoke(FunctionName=name, Payload=b'{"action": "echo"}', **arguments)

    result = json.loads(answer["Payload"].read())
    assert result["invokedArn"] == f"arn:aws:lambda:us-east-1:123456789012:function:{NAME}{qualifier}"
    assert answer["ExecutedVersion"] == result["version"] == ("1" if qualifier else "$LATEST")


@pytest.mark.parametrize("arguments", [{"FunctionName": "nobody"}, {"FunctionName": NAME, "Qualifier": "dead"}])
def test_an_unknown_function_or_alias_is_not_found(system: LocalSystem, arguments: dict[str, str]) -> None:
    with pytest.raises(ClientError) as refused:
        system.client("lambda").invoke(**arguments)

    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


@pytest.mark.parametrize("kind", ["RequestResponse", "Event", "DryRun"])
@pytest.mark.parametrize(
    "arguments", [{"FunctionName": NAME, "Qualifier": "live-api"}, {"FunctionName": f"{NAME}:live-api"}]
)
def test_the_alias_of_api_gateway_is_invoked_by_nobody_else(
    system: LocalSystem, arguments: dict[str, str], kind: str
) -> None:
    with pytest.raises(ClientError) as refused:
        system.client("lambda").invoke(InvocationType=kind, Payload=b"{}", **arguments)

    error = refused.value.response
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == ("AccessDeniedException", 403)
    assert "assumed-role/Operator/operator is not authorized" in error["Error"]["Message"]
    assert f"function:{NAME}:live-api" in error["Error"]["Message"]


@pytest.mark.parametrize(("kind", "most"), [("RequestResponse", 6 * 1024 * 1024), ("Event", 1024 * 1024)])
def test_a_payload_that_is_larger_than_lambda_takes_is_refused(system: LocalSystem, kind: str, most: int) -> None:
    frame = len(json.dumps({"action": "say_length", "padding": ""}))

    def send(size: int) -> Any:
        payload = json.dumps({"action": "say_length", "padding": "x" * (size - frame)}).encode()
        return system.client("lambda").invoke(FunctionName=NAME, InvocationType=kind, Payload=payload)

    assert send(most)["StatusCode"] in {200, 202}
    with pytest.raises(ClientError) as refused:
        send(most + 1)
    error = refused.value.response
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == ("RequestTooLargeException", 413)


def test_an_answer_that_is_larger_than_lambda_gives_is_an_error_of_the_function(system: LocalSystem) -> None:
    with pytest.raises(FunctionFailedError) as failed:
        system.invoke("echo", {"action": "grow", "size": 7_000_000})

    assert failed.value.payload["errorType"] == "Function.ResponseSizeTooLarge"


def test_a_dry_run_runs_nothing(system: LocalSystem) -> None:
    answer = system.client("lambda").invoke(FunctionName=NAME, InvocationType="DryRun", Payload=b'{"action": "exit"}')

    assert answer["StatusCode"] == 204


def test_the_environment_is_the_templates_plus_what_the_runtime_adds(system: LocalSystem) -> None:
    environment = system.invoke("echo", {"action": "environment"})

    runtime = {
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "_HANDLER",
        "LANG",
        "TZ",
        "PATH",
        "PYTHONPATH",
    }
    # the last one only where calls are noted, as `make test` does
    local = {"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DRS"} | ({FOLDER} & os.environ.keys())
    made_by_the_interpreter = {"LC_CTYPE", "cwd", "__CF_USER_TEXT_ENCODING"}
    assert set(environment) - made_by_the_interpreter == {"TABLE", "STATE_MACHINE_ARN"} | runtime | local
    assert environment["TABLE"] == "small-received-test"
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert environment["cwd"] == str(FIXTURES / "functions" / "echo")


def test_a_function_runs_as_the_role_of_its_template(system: LocalSystem) -> None:
    client = system.client("sts")
    environment = system.invoke("echo", {"action": "environment"})

    key = environment["AWS_ACCESS_KEY_ID"]

    assert client.get_access_key_info(AccessKeyId=key)["Account"] == "123456789012"
    role = f"arn:aws:iam::{system.hub.account}:role/small-target-test"
    with pytest.raises(FunctionFailedError) as refused:
        system.invoke("echo", {"action": "assume", "RoleArn": role})
    assert "assumed-role/small-hub-test/small-echo-test" in refused.value.payload["errorMessage"]


def test_a_function_lives_in_the_time_of_the_system(system: LocalSystem) -> None:
    before = system.clock.now().isoformat()

    now = system.invoke("echo", {"action": "echo"})["now"]

    assert before <= now <= system.clock.now().isoformat()


def test_an_exception_is_an_unhandled_function_error_and_the_process_lives_on(system: LocalSystem) -> None:
    pid = system.invoke("echo", {"action": "echo"})["pid"]

    answer = system.client("lambda").invoke(FunctionName=NAME, Qualifier="live", Payload=b'{"action": "fail"}')

    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    error = json.loads(answer["Payload"].read())
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "told to fail")
    assert pid == system.invoke("echo", {"action": "echo"})["pid"]
    assert "about to fail" in (system.log_folder / f"{NAME}.log").read_text()


def test_a_process_that_ends_is_an_error_and_is_replaced(system: LocalSystem) -> None:
    pid = system.invoke("echo", {"action": "echo"})["pid"]

    with pytest.raises(FunctionFailedError) as ended:
        system.invoke("echo", {"action": "exit"})

    assert ended.value.payload["errorType"] == "Runtime.ExitError"
    assert ended.value.payload["errorMessage"].endswith("Runtime exited with error: exit status 3")
    assert pid != system.invoke("echo", {"action": "echo"})["pid"]


def test_a_function_that_cannot_be_loaded_says_why(system: LocalSystem) -> None:
    with pytest.raises(FunctionFailedError) as broken:
        system.invoke("broken", {}, qualifier="$LATEST")

    assert broken.value.payload["errorType"] == "Runtime.ImportModuleError"
    assert "a_module_that_does_not_exist" in broken.value.payload["errorMessage"]


def test_a_call_that_takes_too_long_is_killed_and_the_next_one_works(system: LocalSystem) -> None:
    client = system.client("lambda")
    client.update_function_configuration(FunctionName=NAME, Timeout=1)
    pid = system.invoke("echo", {"action": "echo"}, qualifier="$LATEST")["pid"]
    began = time.monotonic()

    with pytest.raises(FunctionFailedError) as late:
        system.invoke("echo", {"action": "sleep", "seconds": 60}, qualifier="$LATEST")

    assert time.monotonic() - began < 3
    assert late.value.payload["errorType"] == "Sandbox.Timedout"
    assert late.value.payload["errorMessage"].endswith("Task timed out after 1.00 seconds")
    assert not Path(f"/proc/{pid}").exists()
    assert system.invoke("echo", {"action": "echo"}, qualifier="$LATEST")["pid"] != pid
    client.update_function_configuration(FunctionName=NAME, Timeout=10)


def test_a_busy_function_gets_a_second_process_and_a_third_call_waits(system: LocalSystem) -> None:
    pids: list[int] = []

    def sleep() -> None:
        pids.append(system.invoke("echo", {"action": "sleep", "seconds": 1})["pid"])

    threads = [threading.Thread(target=sleep) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(pids) == 3
    assert len(set(pids)) == 2


def _message(system: LocalSystem) -> Any:
    client = system.client("sqs")
    url = system.deployment.value("DeadLetterQueueUrl")

    def look() -> Any:
        answer = client.receive_message(QueueUrl=url, MessageAttributeNames=["All"])
        return answer.get("Messages", [None])[0]

    message = eventually(look)
    client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return message


def test_an_asynchronous_event_is_tried_three_times_and_then_goes_to_the_dead_letter_queue(system: LocalSystem) -> None:
    log = system.log_folder / f"{NAME}.log"
    before = log.read_text().count("about to fail") if log.exists() else 0
    began = time.monotonic()

    event = {"action": "fail", "message": "never works"}
    answer = system.client("lambda").invoke(
        FunctionName=NAME, Qualifier="live", InvocationType="Event", Payload=json.dumps(event).encode()
    )

    assert answer["StatusCode"] == 202
    message = _message(system)
    assert json.loads(message["Body"]) == event
    assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "never works"
    assert log.read_text().count("about to fail") - before == 3
    assert 3.0 <= time.monotonic() - began < 10, "a minute and two minutes at sixty times speed"


def test_the_number_of_retries_and_the_destination_are_the_functions_own(system: LocalSystem) -> None:
    queue = "arn:aws:sqs:us-east-1:123456789012:small-dlq-test"
    client = system.client("lambda")
    client.create_alias(FunctionName="small-broken-test", Name="live", FunctionVersion="$LATEST")
    client.put_function_event_invoke_config(
        FunctionName="small-broken-test",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": queue}},
    )

    client.invoke(FunctionName="small-broken-test", Qualifier="live", InvocationType="Event", Payload=b'{"n": 1}')

    record = json.loads(_message(system)["Body"])
    assert record["requestPayload"] == {"n": 1}
    assert record["requestContext"]["approximateInvokeCount"] == 1
    assert record["responsePayload"]["errorType"] == "Runtime.ImportModuleError"


def test_a_crash_of_the_sandboxes_kills_the_call_under_way(system: LocalSystem) -> None:
    failures: list[FunctionFailedError] = []

    def sleep() -> None:
        with pytest.raises(FunctionFailedError) as failed:
            system.invoke("echo", {"action": "sleep", "seconds": 8})
        failures.append(failed.value)

    thread = threading.Thread(target=sleep)
    thread.start()
    time.sleep(0.5)

    system.crash("echo")

    thread.join()
    assert failures[0].payload["errorType"] == "Runtime.ExitError"
    assert os.getpid() != system.invoke("echo", {"action": "echo"})["pid"]
