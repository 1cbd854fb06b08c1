"""What CloudFormation asks of a service to make, read, change and delete a resource, by the description of its type."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from tests.support.templates import TEMPLATES, load_template

FORMS: Final = Path(__file__).with_name("handlers.json")
_ALONE: Final = frozenset({"github-oidc-stack.yaml"})
"""Deployed by people."""


@cache
def asked(resource_type: str) -> frozenset[str]:
    """Every action that the handlers of the type may call; listing all of an account is no part of a deployment."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource_type).schema
    handlers = {name: it["permissions"] for name, it in schema["handlers"].items() if name != "list"}
    return frozenset(action for actions in handlers.values() for action in actions)


@cache
def types() -> frozenset[str]:
    """The types of AWS's own that the stacks of a deployment have."""
    kinds = {one["Type"] for name in TEMPLATES if name not in _ALONE for one in load_template(name).resources.values()}
    return frozenset(kind for kind in kinds if kind.startswith("AWS::"))


@cache
def forms() -> Mapping[str, Sequence[str]]:
    """The ARNs that each of these actions takes, none for one that knows no resource; not every action is known."""
    known: Mapping[str, Sequence[str]] = json.loads(FORMS.read_text(encoding="utf-8"))["actions"]
    return known
