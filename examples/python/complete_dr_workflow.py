"""From a plan document to a finished drill: groups, plan, preflight, start, watch, retry, report, clean up.

    python examples/python/complete_dr_workflow.py examples/plans/three-tier.json --approve --terminate

It needs boto3, credentials of the hub account with the rights of iam-policy.json beside this file, and nothing else. It
may be run again at any moment: groups and a plan that are there are taken as they are, and with the same --token the
start is the first one.

Exit code: 0 if the execution is COMPLETED (and its instances are gone, if that was asked for), 1 if it ended otherwise
or took too long, 2 if an argument is wrong, 3 if an operation was refused.
"""

import argparse
import json
import random
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

QUERY, CHANGE, EXECUTE = "query-handler", "data-management-handler", "execution-handler"
FUNCTIONS = {
    "create_protection_group": CHANGE,
    "create_recovery_plan": CHANGE,
    "list_protection_groups": QUERY,
    "list_recovery_plans": QUERY,
    "preflight_recovery_plan": QUERY,
    "get_execution": QUERY,
    "get_recovery_instances": QUERY,
    "get_termination_status": QUERY,
    "start_execution": EXECUTE,
    "resume_execution": EXECUTE,
    "retry_wave": EXECUTE,
    "cancel_execution": EXECUTE,
    "terminate_instances": EXECUTE,
}
ENDED = {"COMPLETED", "PARTIAL", "FAILED", "CANCELLED", "TIMEOUT"}
ATTEMPTS = 6


class RefusedError(Exception):
    """An operation answered with an error that trying again does not mend."""

    def __init__(self, operation: str, answer: dict[str, Any]) -> None:
        super().__init__(f"{operation}: {answer['error']}: {answer['message']}")
        self.error = str(answer["error"])
        self.details: dict[str, Any] = answer.get("details", {})


class Orchestration:
    """The operations of one deployment, by direct invocation of its functions."""

    def __init__(self, project: str, environment: str) -> None:
        # The client itself repeats calls that Lambda throttles. An answer is waited for longer than any function runs.
        config = Config(retries={"mode": "standard", "total_max_attempts": 5}, read_timeout=130)
        self._lambda = boto3.client("lambda", config=config)
        self._name = f"{project}-{{}}-{environment}".format

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """The result of an operation; what is worth another try gets it, RefusedError for everything else."""
        attempt = 1
        while "error" in (answer := self._invoke(FUNCTIONS[operation], {"operation": operation, **parameters})):
            if not answer["retryable"] or attempt == ATTEMPTS:
                raise RefusedError(operation, answer)
            pause = answer.get("details", {}).get("retryAfterSeconds") or min(2**attempt, 30)
            time.sleep(pause * random.uniform(0.5, 1))
            attempt += 1
        return answer

    def every(self, operation: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """The items of a list, page after page."""
        token: str | None = None
        while True:
            page = self.call(operation, **parameters, **({"nextToken": token} if token else {}))
            yield from page["items"]
            token = page.get("nextToken")
            if not token:
                return

    def _invoke(self, function: str, event: dict[str, Any]) -> dict[str, Any]:
        """What the function answers; RuntimeError if it broke off, which no answer of an operation is."""
        answer = self._lambda.invoke(FunctionName=self._name(function), Qualifier="live", Payload=json.dumps(event))
        payload: dict[str, Any] = json.load(answer["Payload"])
        if answer.get("FunctionError"):
            raise RuntimeError(f"{function} broke off: {payload.get('errorMessage')}")
        return payload


class Workflow:
    """One plan, from its document to the end of an execution."""

    def __init__(self, orchestration: Orchestration, asked: argparse.Namespace) -> None:
        self._ask = orchestration
        self._asked = asked
        self._retried: set[tuple[int, int]] = set()

    def run(self) -> int:
        """The whole story; answers the exit code."""
        plan_id = self._prepare(json.loads(self._asked.document.read_text(encoding="utf-8")))
        self._preflight(plan_id)
        started = self._ask.call(
            "start_execution",
            planId=plan_id,
            executionType=self._asked.type,
            reason=self._asked.reason,
            clientToken=self._asked.token,
        )
        print(f"Started {self._asked.type} {started['executionId']} of {started['serverCount']} servers", flush=True)
        execution = self._watch(started["executionId"])
        self._report(execution)
        gone = not self._asked.terminate or self._terminate(execution["executionId"])
        return 0 if execution["status"] == "COMPLETED" and gone else 1

    def _prepare(self, document: dict[str, Any]) -> str:
        """The plan's id; groups and plan are created unless they are there."""
        groups = {group["groupName"]: self._group(group) for group in document["protectionGroups"]}
        (plan,) = document["recoveryPlans"]
        waves = [
            {name: value for name, value in wave.items() if name != "protectionGroupNames"}
            | {"protectionGroupIds": [groups[name] for name in wave["protectionGroupNames"]]}
            for wave in plan["waves"]
        ]
        return self._made("recovery_plan", "planName", "planId", {**plan, "waves": waves})

    def _group(self, group: dict[str, Any]) -> str:
        return self._made("protection_group", "groupName", "groupId", group)

    def _made(self, kind: str, name: str, key: str, fields: dict[str, Any]) -> str:
        """The id of the thing of that name."""
        try:
            made = self._ask.call(f"create_{kind}", **fields)
        except RefusedError as refused:
            if refused.details.get("reason") != "NAME_EXISTS":
                raise
            listed = self._ask.every(f"list_{kind}s", namePrefix=fields[name])
            made = next(one for one in listed if one[name].casefold() == fields[name].casefold())
            print(f"{fields[name]} is there already", flush=True)
        return str(made[key])

    def _preflight(self, plan_id: str) -> None:
        """Tell every finding. What prevents a start, the start itself refuses."""
        report = self._ask.call("preflight_recovery_plan", planId=plan_id, executionType=self._asked.type)
        for finding in report["findings"]:
            print(f"Preflight {finding['outcome']} {finding['code']}: {finding['message']}", flush=True)

    def _watch(self, execution_id: str) -> dict[str, Any]:
        """The execution once it has ended; TimeoutError if that takes longer than --patience."""
        deadline = time.monotonic() + self._asked.patience
        told = ""
        while time.monotonic() < deadline:
            execution = self._ask.call("get_execution", executionId=execution_id)
            waves = ", ".join(f"{wave['waveName']} {wave['status']}" for wave in execution["waves"])
            line = f"{execution['status']} {execution['progress']} %: {waves}"
            if line != told:
                print(line, flush=True)
                told = line
            if execution["status"] in ENDED:
                return execution
            for gate in execution["gates"]:
                if gate["status"] == "OPEN":
                    self._decide(execution_id, gate)
            time.sleep(self._asked.every)
        raise TimeoutError(f"{execution_id} has not ended within {self._asked.patience} seconds; it goes on")

    def _decide(self, execution_id: str, gate: dict[str, Any]) -> None:
        """Approve if that was asked for; retry a failed wave as often as asked for, then cancel."""
        which = {"executionId": execution_id, "waveNumber": gate.get("waveNumber"), "gateNumber": gate["number"]}
        if gate["kind"] == "FAILURE":
            self._retry_or_cancel(which, gate["reason"])
        elif gate["kind"] == "APPROVAL" and self._asked.approve:
            self._decided("resume_execution", **which, reason=self._asked.reason)
        # A pause is somebody's wish: whoever paused it resumes it.

    def _retry_or_cancel(self, which: dict[str, Any], why: str) -> None:
        wave, number = which["waveNumber"], which["gateNumber"]
        if (wave, number) in self._retried:
            return
        print(f"Wave {wave} went wrong: {why}", flush=True)
        if sum(1 for other, _ in self._retried if other == wave) < self._asked.retries:
            self._retried.add((wave, number))
            self._decided("retry_wave", **which, reason="retried by complete_dr_workflow.py")
        else:
            self._decided("cancel_execution", executionId=which["executionId"], reason=why[:1000])

    def _decided(self, operation: str, **parameters: Any) -> None:
        """Ask for it; who comes second at a gate is told so, and the next look shows what the first one decided."""
        try:
            print(self._ask.call(operation, **parameters)["message"], flush=True)
        except RefusedError as refused:
            if refused.error != "CONFLICT_ERROR":
                raise
            print(refused, flush=True)

    def _report(self, execution: dict[str, Any]) -> None:
        rto = execution["rto"]
        print(f"{execution['status']}: {execution['statusReason']}", flush=True)
        for wave in execution["waves"]:
            if wave["failedCount"]:
                print(f"  {wave['waveName']}: {wave['statusReason']}", flush=True)
        print(f"Recovered in {rto['actualSeconds']} s, of which {rto['gateSeconds']} s at gates", flush=True)
        for one in self._ask.every("get_recovery_instances", executionId=execution["executionId"]):
            where = f"{one['accountId']} {one['region']}"
            print(f"  {one['sourceServerId']} is {one['ec2InstanceId']} in {where}", flush=True)

    def _terminate(self, execution_id: str) -> bool:
        """Whether the instances of a drill are gone; nothing else is touched."""
        self._ask.call("terminate_instances", executionId=execution_id)
        deadline = time.monotonic() + self._asked.patience
        while time.monotonic() < deadline:
            status = self._ask.call("get_termination_status", executionId=execution_id)
            if status["status"] != "RUNNING":
                print(f"Termination {status['status']}", flush=True)
                return bool(status["status"] == "COMPLETED")
            time.sleep(self._asked.every)
        raise TimeoutError(f"the instances of {execution_id} are not gone within {self._asked.patience} seconds")


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description="Create the groups and the plan of a document, and run the plan")
    parser.add_argument("document", type=Path, help="for example examples/plans/three-tier.json")
    parser.add_argument("--type", choices=["DRILL", "RECOVERY"], default="DRILL")
    parser.add_argument("--reason", default="complete_dr_workflow.py")
    parser.add_argument("--token", default=str(uuid.uuid4()), help="the same token is the same start, for 24 hours")
    parser.add_argument("--approve", action="store_true", help="approve gates before waves; else a person does")
    parser.add_argument(
        "--retries", type=int, default=1, help="how often a failed wave is retried before it is cancelled"
    )
    parser.add_argument("--terminate", action="store_true", help="terminate what a drill launched")
    parser.add_argument("--every", type=float, default=10, help="seconds between two looks")
    parser.add_argument("--patience", type=float, default=4 * 3600, help="seconds until watching is given up")
    parser.add_argument("--project", default="aws-drs-orchestration")
    parser.add_argument("--environment", default="dev")
    asked = parser.parse_args()
    if asked.type == "RECOVERY" and asked.terminate:
        parser.error("what a recovery launched is in use: this script terminates drills only")
    return asked


def main() -> int:
    """Run the workflow; answers the exit code."""
    asked = arguments()
    try:
        return Workflow(Orchestration(asked.project, asked.environment), asked).run()
    except RefusedError as refused:
        print(refused, file=sys.stderr)
        for finding in refused.details.get("findings", []):
            print(f"  {finding['outcome']} {finding['code']}: {finding['message']}", file=sys.stderr)
        return 3
    except TimeoutError as late:
        print(late, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
