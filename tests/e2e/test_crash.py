"""Functions that die and runs that are stopped, in the middle of a launch."""

from typing import Any

import pytest

from local.system import LocalSystem
from tests.e2e.accounts import APPLICATION, DATABASE
from tests.e2e.hub import Hub, Part, Wave
from tests.e2e.waiting import eventually

SHELL = "orchestration-stepfunctions"

DOUBT_AND_MORE = 300.0
"""Real seconds; who dies between the intent and the call leaves a launch that is looked for 175 of them."""


@pytest.mark.requirement("SRS-E01")
def test_a_launch_whose_caller_dies_before_the_reply_is_adopted(hub: Hub, system: LocalSystem) -> None:
    (first,), (second,) = hub.drs.protect(DATABASE, "crash-1"), hub.drs.protect(APPLICATION, "crash-2")
    hub.drs.break_off("lateReply", operation="StartRecovery", servers=[first], seconds=20_000)
    execution_id = hub.start(Wave([Part(DATABASE, [first])]), Wave([Part(APPLICATION, [second])]))
    eventually(lambda: hub.drs.jobs_of(execution_id), "DRS should take the launch")

    system.crash(SHELL)

    execution = hub.ended(execution_id)
    assert execution["status"] == "COMPLETED", execution["statusReason"]
    assert [job.servers for job in hub.drs.jobs_of(execution_id)] == [{first}, {second}]
    assert [call["parameters"]["sourceServers"] for call in _launches(hub, first, second)] == [
        [{"sourceServerID": first}],
        [{"sourceServerID": second}],
    ]


@pytest.mark.requirement("SRS-E14")
def test_an_execution_outlives_a_shell_that_dies_again_and_again(hub: Hub, system: LocalSystem) -> None:
    (first,), (second,) = hub.drs.protect(DATABASE, "crashes-1"), hub.drs.protect(APPLICATION, "crashes-2")
    execution_id = hub.start(Wave([Part(DATABASE, [first])]), Wave([Part(APPLICATION, [second])]))

    deaths = 0

    def completed_after_deaths() -> bool:
        nonlocal deaths
        if deaths < 4:
            system.crash(SHELL)
            deaths += 1
        return bool(hub.execution(execution_id)["status"] == "COMPLETED")

    eventually(completed_after_deaths, f"{execution_id} should be COMPLETED", DOUBT_AND_MORE, every=1.5)
    assert [job.servers for job in hub.drs.jobs_of(execution_id)] == [{first}, {second}]
    assert len(_launches(hub, first, second)) == 2


@pytest.mark.requirement("SRS-E15")
def test_a_run_that_is_stopped_from_outside_is_replaced(hub: Hub, system: LocalSystem) -> None:
    (first,), (second,) = hub.drs.protect(DATABASE, "stopped-1"), hub.drs.protect(APPLICATION, "stopped-2")
    execution_id = hub.start(Wave([Part(DATABASE, [first])]), Wave([Part(APPLICATION, [second])]))
    eventually(lambda: hub.drs.jobs_of(execution_id), "the first wave should launch")

    system.client("stepfunctions").stop_execution(executionArn=hub.run_arn(execution_id), cause="somebody was curious")

    execution = hub.ended(execution_id)
    assert execution["status"] == "COMPLETED", execution["statusReason"]
    assert [job.servers for job in hub.drs.jobs_of(execution_id)] == [{first}, {second}]
    assert len(_launches(hub, first, second)) == 2
    assert hub.run_status(execution_id) == "ABORTED"
    eventually(lambda: hub.run_status(f"{execution_id}-r2") == "SUCCEEDED", "the second run should bring it to its end")


def _launches(hub: Hub, *servers: str) -> list[dict[str, Any]]:
    """Every call of StartRecovery that named one of the servers."""
    return [
        call
        for call in hub.drs.calls("StartRecovery")
        if {each["sourceServerID"] for each in call["parameters"]["sourceServers"]} & set(servers)
    ]
