"""Creators of the user pool, its clients, groups and users."""

from collections.abc import Mapping
from typing import Any, Final

from local.cloudformation.deploy import Created, Creator, Stack

_POOL_KEYS: Final = (
    "AdminCreateUserConfig",
    "AutoVerifiedAttributes",
    "AccountRecoverySetting",
    "UsernameConfiguration",
    "Policies",
    "Schema",
    "UserPoolTags",
    "DeletionProtection",
)


def user_pool(stack: Stack, _: str, properties: dict[str, Any]) -> Created:
    """A user pool with its second factor."""
    client = stack.context.client("cognito-idp", stack.place)
    arguments = {key: properties[key] for key in _POOL_KEYS if key in properties}
    made = client.create_user_pool(PoolName=properties["UserPoolName"], **arguments)["UserPool"]
    if properties.get("EnabledMfas"):
        client.set_user_pool_mfa_config(
            UserPoolId=made["Id"],
            SoftwareTokenMfaConfiguration={"Enabled": "SOFTWARE_TOKEN_MFA" in properties["EnabledMfas"]},
            MfaConfiguration=properties["MfaConfiguration"],
        )
    provider = f"cognito-idp.{stack.place.region}.amazonaws.com/{made['Id']}"
    return Created(made["Id"], {"Arn": made["Arn"], "UserPoolId": made["Id"], "ProviderName": provider})


def user_pool_client(stack: Stack, _: str, properties: dict[str, Any]) -> Created:
    """A client of a pool."""
    client = stack.context.client("cognito-idp", stack.place)
    client_id = client.create_user_pool_client(**properties)["UserPoolClient"]["ClientId"]
    return Created(client_id, {"ClientId": client_id})


def user_pool_group(stack: Stack, _: str, properties: dict[str, Any]) -> Created:
    """A group of a pool."""
    stack.context.client("cognito-idp", stack.place).create_group(**properties)
    return Created(properties["GroupName"])


def user_pool_user(stack: Stack, _: str, properties: dict[str, Any]) -> Created:
    """A user with a temporary password, which AWS mails and nobody learns here."""
    stack.context.client("cognito-idp", stack.place).admin_create_user(**properties)
    return Created(properties["Username"])


def membership(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """A user in a group."""
    stack.context.client("cognito-idp", stack.place).admin_add_user_to_group(**properties)
    return Created(logical_name)


def identity_pool(stack: Stack, _: str, properties: dict[str, Any]) -> Created:
    """An identity pool."""
    client = stack.context.client("cognito-identity", stack.place)
    tags = {tag["Key"]: tag["Value"] for tag in properties["IdentityPoolTags"]}
    made = client.create_identity_pool(**{**properties, "IdentityPoolTags": tags})
    return Created(made["IdentityPoolId"])


CREATORS: Final[Mapping[str, Creator]] = {
    "AWS::Cognito::IdentityPool": identity_pool,
    "AWS::Cognito::UserPool": user_pool,
    "AWS::Cognito::UserPoolClient": user_pool_client,
    "AWS::Cognito::UserPoolGroup": user_pool_group,
    "AWS::Cognito::UserPoolUser": user_pool_user,
    "AWS::Cognito::UserPoolUserToGroupAttachment": membership,
}
