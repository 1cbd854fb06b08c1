"""`make deploy` and `make destroy`: what they hand to the tool, and that whatever fails ends them with a sentence."""

from __future__ import annotations

import subprocess
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any, Final

import pytest
from botocore.exceptions import NoCredentialsError

from tests.functional.deployment.told import Account, this_build
from tools.deployment import __main__ as command
from tools.deployment.built import Built, read_build
from tools.deployment.deploy import Deployment
from tools.deployment.errors import DeploymentError
from tools.packaging.archive import Artefact
from tools.packaging.build import Build, write

ROOT: Final = Path(__file__).parents[3]
DEPLOY: Final = ["deploy", "--environment", "dev", "--bucket", "artefacts", "--built"]


def dry_run(*arguments: str) -> str:
    """What make would run."""
    make = ["make", "--no-print-directory", "--dry-run", *arguments]
    return subprocess.run(make, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_make_hands_on_what_it_is_given() -> None:
    told = dry_run("deploy", "ENV=dev", "BUCKET=artefacts", "MODE=api", "ARGS=--built Owner=us")

    assert '-m tools.deployment deploy --environment "dev" --bucket "artefacts" --mode "api" --built Owner=us' in told
    assert "tools.packaging wheels" not in told and "--only-check" not in told
    assert '-m tools.deployment destroy --environment "dev" --yes a' in dry_run("destroy", "ENV=dev", "ARGS=--yes a")


def test_make_has_what_is_said_checked_before_it_fetches_or_builds_anything() -> None:
    told = dry_run("deploy", "ENV=dev", "BUCKET=artefacts", "ARGS=Owner=us")

    checked = told.index('--bucket "artefacts" --mode "" Owner=us --only-check')
    assert checked < told.index("tools.packaging wheels") < told.rindex("tools.deployment deploy")


def test_make_does_nothing_beside_where_only_a_check_is_asked_for() -> None:
    told = dry_run("deploy", "ENV=dev", "BUCKET=artefacts", "ARGS=--only-check Owner=us")

    assert "tools.packaging wheels" not in told and told.count("tools.deployment deploy") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["deploy", "--environment", "", "--bucket", "artefacts"],
        ["deploy", "--environment", "production", "--bucket", "artefacts"],
        ["deploy", "--environment", "dev"],
        ["deploy", "--environment", "dev", "--bucket", ""],
        [*DEPLOY, "--mode", "some"],
        ["destroy"],
        [],
    ],
)
def test_what_is_missing_or_unknown_is_said_before_anything_is_done(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)

    assert ended.value.code == 2


def test_a_built_system_is_deployed_as_its_words_say() -> None:
    account = Account()
    account.cloud.status, account.cloud.ends = None, "CREATE_COMPLETE"
    arguments = [*DEPLOY, "--mode", "api", "--not-over-http", "AdminEmail=admin@example.com"]

    status = command.main(arguments, lambda _: this_build(), lambda _: account.deployment())

    assert status == 0
    given = {one["ParameterKey"]: one["ParameterValue"] for one in account.cloud.requests[0]["Parameters"]}
    assert (given["DeployFrontend"], given["AdminEmail"]) == ("false", "admin@example.com")
    assert account.told("were not asked")


@pytest.mark.parametrize("error", [DeploymentError("the bucket is away"), NoCredentialsError()])
def test_whatever_fails_is_a_sentence_and_the_status_one(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(_: object) -> Deployment:
        raise error

    assert command.main(DEPLOY, lambda _: this_build(), fail) == 1

    said = capsys.readouterr().err
    assert said.startswith("make deploy: ") and str(error) in said and "Traceback" not in said


@pytest.mark.parametrize(("linted", "packaged", "says"), [(1, 0, "cfn-lint"), (0, 1, "could not be built")])
def test_what_lint_or_packaging_refuses_is_not_deployed(linted: int, packaged: int, says: str) -> None:
    with pytest.raises(DeploymentError, match=says):
        command.prepared(Namespace(built=False), lambda: linted, lambda _: packaged)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["adminemail=a@b.c"], "the master template has no parameter adminemail"),
        (["AdminEmail=nobody"], "parameter AdminEmail cannot be 'nobody': one e-mail address"),
        (["SourcePrefix=elsewhere"], "SourcePrefix is what is built and where"),
        (["--mode", "api", "DeployFrontend=true"], "MODE=api means DeployFrontend=false, true was given"),
        (["--bucket", "Artefacts_X"], "parameter SourceBucket cannot be 'Artefacts_X'"),
        (["--project", "P"], "parameter ProjectName cannot be 'P'"),
    ],
)
@pytest.mark.parametrize("is_built", [False, True])
def test_what_is_said_wrongly_is_told_before_anything_is_built_and_anybody_asked(
    words: list[str], says: str, is_built: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    def prepare(_: Namespace) -> Built:
        assert is_built, "lint and build take their time"
        return this_build()

    def connect(_: Namespace) -> Deployment:
        raise AssertionError("AWS was asked")

    arguments = [*(DEPLOY if is_built else DEPLOY[:-1]), *words]

    assert command.main(arguments, prepare, connect) == 1
    assert capsys.readouterr().err.startswith(f"make deploy: {says}")


def test_words_may_be_checked_alone(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(_: Namespace) -> Any:
        raise AssertionError("something was done")

    check = [*DEPLOY[:-1], "--only-check", "Owner=us"]

    assert command.main(check, nothing, nothing) == 1
    assert "Set AWS_REGION" in capsys.readouterr().err
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert command.main(check, nothing, nothing) == 0
    assert command.main([*check, "Owner="], nothing, nothing) == 1


@pytest.mark.parametrize(
    ("said", "environment", "region"),
    [
        ([], {"AWS_REGION": "eu-west-1"}, "eu-west-1"),
        ([], {"AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-2"),
        ([], {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"}, "eu-west-1"),
        (["--region", "us-west-2"], {"AWS_REGION": "eu-west-1"}, "us-west-2"),
    ],
)
def test_the_region_is_that_of_the_command_or_of_the_environment(
    said: list[str], environment: dict[str, str], region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    asked: list[str] = []

    def connect(options: Namespace) -> Deployment:
        asked.append(command.session_of(options).region_name)
        raise DeploymentError("far enough")

    assert command.main([*DEPLOY, *said], lambda _: this_build(), connect) == 1
    assert asked == [region]


def test_without_a_region_it_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    def connect(options: Namespace) -> Deployment:
        command.session_of(options)
        raise AssertionError("there is a region")

    assert command.main(DEPLOY, lambda _: this_build(), connect) == 1
    assert "Set AWS_REGION" in capsys.readouterr().err


def test_a_region_that_can_be_none_is_told_before_anything_is_built(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west1")

    assert command.main([*DEPLOY[:-1], "--only-check"]) == 1
    assert "make deploy: the region 'eu-west1' is none: as eu-west-1" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["deploy", "--environment", "", "--bucket", "artefacts"], "'' is none: ENV=dev|test|prod"),
        (["destroy", "--environment", "qa"], "'qa' is none: ENV=dev|test|prod"),
        ([*DEPLOY, "--mode", "bad"], "'bad' is none: MODE=full|api|external-role, or nothing"),
        (["deploy", "--environment", "dev", "--bucket", ""], "BUCKET=NAME"),
        ([*DEPLOY, "--region", "Ireland"], "argument --region: 'Ireland' is none: as eu-west-1"),
        (["destroy", "--environment", "dev", "--region", ""], "argument --region: '' is none"),
        ([*DEPLOY, "--role-arn", "Owner=us"], "argument --role-arn: 'Owner=us' is none: as arn:aws:iam::"),
        ([*DEPLOY, "--bucket-owner", "acme"], "argument --bucket-owner: 'acme' is none: twelve digits"),
        ([*DEPLOY, "--prevew"], "unrecognized arguments: --prevew"),
    ],
)
def test_what_make_is_given_wrongly_is_told_by_its_name_and_rule(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        command.main(arguments, lambda _: this_build(), lambda _: Account().deployment())

    assert left.value.code == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    assert sentence.startswith(f"make {arguments[0]}: ") and says in sentence


@pytest.mark.parametrize(
    "said",
    [
        ["--region", "us-gov-west-1", "--role-arn", "arn:aws-us-gov:iam::111122223333:role/some/Path-1"],
        ["--region", "ap-southeast-2", "--bucket-owner", "111122223333"],
        ["--region", "mx-central-1"],
    ],
)
def test_regions_roles_and_accounts_of_every_partition_are_taken(said: list[str]) -> None:
    assert command.main([*DEPLOY[:-1], "--only-check", *said]) == 0


def test_nobody_is_asked_where_nobody_can_answer() -> None:
    destroy = [sys.executable, "-c", "from tools.deployment.__main__ import ask; ask(None, 'Its name: ')"]

    asked = subprocess.run(destroy, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    assert "DeploymentError: nobody is here to be asked" in asked.stderr
    assert command.ask("aws-drs-orchestration-dev", "Its name: ") == "aws-drs-orchestration-dev"


def test_a_build_is_held_to_its_manifest(tmp_path: Path) -> None:
    with pytest.raises(DeploymentError, match="nothing is built"):
        read_build(tmp_path)
    zipped, machine = Artefact("lambda/a-1.zip", b"a zip"), Artefact("state-machine/s-1.json", b"{}")
    master = Artefact("templates/master-template.yaml", b"Resources: {}\n")
    write(Build("folder", {"a": zipped}, machine, [master], "{}"), tmp_path)

    built = read_build(tmp_path)

    assert (built.prefix, built.master) == ("folder", "Resources: {}\n")
    assert list(built.templates()) == [("master-template.yaml", "Resources: {}\n")]
    (tmp_path / zipped.key).write_bytes(b"another")
    with pytest.raises(DeploymentError, match="lambda/a-1.zip is not what was built"):
        read_build(tmp_path)
    (tmp_path / zipped.key).unlink()
    with pytest.raises(DeploymentError, match="lambda/a-1.zip is missing"):
        read_build(tmp_path)
