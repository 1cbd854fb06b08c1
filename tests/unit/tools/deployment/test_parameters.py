"""What the master template is given: what is said, where the build lies, and for the rest what there was."""

from __future__ import annotations

from typing import Final

import pytest

from local.cloudformation.template import load
from tests.support.templates import CFN
from tools.deployment.errors import DeploymentError
from tools.deployment.parameters import Mode, given, of_mode, revised, words

TEMPLATE: Final = load(CFN / "master-template.yaml")
ROLE: Final = {"OrchestrationRoleArn": "arn:aws:iam::111122223333:role/Own"}
ADMIN: Final = {"AdminEmail": "admin@example.com"}


def test_words_are_names_and_values() -> None:
    assert words(["AdminEmail=a@b.c", "AllowedCIDRs=10.0.0.0/8,192.168.0.0/16", "Owner=a=b"]) == {
        "AdminEmail": "a@b.c",
        "AllowedCIDRs": "10.0.0.0/8,192.168.0.0/16",
        "Owner": "a=b",
    }
    with pytest.raises(DeploymentError, match="AdminEmail is no parameter"):
        words(["AdminEmail"])
    with pytest.raises(DeploymentError, match="Owner is given more than once"):
        words(["Owner=us", "AdminEmail=a@b.c", "Owner=them"])


def test_without_a_mode_a_stack_stays_what_it_is() -> None:
    assert of_mode(None, ADMIN, {"DeployFrontend": "false", **ROLE}) == ADMIN


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        (Mode.FULL, {"DeployFrontend": "false"}),
        (Mode.API, {"DeployFrontend": "true"}),
        (Mode.FULL, ROLE),
        (Mode.API, ROLE),
        (Mode.EXTERNAL_ROLE, {}),
        (Mode.EXTERNAL_ROLE, {"OrchestrationRoleArn": ""}),
    ],
)
def test_a_mode_that_is_contradicted_or_has_no_role_is_refused(mode: Mode, said: dict[str, str]) -> None:
    with pytest.raises(DeploymentError, match=f"MODE={mode}"):
        of_mode(mode, said, {})


def test_a_role_of_ones_own_may_have_a_console_and_is_kept() -> None:
    assert of_mode(Mode.EXTERNAL_ROLE, {**ROLE, "DeployFrontend": "true"}, {}) == {**ROLE, "DeployFrontend": "true"}
    assert of_mode(Mode.EXTERNAL_ROLE, {}, ROLE) == {"DeployFrontend": "false"}
    assert of_mode(Mode.EXTERNAL_ROLE, ROLE, {"DeployFrontend": "true"}) == {**ROLE, "DeployFrontend": "true"}


@pytest.mark.parametrize(
    ("said", "previous", "revision"),
    [
        ({"AllowedCIDRs": "10.0.0.0/8"}, {"AllowedCIDRs": "0.0.0.0/0", "ApiRevision": "a"}, "b"),
        ({"DeployFrontend": "false"}, {"DeployFrontend": "true", "ApiRevision": "b"}, "a"),
        ({"AllowedCIDRs": "0.0.0.0/0"}, {"AllowedCIDRs": "0.0.0.0/0", "ApiRevision": "a"}, None),
        ({"Owner": "them"}, {"Owner": "us", "ApiRevision": "a"}, None),
        ({"AllowedCIDRs": "10.0.0.0/8"}, {}, None),
    ],
)
def test_the_api_is_deployed_anew_when_only_parameters_change_what_it_serves(
    said: dict[str, str], previous: dict[str, str], revision: str | None
) -> None:
    assert revised(said, previous).get("ApiRevision") == revision


def test_a_revision_that_was_said_is_left_alone() -> None:
    said = {"AllowedCIDRs": "10.0.0.0/8", "ApiRevision": "a"}

    assert revised(said, {"AllowedCIDRs": "0.0.0.0/0", "ApiRevision": "a"}) == said


def test_what_is_said_is_given_what_was_stays_and_the_rest_is_the_templates() -> None:
    found = given(TEMPLATE, {"SourceBucket": "artefacts"}, {"RetentionDays": "90"}, {**ADMIN, "Gone": "x"})

    assert found == [
        {"ParameterKey": "RetentionDays", "ParameterValue": "90"},
        {"ParameterKey": "SourceBucket", "ParameterValue": "artefacts"},
        {"ParameterKey": "AdminEmail", "UsePreviousValue": True},
    ]


@pytest.mark.parametrize(
    ("fixed", "said", "says"),
    [
        ({"SourceBucket": "artefacts"}, {}, "AdminEmail has no value yet"),
        ({"SourceBucket": "artefacts"}, {**ADMIN, "AdminMail": "a@b.c"}, "no parameter AdminMail"),
        ({"SourceBucket": "artefacts"}, {**ADMIN, "SourceBucket": "mine"}, "SourceBucket is what is built"),
        ({"SourceBucket": "artefacts"}, {"AdminEmail": "nobody"}, "AdminEmail cannot be 'nobody': one e-mail address"),
        (
            {"SourceBucket": "artefacts"},
            {**ADMIN, "RetentionDays": "8"},
            "RetentionDays cannot be '8': it is one of 7, 30",
        ),
        ({"SourceBucket": "artefacts"}, {**ADMIN, "ReservedConcurrency": "many"}, "'many': it is a number"),
        ({"SourceBucket": "artefacts"}, {**ADMIN, "LaunchStaggerSeconds": ""}, "LaunchStaggerSeconds cannot be ''"),
        ({"SourceBucket": "artefacts"}, {**ADMIN, "LaunchStaggerSeconds": "-1"}, "cannot be '-1': it is 0 at least"),
        ({"SourceBucket": "artefacts"}, {**ADMIN, "Owner": ""}, "Owner cannot be '': its length is 1 at least"),
        ({"SourceBucket": "A_Bucket"}, ADMIN, "SourceBucket cannot be"),
        ({"SourceBucket": "artefacts"}, {**ADMIN, "AllowedCIDRs": ""}, "AllowedCIDRs cannot be ''"),
        ({"SourceBucket": "artefacts"}, {**ADMIN, "DrillSchedule": "rate(30 days)"}, "DrillSchedule needs DrillPlanId"),
    ],
)
def test_what_cloudformation_would_refuse_is_refused_before_anything_is_uploaded(
    fixed: dict[str, str], said: dict[str, str], says: str
) -> None:
    with pytest.raises(DeploymentError, match=says):
        given(TEMPLATE, fixed, said, {})


@pytest.mark.parametrize(
    ("name", "value"),
    [("Release", "1" * 34), ("TargetRolePattern", "r" * 100), ("StagingKeyArns", "not a key"), ("Owner", "")],
)
def test_what_a_stack_has_from_before_is_held_to_what_its_parameter_takes_now(name: str, value: str) -> None:
    fixed = {"SourceBucket": "artefacts"}

    with pytest.raises(DeploymentError, match=f"{name} cannot be .*from an earlier version: give another"):
        given(TEMPLATE, fixed, {}, {**ADMIN, name: value})
    default = str(TEMPLATE["Parameters"][name]["Default"])
    assert given(TEMPLATE, fixed, {name: default}, {**ADMIN, name: value})


def test_rules_hold_for_what_is_said_beside_what_was() -> None:
    said, plan = {"DrillSchedule": "rate(30 days)"}, {"DrillPlanId": "plan-1"}

    assert given(TEMPLATE, {"SourceBucket": "artefacts"}, said, {**ADMIN, **plan})
    with pytest.raises(DeploymentError, match="DrillSchedule needs DrillPlanId"):
        given(TEMPLATE, {"SourceBucket": "artefacts"}, {"DrillPlanId": ""}, {**ADMIN, **plan, **said})


def test_a_plan_for_drills_that_a_stack_has_without_a_time_is_named_with_the_word_that_takes_it_away() -> None:
    fixed, before = {"SourceBucket": "artefacts"}, {**ADMIN, "DrillPlanId": "plan-1", "DrillSchedule": ""}

    with pytest.raises(DeploymentError) as refused:
        given(TEMPLATE, fixed, {}, before)

    assert str(refused.value) == (
        "DrillPlanId needs DrillSchedule; the stack has DrillPlanId=plan-1 from before: "
        "ARGS='DrillPlanId=…' gives it another value, or none"
    )
    for mended in ({"DrillPlanId": ""}, {"DrillSchedule": "rate(30 days)"}):
        assert given(TEMPLATE, fixed, mended, before)
    with pytest.raises(DeploymentError, match="^DrillPlanId needs DrillSchedule$"):
        given(TEMPLATE, fixed, {"DrillPlanId": "plan-2"}, ADMIN)


def test_each_network_of_a_list_is_judged_without_the_blanks_around_it_as_cloudformation_trims_them() -> None:
    networks = {"AllowedCIDRs": "10.0.0.0/8, 192.0.2.0/24"}

    found = given(TEMPLATE, {"SourceBucket": "artefacts"}, {**ADMIN, **networks}, {})

    assert {"ParameterKey": "AllowedCIDRs", "ParameterValue": networks["AllowedCIDRs"]} in found
    with pytest.raises(DeploymentError, match="AllowedCIDRs cannot be '192.0.2.0/33'"):
        given(TEMPLATE, {"SourceBucket": "artefacts"}, {**ADMIN, "AllowedCIDRs": "10.0.0.0/8, 192.0.2.0/33"}, {})
