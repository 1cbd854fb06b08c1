"""What documents have make, CloudFormation and the scripts of the examples told is what these take."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import pytest

from local.cloudformation.template import TemplateError, load, refuse_bad_values
from tests.unit.docs.markdown import ROOT, documents
from tests.unit.docs.shell import aws_commands

PROGRAMS: Final[Mapping[str, tuple[str, ...]]] = {
    "run": ("local.demo",),
    "prove": ("tests.proof",),
    "fuzz": ("tests.fuzz",),
    "deploy": ("tools.deployment", "deploy"),
    "destroy": ("tools.deployment", "destroy"),
    "package": ("tools.packaging",),
}
"""What a target of make hands its `ARGS` to."""

VARIABLES: Final = {"ARGS", "ENV", "BUCKET", "MODE"}
MASTER: Final = "cfn/master-template.yaml"
BUILT: Final = "build/templates/"
"""Where the build puts the templates, with the keys of what it built as defaults."""


def _lines(text: str) -> Iterator[str]:
    yield from re.sub(r"\\\n\s*", " ", text).splitlines()


def _made() -> Iterator[tuple[str, str]]:
    """Each command of make in blocks and between backticks, by its document."""
    for document in (one for one in documents() if one.path != "CHANGELOG.md"):
        code = [*document.fences("bash"), *document.spans()]
        for line in (line for text in code for line in _lines(text)):
            # What stands for more is no argument, and a target in a sentence about make has none.
            if re.match(r"make [a-z]", line) and "…" not in line and not line.startswith("make deploy: "):
                yield document.path, line


def _faults_of_make(line: str) -> list[str]:
    words = shlex.split(line, comments=True)[1:]
    given = dict(word.split("=", 1) for word in words if re.match(r"[A-Z]+=", word))
    targets = [word for word in words if "=" not in word]
    faults = [f"make has no {name}" for name in sorted(set(given) - VARIABLES)]
    arguments = shlex.split(given.get("ARGS", ""))
    if program := PROGRAMS.get(targets[0]):
        options = {word.partition("=")[0] for word in arguments if word.startswith("--")}
        faults += [f"make {targets[0]} has no {one}" for one in sorted(options - _options(program))]
    if targets[0] == "deploy":
        named = [word for word in arguments if re.match(r"[A-Z]\w*=", word)]
        faults += _faults_of_parameters(MASTER, dict(word.split("=", 1) for word in named))
    if given.get("MODE", "full") not in {"full", "api", "external-role"}:
        faults.append(f"there is no mode {given['MODE']}")
    return faults


@cache
def _options(program: tuple[str, ...]) -> frozenset[str]:
    module, *command = program
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    words = [sys.executable, "-m", module, *command, "--help"]
    help_text = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
    return frozenset(re.findall(r"--[a-z-]+", help_text))


def _faults_of_parameters(template: str, given: Mapping[str, str], *, is_whole: bool = False) -> list[str]:
    """What the template would not take; of a whole set also what it misses."""
    body: dict[str, Any] = load(ROOT / template)
    declared = body["Parameters"]
    faults = [f"{template} has no {name}" for name in given if name not in declared]
    if is_whole:
        needed = [name for name, one in declared.items() if "Default" not in one]
        faults += [f"{template} wants {name}" for name in needed if name not in given]
    known = {name: value for name, value in given.items() if name in declared}
    try:
        refuse_bad_values({"Parameters": {name: declared[name] for name in known}}, known)
    except TemplateError as error:
        faults.append(str(error))
    return faults


def _deployed() -> Iterator[tuple[str, str]]:
    for document in documents():
        for command in aws_commands(document):
            if command.startswith("aws cloudformation deploy "):
                yield document.path, command


def _faults_of_deployment(command: str, *, is_whole: bool = True) -> list[str]:
    words = [word for word in shlex.split(command) if word.strip()]
    template = words[words.index("--template-file") + 1].replace(BUILT, "cfn/")
    rest = words[words.index("--parameter-overrides") + 1 :]
    given = dict(word.split("=", 1) for word in rest if not word.startswith("--") and "=" in word)
    return _faults_of_parameters(template, given, is_whole=is_whole)


MADE: Final = sorted(set(_made()))
DEPLOYED: Final = sorted(set(_deployed()))
UPDATES: Final = {
    ("docs/guides/OPERATIONS_GUIDE.md", "OrchestrationRegion=us-west-2"),
    ("docs/troubleshooting/DEPLOYMENT_TROUBLESHOOTING_GUIDE.md", "OrchestrationRoleArn="),
}
"""A stack that is there keeps the values of what is not given."""


@pytest.mark.parametrize(("path", "line"), MADE)
def test_make_is_told_what_its_program_takes(path: str, line: str) -> None:
    assert _faults_of_make(line) == [], path


@pytest.mark.parametrize(("path", "command"), DEPLOYED)
def test_a_stack_is_given_the_parameters_that_its_template_has(path: str, command: str) -> None:
    is_update = any(path == document and word in command for document, word in UPDATES)

    assert _faults_of_deployment(command, is_whole=not is_update) == [], path


def test_what_nobody_takes_is_found() -> None:
    role = "aws cloudformation deploy --template-file cfn/cross-account-role-stack.yaml --parameter-overrides"
    whole = "OrchestrationAccountId=123456789012 ExternalId=a-secret-of-this-account"

    assert MADE and DEPLOYED
    assert _faults_of_make('make run ARGS="--region-lost"') == ["make run has no --region-lost"]
    assert _faults_of_make("make prove ARGS=--sed") == ["make prove has no --sed"]
    assert _faults_of_make("make deploy STAGE=dev ARGS=AdminMail=a@example.com") == [
        "make has no STAGE",
        f"{MASTER} has no AdminMail",
    ]
    assert _faults_of_make("make deploy MODE=none ARGS=EnableWAF=no") == [
        "parameter EnableWAF cannot be 'no': it is one of true, false",
        "there is no mode none",
    ]
    assert _faults_of_deployment(f"{role} {whole}") == []
    assert _faults_of_deployment(f"{role} {whole} Purpose=nonsense") == [
        "parameter Purpose cannot be 'nonsense': it is one of target, staging"
    ]
    assert _faults_of_deployment(f"{role} {whole} Purposes=staging") == [
        "cfn/cross-account-role-stack.yaml has no Purposes"
    ]
    assert _faults_of_deployment(f"{role} OrchestrationAccountId=123456789012") == [
        "cfn/cross-account-role-stack.yaml wants ExternalId"
    ]
