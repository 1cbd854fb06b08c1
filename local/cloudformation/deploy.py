"""Deploys a template into moto: each resource by the call that CloudFormation itself would make."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.cloudformation.template import (
    Place,
    Resolver,
    TemplateError,
    load,
    parameter_values,
    refuse_bad_values,
    refuse_broken_rules,
)


@dataclass(frozen=True)
class Created:
    """What a resource is once it exists: what Ref answers, and its attributes."""

    ref: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


Creator = Callable[["Stack", str, dict[str, Any]], Created]
"""Creates one resource of a stack, given its logical name and its resolved properties."""


class Stack:
    """One deployment of one template; resources are created when something refers to them, at the latest in order.

    A resource of a type that `creators` does not know is an error: nothing is left out silently.
    """

    def __init__(
        self,
        path: Path,
        place: Place,
        parameters: Mapping[str, Any],
        creators: Mapping[str, Creator],
        context: Any,
    ) -> None:
        self.path = path
        self.place = place
        self.name = path.stem
        self.context = context
        self.body = load(path)
        self._creators = creators
        values = parameter_values(self.body, parameters)
        refuse_bad_values(self.body, values)
        refuse_broken_rules(self.body, values)
        self._known = {**place.pseudo_parameters(self.name), **values}
        self._created: dict[str, Created] = {}
        self._creating: list[str] = []
        self._resolver = Resolver(self.body, self._reference, self._attribute)

    def deploy(self) -> dict[str, str]:
        """Creates everything and answers the outputs."""
        for logical_name, resource in self.body["Resources"].items():
            if self._wanted(resource):
                self._resource(logical_name)
        return {
            name: self._resolver.resolve(output["Value"])
            for name, output in self.body.get("Outputs", {}).items()
            if self._wanted(output)
        }

    def nested(self, path: Path, parameters: Mapping[str, Any]) -> "Stack":
        """A stack of this stack, in the same place."""
        return Stack(path, self.place, parameters, self._creators, self.context)

    def resolve(self, value: Any) -> Any:
        """A part of the template with its intrinsic functions replaced."""
        return self._resolver.resolve(value)

    def generated_name(self, logical_name: str) -> str:
        """The name of a resource that the template leaves to CloudFormation: unique in its account."""
        return f"{self.name}-{logical_name}-{self.place.region}"

    def _wanted(self, part: Mapping[str, Any]) -> bool:
        return "Condition" not in part or self._resolver.holds(part["Condition"])

    def _reference(self, name: str) -> Any:
        return self._known[name] if name in self._known else self._resource(name).ref

    def _attribute(self, logical_name: str, attribute: str) -> Any:
        attributes = self._resource(logical_name).attributes
        if attribute not in attributes:
            raise TemplateError(f"{self.path.name}: {logical_name} has no attribute {attribute} here")
        return attributes[attribute]

    def _resource(self, logical_name: str) -> Created:
        if logical_name in self._created:
            return self._created[logical_name]
        if logical_name not in self.body["Resources"]:
            raise TemplateError(f"{self.path.name}: nothing is called {logical_name}")
        if logical_name in self._creating:
            raise TemplateError(f"{self.path.name}: circular reference {' -> '.join([*self._creating, logical_name])}")
        self._creating.append(logical_name)
        self._created[logical_name] = self._create(logical_name)
        self._creating.pop()
        return self._created[logical_name]

    def _create(self, logical_name: str) -> Created:
        resource = self.body["Resources"][logical_name]
        creator = self._creators.get(resource["Type"])
        if creator is None:
            raise TemplateError(f"{self.path.name}: {logical_name} is a {resource['Type']}, which local/ cannot create")
        needed = resource.get("DependsOn", [])
        for name in [needed] if isinstance(needed, str) else needed:
            self._resource(name)
        return creator(self, logical_name, self._resolver.resolve(resource.get("Properties", {})))
