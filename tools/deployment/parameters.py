"""What the master template is given: the mode, where the build is, and what somebody says; the rest stays as it was."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from local.cloudformation.template import TemplateError, refuse_bad_values, refuse_broken_rules
from tools.deployment.errors import DeploymentError


class Mode(StrEnum):
    """How much is made, and under whose role."""

    FULL = "full"
    API = "api"
    EXTERNAL_ROLE = "external-role"


_ROLE: Final = "OrchestrationRoleArn"
_CONSOLE: Final = "DeployFrontend"
_REVISION: Final = "ApiRevision"
_SERVED: Final = ("AllowedCIDRs", _CONSOLE, "ConsoleOrigin", "ConsoleDomainName")
"""What the API serves from its next copy on."""

_BY_MODE: Final[Mapping[Mode, Mapping[str, str]]] = {
    Mode.FULL: {_CONSOLE: "true", _ROLE: ""},
    Mode.API: {_CONSOLE: "false", _ROLE: ""},
    Mode.EXTERNAL_ROLE: {_CONSOLE: "false"},
}


@dataclass(frozen=True)
class Named:
    """Which system it is: the two parts of every name, the bucket and the folder of what was built."""

    project: str
    environment: str
    bucket: str
    prefix: str

    @property
    def parameters(self) -> Mapping[str, str]:
        """The same as parameters of the template."""
        return {
            "ProjectName": self.project,
            "Environment": self.environment,
            "SourceBucket": self.bucket,
            "SourcePrefix": self.prefix,
        }


def words(given: list[str]) -> Mapping[str, str]:
    """`Name=value` for each word; DeploymentError for one that is not, and for a name that comes again."""
    pairs = [word.partition("=") for word in given]
    if wrong := [word for word, (_, equals, _) in zip(given, pairs, strict=True) if not equals]:
        raise DeploymentError(f"{wrong[0]} is no parameter: write Name=value")
    counted = Counter(name for name, _, _ in pairs)
    if twice := [name for name, times in counted.items() if times > 1]:
        raise DeploymentError(f"{', '.join(twice)} is given more than once")
    return {name: value for name, _, value in pairs}


def of_mode(mode: Mode | None, said: Mapping[str, str], previous: Mapping[str, str]) -> Mapping[str, str]:
    """What a mode means, with what was said; without a mode a stack stays what it is, and a new one is full.

    DeploymentError if the two contradict one another, or a role is missing.
    """
    _refuse_contradiction(mode, said)
    if mode is None:
        return said
    fixed = dict(_BY_MODE[mode])
    if mode is Mode.EXTERNAL_ROLE:
        # the role says nothing of a console: one that is there stays
        fixed[_CONSOLE] = previous.get(_CONSOLE, fixed[_CONSOLE])
        if not said.get(_ROLE, previous.get(_ROLE)):
            raise DeploymentError(f"MODE={mode} needs the role: ARGS='{_ROLE}=arn:…'")
    return {**fixed, **said}


def _refuse_contradiction(mode: Mode | None, said: Mapping[str, str]) -> None:
    """Raises DeploymentError for a word that means another mode; with a role of one's own a console may be or not."""
    for name, value in ({} if mode is None else _BY_MODE[mode]).items():
        if said.get(name, value) != value and (mode, name) != (Mode.EXTERNAL_ROLE, _CONSOLE):
            raise DeploymentError(f"MODE={mode} means {name}={value or 'nothing'}, {said[name] or 'nothing'} was given")


def revised(said: Mapping[str, str], previous: Mapping[str, str]) -> Mapping[str, str]:
    """The same with the API's other revision, if only parameters change what it serves and none was said (ADR 0021)."""
    changed = [name for name in _SERVED if name in said and previous.get(name, said[name]) != said[name]]
    if not changed or _REVISION in said or _REVISION not in previous:
        return said
    return {**said, _REVISION: "b" if previous[_REVISION] == "a" else "a"}


def check_said(template: Mapping[str, Any], named: Named, mode: Mode | None, said: Mapping[str, str]) -> None:
    """DeploymentError for whatever is wrong with what was said, whatever the stack has: nobody has to be asked."""
    _refuse_words(template, named.parameters, said)
    _refuse_contradiction(mode, said)


def given(
    template: Mapping[str, Any],
    fixed: Mapping[str, str],
    said: Mapping[str, str],
    previous: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Every parameter as CreateChangeSet takes it.

    DeploymentError for one that is unknown, taken, bad or missing, and if together they break a rule of the template.
    """
    _refuse_words(template, fixed, said)
    declared = template["Parameters"]
    values = {**said, **fixed}
    kept = [name for name in declared if name not in values and name in previous]
    if missing := [name for name in declared if name not in {*values, *kept} and "Default" not in declared[name]]:
        raise DeploymentError(
            f"{missing[0]} has no value yet: ARGS='{missing[0]}=…' ({_description(declared, missing)})"
        )
    before = {name: previous[name] for name in kept}
    defaults = {name: str(body["Default"]) for name, body in declared.items() if "Default" in body}
    try:
        refuse_broken_rules(template, {**defaults, **before, **values})
    except TemplateError as error:
        raise DeploymentError(f"{error}{_from_before(str(error), before)}") from error
    try:
        _refuse(declared, before)
    except TemplateError as error:
        raise DeploymentError(f"{error}; the stack has it from an earlier version: give another") from error
    stated: list[dict[str, Any]] = [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]
    return stated + [{"ParameterKey": name, "UsePreviousValue": True} for name in kept]


def _refuse_words(template: Mapping[str, Any], fixed: Mapping[str, str], said: Mapping[str, str]) -> None:
    """Raises DeploymentError for a parameter that is unknown, taken, or has a value that it does not take."""
    declared = template["Parameters"]
    if unknown := sorted(said.keys() - declared.keys()):
        raise DeploymentError(f"the master template has no parameter {', '.join(unknown)}")
    if taken := sorted(said.keys() & fixed.keys()):
        raise DeploymentError(f"{', '.join(taken)} is what is built and where, and not to be given")
    try:
        _refuse(declared, {**said, **fixed})
    except TemplateError as error:
        raise DeploymentError(str(error)) from error


def _refuse(declared: Mapping[str, Any], values: Mapping[str, str]) -> None:
    """Raises TemplateError for a value that its declaration does not take."""
    given = {name: body for name, body in declared.items() if name in values}
    refuse_bad_values({"Parameters": given}, {name: _listed(body, values[name]) for name, body in given.items()})


def _from_before(sentence: str, before: Mapping[str, str]) -> str:
    """Of a rule's sentence the parameters that nobody said, so that whoever reads it knows where they come from."""
    kept = [name for name, value in before.items() if value and re.search(rf"\b{name}\b", sentence)]
    return "".join(
        f"; the stack has {name}={before[name]} from before: ARGS='{name}=…' gives it another value, or none"
        for name in kept
    )


def _description(declared: Mapping[str, Any], missing: list[str]) -> str:
    return str(declared[missing[0]].get("Description", ""))


def _listed(declaration: Mapping[str, Any], value: str) -> str | list[str]:
    """A list as CloudFormation holds each of its parts to the pattern."""
    return [part.strip() for part in value.split(",")] if declaration["Type"] == "CommaDelimitedList" else value
