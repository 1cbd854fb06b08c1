"""The roles of single functions, as they are in one deployment: for the hub's own account, its servers included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from tests.least_privilege.calls import kept as kept_calls
from tests.least_privilege.calls import made_by
from tests.least_privilege.judging import Grant, grants
from tests.least_privilege.reasons import OF_FUNCTIONS, REASONS
from tests.support.templates import HUB, Template, load_template
from tools.roles.declared import ROLES

NAMES: Final = tuple(role.name for role in ROLES)
_LOGICAL: Final = {role.name: role.logical_name for role in ROLES}
_GIVEN: Final = {
    "HubStackName": "stack",
    "NotificationKeyArn": f"arn:aws:kms:{HUB.region}:{HUB.account}:key/notifications",
    "CustomerKeyArn": f"arn:aws:kms:{HUB.region}:{HUB.account}:key/customer",
    "StagingKeyArns": "arn:aws:kms:us-west-2:777788889999:key/*",
}


@cache
def stack() -> Template:
    """Their template, with all that it can have."""
    return load_template("function-roles-stack.yaml", **_GIVEN)


@cache
def statements(name: str) -> Sequence[Mapping[str, Any]]:
    """All that a function's role is given."""
    (own,) = stack().properties(f"{_LOGICAL[name]}Role")["Policies"]
    found: list[Mapping[str, Any]] = list(own["PolicyDocument"]["Statement"])
    if f"{_LOGICAL[name]}Recovery" in stack().resources:
        found += stack().properties(f"{_LOGICAL[name]}Recovery")["PolicyDocument"]["Statement"]
    return found


def reasoned(name: str) -> set[Grant]:
    """What a function may do though no call of it was recorded, because there is a reason for it."""
    allowed = grants(statements(name))
    called = {call.action for call in made_by(name, kept_calls())}
    of_all = {(sid, action): reason for (_, sid), those in REASONS.items() for action, reason in those.items()}
    own = {(sid, action) for (of, sid), those in OF_FUNCTIONS.items() if of == name for action in those}
    return own | {one for one in allowed if one in of_all and of_all[one].holds_for(name, called)}
