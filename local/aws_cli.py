"""Runs commands with the real AWS CLI against the local system, as an operator's terminal would."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.function_process import ROOT

VENV: Final = ROOT / ".venv-awscli"


class AwsCliMissingError(Exception):
    """The AWS CLI is not installed; the message says how to install it."""


@dataclass(frozen=True)
class Finished:
    """What a command printed and how it ended."""

    code: int
    output: str
    errors: str


def cli_folder(venv: Path = VENV) -> Path:
    """The folder that holds `aws`; raises AwsCliMissingError if it is not installed."""
    folder = venv / "bin"
    if not (folder / "aws").exists():
        raise AwsCliMissingError(f"{folder / 'aws'} is missing: run `make setup`")
    return folder


def run_shell(
    command: str | bytes, environment: Mapping[str, str], *, seconds: float = 60, venv: Path = VENV
) -> Finished:
    """Runs the text of a command in bash, with `aws` on the path and nothing of this process's environment but PATH.

    The text is given to bash on standard input, as a paste would: line ends are kept as they are.
    """
    path = os.pathsep.join([str(cli_folder(venv)), os.environ.get("PATH", os.defpath)])
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-s"],
        input=command.encode() if isinstance(command, str) else command,
        env={**environment, "PATH": path, "AWS_PAGER": "", "AWS_EC2_METADATA_DISABLED": "true"},
        capture_output=True,
        timeout=seconds,
        check=False,
    )
    return Finished(done.returncode, done.stdout.decode(), done.stderr.decode())
