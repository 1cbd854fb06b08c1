"""GET /user/permissions."""

from typing import Any

from shared.models.base import Model
from shared.operations import Context, operation
from shared.roles import Caller, Permission, Role


class GetUserPermissions(Model):
    """Nothing: who asks is who is told of."""


class UserPermissions(Model):
    """Who the caller is here, and what they may do; without a role of ours nothing."""

    user: str
    roles: tuple[Role, ...]
    permissions: tuple[Permission, ...]


@operation("get_user_permissions", http="GET /user/permissions", permission=Permission.SIGNED_IN)
def get_user_permissions(_request: GetUserPermissions, context: Context[Any]) -> UserPermissions:
    """The caller's name, roles and permissions."""
    caller = Caller(context.actor, context.roles)
    return UserPermissions(
        user=caller.actor, roles=tuple(sorted(caller.roles)), permissions=tuple(sorted(caller.permissions))
    )
