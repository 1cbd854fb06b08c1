"""The drill as an operator lives it: import, preflight, start, approve by the mail's commands, look, clean up."""

import json
import time
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from local.aws_cli import Finished, run_shell
from local.demo.commands import command_block
from local.demo.configuration import ACCOUNT_NAMES, DRS_REGION, EXTERNAL_IDS, Sample
from local.demo.figures import Figures, figures
from local.demo.operations import Operations
from local.drs_simulator.control import PREFIX
from local.mails import Mail
from local.system import LocalSystem
from shared.models.execution import TERMINAL_STATUSES, ExecutionStatus

LOOK_SECONDS: Final = 0.5
"""Wall seconds between two looks at the execution, while it moves."""

LONGEST_LOOK_SECONDS: Final = 2.0
"""The same while nothing moves: each look that finds nothing new makes the next one a quarter later."""

RESTORED_SECONDS: Final = 3.0
"""The same of the servers' settings, which are looked at again a real minute later, when no writer can be left."""

PATIENCE_SECONDS: Final = 240
"""Wall seconds after which the demo gives up on something that should have happened."""


class DemoFailedError(Exception):
    """The drill did not go as a drill of the sample goes; the message says what was expected."""


class Screen(Protocol):
    """What the drill tells the person in front of it."""

    def say(self, line: str) -> None:
        """One line of what is going on."""
        ...

    def show(self, execution: dict[str, Any]) -> None:
        """The present state of the execution."""
        ...

    def mail(self, mail: Mail) -> None:
        """A mail that came in."""
        ...

    def ran(self, command: str, finished: Finished) -> None:
        """A command of a mail and what it printed."""
        ...

    def summary(self, execution: dict[str, Any], events: list[dict[str, Any]], figures: Figures) -> None:
        """Timeline, recovery time, sum of jobs and critical path."""
        ...


@dataclass
class Drill:
    """One drill of the sample on a running system.

    `attended` leaves the approvals to the person, `keeps_instances` their termination too.
    """

    system: LocalSystem
    sample: Sample
    screen: Screen
    attended: bool = False
    keeps_instances: bool = False

    def run(self) -> str:
        """The whole story; answers how it ended. DemoFailedError if any part of it is not as it should be."""
        plan_id, group_id = self.prepare()
        return self.rehearse(plan_id, group_id)

    def prepare(self) -> tuple[str, str]:
        """Everything before the drill; answers the plan, and the group whose servers a drill launches elsewhere."""
        operations = Operations(self.system)
        self._register_accounts(operations)
        self.control("servers", self.sample.estate)
        self.system.furnish(self.sample.networks)
        return self._import(operations), self._set_apart(operations)

    def rehearse(self, plan_id: str, group_id: str) -> str:
        """The drill itself, from its start until nothing is left; answers how it ended."""
        operations = Operations(self.system)
        execution_id = self._start(operations, plan_id)
        execution = self._follow(operations, execution_id)
        self._report(operations, execution)
        self._see_restored(operations, group_id)
        if not any(wave["launchedCount"] for wave in execution["waves"]):
            return "it launched no instance"
        if self.keeps_instances:
            return "its instances are left to you: terminate them as the last mail says"
        self._clean_up(operations, execution_id)
        return "its instances are gone"

    def _register_accounts(self, operations: Operations) -> None:
        """The two target accounts, each with the external id that its role asks for."""
        for account_id, external_id in EXTERNAL_IDS.items():
            operations.call(
                "add_target_account",
                accountId=account_id,
                accountName=ACCOUNT_NAMES[account_id],
                externalId=external_id,
                regions=[DRS_REGION],
            )

    def _import(self, operations: Operations) -> str:
        report = operations.call("import_configuration", **self.sample.document, mappings=self.sample.mappings)
        if report["failed"]:
            raise DemoFailedError(f"the sample should import whole, but: {report['failed']}")
        self.screen.say(f"Imported {len(report['created'])} items of the sample configuration")
        plan = next(
            plan for plan in operations.every("list_recovery_plans") if plan["planName"] == self.sample.plan_name
        )
        preflight = operations.call("preflight_recovery_plan", planId=plan["planId"])
        for finding in preflight["findings"]:
            self.screen.say(f"Preflight {finding['outcome']} {finding['code']}: {finding['message']}")
        return str(plan["planId"])

    def _set_apart(self, operations: Operations) -> str:
        """Have drills launch the servers of a group into another subnet than recoveries; answers the group."""
        group = next(one for one in operations.every("list_protection_groups") if one.get("servers"))
        subnet = group["launchConfig"]["subnetId"]
        which = {"groupId": group["groupId"], "version": group["version"]}
        operations.call("update_protection_group", **which, drillLaunchConfig={"subnetId": subnet})
        self.screen.say(
            f"Drills launch {group['groupName']} into {subnet}, without the static addresses of its servers"
        )
        return str(group["groupId"])

    def _see_restored(self, operations: Operations, group_id: str) -> None:
        """Wait until DRS has nothing of the drill any more."""

        def is_restored() -> bool:
            servers = operations.every("get_launch_config_status", groupId=group_id)
            return not any("temporary" in server for server in servers)

        wait_until(is_restored, "the launch settings should have been restored", RESTORED_SECONDS)
        self.screen.say("The launch settings of its servers are as they were before the drill")

    def _start(self, operations: Operations, plan_id: str) -> str:
        started = operations.call("start_execution", planId=plan_id, executionType="DRILL", reason="demo")
        self.screen.say(f"Started drill {started['executionId']}")
        return str(started["executionId"])

    def _follow(self, operations: Operations, execution_id: str) -> dict[str, Any]:
        """Look at the execution until it ends; decide each gate by the commands of its mail."""
        seen, pause, before = 0, LOOK_SECONDS, dict[str, Any]()
        deadline = time.monotonic() + (float("inf") if self.attended else PATIENCE_SECONDS)
        while time.monotonic() < deadline:
            execution = operations.call("get_execution", executionId=execution_id)
            self.screen.show(execution)
            for mail in self.system.mails[seen:]:
                seen += 1
                self.screen.mail(mail)
                if mail.attributes.get("eventType") == "pause" and not self.attended:
                    self._approve(mail)
            if ExecutionStatus(execution["status"]) in TERMINAL_STATUSES:
                return execution
            seen_now = {**execution, "rto": None}  # which grows as long as anything goes on
            pause = min(1.25 * pause, LONGEST_LOOK_SECONDS) if seen_now == before else LOOK_SECONDS
            before = seen_now
            time.sleep(pause)
        raise DemoFailedError(f"the execution should have ended within {PATIENCE_SECONDS} s")

    def _approve(self, mail: Mail) -> None:
        """Paste the mail's resume block into a shell with the real AWS CLI."""
        block = command_block(mail.body, "resume")
        finished = run_shell(block, self.system.environment())
        self.screen.ran(block, finished)
        if finished.code != 0:
            raise DemoFailedError(f"the mail's command should resume, but: {finished.errors}")

    def _report(self, operations: Operations, execution: dict[str, Any]) -> None:
        execution_id = execution["executionId"]
        events = list(operations.every("get_execution_events", executionId=execution_id))
        record = self.control("record")["entries"]
        self.screen.summary(execution, events, figures(execution, record))
        if execution["status"] != ExecutionStatus.COMPLETED and not self.attended:
            raise DemoFailedError(f"the drill should be COMPLETED, it is {execution['status']}")

    def _clean_up(self, operations: Operations, execution_id: str) -> None:
        """Terminate, wait, and ask AWS itself whether anything is left."""
        operations.call("terminate_instances", executionId=execution_id)
        self.screen.say("Terminating the instances of the drill")

        def is_over() -> bool:
            status = operations.call("get_termination_status", executionId=execution_id)
            return bool(status["status"] == "COMPLETED")

        wait_until(is_over, "the termination should have completed")
        left = list(self._instances())
        if left:
            raise DemoFailedError(f"no instance should be left, but: {left}")
        self.screen.say("AWS shows no recovery instance and no running EC2 instance in either account")

    def control(self, name: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The simulator's control path: its record, its estate."""
        request = urllib.request.Request(
            f"{self.system.drs_endpoint}{PREFIX}{name}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            parsed: dict[str, Any] = json.load(answer)
        return parsed

    def _instances(self) -> Iterable[str]:
        """What DRS and EC2 still show, asked as an outside client would."""
        for account in EXTERNAL_IDS:
            drs = self.system.client("drs", account, DRS_REGION)
            for page in drs.get_paginator("describe_recovery_instances").paginate():
                yield from (f"{account}: {item['recoveryInstanceID']}" for item in page["items"])
            ec2 = self.system.client("ec2", account, DRS_REGION)
            alive = [{"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}]
            for page in ec2.get_paginator("describe_instances").paginate(Filters=alive):
                for reservation in page["Reservations"]:
                    yield from (f"{account}: {item['InstanceId']}" for item in reservation["Instances"])


def wait_until(holds: Callable[[], bool], expectation: str, every: float = LOOK_SECONDS) -> None:
    """Look until it holds, each so many seconds; DemoFailedError with the expectation if it does not in time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise DemoFailedError(f"{expectation} within {PATIENCE_SECONDS} s")
        time.sleep(every)
