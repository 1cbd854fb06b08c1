"""Reads a CloudFormation template and resolves its intrinsic functions."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

_PLACEHOLDER: Final = re.compile(r"\$\{(!?)([A-Za-z0-9:.]+)\}")
_NO_VALUE: Final = object()


class TemplateError(Exception):
    """The template says something that cannot be resolved; the message says what and where."""


class _Loader(yaml.CSafeLoader):
    """YAML as CloudFormation reads it: short tags mean their long form, and a date is text.

    By libyaml, which every wheel of PyYAML brings: in Python it would be a sixth of the start of a system.
    """


def _long_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _long_form)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(path: Path) -> dict[str, Any]:
    """The template as data, with every short tag in its long form; not to be changed by the reader."""
    return _load(path, path.stat().st_mtime_ns)


def parse(text: str) -> dict[str, Any]:
    """A template's text as data, in the same form."""
    body: dict[str, Any] = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    return body


@cache
def _load(path: Path, _modified: int) -> dict[str, Any]:
    return parse(path.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Place:
    """Where a stack is deployed."""

    account: str
    region: str
    partition: str = "aws"

    def pseudo_parameters(self, stack_name: str) -> dict[str, Any]:
        """AWS::Region and its like."""
        stack_id = f"arn:{self.partition}:cloudformation:{self.region}:{self.account}:stack/{stack_name}/local"
        return {
            "AWS::AccountId": self.account,
            "AWS::Region": self.region,
            "AWS::Partition": self.partition,
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": stack_name,
            "AWS::StackId": stack_id,
            "AWS::NoValue": _NO_VALUE,
        }


def parameter_values(body: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The value of every parameter that the template declares; raises TemplateError for one without any."""
    values: dict[str, Any] = {}
    for name, declaration in body.get("Parameters", {}).items():
        if name in given:
            values[name] = given[name]
        elif "Default" in declaration:
            values[name] = declaration["Default"]
        else:
            raise TemplateError(f"parameter {name} has no value")
        if declaration["Type"] in {"CommaDelimitedList"} and isinstance(values[name], str):
            values[name] = [part.strip() for part in values[name].split(",") if part.strip()]
    return values


def refuse_bad_values(body: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Raises TemplateError, with the rule that is broken, for a value that CloudFormation would not take."""
    for name, declaration in body.get("Parameters", {}).items():
        given = values[name] if isinstance(values[name], list) else [values[name]]
        for value in map(str, given):
            if rule := _broken(declaration, value):
                raise TemplateError(f"parameter {name} cannot be {value!r}: {rule}")


def _broken(declaration: Mapping[str, Any], value: str) -> str:
    """What a value has to be and is not, in the template's own words where it has some; nothing if it is well."""
    allowed = [str(each) for each in declaration.get("AllowedValues", [value])]
    if value not in allowed:
        return f"it is one of {', '.join(each or 'nothing' for each in allowed)}"
    if len(value) < int(declaration.get("MinLength", 0)):
        return f"its length is {declaration['MinLength']} at least"
    if len(value) > int(declaration.get("MaxLength", len(value))):
        return f"its length is {declaration['MaxLength']} at most"
    pattern = declaration.get("AllowedPattern", ".*")
    if not re.fullmatch(pattern, value, re.DOTALL):
        return str(declaration.get("ConstraintDescription", f"it has the form {pattern}"))
    return _broken_bound(declaration, value) if declaration["Type"] == "Number" else ""


def _broken_bound(declaration: Mapping[str, Any], value: str) -> str:
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value):
        return "it is a number"
    if "MinValue" in declaration and float(value) < float(declaration["MinValue"]):
        return f"it is {declaration['MinValue']} at least"
    if "MaxValue" in declaration and float(value) > float(declaration["MaxValue"]):
        return f"it is {declaration['MaxValue']} at most"
    return ""


def refuse_broken_rules(body: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Raises TemplateError in a rule's own words, if these values break it as CloudFormation would find."""
    resolver = Resolver(body, values.__getitem__, lambda *_: None)
    for rule in body.get("Rules", {}).values():
        if resolver.resolve(rule.get("RuleCondition", True)):
            for assertion in rule["Assertions"]:
                if not resolver.resolve(assertion["Assert"]):
                    raise TemplateError(assertion["AssertDescription"])


def _text(value: Any) -> Any:
    """A value as CloudFormation compares it, to whom a number and the same number in quotes are one."""
    return str(value).lower() if isinstance(value, bool) else str(value)


Lookup = Callable[[str], Any]
Attribute = Callable[[str, str], Any]


class Resolver:
    """Replaces intrinsic functions by their values.

    `ref` answers what a logical name or parameter refers to, `attribute` an attribute of a resource.
    """

    def __init__(self, body: Mapping[str, Any], ref: Lookup, attribute: Attribute) -> None:
        self._body = body
        self._ref = ref
        self._attribute = attribute
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": lambda argument: self._attribute(argument[0], argument[1]),
            "Fn::Sub": self._sub,
            "Fn::Join": lambda argument: argument[0].join(str(part) for part in self.resolve(argument[1])),
            "Fn::Split": lambda argument: self.resolve(argument[1]).split(argument[0]),
            "Fn::Select": lambda argument: self.resolve(argument[1])[int(self.resolve(argument[0]))],
            "Fn::FindInMap": self._find_in_map,
            "Fn::If": lambda argument: self.resolve(argument[1] if self.holds(argument[0]) else argument[2]),
            "Fn::Equals": lambda argument: _text(self.resolve(argument[0])) == _text(self.resolve(argument[1])),
            "Fn::Not": lambda argument: not self.resolve(argument[0]),
            "Fn::And": lambda argument: all(self.resolve(part) for part in argument),
            "Fn::Or": lambda argument: any(self.resolve(part) for part in argument),
            "Condition": self.holds,
        }

    def resolve(self, value: Any) -> Any:
        """The value with all functions replaced; members that are AWS::NoValue are left out."""
        if isinstance(value, list):
            return [part for part in map(self.resolve, value) if part is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in self._functions:
                return self._functions[name](argument)
            if name.startswith("Fn::"):
                raise TemplateError(f"{name} is not supported by the local system")
        resolved = {key: self.resolve(part) for key, part in value.items()}
        return {key: part for key, part in resolved.items() if part is not _NO_VALUE}

    def holds(self, condition: str) -> bool:
        """Whether a condition of the template holds."""
        return bool(self.resolve(self._body["Conditions"][condition]))

    def _sub(self, argument: Any) -> str:
        text, names = argument if isinstance(argument, list) else (argument, {})

        def value(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            if name in names:
                return str(self.resolve(names[name]))
            if "." in name:
                return str(self._attribute(*name.split(".", 1)))
            return str(self._ref(name))

        return _PLACEHOLDER.sub(value, text)

    def _find_in_map(self, argument: list[Any]) -> Any:
        found: Any = self._body["Mappings"]
        for key in argument:
            found = found[self.resolve(key)]
        return found
