"""Who has the policy for callers can do what mails and guides say, and cannot call in the name of API Gateway."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from notification_formatter import commands
from notification_formatter.commands import Place
from shared.models.gate import Gate, GateKind
from tests.least_privilege.iam import Decision, Request, decide
from tests.support.templates import HUB, load_template

ROOT: Final = Path(__file__).resolve().parents[2]
POLICY: Final = load_template("lambda-stack.yaml").properties("CallerPolicy")["PolicyDocument"]["Statement"]
EVERYTHING: Final = {"Sid": "Administrator", "Effect": "Allow", "Action": "*", "Resource": "*"}
HANDLERS: Final = ("query-handler", "data-management-handler", "execution-handler")
PLACE: Final = Place(
    HUB.account,
    HUB.region,
    "aws",
    "aws-drs-orchestration-execution-history-dev",
    "aws-drs-orchestration-execution-handler-dev:live",
)
NOW: Final = datetime(2026, 1, 15, tzinfo=UTC)
GATE: Final = Gate(
    execution_id="exec-1",
    plan_id="plan-1",
    scope="1",
    number=1,
    kind=GateKind.FAILURE,
    opened_at=NOW,
    expires_at=NOW,
)
OF_MAILS: Final = {
    "approve": commands.approve_block(PLACE, "exec-1", "plan-1", "token"),
    "cancel": commands.cancel_block(PLACE, "exec-1", "plan-1", "token"),
    "status": commands.status_command(PLACE, "exec-1", "plan-1"),
    "terminate": commands.terminate_command(PLACE, "exec-1"),
    "retry": commands.retry_command(PLACE, GATE),
    "skip": commands.skip_command(PLACE, GATE),
}
_CALL: Final = re.compile(r"\baws (lambda invoke|dynamodb query|stepfunctions [\w-]+)([^;|#\n]*)")
_ACTIONS: Final = {
    "lambda invoke": "lambda:InvokeFunction",
    "dynamodb query": "dynamodb:Query",
    "stepfunctions send-task-success": "states:SendTaskSuccess",
    "stepfunctions send-task-failure": "states:SendTaskFailure",
    "stepfunctions describe-execution": "states:DescribeExecution",
}


def asked(text: str) -> Iterator[Request]:
    """What IAM is asked before the commands of a text do anything."""
    for command, rest in _CALL.findall(text.replace("\\\n", " ")):
        action = _ACTIONS[command]
        named = re.search(r"--(?:function|table)-name (\"[^\"]+\"|\S+)", rest)
        yield Request(action, _arn(action, shlex.split(named.group(1))[0]) if named else "*")


def _arn(action: str, name: str) -> str:
    service, kind = ("lambda", "function:") if action.startswith("lambda") else ("dynamodb", "table/")
    return f"arn:aws:{service}:{HUB.region}:{HUB.account}:{kind}{name}"


def invocation(function: str) -> Decision:
    """Whether somebody who has only the policy may invoke it."""
    return decide(POLICY, Request("lambda:InvokeFunction", _arn("lambda", f"aws-drs-orchestration-{function}")))


@pytest.mark.parametrize("mail", OF_MAILS)
def test_the_commands_of_the_mails_are_allowed(mail: str) -> None:
    requests = list(asked(OF_MAILS[mail]))

    assert requests
    assert [one for one in requests if not decide(POLICY, one).allowed] == []


@pytest.mark.parametrize("guide", ["README.md", "docs/guides/OPERATOR_GUIDE.md"])
def test_the_calls_of_a_guide_are_allowed(guide: str) -> None:
    text = (ROOT / guide).read_text(encoding="utf-8")
    functions = set(re.findall(r"^drs ([a-z-]+)", text, re.MULTILINE))
    requests = [one for function in functions for one in asked(text.replace("$1", function))]

    assert functions and functions <= set(HANDLERS)
    assert [one for one in requests if not decide(POLICY, one).allowed] == []


@pytest.mark.parametrize("function", HANDLERS)
def test_the_functions_of_the_api_are_invoked_by_one_alias_and_by_nothing_else(function: str) -> None:
    assert invocation(f"{function}-dev:live").allowed
    for qualified in (f"{function}-dev", f"{function}-dev:1", f"{function}-dev:$LATEST", f"{function}-dev:live-api"):
        assert not invocation(qualified).allowed, qualified


def test_no_other_function_is_invoked() -> None:
    for function in ("orchestration-stepfunctions", "notification-formatter", "frontend-deployer"):
        assert not invocation(f"{function}-dev:live").allowed


def test_the_gateways_alias_is_denied_to_who_may_do_everything_else() -> None:
    request = Request("lambda:InvokeFunction", _arn("lambda", "aws-drs-orchestration-query-handler-dev:live-api"))

    assert decide([EVERYTHING], request).allowed
    assert decide([EVERYTHING, *POLICY], request) == Decision(False, ("NeverAsTheGateway",))


@pytest.mark.parametrize("action", ["states:SendTaskSuccess", "states:SendTaskFailure", "states:SendTaskHeartbeat"])
def test_who_has_a_token_may_answer_its_gate(action: str) -> None:
    assert decide(POLICY, Request(action, "*")).allowed


def test_executions_are_seen_and_neither_begun_nor_stopped() -> None:
    machine = f"arn:aws:states:{HUB.region}:{HUB.account}:{{}}:aws-drs-orchestration-orchestration-dev"

    assert decide(POLICY, Request("states:DescribeExecution", machine.format("execution") + ":one")).allowed
    assert not decide(POLICY, Request("states:StartExecution", machine.format("stateMachine"))).allowed
    assert not decide(POLICY, Request("states:StopExecution", machine.format("execution") + ":one")).allowed


def test_a_status_is_read_with_the_key_of_the_customer_where_there_is_one() -> None:
    key = f"arn:aws:kms:{HUB.region}:{HUB.account}:key/1"
    policy = load_template("lambda-stack.yaml", CustomerKeyArn=key).properties("CallerPolicy")["PolicyDocument"]
    through: dict[str, Any] = {"kms:ViaService": f"dynamodb.{HUB.region}.amazonaws.com"}

    assert decide(policy["Statement"], Request("kms:Decrypt", key, through)).allowed
    assert not decide(policy["Statement"], Request("kms:Decrypt", key)).allowed
    assert not decide(POLICY, Request("kms:Decrypt", key, through)).allowed
