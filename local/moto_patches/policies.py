"""Reads the resource policies that decide who may deliver an event: of functions and of buses."""

import json
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any


def function_admits(statements: Sequence[Mapping[str, Any]], service: str, source_arn: str, function_arn: str) -> bool:
    """Whether a function's policy lets a service invoke this function (or alias) for that source."""
    return any(_statement_admits(statement, service, source_arn, function_arn) for statement in statements)


def _statement_admits(statement: Mapping[str, Any], service: str, source_arn: str, function_arn: str) -> bool:
    principal = statement.get("Principal", {})
    services = listed(principal.get("Service", [])) if isinstance(principal, dict) else [principal]
    if statement.get("Effect") != "Allow" or service not in services:
        return False
    if not any(fnmatchcase("lambda:InvokeFunction", action) for action in listed(statement["Action"])):
        return False
    if not any(fnmatchcase(function_arn, resource) for resource in listed(statement["Resource"])):
        return False
    condition = statement.get("Condition", {})
    wanted = [
        value
        for operator in ("ArnLike", "ArnEquals")
        for value in listed(condition.get(operator, {}).get("AWS:SourceArn", []))
    ]
    return not wanted or any(fnmatchcase(source_arn, pattern) for pattern in wanted)


def bus_admits(policy: str | None, account: str) -> bool:
    """Whether a bus's policy lets another account put events; a condition we cannot read lets nobody in."""
    if policy is None:
        return False
    for statement in listed(json.loads(policy)["Statement"]):
        if statement["Effect"] != "Allow" or "events:PutEvents" not in listed(statement["Action"]):
            continue
        if _names_account(statement["Principal"], account) and _conditions_hold(statement, account):
            return True
    return False


def _names_account(principal: Any, account: str) -> bool:
    if principal == "*":
        return True
    names = [str(name) for name in listed(principal.get("AWS", []))]
    return any(name in {"*", account} or name.endswith(f"::{account}:root") for name in names)


def _conditions_hold(statement: Mapping[str, Any], account: str) -> bool:
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            if operator not in {"StringEquals", "StringLike"} or key.lower() != "aws:principalaccount":
                return False
            if not any(fnmatchcase(account, value) for value in listed(values)):
                return False
    return True


def listed(value: Any) -> Iterable[Any]:
    """A policy's value as a list: one alone may be written without brackets."""
    return value if isinstance(value, list) else [value]
