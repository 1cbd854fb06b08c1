"""The local system with a role for each function: who runs as what, and whom a target account trusts."""

from collections.abc import Iterator

import pytest

from local.stacks import TargetAccount
from local.system import Blueprint, LocalSystem
from tests.integration.local.conftest import told_drs
from tools.roles.declared import ROLES

TARGET = TargetAccount("111122223333", "us-west-2", "external-id-one")


@pytest.fixture(scope="module")
def system() -> Iterator[LocalSystem]:
    """One that is deployed so."""
    blueprint = Blueprint(parameters={"RolePerFunction": "true", "DeployFrontend": "true"}, targets=[TARGET])
    with LocalSystem(60, drs=told_drs, blueprint=blueprint) as running:
        yield running


def role_of(system: LocalSystem, name: str) -> str:
    """The name of the role that a function runs as, or the state machine."""
    if name == "state-machine":
        machine = system.client("stepfunctions").describe_state_machine(
            stateMachineArn=system.deployment.value("StateMachineArn")
        )
        return str(machine["roleArn"].rpartition("/")[2])
    configuration = system.client("lambda").get_function_configuration(FunctionName=system.blueprint.name(name))
    return str(configuration["Role"].rpartition("/")[2])


def test_each_runs_as_its_own_role_which_has_rights(system: LocalSystem) -> None:
    roles = {role.name: role_of(system, role.name) for role in ROLES}

    assert len(set(roles.values())) == len(ROLES)
    for role in ROLES:
        assert roles[role.name] == f"aws-drs-orchestration-dev-{role.short}-us-east-1"
        policies = system.client("iam").list_role_policies(RoleName=roles[role.name])["PolicyNames"]
        assert policies == (["Orchestration", "Recovery"] if role.recovery else ["Orchestration"])


def test_a_target_account_trusts_those_that_assume_its_role_and_nobody_else(system: LocalSystem) -> None:
    role = system.client("iam", TARGET.account).get_role(RoleName="DRSOrchestrationRole")["Role"]

    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    trusted = [arn.rpartition("/")[2] for arn in statement["Principal"]["AWS"]]
    assert trusted == [role_of(system, one.name) for one in ROLES if one.assumes]


def test_what_is_deployed_answers(system: LocalSystem) -> None:
    assert system.invoke("query-handler", {"operation": "list_recovery_plans"})["items"] == []


def test_the_policy_for_callers_is_there(system: LocalSystem) -> None:
    policy = system.client("iam").get_policy(PolicyArn=system.deployment.value("CallerPolicyArn"))["Policy"]

    assert policy["PolicyName"] == "aws-drs-orchestration-dev-caller-us-east-1"
