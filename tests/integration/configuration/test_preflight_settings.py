"""What a preflight tells of launch settings: by a look at some servers, and by what was applied last of the others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.launch_config_rules import effective_config
from shared.models.finding import FindingCode, Outcome
from shared.models.launch_config_state import ConfigStatus, ServerConfigState
from shared.services.preflight import check_plan
from shared.stores.launch_configs import LaunchConfigStore
from tests.integration.configuration.conftest import System
from tests.integration.configuration.test_plans import wave
from tests.support.configuration import DATABASE, server_id, server_key
from tests.support.findings import telling

ONE, TWO = server_id(1), server_id(2)


def plan_of(system: System, **group: Any) -> str:
    """A plan of one group of two servers."""
    system.protect(DATABASE, ONE, TWO)
    return system.plan(wave(0, system.group("Databases", sourceServerIds=[ONE, TWO], **group)))


def asked(system: System, plan_id: str) -> dict[str, Any]:
    """The report, for which nothing was written."""
    report = system.ask("preflight_recovery_plan", planId=plan_id)
    assert system.simulator.record.calls("UpdateLaunchConfiguration") == []
    return report


def failed(system: System, number: int, code: str, ago: timedelta = timedelta(0)) -> None:
    """The settings of a server could not be applied."""
    group = system.groups.find_by_names(["Databases"]).popitem()[1]
    key = server_key(number)
    state = ServerConfigState(
        server=key,
        status=ConfigStatus.FAILED,
        group_id=group.group_id,
        group_version=group.version,
        attempt=effective_config(group, key.source_server_id).digest,
        actor="Ann",
        at=system.clock.now() - ago,
        code=code,
        reason="the subnet does not exist",
    )
    LaunchConfigStore(system.tables["history"]).put_states([state])


def test_settings_that_were_never_applied_are_told_with_what_will_be_done(system: System) -> None:
    report = asked(system, plan_of(system, launchConfig={"copyTags": True}))

    [finding] = telling(report)
    assert (finding["code"], finding["outcome"]) == ("LAUNCH_CONFIG_DRIFT", "WARN")
    assert finding["details"]["statuses"] == {ONE: "PENDING", TWO: "PENDING"}
    assert finding["details"]["fields"] == {ONE: ["copyTags"], TWO: ["copyTags"]}
    assert "repaired before they are launched" in finding["message"]
    assert report["canStart"] is True


def test_a_group_that_wants_no_difference_prevents_the_start(system: System) -> None:
    report = asked(system, plan_of(system, launchConfig={"copyTags": True}, launchConfigPolicy="BLOCK"))

    [finding] = telling(report)
    assert (finding["code"], finding["outcome"], report["canStart"]) == ("LAUNCH_CONFIG_DRIFT", "FAIL", False)


def test_servers_without_settings_have_nothing_to_be_told(system: System) -> None:
    own = [{"sourceServerId": ONE, "launchTemplate": {"copyTags": True}}]

    [finding] = telling(asked(system, plan_of(system, servers=own)))

    assert finding["serverIds"] == [ONE]


@pytest.mark.parametrize(
    ("code", "ago", "told"),
    [
        ("InvalidSubnetID.NotFound", 1, ("LAUNCH_CONFIG_INVALID", "FAIL")),
        ("InvalidSubnetID.NotFound", 16, ("LAUNCH_CONFIG_INVALID", "WARN")),
        ("ValidationException", 14, ("LAUNCH_CONFIG_INVALID", "FAIL")),
        ("ValidationException", 16, ("LAUNCH_CONFIG_INVALID", "WARN")),
        ("NOT_AS_WRITTEN", 16, ("LAUNCH_CONFIG_INVALID", "WARN")),
        ("SECURITY_GROUPS_BY_NAME", 1, ("LAUNCH_CONFIG_DRIFT", "WARN")),
        ("LAUNCH_TEMPLATE_MISSING", 1, ("LAUNCH_CONFIG_DRIFT", "WARN")),
        ("EXTERNAL_EDIT", 1, ("LAUNCH_CONFIG_DRIFT", "WARN")),
    ],
)
def test_what_was_refused_for_good_prevents_the_start_and_what_may_be_better_does_not(
    system: System, code: str, ago: int, told: tuple[str, str]
) -> None:
    plan_id = plan_of(system, servers=[{"sourceServerId": ONE, "launchTemplate": {"copyTags": True}}])
    failed(system, 1, code, timedelta(minutes=ago))

    [finding] = telling(asked(system, plan_id))

    assert (finding["code"], finding["outcome"]) == told


def test_whoever_was_refused_long_ago_and_cannot_be_looked_at_is_unknown(system: System) -> None:
    plan_id = plan_of(system, servers=[{"sourceServerId": ONE, "launchTemplate": {"copyTags": True}}])
    failed(system, 1, "ValidationException", timedelta(days=3))
    system.simulator.add_faults(
        {"faults": [{"operation": "GetLaunchConfiguration", "kind": "revokedRole", "times": None}]}
    )

    [finding] = telling(asked(system, plan_id))

    assert (finding["code"], finding["outcome"]) == ("LAUNCH_CONFIG_NOT_CHECKED", "UNKNOWN")


def test_that_drs_wanted_fewer_calls_until_there_was_no_time_left_is_told_as_that(system: System) -> None:
    plan_id = plan_of(system, launchConfig={"copyTags": True})
    system.simulator.add_faults(
        {"faults": [{"operation": "GetLaunchConfiguration", "kind": "throttling", "times": None}]}
    )

    check = check_plan(system.plans.get(plan_id), replace(system.preflight, patience=2))

    [finding] = [each for each in check.findings if each.code is FindingCode.LAUNCH_CONFIG_NOT_CHECKED]
    assert (finding.outcome, finding.reason, finding.server_ids) == (Outcome.UNKNOWN, "THROTTLED", (ONE, TWO))
    assert "AWS wanted fewer calls (last: GetLaunchConfiguration (ThrottlingException))" in finding.message
    assert "no answer" not in finding.message
