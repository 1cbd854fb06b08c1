"""Who made a noted call, whose role is asked, and what a run tells."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.least_privilege.__main__ import main
from tests.least_privilege.calls import Call, differences, kept, merged, together
from tests.least_privilege.iam import UnknownPolicyError
from tests.least_privilege.judging import denied
from tests.least_privilege.roles import RECOVERY, TARGET, statements
from tests.support.templates import HUB

MANAGED = {"AWSElasticDisasterRecoveryManaged": "drs.amazonaws.com"}
TEMPLATE = "arn:aws:ec2:{region}:{account}:launch-template/*"


def noted(folder: Path, **told: Any) -> None:
    """Note one more call, as a recorder writes it down."""
    call = {"by": "product", "account": TARGET.account, "action": "drs:DescribeJobs", "resource": "*", "tags": None}
    with (folder / "1.jsonl").open("a", encoding="utf-8") as notes:
        notes.write(json.dumps(call | told) + "\n")


@pytest.mark.parametrize(
    ("by", "maker"),
    [
        ("product", {"product"}),
        ("query-handler", {"query-handler"}),
        ("aws-drs-orchestration-query-handler-dev", {"query-handler"}),
        ("aws-drs-orchestration-a-new-function-dev", {"a-new-function"}),
        ("aws-drs-orchestration-orchestration-dev", {"state-machine"}),
        ("small-echo-test", None),
        ("machine-7", None),
    ],
)
def test_calls_of_what_tests_run_beside_the_product_are_not_the_products(
    tmp_path: Path, by: str, maker: set[str] | None
) -> None:
    noted(tmp_path, by=by)

    assert list(merged(tmp_path).values()) == ([] if maker is None else [maker])


@pytest.mark.parametrize(
    ("account", "action", "role"),
    [
        (HUB.account, "dynamodb:Query", "orchestration"),
        (HUB.account, "drs:DescribeJobs", "recovery"),
        (HUB.account, "ssm:CreateOpsItem", "orchestration"),
        (TARGET.account, "ssm:CreateOpsItem", "recovery"),
        (TARGET.account, "dynamodb:Query", "recovery"),
        ("777788889999", "drs:DescribeJobs", "staging"),
        ("777788889999", "sns:Publish", "staging"),
    ],
)
def test_in_another_account_its_own_role_is_asked_whatever_is_asked(
    tmp_path: Path, account: str, action: str, role: str
) -> None:
    noted(tmp_path, account=account, action=action)

    assert [call.role for call in merged(tmp_path)] == [role]


def test_a_call_on_what_has_no_tags_is_not_taken_for_one_on_what_has_them(tmp_path: Path) -> None:
    for tags in (MANAGED, {}):
        noted(tmp_path, action="ec2:ModifyLaunchTemplate", resource=TEMPLATE, tags=tags)

    assert [call.tags for call in denied(merged(tmp_path), {RECOVERY: statements(RECOVERY)})] == [()]


def test_a_call_whose_tags_nobody_saw_is_an_error_where_a_role_decides_by_them() -> None:
    unseen = Call("recovery", "ec2:ModifyLaunchTemplate", TEMPLATE)

    with pytest.raises(UnknownPolicyError, match="aws:resourcetag/awselasticdisasterrecoverymanaged"):
        denied([unseen], {RECOVERY: statements(RECOVERY)})


def test_a_run_is_told_which_function_calls_what_it_did_not_call_before() -> None:
    call = Call("recovery", "drs:DescribeJobs", "*")
    before = {call: frozenset({"query-handler"})}
    now = {call: frozenset({"query-handler", "execution-handler", "product"})}

    assert differences(now, before) == [
        "not in calls.json: execution-handler asks the recovery role: drs:DescribeJobs on *",
    ]
    assert differences(before, now) == []
    assert together(before, now) == now


def test_a_run_is_told_what_it_calls_more_and_less() -> None:
    one, other = Call("recovery", "drs:DescribeJobs", "*"), Call("staging", "drs:DescribeJobs", "*")
    elsewhere = Call("recovery", "drs:DescribeJobs", "arn:aws:drs:{region}:{account}:job/*")
    nobody: frozenset[str] = frozenset()

    assert differences({one: nobody}, {one: nobody}) == []
    assert differences({one: nobody}, {one: nobody, elsewhere: nobody}) == []
    assert differences({one: nobody}, {other: nobody}) == [
        "not in calls.json: recovery role: drs:DescribeJobs on *",
        "no longer called: staging role: drs:DescribeJobs",
    ]


def test_what_one_run_saw_of_tags_another_needs_not_see() -> None:
    seen, unseen = (
        Call("recovery", "ec2:ModifyLaunchTemplate", TEMPLATE, tags) for tags in ((("AWSDRS", "yes"),), None)
    )
    before, now = {seen: frozenset({"product"})}, {unseen: frozenset({"query-handler"})}

    assert together(before, now) == {seen: {"product", "query-handler"}}
    assert differences(now, before) == [
        f"not in calls.json: query-handler asks the recovery role: ec2:ModifyLaunchTemplate on {TEMPLATE} tagged"
        " {'AWSDRS': 'yes'}"
    ]


def everything_again(folder: Path) -> None:
    """Note what is kept, as a whole run does."""
    accounts = {"orchestration": HUB.account, "recovery": TARGET.account, "staging": "777788889999"}
    for call, by in kept().items():
        told = {"account": accounts[call.role], "action": call.action, "resource": call.resource}
        for name in by:
            maker = "aws-drs-orchestration-orchestration-dev" if name == "state-machine" else name
            noted(folder, by=maker, tags=None if call.tags is None else dict(call.tags), **told)


def test_a_run_that_calls_what_is_kept_passes(tmp_path: Path) -> None:
    everything_again(tmp_path)

    assert main([str(tmp_path)]) == 0


@pytest.mark.parametrize(
    "planted",
    [
        {"action": "drs:DeleteSourceServer", "resource": "arn:aws:drs:{region}:{account}:source-server/*"},
        {"action": "dynamodb:Query", "resource": "arn:aws:dynamodb:{region}:{account}:table/t", "account": HUB.account},
        {"action": "dynamodb:Scan", "account": HUB.account, "by": "query-handler"},
        {
            "action": "drs:StartRecovery",
            "resource": "arn:aws:drs:{region}:{account}:source-server/*",
            "by": "query-handler",
        },
    ],
)
def test_one_call_more_fails_a_run(tmp_path: Path, planted: dict[str, str]) -> None:
    everything_again(tmp_path)
    noted(tmp_path, **planted)

    assert main([str(tmp_path)]) == 1


def test_a_run_of_which_nothing_was_noted_fails(tmp_path: Path) -> None:
    assert main([str(tmp_path)]) == 1
