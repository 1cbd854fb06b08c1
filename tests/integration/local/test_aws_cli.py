"""The real AWS CLI, run by bash in another process, as an operator pastes it from a mail."""

import json
import socket
from pathlib import Path

import pytest

from local.aws_cli import VENV, AwsCliMissingError, cli_folder, run_shell
from local.system import LocalSystem
from tests.integration.local.conftest import TARGET, Runs
from tests.support.warm_aws import warm_aws


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


@pytest.mark.parametrize(
    "command",
    [
        "aws --version",
        "aws",
        "aws nothing-of-the-kind",
        "aws dynamodb no-such-operation",
        "aws dynamodb list-tables",
        "aws dynamodb list-tables --output table --query TableNames",
        "aws dynamodb get-item --table-name none --key '{}'",
        "aws dynamodb get-item --table-name none --key '{broken'",
        "aws sts get-caller-identity --profile nobody",
        "AWS_ACCESS_KEY_ID= AWS_SECRET_ACCESS_KEY= AWS_SESSION_TOKEN= aws sts get-caller-identity",
        "AWS_REGION=eu-west-1 AWS_DEFAULT_REGION=eu-west-1 aws configure list",
        "mkdir -p home/.aws; echo '[default]' > home/.aws/config; HOME=$PWD/home aws configure list",
        "LANG=de_DE.UTF-8 LC_ALL=C aws sts get-caller-identity --query Account",
        "AWS_DATA_PATH=/nowhere aws sts get-caller-identity --query Account",
        "aws sts get-caller-identity --query Account --output text | tr 1 x",
        "aws sts get-caller-identity --query Account >told; cat told",
        "aws sts get-caller-identity --cli-input-json file://missing.json",
        "echo '{}' > input.json; aws dynamodb list-tables --cli-input-json file://input.json",
        """aws lambda invoke --function-name small-echo-test:live --payload fileb:///dev/stdin \\
             /dev/fd/3 3>answer >/dev/null \\
             <<< '{"action": "fail"}'; grep -o errorType answer""",
        "aws dynamodb scan --table-name small-things-test --region us-east-1 2>&- ; echo $?",
        "aws --version 2>&1 >&- ; echo $?",
    ],
)
def test_the_cli_that_was_imported_before_does_what_the_plain_program_does(
    system: LocalSystem, tmp_path: Path, command: str
) -> None:
    plain, warm = (
        run_shell(f"mkdir {folder} && cd {folder}\n{command}\n", system.environment(), venv=venv)
        for folder, venv in ((tmp_path / "plain", VENV), (tmp_path / "warm", warm_aws()))
    )

    assert warm.code == plain.code
    assert warm.output == plain.output
    assert warm.errors.replace("/warm/", "/plain/") == plain.errors


def test_a_call_leaves_nothing_to_the_next(system: LocalSystem) -> None:
    account = "aws sts get-caller-identity --query Account --output text"
    nobody = f"env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY -u AWS_SESSION_TOKEN {account}"

    done = run_shell(f"{account}; {nobody}; {account}\n", system.environment(), venv=warm_aws())

    assert done.output.split() == ["123456789012", "123456789012"]
    assert "Unable to locate credentials" in done.errors


def test_whoever_ends_a_call_ends_what_was_forked_for_it(system: LocalSystem) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        nobody.settimeout(30)
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"

        done = run_shell(
            f"timeout 5 aws dynamodb list-tables --endpoint-url {url}; echo $?", system.environment(), venv=warm_aws()
        )

        assert done.output == "124\n", done.errors
        asked, _ = nobody.accept()
        with asked:
            asked.settimeout(30)
            while asked.recv(65_536):
                """What it had asked; the end comes with the end of its process."""
