"""The CloudFormation templates of cfn/ as data, with everything resolved that parameters decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from local.cloudformation.template import Place, Resolver, load, parameter_values

CFN: Final = Path(__file__).resolve().parents[2] / "cfn"
TEMPLATES: Final = tuple(sorted(path.name for path in CFN.glob("*.yaml")))
HUB: Final = Place(account="123456789012", region="us-east-1")


@dataclass(frozen=True)
class Template:
    """One template as it would be deployed in one place with these parameters."""

    name: str
    body: Mapping[str, Any]
    values: Mapping[str, Any]

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        """All resources as they are written, conditional ones included."""
        resources: dict[str, dict[str, Any]] = self.body["Resources"]
        return resources

    def of_type(self, resource_type: str) -> dict[str, dict[str, Any]]:
        """The resolved properties of the resources of one type, by logical name."""
        return {name: self.properties(name) for name, body in self.resources.items() if body["Type"] == resource_type}

    def properties(self, logical_name: str) -> dict[str, Any]:
        """The properties of one resource; another resource in them reads `${LogicalName}` or `${LogicalName.Name}`."""
        resolved: dict[str, Any] = self._resolver().resolve(self.resources[logical_name].get("Properties", {}))
        return resolved

    def outputs(self) -> dict[str, Any]:
        """The values of the outputs whose condition holds."""
        resolver = self._resolver()
        return {
            name: resolver.resolve(output["Value"])
            for name, output in self.body.get("Outputs", {}).items()
            if "Condition" not in output or resolver.holds(output["Condition"])
        }

    def creates(self, logical_name: str) -> bool:
        """Whether the resource's condition holds."""
        condition = self.resources[logical_name].get("Condition")
        return condition is None or self._resolver().holds(condition)

    def _resolver(self) -> Resolver:
        return Resolver(
            self.body,
            ref=lambda name: self.values.get(name, f"${{{name}}}"),
            attribute=lambda name, attribute: f"${{{name}.{attribute}}}",
        )


@cache
def _body(name: str) -> dict[str, Any]:
    return load(CFN / name)


def load_template(name: str, place: Place = HUB, /, **parameters: Any) -> Template:
    """The template `cfn/<name>`; a parameter without value or default reads `${Name}`."""
    return template_of(name, _body(name), place, **parameters)


def template_of(name: str, body: Mapping[str, Any], place: Place = HUB, /, **parameters: Any) -> Template:
    """The same of a template that is data already."""
    unknown = {name: f"${{{name}}}" for name, it in body.get("Parameters", {}).items() if "Default" not in it}
    values = parameter_values(body, {**unknown, **parameters})
    return Template(name, body, {**place.pseudo_parameters("stack"), **values})
