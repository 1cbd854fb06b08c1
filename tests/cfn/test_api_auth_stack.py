"""Who may sign in: nobody by himself, with which password, for how long, and in which role."""

from __future__ import annotations

from typing import Any

import pytest

from shared.roles import Role
from tests.support.templates import load_template

stack = load_template("api-auth-stack.yaml")


@pytest.mark.requirement("SRS-S03")
def test_nobody_signs_up_by_himself_and_a_lost_password_is_mailed_to_a_verified_address() -> None:
    pool = stack.properties("UserPool")

    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert pool["AccountRecoverySetting"] == {"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]}


def test_a_user_name_is_free_so_that_it_may_be_an_address_or_a_word() -> None:
    pool = stack.properties("UserPool")

    assert {"UsernameAttributes", "AliasAttributes"} & set(pool) == set()


@pytest.mark.requirement("SRS-S03")
def test_a_password_has_twelve_characters_of_every_kind() -> None:
    policy = stack.properties("UserPool")["Policies"]["PasswordPolicy"]

    assert policy["MinimumLength"] == 12
    assert [policy[f"Require{kind}"] for kind in ("Lowercase", "Uppercase", "Numbers", "Symbols")] == [True] * 4


@pytest.mark.requirement("SRS-S02")
def test_tokens_live_45_minutes_and_the_client_does_not_tell_who_exists() -> None:
    client = stack.properties("UserPoolClient")

    units = client["TokenValidityUnits"]
    assert (client["IdTokenValidity"], units["IdToken"]) == (45, "minutes")
    assert (client["AccessTokenValidity"], units["AccessToken"]) == (45, "minutes")
    assert client["EnableTokenRevocation"] is True, "a session in wrong hands is ended"
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert client["GenerateSecret"] is False


def test_the_id_token_carries_the_address_that_names_a_caller_and_nobody_makes_it_verified() -> None:
    client = stack.properties("UserPoolClient")

    assert "email" in client["ReadAttributes"]
    assert client["WriteAttributes"] == ["email"]


def test_an_address_names_nobody_before_its_owner_has_verified_it() -> None:
    pool = stack.properties("UserPool")

    assert pool["AutoVerifiedAttributes"] == ["email"]
    assert pool["UserAttributeUpdateSettings"] == {"AttributesRequireVerificationBeforeUpdate": ["email"]}


@pytest.mark.parametrize(("asked", "takes"), [("true", True), ("false", False)])
def test_a_password_is_taken_from_a_terminal_only_when_asked_for(asked: str, takes: bool) -> None:
    client = load_template("api-auth-stack.yaml", PasswordSignIn=asked).properties("UserPoolClient")

    assert ("ALLOW_USER_PASSWORD_AUTH" in client["ExplicitAuthFlows"]) is takes
    assert "ALLOW_USER_SRP_AUTH" in client["ExplicitAuthFlows"]


@pytest.mark.requirement("PRD-24")
def test_there_is_one_group_for_each_role_in_the_order_of_their_power() -> None:
    groups = stack.of_type("AWS::Cognito::UserPoolGroup").values()

    assert {group["GroupName"]: group["Precedence"] for group in groups} == {
        role.value: place for place, role in enumerate(Role, start=1)
    }


def test_the_first_administrator_is_made_when_an_address_is_given_and_is_one() -> None:
    given = load_template("api-auth-stack.yaml", AdminEmail="boss@example.com")

    assert not stack.creates("Administrator")
    assert given.creates("Administrator") and given.creates("AdministratorMembership")
    assert given.properties("Administrator")["Username"] == "boss@example.com"
    assert given.properties("AdministratorMembership")["GroupName"] == "${AdminGroup}"


@pytest.mark.requirement("SRS-S03")
@pytest.mark.parametrize(("asked", "factors"), [("OFF", None), ("OPTIONAL", True), ("ON", True)])
def test_the_second_factor_is_an_authenticator(asked: str, factors: Any) -> None:
    pool = load_template("api-auth-stack.yaml", MfaConfiguration=asked).properties("UserPool")

    assert pool["MfaConfiguration"] == asked
    assert pool.get("EnabledMfas") == (["SOFTWARE_TOKEN_MFA"] if factors else None)


@pytest.mark.parametrize(("environment", "protection"), [("dev", "INACTIVE"), ("prod", "ACTIVE")])
def test_production_refuses_to_lose_its_users(environment: str, protection: str) -> None:
    production = load_template("api-auth-stack.yaml", Environment=environment)
    pool = production.resources["UserPool"]

    assert production.properties("UserPool")["DeletionProtection"] == protection
    assert (pool["DeletionPolicy"], pool["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_who_has_not_signed_in_gets_nothing_of_an_identity_pool_and_no_role_comes_with_it() -> None:
    pool = load_template("api-auth-stack.yaml", MakesIdentityPool="true").properties("IdentityPool")
    (provider,) = pool["CognitoIdentityProviders"]

    assert pool["AllowUnauthenticatedIdentities"] is False
    assert pool["AllowClassicFlow"] is False
    assert provider == {
        "ClientId": "${UserPoolClient}",
        "ProviderName": "${UserPool.ProviderName}",
        "ServerSideTokenCheck": True,
    }
    assert not stack.of_type("AWS::Cognito::IdentityPoolRoleAttachment")
    assert not stack.creates("IdentityPool")
