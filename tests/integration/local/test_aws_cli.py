"""The real AWS CLI, run by bash in another process, as an operator pastes it from a mail."""

import json

import pytest

from local.aws_cli import AwsCliMissingError, cli_folder, run_shell
from local.system import LocalSystem
from tests.integration.local.conftest import TARGET, Runs


def test_the_cli_is_an_operator_of_the_hub(system: LocalSystem) -> None:
    done = run_shell("aws sts get-caller-identity --query Account --output text", system.environment())

    assert (done.code, done.output.strip(), done.errors) == (0, "123456789012", "")


@pytest.mark.parametrize("line_end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_a_pasted_command_answers_a_waiting_run(system: LocalSystem, runs: Runs, line_end: str) -> None:
    name = f"cli-{len(line_end)}"
    arn = runs.start(name, kind="item", id=name, seen=1, timeoutSeconds=31_449_600)
    command = f"aws stepfunctions send-task-success --task-token {runs.token(name)} --task-output '{{}}'"
    text = f"{command} --region us-east-1 #{line_end}"

    done = run_shell(text, system.environment())

    assert done.code == 0, done.errors
    assert json.loads(runs.finish(arn)["output"]) == {}


def test_the_cli_says_what_was_wrong(system: LocalSystem) -> None:
    done = run_shell("aws stepfunctions send-task-success --task-token nobody --task-output '{}'", system.environment())

    assert done.code == 255
    assert "InvalidToken" in done.errors


def test_the_cli_invokes_a_function_by_its_alias(system: LocalSystem) -> None:
    done = run_shell(
        "aws lambda invoke --function-name small-echo-test:live --payload fileb:///dev/stdin /dev/stdout "
        '<<< \'{"action": "echo"}\'',
        system.environment(),
    )

    assert done.code == 0, done.errors
    assert "function:small-echo-test:live" in done.output


def test_the_cli_cannot_take_a_role_without_its_external_id(system: LocalSystem) -> None:
    role = f"arn:aws:iam::{TARGET}:role/DRSOrchestrationRole"

    done = run_shell(f"aws sts assume-role --role-arn {role} --role-session-name me", system.environment())

    assert done.code == 255
    assert "AccessDenied" in done.errors and role in done.errors


def test_a_missing_cli_says_how_to_install_it(tmp_path: object) -> None:
    with pytest.raises(AwsCliMissingError, match="make"):
        cli_folder(tmp_path)  # type: ignore[arg-type]
