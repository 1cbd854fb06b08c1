"""Deploys the system into an AWS account, or takes it away.

python -m tools.deployment deploy --environment dev --bucket BUCKET [--mode full|api|external-role] [Name=value …]
python -m tools.deployment destroy --environment dev
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NoReturn

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local.cloudformation.template import load, parse
from tools.deployment.built import Built, read_build
from tools.deployment.deploy import Deployment, Wish
from tools.deployment.destroy import Destruction
from tools.deployment.errors import DeploymentError
from tools.deployment.parameters import Mode, Named, check_said, words
from tools.deployment.smoke import Smoke, get
from tools.deployment.stacks import Stacks
from tools.deployment.upload import Bucket
from tools.packaging import __main__ as packaging
from tools.packaging.templates import MASTER

ROOT: Final = Path(__file__).resolve().parents[2]
PATIENT: Final = Config(retries={"mode": "standard", "max_attempts": 10})
"""CloudFormation answers a few questions in a second, and twenty stacks are asked about."""

PROJECT: Final = "aws-drs-orchestration"
ENVIRONMENTS: Final = ("dev", "test", "prod")
MODULE: Final = "python -m tools.deployment"


def main(
    arguments: Sequence[str],
    prepare: Callable[[argparse.Namespace], Built] | None = None,
    connect: Callable[[argparse.Namespace], Deployment] | None = None,
) -> int:
    """0 if everything was done, 1 with the reason otherwise.

    `prepare` gives what is deployed, `connect` the account; otherwise they are this tree's build and the AWS CLI's own.
    """
    options = _options(arguments)
    try:
        if options.command == "deploy":
            _deploy(options, prepare or prepared, connect or _deployment)
        else:
            _destroy(options)
    except DeploymentError as error:
        sys.stderr.write(f"make {options.command}: {error}\n")
        return 1
    except (BotoCoreError, ClientError) as error:
        sys.stderr.write(f"make {options.command}: AWS: {error}\n")
        return 1
    return 0


def prepared(
    options: argparse.Namespace,
    lint: Callable[[], int] | None = None,
    package: Callable[[list[str]], int] = packaging.main,
) -> Built:
    """What is deployed: linted and built anew, unless it is said to be built; DeploymentError if either fails."""
    if not options.built:
        if (lint or _lint)() != 0:
            raise DeploymentError("cfn-lint has something against the templates")
        _tell("cfn-lint has nothing against the templates.")
        if package([]) != 0:
            raise DeploymentError("the packages could not be built")
    return read_build(ROOT / "build")


class _Parser(argparse.ArgumentParser):
    """Says in one sentence what is wrong, as make was asked, like whatever is found out later."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog.replace(MODULE, 'make')}: {message}\n")


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(prog=MODULE, description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    deploy = commands.add_parser(
        "deploy", help="validate, build, upload, show what changes, deploy, and ask whether it answers"
    )
    destroy = commands.add_parser("destroy", help="delete the stack of an environment that is not production")
    for command in (deploy, destroy):
        command.add_argument("--environment", required=True, type=_environment, help="ENV of make")
        command.add_argument("--project", default=PROJECT, help="first part of every name")
        command.add_argument(
            "--region", type=_region, help="the region, if it is not the one that the AWS CLI is set up for"
        )
        command.add_argument("--role-arn", type=_role, help="the role that CloudFormation works under")
    deploy.add_argument("--bucket", required=True, type=_named, help="BUCKET of make: where everything is read from")
    deploy.add_argument("--bucket-owner", type=_account, help="the bucket's account, if it is not the one deployed to")
    deploy.add_argument("--mode", default="", type=_mode, help="MODE of make: what is made, and under whose role")
    either = deploy.add_mutually_exclusive_group()
    either.add_argument("--built", action="store_true", help="deploy what build/ has, and neither lint nor build anew")
    either.add_argument("--only-check", action="store_true", help="say what is wrong with what is said, and do nothing")
    deploy.add_argument("--preview", action="store_true", help="show what would change, and change nothing")
    deploy.add_argument("--accept", action="append", default=[], metavar="PATH", help="a resource that may be lost")
    deploy.add_argument("--not-inside", action="store_true", help="do not have nested stacks looked into before")
    deploy.add_argument("--not-over-http", action="store_true", help="do not ask the API and the console at the end")
    deploy.add_argument("parameters", nargs="*", metavar="Name=value", help="parameters of the master template")
    destroy.add_argument("--yes", metavar="STACK", help="the stack's name, where nobody can type it")
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        commands.choices[options.command].error(f"unrecognized arguments: {' '.join(unknown)}")
    return options


def _region(text: str) -> str:
    """The name of a region of any partition; whether there is one of this name AWS says."""
    return _of_form(text, r"[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}", "as eu-west-1")


def _role(text: str) -> str:
    """The ARN of a role of IAM."""
    return _of_form(text, r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+", "as arn:aws:iam::111122223333:role/NAME")


def _account(text: str) -> str:
    """The number of an account of AWS."""
    return _of_form(text, "[0-9]{12}", "twelve digits")


def _of_form(text: str, form: str, told: str) -> str:
    if not re.fullmatch(form, text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is none: {told}")
    return text


def _environment(text: str) -> str:
    """One of the environments that the templates know."""
    if text not in ENVIRONMENTS:
        raise argparse.ArgumentTypeError(f"{text!r} is none: ENV={'|'.join(ENVIRONMENTS)}")
    return text


def _mode(text: str) -> str:
    """A mode, or nothing."""
    if text not in ("", *Mode):
        raise argparse.ArgumentTypeError(f"{text!r} is none: MODE={'|'.join(Mode)}, or nothing")
    return text


def _named(text: str) -> str:
    """A name that is not empty, as what make is not given is."""
    if not text:
        raise argparse.ArgumentTypeError("is missing: BUCKET=NAME")
    return text


def _deploy(
    options: argparse.Namespace,
    prepare: Callable[[argparse.Namespace], Built],
    connect: Callable[[argparse.Namespace], Deployment],
) -> None:
    wish = _wish(options)
    if not options.built:
        _check(wish, options.bucket, packaging.PREFIX, load(ROOT / "cfn" / MASTER))
    if options.only_check:
        session_of(options)
        return
    built = prepare(options)
    template = parse(built.master)
    _check(wish, options.bucket, built.prefix, template)
    connect(options).deploy(wish, built, template)


def _wish(options: argparse.Namespace) -> Wish:
    return Wish(
        project=options.project,
        environment=options.environment,
        mode=Mode(options.mode) if options.mode else None,
        said=words(options.parameters),
        accepted=frozenset(options.accept),
        role_arn=options.role_arn,
        previews=options.preview,
        looks_inside=not options.not_inside,
        over_http=not options.not_over_http,
    )


def _check(wish: Wish, bucket: str, prefix: str, template: Mapping[str, Any]) -> None:
    """DeploymentError for what is wrong with what was said, before anything takes time or AWS is asked."""
    check_said(template, Named(wish.project, wish.environment, bucket, prefix), wish.mode, wish.said)


def _destroy(options: argparse.Namespace) -> None:
    stacks = Stacks(session_of(options).client("cloudformation", config=PATIENT), time.sleep)
    destruction = Destruction(stacks, _tell, lambda question: ask(options.yes, question))
    destruction.destroy(f"{options.project}-{options.environment}", options.role_arn)


def ask(said: str | None, question: str) -> str:
    """What was said already, or what somebody types; DeploymentError where nobody can."""
    if said is not None:
        return said
    if not sys.stdin.isatty():
        raise DeploymentError("nobody is here to be asked: say ARGS='--yes STACK' with the name of the stack")
    return input(question).strip()


def _deployment(options: argparse.Namespace) -> Deployment:
    session = session_of(options)
    owner = options.bucket_owner or session.client("sts").get_caller_identity()["Account"]
    return Deployment(
        stacks=Stacks(session.client("cloudformation", config=PATIENT), time.sleep),
        bucket=Bucket(session.client("s3"), options.bucket, owner),
        smoke=Smoke(session.client("lambda"), get, time.sleep, _tell),
        tell=_tell,
        new_name=lambda: f"deploy-{datetime.now(UTC):%Y%m%dT%H%M%SZ}",
    )


def session_of(options: argparse.Namespace) -> boto3.Session:
    """The account and region to work in; DeploymentError if nothing says the region, or what can be none."""
    # boto3 itself only reads AWS_DEFAULT_REGION, and the AWS CLI both.
    session = boto3.Session(region_name=options.region or os.environ.get("AWS_REGION") or None)
    if session.region_name is None:
        raise DeploymentError("in which region? Set AWS_REGION, or say ARGS='--region eu-west-1'")
    try:
        _region(session.region_name)
    except argparse.ArgumentTypeError as error:
        raise DeploymentError(f"the region {error}") from error
    return session


def _lint() -> int:
    """cfn-lint over every template, with the rules of the repository."""
    return subprocess.run([Path(sys.executable).parent / "cfn-lint"], cwd=ROOT, check=False).returncode


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
