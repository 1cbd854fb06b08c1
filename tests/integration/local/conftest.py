"""One small local system for each file of this folder, with a DRS that does what a test tells it to."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from local.drs_door import OnEvent, Surroundings
from local.stacks import TargetAccount
from local.system import Blueprint, LocalSystem
from tests.integration.local.waiting import eventually

FIXTURES: Final = Path(__file__).parent / "fixtures"
TARGET: Final = "111122223333"


@dataclass(frozen=True)
class ToldChecks:
    """Status checks as a test wants them."""

    instance_id: str
    system_status: str
    instance_status: str


@dataclass
class ToldDrs:
    """A DRS door with nothing behind it: tests send its events and set its status checks themselves."""

    send_event: OnEvent
    checks: list[ToldChecks] = field(default_factory=list)
    url: str = "http://127.0.0.1:9"

    def start(self) -> None:
        return

    def stop(self) -> None:
        return

    def instance_status(self, _account: str, _region: str, instance_ids: Sequence[str]) -> list[ToldChecks]:
        return [checks for checks in self.checks if checks.instance_id in instance_ids]

    def quotas(self, _account: str, _region: str) -> dict[str, float]:
        return {"L-05AFA8C6": 200}


def told_drs(surroundings: Surroundings) -> ToldDrs:
    """Makes the door."""
    return ToldDrs(surroundings.on_event)


def small_blueprint() -> Blueprint:
    """One of everything."""
    return Blueprint(
        templates=FIXTURES / "cfn",
        master="hub.yaml",
        target_stack="target.yaml",
        functions=FIXTURES / "functions",
        project="small",
        environment="test",
        parameters={"NotificationEmail": "ops@example.com"},
        targets=[TargetAccount(TARGET, "us-west-2", "external-id-of-the-test")],
    )


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSystem]:
    """The running system, at 60 times real speed."""
    folder = tmp_path_factory.mktemp("local-system")
    with LocalSystem(60, drs=told_drs, blueprint=small_blueprint(), state_dir=folder) as running:
        yield running


@dataclass(frozen=True)
class Runs:
    """Starts runs of the small state machine and looks at them."""

    system: LocalSystem

    def start(self, name: str, **state: Any) -> str:
        """Starts a run; answers its ARN."""
        client = self.system.client("stepfunctions")
        arn = self.system.deployment.value("StateMachineArn")
        return str(client.start_execution(stateMachineArn=arn, name=name, input=json.dumps(state))["executionArn"])

    def describe(self, arn: str) -> Any:
        """What DescribeExecution says."""
        return self.system.client("stepfunctions").describe_execution(executionArn=arn)

    def finish(self, arn: str) -> Any:
        """Waits for the end; answers what DescribeExecution says then."""
        return eventually(lambda: None if (run := self.describe(arn))["status"] == "RUNNING" else run)

    def token(self, item_id: str) -> str:
        """The task token that the run stored in the item of that id."""
        table = self.system.deployment.value("TableName")
        client = self.system.client("dynamodb")

        def stored() -> str | None:
            item = client.get_item(TableName=table, Key={"id": {"S": item_id}}).get("Item", {})
            return str(item["token"]["S"]) if "token" in item else None

        return eventually(stored)


@pytest.fixture
def runs(system: LocalSystem) -> Runs:
    """Runs of the small state machine."""
    return Runs(system)


@pytest.fixture
def received(system: LocalSystem) -> Callable[[str], Any]:
    """Waits for an event that the echo function was given and that contains a text; answers the event."""
    client = system.client("dynamodb")
    table = system.deployment.value("TableName")

    def find(text: str) -> Any:
        def look() -> Any:
            for item in client.scan(TableName=table)["Items"]:
                if text in item.get("event", {"S": ""})["S"]:
                    return json.loads(item["event"]["S"])
            return None

        return eventually(look)

    return find
