"""What a region says to an account: DRS as it is, or one of the obstacles that an account meets."""

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from local.drs_simulator.estate import RegionState
from tests.support.drs_rehearsal import ACCOUNT, OTHER_ACCOUNT, REGION, Rehearsal, told

OBSTACLES: tuple[tuple[RegionState, int, str], ...] = (
    ("notInitialized", 400, "UninitializedAccountException"),
    ("notEnabled", 403, "UnrecognizedClientException"),
    ("denied", 403, "AccessDeniedException"),
    ("throttled", 429, "ThrottlingException"),
)


@pytest.mark.parametrize(("state", "status", "code"), OBSTACLES)
def test_whatever_is_asked_of_a_region_meets_its_obstacle(
    rehearsal: Rehearsal, state: RegionState, status: int, code: str
) -> None:
    rehearsal.protect(1)
    rehearsal.simulator.initialize(OTHER_ACCOUNT, REGION)
    rehearsal.simulator.set_region(ACCOUNT, REGION, state)

    for ask in (rehearsal.drs.describe_source_servers, rehearsal.drs.describe_jobs):
        with pytest.raises(ClientError) as refused:
            ask()
        assert (told(refused)["ResponseMetadata"]["HTTPStatusCode"], told(refused)["Error"]["Code"]) == (status, code)
    assert rehearsal.client(OTHER_ACCOUNT).describe_source_servers()["items"] == []


def test_a_silent_region_takes_the_call_and_says_nothing(rehearsal: Rehearsal) -> None:
    rehearsal.protect(1)
    rehearsal.simulator.set_region(ACCOUNT, REGION, "silent")

    with pytest.raises(ReadTimeoutError):
        rehearsal.drs.describe_source_servers()

    assert rehearsal.simulator.record.calls()[-1].outcome == "timedOut"


@pytest.mark.parametrize("state", [state for state, _, _ in OBSTACLES] + ["silent"])
def test_an_obstacle_that_is_gone_has_changed_nothing(rehearsal: Rehearsal, state: RegionState) -> None:
    [server] = rehearsal.protect(1)
    rehearsal.simulator.set_region(ACCOUNT, REGION, state)

    rehearsal.simulator.set_region(ACCOUNT, REGION, "initialized")

    assert [one["sourceServerID"] for one in rehearsal.drs.describe_source_servers()["items"]] == [server]
