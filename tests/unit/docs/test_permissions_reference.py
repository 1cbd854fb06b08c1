"""The reference of rights is what the templates give, what was called, and what has a reason."""

from __future__ import annotations

import re
from typing import Final

import pytest

from shared.catalogue import CATALOGUE
from shared.operations import EXECUTION
from tests.least_privilege.calls import kept
from tests.least_privilege.reasons import REASONS
from tests.least_privilege.roles import RECOVERY, STAGING, Role, named_actions
from tests.unit.docs.markdown import Document

REFERENCE: Final = Document("docs/reference/DRS_IAM_AND_PERMISSIONS_REFERENCE.md")
ENGINE: Final = "orchestration-stepfunctions"
UNSEEN: Final = "product"
"""Who calls where the product's code was run by no function: nothing is known of who it is for."""


def _section(heading: str) -> str:
    (found,) = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", REFERENCE.text, re.MULTILINE | re.DOTALL)
    return str(found)


def _used(heading: str) -> dict[str, tuple[bool, list[str]]]:
    """Whether the engine uses a right, and which operations do."""
    rows = re.findall(r"^\| `([a-z0-9]+:\w+)` \| (yes)? ?\|(.*)\|$", _section(heading), re.MULTILINE)
    return {right: (bool(engine), re.findall(r"`(\w+)`", operations)) for right, engine, operations in rows}


IN: Final = {RECOVERY: "In a target account", STAGING: "In a staging account"}
RIGHTS: Final = [(role, right) for role, heading in IN.items() for right in _used(heading)]


def _callers(role: Role, right: str) -> frozenset[str]:
    return frozenset().union(*(by for call, by in kept().items() if call.of == role and call.action == right))


@pytest.mark.parametrize("role", IN, ids=lambda role: role.name)
def test_the_rights_that_are_used_are_those_that_were_called(role: Role) -> None:
    assert set(_used(IN[role])) == {call.action for call in kept() if call.of == role}
    assert set(_used(IN[role])) <= named_actions(role)


def test_the_rights_that_no_call_needs_are_those_that_have_a_reason() -> None:
    rows = re.findall(r"^\| (`\w+:.*) \| .* \|$", _section(IN[RECOVERY]).partition("### What no call")[2], re.MULTILINE)
    listed = [right for row in rows for right in re.findall(r"`([^`]+)`", row)]

    assert len(listed) == len(set(listed))
    assert set(listed) == {right for (role, _), some in REASONS.items() if role == RECOVERY.name for right in some}
    assert not [role for role, _ in REASONS if role == STAGING.name]


@pytest.mark.parametrize(("role", "right"), RIGHTS, ids=lambda one: one if isinstance(one, str) else one.name)
def test_a_right_is_used_by_those_who_were_seen_to_call(role: Role, right: str) -> None:
    engine, operations = _used(IN[role])[right]
    callers = _callers(role, right)
    anywhere = callers.union(*(_callers(other, right) for other in IN))
    homes = {name: {*CATALOGUE.entries[name].homes, *_carried_out(name)} for name in operations}

    assert engine or operations
    assert ENGINE in callers or UNSEEN in callers or not engine
    for name, functions in homes.items():
        assert functions & anywhere or UNSEEN in anywhere, f"{name} was not seen to need {right}"
    functions = set().union(*homes.values()) | ({ENGINE} if engine else set())
    assert callers - {UNSEEN} <= functions, f"who needs {right} is not told"


def _carried_out(operation: str) -> set[str]:
    return {ENGINE} if EXECUTION in CATALOGUE.entries[operation].homes else set()
