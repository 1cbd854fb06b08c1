"""Makes STS read the trust policy of the role it hands out."""

import importlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from moto.core.exceptions import AccessDeniedError

from local.moto_patches.patches import Patches
from local.moto_patches.policies import listed

_ROLE_ARN: Final = re.compile(r"arn:(aws[a-z-]*):iam::(\d{12}):role/.+")


def install(patches: Patches) -> None:
    """moto hands out any role of any account to anybody; AWS asks the role's trust policy, external id included.

    A role that is missing, a principal that is not trusted and an external id that is wrong or absent are all
    AccessDenied (403) with the same words, which name the caller and the role.
    """
    if not patches.begin(__name__):
        return
    response = importlib.import_module("moto.sts.responses").TokenResponse

    def assume_role(self: Any) -> Any:
        arn = self._get_param("RoleArn")
        caller = caller_of(self)
        trust = _trust_policy(arn)
        if trust is None or not trusts(trust, caller, self._get_param("ExternalId")):
            raise AccessDeniedError(caller.arn, f"sts:AssumeRole on resource: {arn}")
        return real_assume_role(self)

    real_assume_role = patches.replace(response, "assume_role", assume_role)


@dataclass(frozen=True)
class Caller:
    """Who asks for a role."""

    arn: str
    account: str

    @property
    def principals(self) -> frozenset[str]:
        """Every way in which a trust policy may name this caller."""
        prefix = ":".join(self.arn.split(":")[:2])
        names = {"*", self.arn, self.account, f"{prefix}:iam::{self.account}:root"}
        resource = self.arn.split(":", 5)[5]
        if resource.startswith("assumed-role/"):
            names.add(f"{prefix}:iam::{self.account}:role/{resource.split('/')[1]}")
        return frozenset(names)

    @property
    def principal_arn(self) -> str:
        """What aws:PrincipalArn is: the role's ARN for a session, the user's for a user."""
        prefix, resource = ":".join(self.arn.split(":")[:2]), self.arn.split(":", 5)[5]
        if resource.startswith("assumed-role/"):
            return f"{prefix}:iam::{self.account}:role/{resource.split('/')[1]}"
        return self.arn


def trusts(policy: Mapping[str, Any], caller: Caller, external_id: str | None) -> bool:
    """Whether a trust policy lets this caller in; a condition we cannot read lets nobody in."""
    context = {
        "sts:externalid": external_id,
        "aws:principalarn": caller.principal_arn,
        "aws:principalaccount": caller.account,
    }
    allowed = False
    for statement in listed(policy["Statement"]):
        if "sts:AssumeRole" not in listed(statement["Action"]) or not _names(statement.get("Principal", {}), caller):
            continue
        conditions = statement.get("Condition", {}).items()
        if not all(_holds(operator, keys, context) for operator, keys in conditions):
            continue
        if statement["Effect"] == "Deny":
            return False
        allowed = True
    return allowed


def _names(principal: Any, caller: Caller) -> bool:
    if principal == "*":
        return True
    return any(name in caller.principals for name in listed(principal.get("AWS", [])))


_TESTS: Final = {
    "StringEquals": lambda actual, wanted: actual == wanted,
    "StringLike": fnmatchcase,
    "ArnEquals": fnmatchcase,
    "ArnLike": fnmatchcase,
}


def _holds(operator: str, keys: Mapping[str, Any], context: Mapping[str, str | None]) -> bool:
    test = _TESTS.get(operator)
    if test is None:
        return False
    for key, wanted in keys.items():
        actual = context.get(key.lower())
        if actual is None or not any(test(actual, value) for value in listed(wanted)):
            return False
    return True


def caller_of(response: Any) -> Caller:
    """Who sent the request that a response class of moto's is about."""
    backends = importlib.import_module("moto.sts.models").sts_backends
    backend = backends[response.current_account][response.partition]
    _, arn, account = backend.get_caller_identity(response.get_access_key(), response.region)
    return Caller(arn=arn, account=account)


def _trust_policy(role_arn: str) -> dict[str, Any] | None:
    match = _ROLE_ARN.fullmatch(role_arn)
    if match is None:
        return None
    partition, account = match.groups()
    backends = importlib.import_module("moto.iam.models").iam_backends
    for role in backends[account][partition].get_roles():
        if role.arn == role_arn:
            policy: dict[str, Any] = json.loads(role.assume_role_policy_document)
            return policy
    return None
