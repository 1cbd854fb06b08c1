"""What a preflight tells of the servers themselves, and of every check that it made."""

from typing import Any

import pytest

from local.drs_simulator import ReplicationSpec
from shared.models.drs import SourceServer
from shared.models.targets import Target
from shared.server_readiness import lag_of
from tests.integration.configuration.conftest import System
from tests.integration.configuration.test_plans import wave
from tests.support.configuration import DATABASE, WEB, server_id
from tests.support.findings import preventing, telling

ONE, TWO = server_id(1), server_id(2)


def plan_of(system: System, *servers: str, target: Target = DATABASE, **plan: Any) -> str:
    """A plan of one wave with these servers, which DRS protects."""
    system.protect(target, *servers)
    return system.plan(wave(0, system.group("Databases", target, sourceServerIds=list(servers))), **plan)


def outcomes(report: dict[str, Any], target: Target = DATABASE) -> dict[str, str]:
    """How each check came out in an account and region."""
    lines = [
        line for line in report["checks"] if (line["accountId"], line["region"]) == (target.account_id, target.region)
    ]
    return {line["code"]: line["outcome"] for line in lines}


def test_every_check_is_told_also_where_nothing_is_wrong(system: System) -> None:
    report = system.ask("preflight_recovery_plan", planId=plan_of(system, ONE))

    assert outcomes(report) == {
        "ROLE": "PASS",
        "DRS_STATE": "PASS",
        "QUOTA": "PASS",
        "SERVER_MISSING": "PASS",
        "SERVER_BUSY": "PASS",
        "REPLICATION_STATE": "PASS",
        "EXTENSION_UNUSABLE": "PASS",
        "LEFTOVER_INSTANCES": "PASS",
        "PREPARED_INSTANCE": "PASS",
        "PREPARED_NOT_CHECKED": "PASS",
        "LAUNCH_RIGHTS": "UNKNOWN",
    }
    assert (report["canStart"], telling(report)) == (True, [])
    [rights] = report["findings"]
    assert (rights["code"], rights["outcome"], rights["accountId"]) == ("LAUNCH_RIGHTS", "UNKNOWN", DATABASE.account_id)


def test_where_the_role_is_gone_nothing_passes(system: System) -> None:
    plan_id = plan_of(system, ONE, target=WEB)
    system.sts.missing.add(WEB.account_id)
    # a session of the start would be good for an hour
    system.sessions.drop(system.sessions.session(WEB.account_id, "drs-orchestration"))

    report = system.ask("preflight_recovery_plan", planId=plan_id)

    assert report["canStart"] is False
    assert outcomes(report, WEB)["ROLE"] == "FAIL"
    assert {outcome for code, outcome in outcomes(report, WEB).items() if code != "ROLE"} == {"UNKNOWN"}


def test_data_that_is_older_than_the_plan_allows_is_a_warning(system: System) -> None:
    plan_id = plan_of(system, ONE, TWO, rpoSeconds=300)
    late = ReplicationSpec(state="CONTINUOUS", lag_seconds=301)
    system.simulator.set_replication(DATABASE.account_id, DATABASE.region, TWO, late)

    report = system.ask("preflight_recovery_plan", planId=plan_id)

    [finding] = telling(report)
    assert (finding["code"], finding["outcome"]) == ("REPLICATION_LAG", "WARN")
    assert finding["details"] == {"lagSeconds": {TWO: 301}}
    assert "RPO of 300 s" in finding["message"]
    assert (report["canStart"], outcomes(report)["REPLICATION_LAG"]) == (True, "WARN")


def test_without_an_objective_nobody_asks_how_old_data_is(system: System) -> None:
    report = system.ask("preflight_recovery_plan", planId=plan_of(system, ONE))
    assert "REPLICATION_LAG" not in outcomes(report)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [("PT0S", 0), ("PT1H30M", 5400), ("P1DT1S", 86_401), ("PT0.5S", 0.5), (None, None), ("soon", None), ("", None)],
)
def test_drs_tells_a_lag_as_a_duration(told: str | None, seconds: float | None) -> None:
    lag = lag_of(SourceServer(source_server_id=ONE, arn="", lag_duration=told))
    assert (None if lag is None else lag.total_seconds()) == seconds


def test_instances_of_an_earlier_drill_are_a_warning_that_names_them(system: System) -> None:
    plan_id = plan_of(system, ONE, TWO)
    system.simulator.start_foreign_job(DATABASE.account_id, DATABASE.region, [TWO], is_drill=True)
    system.clock.advance(3600)
    system.simulator.advance()

    report = system.ask("preflight_recovery_plan", planId=plan_id)

    [finding] = telling(report)
    assert (finding["code"], finding["outcome"], finding["serverIds"]) == ("LEFTOVER_INSTANCES", "WARN", [TWO])
    assert finding["details"]["instances"][TWO].startswith("i-")
    assert report["canStart"] is True


def test_a_lag_that_drs_does_not_tell_is_unknown_where_it_matters(system: System) -> None:
    plan_id = plan_of(system, ONE, TWO, rpoSeconds=60)
    silent = ReplicationSpec(state="CONTINUOUS", tells_lag=False)
    system.simulator.set_replication(DATABASE.account_id, DATABASE.region, ONE, silent)

    report = system.ask("preflight_recovery_plan", planId=plan_id)

    [finding] = preventing(report)
    assert (finding["code"], finding["outcome"], finding["serverIds"]) == ("REPLICATION_LAG", "UNKNOWN", [ONE])
    assert (report["canStart"], outcomes(report)["REPLICATION_LAG"]) == (False, "UNKNOWN")
