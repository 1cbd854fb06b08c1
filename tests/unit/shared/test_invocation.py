"""What Lambda says of an invocation, and who calls a function that answers no operations."""

from typing import Any

import pytest

from shared.errors import ValidationError
from shared.invocation import DrsEvent, ScheduleInvocation, StateMachineCall, alias_of, parse_invocation

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
