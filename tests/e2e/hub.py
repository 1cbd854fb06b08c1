"""The operator of the hub: operations by direct invocation, mails, and a terminal with the real AWS CLI."""

import itertools
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from local.aws_cli import Finished, run_shell
from local.demo.commands import command_block
from local.function_process import ROOT
from local.mails import Mail
from local.system import LocalSystem
from shared.models.execution import TERMINAL_STATUSES
from shared.models.targets import Target
from tests.e2e.simulated import Simulated
from tests.e2e.waiting import eventually
from tests.support.warm_aws import warm_aws

_FUNCTIONS: Final = {
    "add_staging_account": "data-management-handler",
    "remove_staging_account": "data-management-handler",
    "update_recovery_plan": "data-management-handler",
    "create_protection_group": "data-management-handler",
    "create_recovery_plan": "data-management-handler",
    "sync_staging_accounts": "data-management-handler",
    "import_configuration": "data-management-handler",
    "update_protection_group": "data-management-handler",
    "apply_launch_configs": "data-management-handler",
    "update_server_launch_config": "data-management-handler",
    "start_execution": "execution-handler",
    "pause_execution": "execution-handler",
    "resume_execution": "execution-handler",
    "cancel_execution": "execution-handler",
    "retry_wave": "execution-handler",
    "skip_wave": "execution-handler",
    "terminate_instances": "execution-handler",
}
"""Whatever is not here is a question, which query-handler answers."""

_SHELL_FUNCTION: Final = re.compile(r"^drs\(\) \{\n.*?^\}\n", re.MULTILINE | re.DOTALL)
"""What the README lets people define in their terminal."""

_LONG: Final = 10_080
"""The longest deadline of a wave: at this clock the default is over in half a minute, as long as others may need."""

_numbers: Final = itertools.count(1)


class RefusedError(AssertionError):
    """An operation that should have succeeded was refused."""


@dataclass(frozen=True)
class Part:
    """The servers of one group: an account and region, and the ids DRS knows them by."""

    target: Target
    servers: Sequence[str] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Wave:
    """A wave of a plan in a story."""

    parts: Sequence[Part]
    after: Sequence[int] = ()
    pause: bool = False
    on_failure: str | None = None
    """Its failure policy; unless told, the plan's default."""
    deadline: int = _LONG
    """In minutes."""
    checks: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Hub:
    """Everything that an operator does, and nothing else."""

    system: LocalSystem
    drs: Simulated

    def answer(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """What an operation answers, be it a result or a refusal."""
        event = {"operation": operation, "parameters": parameters}
        answered: dict[str, Any] = self.system.invoke(_FUNCTIONS.get(operation, "query-handler"), event)
        return answered

    def ask(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """The result of an operation; RefusedError with its sentence."""
        answered = self.answer(operation, **parameters)
        if "error" in answered and "requestId" in answered:
            raise RefusedError(f"{operation}: {answered}")
        return answered

    def refusal(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """The error that an operation must answer with."""
        answered = self.answer(operation, **parameters)
        assert "error" in answered, f"{operation} should have been refused, it answered {answered}"
        return answered

    def group(self, part: Part) -> str:
        """Store a group of its own name; answers its id."""
        fields: dict[str, Any] = {"groupName": f"group {next(_numbers)}"}
        fields |= {"accountId": part.target.account_id, "region": part.target.region}
        if part.servers:
            fields["sourceServerIds"] = list(part.servers)
        if part.tags:
            fields["serverSelectionTags"] = dict(part.tags)
        return str(self.ask("create_protection_group", **fields)["groupId"])

    def plan(self, *waves: Wave) -> str:
        """Store the groups of these waves and the plan, the waves numbered from 0; answers the plan's id."""
        written = [
            {
                "waveNumber": number,
                "waveName": f"wave {number}",
                "protectionGroupIds": [self.group(part) for part in wave.parts],
                "dependsOnWaves": list(wave.after),
                "pauseBeforeWave": wave.pause,
                "deadlineMinutes": wave.deadline,
                **({"failurePolicy": wave.on_failure} if wave.on_failure else {}),
                **({"healthChecks": list(wave.checks)} if wave.checks else {}),
            }
            for number, wave in enumerate(waves)
        ]
        return str(self.ask("create_recovery_plan", planName=f"plan {next(_numbers)}", waves=written)["planId"])

    def start(self, *waves: Wave, kind: str = "DRILL") -> str:
        """Start a new plan of these waves; answers the execution's id."""
        started = self.ask("start_execution", planId=self.plan(*waves), executionType=kind)
        return str(started["executionId"])

    def execution(self, execution_id: str) -> dict[str, Any]:
        """What get_execution answers now."""
        return self.ask("get_execution", executionId=execution_id)

    def until(
        self,
        execution_id: str,
        holds: Callable[[dict[str, Any]], bool],
        expectation: str,
        seconds: float = 120,
        every: float = 0.4,
    ) -> dict[str, Any]:
        """The execution as soon as something holds of it."""
        last: dict[str, Any] = {}

        def look() -> dict[str, Any] | None:
            last.update(self.execution(execution_id))
            return last if holds(last) else None

        try:
            return eventually(look, f"{execution_id}: {expectation}", seconds, every)
        except AssertionError as error:
            told = [event["message"] for event in self.events(execution_id)]
            raise AssertionError(f"{error}; it is {last.get('status')}, and its timeline: {told}") from error

    def ended(self, execution_id: str) -> dict[str, Any]:
        """The execution once it has ended."""
        return self.until(execution_id, lambda seen: seen["status"] in TERMINAL_STATUSES, "it should end", every=1)

    def events(self, execution_id: str) -> list[dict[str, Any]]:
        """Its whole timeline."""
        return list(self.every("get_execution_events", executionId=execution_id))

    def every(self, operation: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """The items of a list, all pages."""
        token: dict[str, Any] = {}
        while True:
            page = self.ask(operation, **parameters, **token)
            yield from page["items"]
            if not page.get("nextToken"):
                return
            token = {"nextToken": page["nextToken"]}

    def mails(self, execution_id: str, kind: str) -> list[Mail]:
        """The mails of a kind (start, pause, complete, fail, cancel) about an execution, as they were sent."""
        return [
            mail for mail in self.system.mails if mail.attributes.get("eventType") == kind and execution_id in mail.body
        ]

    def last_mail(self, execution_id: str, kind: str) -> Mail:
        """The newest mail of a kind about the execution; a mail may come after what it tells of is to be seen."""
        return eventually(lambda: self.mails(execution_id, kind), f"the {kind} mail of {execution_id} should come")[-1]

    def pause_mail(self, execution_id: str, number: int = 1) -> Mail:
        """The so-many-th mail of an open gate of the execution."""
        mails = eventually(
            lambda: found if len(found := self.mails(execution_id, "pause")) >= number else None,
            f"pause mail {number} of {execution_id} should come",
        )
        return mails[number - 1]

    def paste(self, mail: Mail, wish: str, line_end: str = "\n") -> Finished:
        """Copy a block of a mail (resume, cancel, retry, skip) and paste it into a terminal."""
        block = command_block(mail.body, wish)
        return self.type(block.replace("\n", line_end))

    def type(self, text: str) -> Finished:
        """Run the text in a shell with the real AWS CLI; whole CLI commands are slow on a busy machine."""
        return run_shell(text.encode(), self.system.environment(), seconds=120, venv=warm_aws())

    def ask_by_cli(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """What an operation answers to the shell function of the README, defined and used in a terminal."""
        defined = _SHELL_FUNCTION.search((ROOT / "README.md").read_text(encoding="utf-8"))
        assert defined is not None, "the README should define a shell function"
        call = json.dumps({"operation": operation, **parameters})
        function = _FUNCTIONS.get(operation, "query-handler")
        finished = self.type(f"{defined[0]}drs {function} <<EOF\n{call}\nEOF\n")
        assert finished.code == 0, finished.errors
        answered: dict[str, Any] = json.loads(finished.output)
        return answered

    def is_quiet(self) -> bool:
        """Whether the state machine has no run but those that wait for a gate."""
        runs = self.system.client("stepfunctions").get_paginator("list_executions")
        machine = self.machine()
        names = [
            run["name"]
            for page in runs.paginate(stateMachineArn=machine, statusFilter="RUNNING")
            for run in page["executions"]
        ]
        gated = {name.partition("-gate-")[0] for name in names if "-gate-" in name}
        return all("-gate-" in name or name in gated for name in names)

    def everything_written(self) -> dict[str, list[Any]]:
        """Every item of every table, read by an outside client."""
        dynamodb = self.system.client("dynamodb")
        return {
            table: sorted(
                (item for page in dynamodb.get_paginator("scan").paginate(TableName=table) for item in page["Items"]),
                key=repr,
            )
            for table in dynamodb.list_tables()["TableNames"]
        }

    def is_still(self) -> bool:
        """Whether nothing was written for a second, in which five minutes of the engine pass."""
        before = self.everything_written()
        time.sleep(1)
        return self.everything_written() == before

    def machine(self) -> str:
        """The ARN of the state machine."""
        (machine,) = self.system.client("stepfunctions").list_state_machines()["stateMachines"]
        return str(machine["stateMachineArn"])

    def run_arn(self, name: str) -> str:
        """The ARN of a run of the state machine."""
        return f"{self.machine().replace(':stateMachine:', ':execution:')}:{name}"

    def run_status(self, name: str) -> str:
        """What DescribeExecution says of a run."""
        answer = self.system.client("stepfunctions").describe_execution(executionArn=self.run_arn(name))
        return str(answer["status"])

    def alive_instances(self, target: Target) -> set[str]:
        """The instances that EC2 shows and that are not gone, read by an outside client."""
        ec2 = self.system.client("ec2", target.account_id, target.region)
        states = [{"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}]
        return {
            instance["InstanceId"]
            for page in ec2.get_paginator("describe_instances").paginate(Filters=states)
            for reservation in page["Reservations"]
            for instance in reservation["Instances"]
        }

    def recovery_instances(self, target: Target) -> set[str]:
        """The recovery instances that DRS shows, read by an outside client."""
        drs = self.system.client("drs", target.account_id, target.region)
        pages = drs.get_paginator("describe_recovery_instances").paginate()
        return {item["recoveryInstanceID"] for page in pages for item in page["items"]}
