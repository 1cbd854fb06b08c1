"""What Lambda says of an invocation, and who calls a function that answers no operations."""

from typing import Any

import pytest

from shared.errors import ValidationError
from shared.invocation import (
    DrsEvent,
    ScheduleInvocation,
    StateMachineCall,
    WorkInvocation,
    alias_of,
    background_of,
    parse_invocation,
)

ARN = "arn:aws:lambda:us-east-1:123456789012:function:aws-drs-orchestration-query-handler-dev"


def test_the_callers_are_told_apart() -> None:
    drs = {
        "source": "aws.drs",
        "detail-type": "DRS Source Server Launch Result",
        "account": "111122223333",
        "region": "us-west-2",
        "resources": ["arn:aws:drs:us-west-2:111122223333:source-server/s-1"],
        "detail": {"state": "RECOVERY_LAUNCH_SUCCEEDED", "job-id": "drsjob-1"},
    }

    assert parse_invocation({"schedule": "reconcile"}) == ScheduleInvocation("reconcile")
    assert parse_invocation({"action": "advance", "runSeq": 1}) == StateMachineCall("advance", {"runSeq": 1})
    assert parse_invocation(drs) == DrsEvent(
        "DRS Source Server Launch Result",
        "111122223333",
        "us-west-2",
        ("arn:aws:drs:us-west-2:111122223333:source-server/s-1",),
        {"state": "RECOVERY_LAUNCH_SUCCEEDED", "job-id": "drsjob-1"},
    )
    assert parse_invocation({"source": "aws.drs"}) == DrsEvent("", "", "", (), {})


@pytest.mark.parametrize("event", [None, [], {}, {"resource": "/"}, {"operation": "x"}, {"action": 7}])
def test_anything_else_is_refused(event: Any) -> None:
    with pytest.raises(ValidationError):
        parse_invocation(event)


@pytest.mark.parametrize(("arn", "alias"), [(ARN, None), (f"{ARN}:live", "live"), (f"{ARN}:$LATEST", "$LATEST")])
def test_the_alias_is_read_from_the_arn(arn: str, alias: str | None) -> None:
    assert alias_of(arn) == alias


def test_work_that_nobody_waits_for_is_told_from_what_a_door_answers() -> None:
    assert background_of({"schedule": "nightly"}, f"{ARN}:live") == ScheduleInvocation("nightly")
    assert background_of({"work": "sweep", "runId": "r-1"}, f"{ARN}:live") == WorkInvocation("sweep", {"runId": "r-1"})
    assert background_of({"work": "sweep"}, ARN) == WorkInvocation("sweep", {})


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        {},
        {"work": 7},
        {"schedule": None},
        {"operation": "health", "work": "sweep"},
        {"operation": None, "schedule": "nightly"},
    ],
)
def test_what_names_an_operation_or_no_work_is_answered_by_the_direct_door(event: Any) -> None:
    assert background_of(event, f"{ARN}:live") is None


def test_no_work_comes_by_the_alias_of_api_gateway() -> None:
    assert background_of({"work": "sweep"}, f"{ARN}:live-api") is None
    assert background_of({"schedule": "nightly"}, f"{ARN}:live-api") is None
