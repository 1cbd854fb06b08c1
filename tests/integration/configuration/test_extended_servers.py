"""Extended servers of a target account, as a preflight and the inventory tell of them."""

from local.drs_simulator.estate import EncryptionSpec
from tests.integration.configuration.conftest import System
from tests.integration.configuration.staging import (
    FIRST,
    KEY,
    REGION,
    SHARED,
    TARGET,
    add,
    replicate,
    synced,
    used_in_one_region,
)
from tests.integration.configuration.test_plans import wave
from tests.integration.configuration.test_preflight_servers import outcomes
from tests.support.configuration import DATABASE
from tests.support.findings import preventing


def test_one_that_cannot_be_used_any_more_is_never_told_to_be_ready(system: System) -> None:
    add(used_in_one_region(system))
    replicate(system, 1)
    extended = synced(system)["places"][0]["servers"][0]["extendedServerId"]
    system.clock.advance(900)
    plan_id = system.plan(wave(0, system.group("Extended", DATABASE, sourceServerIds=[extended])))
    assert system.ask("preflight_recovery_plan", planId=plan_id)["canStart"] is True

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
