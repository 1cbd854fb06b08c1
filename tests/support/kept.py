"""The identity of what must never be replaced or removed: where it is declared, what it is called, what cannot change.

Which properties cannot change is not ours to say: CloudFormation's own description of a type says of which another
value makes another resource (cfn-lint brings it), and what a service takes when it creates something and no more when
it updates it (botocore's description) can only fail.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import PurePosixPath
from typing import Any, Final

import botocore.session
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from local.cloudformation.template import Place, parse
from tests.support.templates import CFN, HUB, Template, template_of
from tools.deployment.kept import KEPT, NESTED_STACK

MASTER: Final = "master-template.yaml"
RECORD: Final = CFN.parent / "tests/cfn/kept_resources.json"

_CALLS: Final[Mapping[str, tuple[str, str, str]]] = {
    "AWS::DynamoDB::Table": ("dynamodb", "CreateTable", "UpdateTable"),
    "AWS::Cognito::UserPool": ("cognito-idp", "CreateUserPool", "UpdateUserPool"),
    "AWS::Cognito::UserPoolClient": ("cognito-idp", "CreateUserPoolClient", "UpdateUserPoolClient"),
    "AWS::KMS::Key": ("kms", "CreateKey", "UpdateKeyDescription"),
    "AWS::StepFunctions::StateMachine": ("stepfunctions", "CreateStateMachine", "UpdateStateMachine"),
}
_OTHERWISE: Final[Mapping[str, frozenset[str]]] = {
    "AWS::DynamoDB::Table": frozenset({"GlobalSecondaryIndexes", "ResourcePolicy", "Tags"}),
    "AWS::KMS::Key": frozenset({"Tags"}),
}
"""What has calls of its own to change it; indexes have a record of their own in test_database_stack.py."""


def source() -> dict[str, str]:
    """The templates of this tree."""
    return {path.name: path.read_text(encoding="utf-8") for path in CFN.glob("*.yaml")}


def recorded() -> dict[str, Any]:
    """What was released."""
    found: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))
    return found


def kept(templates: Mapping[str, str], place: Place = HUB, /, **parameters: str) -> dict[str, Any]:
    """The identity of every resource that must be kept, by its path, as the master deploys it with these parameters.

    The environment reads `${Environment}`, so that it is one for all of them.
    """
    found = dict(_within(templates, MASTER, "", place, parameters))
    text = json.dumps(found).replace(f"-{parameters['Environment']}", "-${Environment}")
    result: dict[str, Any] = json.loads(text)
    return result


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What is gone, other or new, a sentence each."""
    gone = [f"{path} is gone: its {before[path]['Type']} would be deleted" for path in before.keys() - now.keys()]
    new = [f"{path} is not recorded: say in kept_resources.json what it is" for path in now.keys() - before.keys()]
    other = [
        f"{path}: {name} was {before[path].get(name)}, is {now[path].get(name)}"
        for path in before.keys() & now.keys()
        for name in sorted(before[path].keys() | now[path].keys())
        if before[path].get(name) != now[path].get(name)
    ]
    return sorted([*gone, *new, *other])


def _within(
    templates: Mapping[str, str], name: str, path: str, place: Place, parameters: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    template = template_of(name, _parsed(templates[name]), place, **parameters)
    for logical_name, body in template.resources.items():
        if not template.creates(logical_name):
            continue
        inside = f"{path}/{logical_name}".lstrip("/")
        if body["Type"] == NESTED_STACK:
            properties = template.properties(logical_name)
            nested = PurePosixPath(properties["TemplateURL"]).name
            yield from _within(templates, nested, inside, place, properties.get("Parameters", {}))
        elif body["Type"] in KEPT:
            yield inside, _identity(template, logical_name)


def _identity(template: Template, logical_name: str) -> dict[str, Any]:
    body, properties = template.resources[logical_name], template.properties(logical_name)
    policies = {name: body.get(name, "Delete") for name in ("DeletionPolicy", "UpdateReplacePolicy")}
    fixed = {name: properties[name] for name in sorted(unchangeable(body["Type"])) if name in properties}
    return {"Type": body["Type"], "Template": template.name, **policies, **fixed}


@cache
def unchangeable(resource_type: str) -> frozenset[str]:
    """The properties of which another value is another resource, or cannot be had."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource_type).schema
    listed = [*schema.get("createOnlyProperties", []), *schema.get("conditionalCreateOnlyProperties", [])]
    service, create, update = _CALLS[resource_type]
    model = botocore.session.get_session().get_service_model(service)
    shapes: list[Any] = [model.operation_model(call).input_shape for call in (create, update)]
    taken, changed = (set(shape.members) for shape in shapes)
    only_once = (taken - changed - _OTHERWISE.get(resource_type, frozenset())) & set(schema["properties"])
    return frozenset({pointer.split("/")[2] for pointer in listed} | only_once)


@cache
def _parsed(text: str) -> dict[str, Any]:
    return parse(text)
