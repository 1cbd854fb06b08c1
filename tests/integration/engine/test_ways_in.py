"""What invokes the orchestration function is told apart once, and what is none of it is refused by name."""

from typing import Any

import pytest

from shared.errors import ValidationError
from tests.support.world import World
from tests.support.world.functions import ORCHESTRATION, function_arn


def _told(event: Any) -> Any:
    return World().parts.handlers()[function_arn(ORCHESTRATION)](event)


def _drs_event(*resources: str) -> dict[str, Any]:
    return {"source": "aws.drs", "account": "111122223333", "region": "us-west-2", "resources": list(resources)}


def test_the_schedule_and_a_launch_event_are_answered() -> None:
    server = "arn:aws:drs:us-west-2:111122223333:source-server/s-1111111111111db01"

    assert "reconciled" in _told({"schedule": "reconcile"})
    assert _told(_drs_event(server)) == {"woken": False}


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ({"operation": "get_execution", "executionId": "e1"}, "UNKNOWN_EVENT"),
        ({"schedule": "tidy"}, "UNKNOWN_EVENT"),
        ({"action": "explode"}, "UNKNOWN_ACTION"),
        (_drs_event(), "INVALID_ARN"),
        (_drs_event("arn:aws:drs:us-west-2:111122223333:job/drsjob-1"), "INVALID_ARN"),
        ({}, "UNKNOWN_EVENT"),
        ([], "OBJECT_REQUIRED"),
    ],
)
def test_an_event_of_no_known_kind_is_refused_by_name(event: Any, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        _told(event)

    assert code in str(refused.value.details)
