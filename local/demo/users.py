"""The five demo users, one for each role; their passwords are new at each start and printed, never logged."""

import secrets
from dataclasses import dataclass, field
from typing import Any, Final

from local.system import LocalSystem
from shared.roles import Role

NAMES: Final = {
    "admin": Role.ADMIN,
    "recovery-manager": Role.RECOVERY_MANAGER,
    "plan-manager": Role.PLAN_MANAGER,
    "operator": Role.OPERATOR,
    "read-only": Role.READ_ONLY,
}


@dataclass(frozen=True)
class DemoUser:
    """Who may sign in; the user pool is the only other place that has the password."""

    name: str
    role: Role
    password: str = field(repr=False)


def create_users(system: LocalSystem) -> list[DemoUser]:
    """Make the five in the system's user pool, each in the group of its role."""
    client, pool_id = system.client("cognito-idp"), system.deployment.value("UserPoolId")
    return [_create(client, pool_id, name, role) for name, role in NAMES.items()]


def _create(client: Any, pool_id: str, name: str, role: Role) -> DemoUser:
    user = DemoUser(name, role, _password())
    email = [{"Name": "email", "Value": f"{name}@example.com"}, {"Name": "email_verified", "Value": "true"}]
    client.admin_create_user(UserPoolId=pool_id, Username=name, UserAttributes=email, MessageAction="SUPPRESS")
    client.admin_set_user_password(UserPoolId=pool_id, Username=name, Password=user.password, Permanent=True)
    client.admin_add_user_to_group(UserPoolId=pool_id, Username=name, GroupName=role.value)
    return user


def _password() -> str:
    """Of every class that the pool's policy asks for, and nothing that a shell would take for its own."""
    return f"Dr0-{secrets.token_urlsafe(12)}"
