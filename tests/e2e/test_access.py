"""Accounts that cannot be entered: the error names account, role and step; nothing is written and nothing launched."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from local.system import LocalSystem
from shared.models.targets import Target
from tests.e2e.accounts import EXPIRING, LIED_TO, NOT_INITIALISED, ROLELESS
from tests.e2e.hub import Hub, Part, Wave
from tests.e2e.waiting import eventually

ROLE = "DRSOrchestrationRole"


@dataclass(frozen=True)
class Obstacle:
    """Where nobody gets in, and what has to be said about it."""

    target: Target
    direct_error: str
    code: str
    reason: str
    step: str
    words: str


OBSTACLES = {
    "a wrong external id": Obstacle(
        LIED_TO,
        "CROSS_ACCOUNT_ERROR",
        "ROLE",
        "ROLE_NOT_ASSUMABLE",
        "AssumeRole",
        "expect the external id that was sent",
    ),
    "a missing role": Obstacle(
        ROLELESS, "CROSS_ACCOUNT_ERROR", "ROLE", "ROLE_NOT_ASSUMABLE", "AssumeRole", "could not be assumed"
    ),
    "expired credentials": Obstacle(
        EXPIRING, "CROSS_ACCOUNT_ERROR", "ROLE", "ROLE_NOT_ASSUMABLE", "DescribeSourceServers", "have expired"
    ),
    "DRS that is not initialised": Obstacle(
        NOT_INITIALISED, "DRS_SERVICE_ERROR", "DRS_STATE", "NOT_INITIALIZED", "DescribeSourceServers", "not initialised"
    ),
}


@pytest.fixture(params=list(OBSTACLES.values()), ids=list(OBSTACLES))
def obstacle(request: pytest.FixtureRequest, hub: Hub) -> Iterator[Obstacle]:
    """One of the obstacles, in force."""
    found: Obstacle = request.param
    if found.target == EXPIRING:
        hub.drs.break_off("expiredCredentials", account=EXPIRING.account_id, times=None)
    eventually(hub.is_quiet, "the stories before this one should have ended")
    yield found
    hub.drs.heal()


@pytest.mark.requirement("SRS-S06")
def test_a_group_behind_an_obstacle_is_refused_with_account_role_and_step(hub: Hub, obstacle: Obstacle) -> None:
    before = hub.everything_written()

    refused = hub.refusal(
        "create_protection_group",
        groupName="behind an obstacle",
        accountId=obstacle.target.account_id,
        region=obstacle.target.region,
        sourceServerIds=["s-0123456789abcdef0"],
    )

    assert refused["error"] == obstacle.direct_error
    _names_everything(refused["message"], refused["details"], obstacle)
    assert hub.everything_written() == before


def test_a_start_behind_an_obstacle_is_refused_with_account_role_and_step(hub: Hub, obstacle: Obstacle) -> None:
    reachable = hub.drs.protect(EXPIRING, f"beside-{obstacle.step}") if obstacle.target != EXPIRING else []
    waves = [Wave([Part(EXPIRING, reachable)])] if reachable else []
    plan_id = hub.plan(*waves, Wave([Part(obstacle.target, tags={"Behind": obstacle.reason + obstacle.words[:8]})]))
    before, launches = hub.everything_written(), len(hub.drs.calls("StartRecovery"))

    refused = hub.refusal("start_execution", planId=plan_id, executionType="DRILL")
    rehearsed = hub.ask("start_execution", planId=plan_id, executionType="DRILL", dryRun=True)
    preflight = hub.ask("preflight_recovery_plan", planId=plan_id)

    assert refused["error"] == "PREFLIGHT_FAILED"
    assert rehearsed["canStart"] is False
    for findings in (refused["details"]["findings"], rehearsed["findings"], preflight["findings"]):
        (finding,) = (each for each in findings if each["code"] == obstacle.code)
        assert (finding["outcome"], finding["reason"]) == ("FAIL", obstacle.reason)
        assert finding["accountId"] == obstacle.target.account_id
        _names_everything(finding["message"], finding["details"], obstacle)
    assert hub.everything_written() == before
    assert len(hub.drs.calls("StartRecovery")) == launches


def test_credentials_that_expire_at_the_launch_delay_it_and_never_double_it(hub: Hub) -> None:
    (server,) = hub.drs.protect(EXPIRING, "launched-late")
    hub.drs.break_off("expiredCredentials", account=EXPIRING.account_id, operation="StartRecovery", times=3)

    execution_id = hub.start(Wave([Part(EXPIRING, [server])]))

    execution = hub.ended(execution_id)
    assert execution["status"] == "COMPLETED", execution["statusReason"]
    assert [job.servers for job in hub.drs.jobs_of(execution_id)] == [{server}]
    (told,) = (event["message"] for event in hub.events(execution_id) if event["type"] == "LAUNCH_REFUSED")
    assert all(word in told for word in ("expired", EXPIRING.account_id, ROLE, "StartRecovery")), told


def test_a_role_that_is_closed_during_an_execution_stops_it_until_it_is_opened_again(
    hub: Hub, system: LocalSystem
) -> None:
    (server,) = hub.drs.protect(EXPIRING, "behind-a-closed-role")
    execution_id = hub.start(Wave([Part(EXPIRING, [server])], pause=True))
    hub.pause_mail(execution_id)
    iam = system.client("iam", EXPIRING.account_id)
    trust = iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]
    iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=_document(trust, Effect="Deny"))
    try:
        system.crash("orchestration-stepfunctions")  # a session that is open already stays so for an hour
        hub.ask("resume_execution", executionId=execution_id)

        told = eventually(
            lambda: [event["message"] for event in hub.events(execution_id) if ROLE in event["message"]],
            "the timeline should say what is in the way",
        )
        assert all(word in told[0] for word in (EXPIRING.account_id, "could not be assumed")), told
        assert hub.drs.jobs_of(execution_id) == []
        held_up = hub.execution(execution_id)
        assert held_up["status"] == "RUNNING"
        assert ROLE in held_up["waves"][0]["statusReason"]
    finally:
        iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=_document(trust))

    execution = hub.ended(execution_id)
    assert execution["status"] == "COMPLETED", execution["statusReason"]
    assert [job.servers for job in hub.drs.jobs_of(execution_id)] == [{server}]


def _names_everything(message: str, details: dict[str, Any], obstacle: Obstacle) -> None:
    assert obstacle.words in message, message
    assert obstacle.target.account_id in message, message
    assert details["accountId"] == obstacle.target.account_id
    assert obstacle.step in (details.get("step"), details.get("operation")), details
    if obstacle.direct_error == "CROSS_ACCOUNT_ERROR":
        arn = f"arn:aws:iam::{obstacle.target.account_id}:role/{ROLE}"
        assert details["roleArn"] == arn and arn in message
    else:
        assert details["region"] == obstacle.target.region and obstacle.target.region in message


def _document(trust: dict[str, Any], **changed: str) -> str:
    statements = [{**statement, **changed} for statement in trust["Statement"]]
    return json.dumps({**trust, "Statement": statements})
