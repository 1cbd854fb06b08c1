"""Extended servers of a target account, as a preflight and the inventory tell of them."""

from dataclasses import replace
from typing import cast

import pytest

from local.drs_simulator.estate import EncryptionSpec, RegionState
from shared.drs_limits import DOCUMENTED
from shared.models.targets import Target
from tests.integration.configuration.conftest import System
from tests.integration.configuration.staging import (
    FIRST,
    KEY,
    REGION,
    SHARED,
    TARGET,
    add,
    remove,
    replicate,
    synced,
    used_in_one_region,
)
from tests.integration.configuration.test_plans import wave
from tests.integration.configuration.test_preflight_servers import outcomes
from tests.support.configuration import DATABASE
from tests.support.findings import preventing, telling


def test_one_that_cannot_be_used_any_more_is_never_told_to_be_ready(system: System) -> None:
    add(used_in_one_region(system))
    replicate(system, 1)
    extended = synced(system)["places"][0]["servers"][0]["extendedServerId"]
    system.clock.advance(900)
    plan_id = system.plan(wave(0, system.group("Extended", DATABASE, sourceServerIds=[extended])))
    ready = system.ask("preflight_recovery_plan", planId=plan_id)
    assert ready["canStart"] is True
    [rights] = [each for each in ready["findings"] if each["code"] == "LAUNCH_RIGHTS"]
    assert "use the keys by which staging accounts encrypt" in rights["message"]

    system.simulator.set_encryption(FIRST, REGION, EncryptionSpec(ebs_encryption="CUSTOM", key_arn=KEY))
    report = system.ask("preflight_recovery_plan", planId=plan_id)
    [seen] = system.ask("get_source_server_inventory", accountId=TARGET, region=REGION, fresh=True)["items"]

    assert report["canStart"] is False
    assert outcomes(report)["REPLICATION_STATE"] == "PASS", "it replicates all the while"
    assert outcomes(report)["EXTENSION_UNUSABLE"] == "FAIL"
    [finding] = preventing(report)
    assert (finding["code"], finding["serverIds"]) == ("EXTENSION_UNUSABLE", [extended])
    assert finding["details"] == {"stagingAccountId": FIRST}
    assert KEY in finding["message"]
    assert KEY in seen["launchObstacle"]
    system.simulator.set_encryption(FIRST, REGION, SHARED)
    system.clock.advance(900)
    assert system.ask("preflight_recovery_plan", planId=plan_id)["canStart"] is True


@pytest.fixture
def extended(system: System) -> str:
    """A plan of two servers that a staging account replicates."""
    add(used_in_one_region(system))
    replicate(system, 2)
    ids = [server["extendedServerId"] for server in synced(system)["places"][0]["servers"]]
    system.clock.advance(900)
    return system.plan(wave(0, system.group("Extended", DATABASE, sourceServerIds=ids)))


def test_a_staging_account_that_is_full_is_told_before_a_launch_is_refused(system: System, extended: str) -> None:
    assert telling(system.ask("preflight_recovery_plan", planId=extended)) == []
    system.limits.value = replace(DOCUMENTED, jobs_at_once=1)
    home = Target(account_id=FIRST, region=REGION)
    other = replicate(system, 1)
    system.clock.advance(900)
    system.simulator.start_foreign_job(home.account_id, home.region, other, is_drill=True)

    report = system.ask("preflight_recovery_plan", planId=extended)

    [finding] = telling(report)
    assert (report["canStart"], finding["code"], finding["outcome"]) == (True, "QUOTA", "WARN")
    assert (finding["accountId"], finding["details"]) == (
        FIRST,
        {"quota": "jobsAtOnce", "limit": 1, "inUse": 1, "needed": 1},
    )


@pytest.mark.parametrize("trouble", ["closed", "denied", "throttled"])
def test_a_staging_account_that_does_not_say_is_a_warning_and_no_obstacle(
    system: System, extended: str, trouble: str
) -> None:
    if trouble == "closed":
        remove(system, force=True)
        system.sessions.forget(FIRST)
    else:
        system.simulator.set_region(FIRST, REGION, cast(RegionState, trouble))

    report = system.ask("preflight_recovery_plan", planId=extended)

    [finding] = telling(report)
    assert (report["canStart"], finding["code"], finding["outcome"]) == (True, "QUOTA", "WARN")
    assert (finding["accountId"], finding["reason"]) == (FIRST, "NOT_READ")
