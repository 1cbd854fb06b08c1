"""Reads the CloudFormation templates of cfn/ as data, in long form, and resolves what parameters decide."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

CFN: Final = Path(__file__).resolve().parents[2] / "cfn"
PSEUDO_PARAMETERS: Final = {
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::AccountId": "123456789012",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "stack",
    "AWS::StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/stack/1",
}
_PLACEHOLDER: Final = re.compile(r"\$\{(!?)([A-Za-z0-9:.]+)\}")


class _Loader(yaml.SafeLoader):
    """YAML as CloudFormation reads it: short tags become their long form, dates stay text."""


def _short_tag(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_tag)
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True)
class Template:
    """One template with the parameters of one deployment."""

    name: str
    body: dict[str, Any]
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        """All resources, conditional ones included, unresolved."""
        resources: dict[str, dict[str, Any]] = self.body["Resources"]
        return resources

    def of_type(self, resource_type: str) -> dict[str, dict[str, Any]]:
        """The resources of one type, by logical name."""
        return {name: body for name, body in self.resources.items() if body["Type"] == resource_type}

    def properties(self, logical_name: str) -> dict[str, Any]:
        """The properties of one resource with everything resolved that parameters decide."""
        resolved: dict[str, Any] = self.resolve(self.resources[logical_name].get("Properties", {}))
        return resolved

    def parameter(self, name: str) -> Any:
        """The value of a parameter or pseudo parameter; KeyError if it has neither value nor default."""
        if name in self.parameters:
            return self.parameters[name]
        if name in PSEUDO_PARAMETERS:
            return PSEUDO_PARAMETERS[name]
        return self.body.get("Parameters", {})[name]["Default"]

    def holds(self, condition: str) -> bool:
        """Whether a condition of the template holds."""
        return bool(self.resolve(self.body["Conditions"][condition]))

    def resolve(self, value: Any) -> Any:
        """Replaces Ref, Sub, If, Join and the condition functions; what only AWS knows stays as it is written."""
        if isinstance(value, list):
            resolved = [self.resolve(item) for item in value]
            return [item for item in resolved if not _is_no_value(item)]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (function, argument), *_ = value.items()
            if function in _FUNCTIONS:
                return _FUNCTIONS[function](self, argument)
        entries = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in entries.items() if not _is_no_value(item)}


def _is_no_value(value: Any) -> bool:
    return bool(value == {"Ref": "AWS::NoValue"})


def _ref(template: Template, name: str) -> Any:
    try:
        return template.parameter(name)
    except KeyError:
        return {"Ref": name}


def _sub(template: Template, argument: Any) -> str:
    text, local = argument if isinstance(argument, list) else (argument, {})
    values = {key: template.resolve(value) for key, value in local.items()}

    def placeholder(match: re.Match[str]) -> str:
        literal, name = match.groups()
        if literal:
            return f"${{{name}}}"
        try:
            value = values[name] if name in values else template.parameter(name)
        except KeyError:
            return match.group(0)
        return value if isinstance(value, str) else match.group(0)

    return _PLACEHOLDER.sub(placeholder, text)


def _if(template: Template, argument: list[Any]) -> Any:
    condition, yes, no = argument
    return template.resolve(yes if template.holds(condition) else no)


def _join(template: Template, argument: list[Any]) -> Any:
    separator, parts = argument
    resolved = template.resolve(parts)
    if isinstance(resolved, list) and all(isinstance(part, str) for part in resolved):
        return separator.join(resolved)
    return {"Fn::Join": [separator, resolved]}


def _equals(template: Template, argument: list[Any]) -> bool:
    left, right = (template.resolve(side) for side in argument)
    return bool(left == right)


_FUNCTIONS: Final[dict[str, Callable[[Template, Any], Any]]] = {
    "Ref": _ref,
    "Fn::Sub": _sub,
    "Fn::If": _if,
    "Fn::Join": _join,
    "Fn::Equals": _equals,
    "Fn::Not": lambda template, argument: not template.resolve(argument[0]),
    "Fn::And": lambda template, argument: all(template.resolve(part) for part in argument),
    "Fn::Or": lambda template, argument: any(template.resolve(part) for part in argument),
    "Condition": lambda template, name: template.holds(name),
}


@cache
def _body(name: str) -> dict[str, Any]:
    body: dict[str, Any] = yaml.load((CFN / name).read_text(encoding="utf-8"), Loader=_Loader)
    return body


def load_template(name: str, **parameters: Any) -> Template:
    """The template `cfn/<name>` deployed with these parameters; the others keep their defaults."""
    return Template(name, _body(name), parameters)
