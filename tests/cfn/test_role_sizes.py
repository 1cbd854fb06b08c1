"""The rights of each role fit into what IAM takes, whatever an operator may say."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Final

import pytest

from local.cloudformation.deploy import Stack
from local.cloudformation.template import TemplateError, load, refuse_bad_values
from tests.cfn.test_master_template import GIVEN, MASTER, Context, Creators, walked
from tests.support.templates import HUB

OF_EACH: Final = "function-roles-stack.yaml"
OF_ALL: Final = {
    ("master-template.yaml", "UnifiedOrchestrationRole"),
    ("cross-account-role-stack.yaml", "RecoveryRights"),
}
MOST_CHARACTERS: Final = 10_240
"""Of all inline policies of a role together, white space not counted (IAM's quota)."""


def _sizes(region: str, mode: str, **more: str) -> Mapping[str, int]:
    """How many characters the inline policies of each role have that has rights of functions."""
    context = walked(mode, region, "aws-us-gov" if "-gov-" in region else "aws", **more).context
    sizes: dict[str, int] = defaultdict(int)
    for (stack, name), it in context.properties.items():
        if stack == OF_EACH or (stack, name) in OF_ALL:
            documents = [one["PolicyDocument"] for one in it.get("Policies", [it])]
            role = name.removesuffix("Role").removesuffix("Recovery") if stack == OF_EACH else "of all"
            sizes[role] += sum(len(json.dumps(one, separators=(",", ":"))) for one in documents)
    return sizes


def _keys(characters: int) -> str:
    """So many characters of the shortest ARNs of keys, which are the most of them."""
    each = "arn:aws:kms:*:777788889999:key/*"
    fit = (characters + 1) // (len(each) + 1)
    return ",".join([each] * fit) + "k" * (characters - fit * (len(each) + 1) + 1)


@pytest.mark.parametrize(("mode", "roles"), [("full", 1), ("a role for each function", 7)])
@pytest.mark.parametrize("region", ["ap-southeast-1", "us-gov-west-1"])
def test_the_rights_of_each_role_fit_into_what_iam_takes_at_the_limit_of_all_that_is_said(
    region: str, mode: str, roles: int
) -> None:
    parameters = load(MASTER)["Parameters"]
    said = {
        "ProjectName": "a-project-of-25-letters-x",
        "Environment": "prod",
        "CustomerKeyArn": f"arn:aws-us-gov:kms:us-gov-west-1:{HUB.account}:key/mrk-{'0' * 32}",
        "TargetRolePattern": "r" * 64,
        "StagingKeyArns": _keys(parameters["StagingKeyArns"]["MaxLength"]),
    }
    refuse_bad_values({"Parameters": {name: parameters[name] for name in said}}, said)

    sizes = _sizes(region, mode, **said)

    assert len(sizes) == roles
    assert max(sizes.values()) <= MOST_CHARACTERS


def test_more_keys_of_staging_accounts_than_the_role_has_room_for_are_refused_before_anything_is_made() -> None:
    most = load(MASTER)["Parameters"]["StagingKeyArns"]["MaxLength"]

    assert len(_keys(most).split(",")) >= 7
    with pytest.raises(TemplateError, match="StagingKeyArns"):
        Stack(MASTER, HUB, {**GIVEN, "StagingKeyArns": _keys(most + 1)}, Creators(), Context())
    with pytest.raises(TemplateError, match="StagingKeyArns"):
        Stack(MASTER, HUB, {**GIVEN, "StagingKeyArns": f"{_keys(100)},key/2"}, Creators(), Context())


def test_keys_of_staging_accounts_reach_the_rights_on_servers_of_this_account() -> None:
    keys = "arn:aws:kms:us-west-2:777788889999:key/one,arn:aws:kms:*:888899990000:key/*"
    recovery = walked("full", StagingKeyArns=keys).context.properties["cross-account-role-stack.yaml", "RecoveryRights"]

    statements = {statement["Sid"]: statement for statement in recovery["PolicyDocument"]["Statement"]}
    assert statements["KMSStagingVolumes"]["Resource"] == keys.split(",")
