"""Reads the commands of documents as a shell does, and as the AWS CLI does."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

import botocore.session
from botocore import xform_name
from botocore.model import OperationModel, Shape

from tests.unit.docs.markdown import Document

_BEGINNING: Final = re.compile(r"^ *(?:[A-Z]+=\$\()?(aws [a-z0-9-]+ .*)$")
_REDIRECTED: Final = re.compile(r"\s(?:<<EOF|[|>]).*$|\)$", re.DOTALL)
_OF_EVERY_COMMAND: Final = {"region", "query", "output", "profile"}

OF_THE_CLI: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    ("cloudformation", "deploy"): frozenset({"template-file", "stack-name", "capabilities", "parameter-overrides"}),
    ("s3", "cp"): frozenset({"recursive", "exclude", "include"}),
    ("s3", "mb"): frozenset(),
}
"""What the AWS CLI does by itself, with the options that documents use."""


def aws_commands(document: Document) -> Iterator[str]:
    """Each `aws service command …` of the document's blocks, without what the shell does with its answer."""
    for language in ("bash", "text"):
        for block in document.fences(language):
            lines = iter(block.splitlines())
            for line in lines:
                if found := _BEGINNING.match(line):
                    yield _whole(found[1], lines)


def _whole(command: str, lines: Iterator[str]) -> str:
    """The command with the lines that go on with it."""
    while command.endswith("\\") or command.count("'") % 2:
        command = command.removesuffix("\\") + "\n" + next(lines)
    return _REDIRECTED.sub("", command)


def faults(command: str) -> list[str]:
    """What the AWS CLI would not take of it; empty if it is a command that there is, with what it needs."""
    words = shlex.split(command, comments=True)
    service, name = words[1:3]
    options = {word.removeprefix("--").partition("=")[0] for word in words[3:] if word.startswith("--")}
    known = OF_THE_CLI.get((service, name))
    if known is not None:
        return sorted(f"{service} {name} has no --{option}" for option in options - known - _OF_EVERY_COMMAND)
    if name == "wait":
        waiters = _session().get_waiter_model(service).waiter_names
        return [] if words[3] in {xform_name(one, "-") for one in waiters} else [f"{service} waits for no {words[3]}"]
    operation = _operations(service).get(name)
    if operation is None:
        return [f"{service} has no {name}"]
    return _faults_of(operation, options)


def _faults_of(operation: OperationModel, options: set[str]) -> list[str]:
    shape = operation.input_shape
    members = {xform_name(name, "-"): one for name, one in (shape.members if shape else {}).items()}
    switches = {f"no-{member}" for member, one in members.items() if _is_switch(one)}
    needed = {xform_name(name, "-") for name in (shape.required_members if shape else ())}
    return [
        *(
            f"{operation.name} takes no --{one}"
            for one in sorted(options - set(members) - switches - _OF_EVERY_COMMAND)
        ),
        *(f"{operation.name} needs --{one}" for one in sorted(needed - options)),
    ]


def _is_switch(shape: Shape) -> bool:
    """Yes or no; EC2 wraps some of them."""
    return shape.type_name == "boolean" or shape.name == "AttributeBooleanValue"


@cache
def _session() -> botocore.session.Session:
    return botocore.session.Session()


@cache
def _operations(service: str) -> Mapping[str, OperationModel]:
    model = _session().get_service_model(service)
    return {xform_name(name, "-"): model.operation_model(name) for name in model.operation_names}
