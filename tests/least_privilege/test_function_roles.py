"""With a role for each function none is denied what it was seen to call, and none may do what it was not."""

from __future__ import annotations

import pytest

from tests.least_privilege.calls import Call, kept, made_by
from tests.least_privilege.function_roles import NAMES, reasoned, stack, statements
from tests.least_privilege.iam import decide
from tests.least_privilege.judging import grants, used
from tests.least_privilege.reasons import OF_FUNCTIONS
from tests.least_privilege.roles import ORCHESTRATION, RECOVERY, Role, listed
from tests.least_privilege.roles import statements as of_all
from tests.support.templates import HUB, load_template
from tools.roles.areas import AREAS, area_of
from tools.roles.declared import ROLES

KEPT = kept()


def denied(name: str, calls: list[Call]) -> list[Call]:
    """The calls that the function's role does not allow, were everything in the hub's own account."""
    return sorted(call for call in calls if not decide(statements(name), call.request(HUB)).allowed)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_function_called_its_own_role_allows(name: str) -> None:
    assert made_by(name, KEPT), "no call of it was recorded"
    assert denied(name, made_by(name, KEPT)) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_action_of_a_functions_role_is_used_by_it_or_has_its_reason(name: str) -> None:
    allowed, called = grants(statements(name)), used(made_by(name, KEPT), statements(name), HUB)

    assert sorted(allowed - called - reasoned(name)) == [], "allowed, and it does not call it"
    assert sorted(reasoned(name) - allowed) == [], "a reason for what is not allowed"


def test_what_another_function_is_said_to_have_called_it_was_seen_to_call() -> None:
    told = {
        (reason.seen_by, action)
        for reasons in OF_FUNCTIONS.values()
        for action, reason in reasons.items()
        if reason.seen_by
    }

    seen = {(name, call.action) for call, by in KEPT.items() for name in by}
    assert told - seen == set()


def test_no_reason_of_a_function_is_given_for_what_it_calls() -> None:
    called = {(name, grant) for name in NAMES for grant in used(made_by(name, KEPT), statements(name), HUB)}
    needless = {
        (name, (sid, action))
        for (name, sid), reasons in OF_FUNCTIONS.items()
        for action in reasons
        if (name, (sid, action)) in called
    }

    assert needless == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_table_and_function_that_a_role_reaches_is_reached(name: str) -> None:
    resources = {call.request(HUB).resource for call in made_by(name, KEPT)}
    named = {
        resource
        for statement in statements(name)
        if area_of(statement["Sid"]) in {"DynamoDB", "Lambda"}
        for resource in listed(statement["Resource"])
        if "*" not in resource
    }

    assert named - resources == set()


@pytest.mark.parametrize(
    ("name", "planted"),
    [
        (
            "query-handler",
            Call("orchestration", "dynamodb:PutItem", "arn:aws:dynamodb:{region}:{account}:table/things"),
        ),
        ("query-handler", Call("recovery", "drs:StartRecovery", "arn:aws:drs:{region}:{account}:source-server/*")),
        ("execution-handler", Call("recovery", "drs:UpdateLaunchConfiguration", "*")),
        (
            "notification-formatter",
            Call("orchestration", "sts:AssumeRole", "arn:aws:iam::{target}:role/DRSOrchestrationRole"),
        ),
        ("state-machine", Call("orchestration", "states:StartExecution", "*")),
    ],
    ids=lambda one: one if isinstance(one, str) else one.action,
)
def test_a_call_that_only_others_make_is_denied(name: str, planted: Call) -> None:
    assert denied(name, [*made_by(name, KEPT), planted]) == [planted]


@pytest.mark.parametrize("name", NAMES)
def test_one_right_more_is_found_unused(name: str) -> None:
    planted = {"Sid": "S3Planted", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "*"}
    more = [*statements(name), planted]

    assert ("S3Planted", "s3:GetObject") in grants(more) - used(made_by(name, KEPT), more, HUB) - reasoned(name)


def test_together_they_may_do_what_the_one_role_may() -> None:
    by_all = {grant for name in NAMES for grant in grants(statements(name))}

    assert by_all == grants(of_all(ORCHESTRATION)) | grants(of_all(RECOVERY))


def test_the_one_role_has_exactly_sixteen_names() -> None:
    sids = [statement["Sid"] for role in (ORCHESTRATION, RECOVERY) for statement in of_all(role)]

    assert {area_of(sid) for sid in sids} == set(AREAS)
    assert len(AREAS) == 16
    assert len(set(sids)) == len(sids)


@pytest.mark.parametrize("role", [ORCHESTRATION, RECOVERY], ids=lambda role: role.name)
def test_there_are_several_statements_of_a_name_only_where_resource_or_condition_differ(role: Role) -> None:
    said = [(area_of(one["Sid"]), sorted(listed(one["Resource"])), one.get("Condition")) for one in of_all(role)]

    assert [one for one in said if said.count(one) > 1] == []


def test_the_roles_are_assumed_by_whom_the_one_role_is() -> None:
    master = load_template("master-template.yaml")
    trusted = {one["Principal"]["Service"]: one for one in _trust(master.properties("UnifiedOrchestrationRole"))}

    for role in ROLES:
        (statement,) = _trust(stack().properties(f"{role.logical_name}Role"))
        assert statement == trusted[f"{role.service}.amazonaws.com"]


def test_the_longest_name_is_one_that_iam_takes() -> None:
    longest = {"ProjectName": "a-project-of-25-letters-x", "Environment": "test"}
    for role in ROLES:
        name = stack().resources[f"{role.logical_name}Role"]["Properties"]["RoleName"]["Fn::Sub"]
        for parameter, value in {**longest, "AWS::Region": "ap-southeast-1"}.items():
            name = name.replace(f"${{{parameter}}}", value)
        assert len(name) <= 64, name


def _trust(properties: dict[str, object]) -> list[dict[str, dict[str, str]]]:
    document: dict[str, list[dict[str, dict[str, str]]]] = properties["AssumeRolePolicyDocument"]  # type: ignore[assignment]
    return document["Statement"]
