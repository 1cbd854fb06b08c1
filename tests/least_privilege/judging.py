"""Holds what was called and what the roles may do against one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from local.cloudformation.template import Place
from tests.least_privilege.calls import Call
from tests.least_privilege.iam import decide, is_like, matches
from tests.least_privilege.roles import Role, listed

Statements = Sequence[Mapping[str, Any]]
Grant = tuple[str, str]
"""A statement's name and one action that it allows."""


def denied(calls: Iterable[Call], of: Mapping[Role, Statements]) -> list[Call]:
    """The calls that their role does not allow."""
    return sorted(call for call in calls if not decide(of[call.of], call.request()).allowed)


def grants(statements: Statements) -> set[Grant]:
    """Every action of every statement that allows something."""
    return set(_grants(statements))


def _grants(statements: Statements) -> Iterator[Grant]:
    for statement in statements:
        if statement["Effect"] == "Allow":
            yield from ((statement["Sid"], action) for action in listed(statement["Action"]))


def used(calls: Iterable[Call], statements: Statements, place: Place | None = None) -> set[Grant]:
    """The actions of statements that one of the calls needs, where it was made or as it would be in another place."""
    requests = [call.request(place) for call in calls]
    return {
        (statement["Sid"], action)
        for statement in statements
        for request in requests
        if matches(statement, request)
        for action in listed(statement["Action"])
        if is_like(action.lower(), request.action.lower())
    }
