"""What the templates make, as the pictures name it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from local.cloudformation.template import load

CFN: Final = Path(__file__).resolve().parents[2] / "cfn"


@dataclass(frozen=True)
class Facts:
    """The names and numbers of the pictures."""

    functions: tuple[str, ...]
    tables: tuple[str, ...]
    rules: tuple[str, ...]
    groups: tuple[str, ...]
    methods: int
    web_acls: int
    states: int
    alarms: int
    role: str


def facts() -> Facts:
    """Read of the templates; a name loses what parameters put around it."""
    return Facts(
        functions=tuple(sorted(_names("AWS::Lambda::Function", "FunctionName"))),
        tables=tuple(sorted(_names("AWS::DynamoDB::Table", "TableName"))),
        rules=tuple(sorted(_names("AWS::Events::Rule", "Name", without="cross-account"))),
        groups=tuple(_names("AWS::Cognito::UserPoolGroup", "GroupName")),
        methods=sum(1 for one in _all("AWS::ApiGateway::Method") if one.get("HttpMethod") != "OPTIONS"),
        web_acls=sum(1 for _ in _all("AWS::WAFv2::WebACL")),
        states=_states(json.loads((CFN / "state-machine.asl.json").read_text(encoding="utf-8"))),
        alarms=sum(1 for _ in _all("AWS::CloudWatch::Alarm")),
        role=next(iter(_names("AWS::IAM::Role", "RoleName", only="cross-account"))),
    )


def _all(kind: str, *, without: str = " ", only: str = "") -> Iterator[dict[str, Any]]:
    for path in sorted(CFN.glob("*.yaml")):
        if without not in path.name and only in path.name:
            for resource in load(path)["Resources"].values():
                if resource["Type"] == kind:
                    yield resource.get("Properties", {})


def _names(kind: str, property_name: str, *, without: str = " ", only: str = "") -> Iterator[str]:
    for properties in _all(kind, without=without, only=only):
        said = properties.get(property_name, "")
        text = said.get("Fn::Sub", said.get("Sub", "")) if isinstance(said, dict) else str(said)
        if text:
            yield text.removeprefix("${ProjectName}-").removesuffix("-${Environment}")


def _states(machine: dict[str, Any]) -> int:
    return len(machine["States"])
