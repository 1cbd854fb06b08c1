"""The two stages of a play: our interpreter on virtual time, and moto's on scaled time."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from typing import Any, Final

import boto3

from local.cloud import Cloud
from local.functions import Outcome
from local.moto_patches import lambda_invoke
from shared.stores.dynamo_table import DynamoTable
from shared.stores.memory_table import MemoryTable
from shared.stores.schemas import EXECUTION_HISTORY
from tests.support.asl.dynamo import ClientUpdates, TableUpdates
from tests.support.asl.functions import Handler
from tests.support.asl.loading import substitute
from tests.support.asl.plays import INBOX_KEY, Play, Script, Seen, masked, seen_of
from tests.support.asl.runs import Run
from tests.support.asl.stage import RESOURCES, Stage
from tests.support.asl.templates import Json
from tests.support.tables import create_tables

REGION: Final = "us-east-1"
_PATIENCE: Final = 15.0
"""Real seconds after which a run on moto is given up."""


class OurHands:
    """The play's hands on our interpreter."""

    def __init__(self, play: Play) -> None:
        self.table = MemoryTable(EXECUTION_HISTORY)
        self.script = Script(play, self)
        updates = TableUpdates({RESOURCES["ExecutionHistoryTable"]: self.table})
        self.stage = Stage(play.document, self.script, updates=updates)

    def succeed(self, token: str, output: Json) -> None:
        assert self.stage.interpreter.succeed(token, output)

    def fail(self, token: str, error: str, cause: str) -> None:
        assert self.stage.interpreter.fail(token, error, cause)

    def stop(self) -> None:
        self.stage.interpreter.stop_run("run")


def play_on_ours(play: Play) -> Seen:
    """The play on our interpreter."""
    hands = OurHands(play)
    if play.inbox is not None:
        hands.table.put({**INBOX_KEY, **play.inbox})
    run = hands.stage.begin(play.input)
    for state, visit, move in play.moves:
        hands.stage.agenda.run_until(lambda: run.states.count(state) == visit, 1e9, f"{state} {visit}")  # noqa: B023
        hands.stage.agenda.settle()
        move(hands)
    hands.stage.agenda.run_until_idle()
    return _seen_of_ours(run, hands.script.payloads)


def _seen_of_ours(run: Run, payloads: list[Json]) -> Seen:
    exits = [event.state for event in run.history if event.type.endswith("StateExited")]
    left = [visit for visit in run.visits if visit.state in exits]
    return Seen(
        events=[(event.type, event.state if "State" in event.type else "") for event in run.history],
        inputs=[(visit.state, masked(visit.input)) for visit in run.visits],
        outputs=[(visit.state, masked(visit.output)) for visit in left[: len(exits)]],
        payloads=[masked(payload) for payload in payloads],
        status=run.status.value,
        error=run.error,
    )


class Gateway:
    """The one function of moto's Lambda, played in this process."""

    def __init__(self) -> None:
        self.handler: Handler = lambda _payload: None
        self._lock = threading.Lock()

    def invoke(self, _function: Any, _arn: str, payload: bytes) -> Outcome:
        try:
            with self._lock:
                return Outcome(json.dumps(self.handler(json.loads(payload))).encode(), failed=False)
        except AssertionError:
            raise
        except Exception as error:
            told = {"errorMessage": str(error), "errorType": type(error).__name__}
            return Outcome(json.dumps(told).encode(), failed=True)

    def accept(self, _function: Any, _arn: str, _payload: bytes) -> None:
        raise AssertionError("no play invokes asynchronously")


class MotoTheatre:
    """A running moto with the table and the function of all plays."""

    def __init__(self, cloud: Cloud) -> None:
        self._gateway = Gateway()
        self._number = 0
        lambda_invoke.install(cloud.patches, self._gateway)
        self.states = boto3.client("stepfunctions", REGION)
        dynamodb = boto3.client("dynamodb", REGION)
        names = create_tables(dynamodb)
        self.table = DynamoTable(dynamodb, names.execution_history)
        self.updates = ClientUpdates(dynamodb)
        role = _role()
        functions = boto3.client("lambda", REGION)
        functions.create_function(
            FunctionName="answers",
            Runtime="python3.12",
            Role=role,
            Handler="index.lambda_handler",
            Code={"ZipFile": b"a zip"},
            Publish=True,
        )
        functions.create_alias(FunctionName="answers", Name="live", FunctionVersion="1")

    def play(self, play: Play) -> Seen:
        """The play on moto's interpreter."""
        self._number += 1
        machine = self.states.create_state_machine(
            name=f"machine-{self._number}", definition=substitute(play.document, RESOURCES), roleArn=_ROLE
        )["stateMachineArn"]
        self.table.delete(INBOX_KEY)
        if play.inbox is not None:
            self.table.put({**INBOX_KEY, **play.inbox})
        hands = _MotoHands(self)
        script = Script(play, hands)
        self._gateway.handler = script
        hands.run = self.states.start_execution(
            stateMachineArn=machine, name=f"run-{self._number}", input=json.dumps(play.input)
        )["executionArn"]
        for state, visit, move in play.moves:
            hands.wait_for(state, visit)
            move(hands)
        return hands.end(script.payloads)


class _MotoHands:
    def __init__(self, theatre: MotoTheatre) -> None:
        self.table = theatre.table
        self.run = ""
        self._states = theatre.states

    def succeed(self, token: str, output: Json) -> None:
        self._states.send_task_success(taskToken=token, output=json.dumps(output))

    def fail(self, token: str, error: str, cause: str) -> None:
        self._states.send_task_failure(taskToken=token, error=error, cause=cause)

    def stop(self) -> None:
        self._states.stop_execution(executionArn=self.run)

    def wait_for(self, state: str, visit: int) -> None:
        """Until the run waits for a token in that state for the given time, or is in it if it waits for none."""

        def there() -> bool:
            events = self._history()
            entered = [
                index
                for index, event in enumerate(events)
                if event.get("stateEnteredEventDetails", {}).get("name") == state
            ]
            if len(entered) < visit:
                return False
            begun = events[entered[visit - 1]]["type"]
            return bool(begun != "TaskStateEntered" or events[-1]["type"] == "TaskSubmitted")

        _eventually(there, f"{state} {visit}")
        time.sleep(0.05)

    def end(self, payloads: list[Json]) -> Seen:
        """What was seen, once the run has ended."""
        try:
            _eventually(lambda: self._describe()["status"] != "RUNNING", "the end of the run")
            # a stopped run is ABORTED at once, and its last event follows
            _eventually(lambda: self._history()[-1]["type"].startswith("Execution"), "the last event")
        finally:
            self.stop()
        told = self._describe()
        return seen_of(self._history(), payloads, told["status"], told.get("error", ""))

    def _describe(self) -> Mapping[str, Any]:
        return self._states.describe_execution(executionArn=self.run)

    def _history(self) -> list[Mapping[str, Any]]:
        return list(self._states.get_execution_history(executionArn=self.run, maxResults=1000)["events"])


def _eventually(holds: Any, what: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.005)


_ROLE: Final = "arn:aws:iam::123456789012:role/plays"
_TRUST: Final = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": ["states.amazonaws.com", "lambda.amazonaws.com"]},
        }
    ],
}


def _role() -> str:
    return boto3.client("iam", REGION).create_role(RoleName="plays", AssumeRolePolicyDocument=json.dumps(_TRUST))[
        "Role"
    ]["Arn"]
