"""What a preflight finds in every account and region of a plan, and that it changes nothing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest

from local.drs_simulator.estate import ReplicationSpec
from shared.aws.drs import DrsGateway
from shared.drs_limits import DOCUMENTED
from shared.models.account import AccountStatus
from shared.models.drs import SourceServer
from shared.models.execution import ExecutionHeader, ExecutionStatus, ExecutionType
from shared.models.lock import LockOwner, OwnerKind
from shared.models.quota import QuotaRow, Reservation
from shared.models.targets import Target
from shared.services.preflight import check_plan
from tests.integration.configuration.conftest import Call, System, account, demo_mappings, sample
from tests.integration.configuration.test_plans import wave
from tests.support.configuration import DATABASE, HUB, NOW, WEB, group, plan, server_id, server_key
from tests.support.configuration import wave as stored_wave
from tests.support.findings import preventing, telling

ONE, TWO, THREE = server_id(1), server_id(2), server_id(3)


def preflight(system: System, plan_id: str) -> dict[str, Any]:
    """The report; whatever it says, nothing was written and nothing was launched."""
    before = system.content()
    report = system.call("preflight_recovery_plan", planId=plan_id)
    assert "error" not in report, report
    assert system.content() == before
    return report


def errors(report: dict[str, Any]) -> list[str]:
    assert report["canStart"] is not bool(preventing(report))
    return [each["code"] for each in preventing(report)]


def warnings(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in telling(report) if each["outcome"] == "WARN"]


def one_wave(system: System, **fields: Any) -> str:
    """A plan of one wave over one group."""
    return system.plan(wave(0, system.group("Databases", **fields)))


def start_of(system: System, execution_id: str, *servers: int, status: ExecutionStatus) -> LockOwner:
    """Another execution that holds servers."""
    header = ExecutionHeader(
        execution_id=execution_id,
        plan_id="other",
        plan_name="Payroll",
        plan_version=1,
        execution_type=ExecutionType.RECOVERY,
        status=status,
        started_at=NOW,
        initiated_by="test",
        waves=(),
        wave_count=0,
        server_count=len(servers),
    )
    owner = LockOwner(
        kind=OwnerKind.EXECUTION,
        execution_id=execution_id,
        plan_id="other",
        plan_name="Payroll",
        execution_type="RECOVERY",
    )
    system.executions.create(header)
    system.locks.take([server_key(number) for number in servers], owner)
    return owner


def test_the_sample_is_ready_and_its_launch_settings_are_said_not_to_be_applied(system: System) -> None:
    system.protect_the_sample()
    report = system.call("import_configuration", **sample(), mappings=demo_mappings())

    report = preflight(system, report["created"][-1]["id"])

    assert report["canStart"] is True
    assert report["serverCount"] == 6
    assert {each["code"] for each in telling(report)} == {"LAUNCH_CONFIG_DRIFT"}
    assert len(telling(report)) == 3
    assert report["targets"] == [target.wire() for target in (DATABASE, WEB)]
    assert [each["serverCount"] for each in report["waves"]] == [2, 2, 2]
    [first, _] = report["waves"][0]["servers"]
    assert first["server"] == {**DATABASE.wire(), "sourceServerId": "s-1111111111111db01"}
    assert first["name"] == "host-1db01"


def test_tags_are_resolved_at_the_moment_of_the_check(system: System) -> None:
    system.protect(DATABASE, ONE, tags={"tier": "db", "site": "a"})
    system.protect(DATABASE, TWO, tags={"tier": "db"})
    plan_id = one_wave(system, serverSelectionTags={"tier": "db", "site": "a"})

    before = preflight(system, plan_id)
    system.protect(DATABASE, THREE, tags={"tier": "db", "site": "a"})
    after = preflight(system, plan_id)

    assert [each["server"]["sourceServerId"] for each in before["waves"][0]["servers"]] == [ONE]
    assert [each["server"]["sourceServerId"] for each in after["waves"][0]["servers"]] == [ONE, THREE]


def test_an_empty_group_is_an_error_that_names_group_and_wave(system: System) -> None:
    system.groups.put_new(group("g1", group_name="Databases", source_server_ids=()))

    report = preflight(system, system.plan(wave(0, "g1")))

    [finding] = telling(report)
    assert (finding["outcome"], finding["code"]) == ("FAIL", "EMPTY_GROUP")
    assert (finding["groupName"], finding["waveNumber"]) == ("Databases", 0)
    assert report["canStart"] is False


def test_tags_that_no_server_carries_are_an_error(system: System) -> None:
    system.protect(DATABASE, ONE, tags={"tier": "web"})

    report = preflight(system, one_wave(system, serverSelectionTags={"tier": "db"}))

    assert errors(report) == ["NO_SERVERS_MATCH"]
    assert "tier=db" in telling(report)[0]["message"]


@pytest.mark.parametrize("state", ["DISCONNECTED", "STALLED", "STOPPED", "PAUSED", "INITIAL_SYNC"])
def test_a_server_that_does_not_replicate_is_an_error_with_its_state(system: System, state: Any) -> None:
    system.protect(DATABASE, ONE, TWO)
    plan_id = one_wave(system, sourceServerIds=[ONE, TWO])
    system.simulator.set_replication(DATABASE.account_id, DATABASE.region, TWO, ReplicationSpec(state=state))

    report = preflight(system, plan_id)

    assert errors(report) == ["REPLICATION_STATE", *["SNAPSHOT_MISSING"] * (state in ("STOPPED", "INITIAL_SYNC"))]
    finding = telling(report)[0]
    assert finding["serverIds"] == [TWO]
    assert finding["details"] == {"replicationState": state}
    assert state in finding["message"]
    assert (finding["accountId"], finding["region"]) == (DATABASE.account_id, DATABASE.region)


def test_a_server_that_drs_no_longer_knows_is_an_error(system: System) -> None:
    system.protect(DATABASE, ONE)
    system.groups.put_new(group("g", source_server_ids=[ONE, TWO]))

    report = preflight(system, system.plan(wave(0, "g")))

    assert errors(report) == ["SERVER_MISSING"]
    assert telling(report)[0]["serverIds"] == [TWO]


def test_a_group_that_is_gone_is_an_error(system: System) -> None:
    system.plans.put_new(plan(stored_wave(0, "gone")))

    assert errors(preflight(system, "plan-1")) == ["GROUP_NOT_FOUND"]


def test_drs_that_is_not_initialised_in_one_region_is_an_error_there_and_the_other_is_checked(system: System) -> None:
    system.protect(DATABASE, ONE)
    elsewhere = Target(account_id=DATABASE.account_id, region="eu-west-1")
    ready = system.group("Ready", sourceServerIds=[ONE])
    bare = system.group("Bare", elsewhere, serverSelectionTags={"tier": "db"})

    report = preflight(system, system.plan(wave(0, ready, bare)))

    assert errors(report) == ["DRS_STATE", "SERVERS_NOT_RESOLVED"]
    assert telling(report)[0]["reason"] == "NOT_INITIALIZED"
    assert telling(report)[0]["region"] == "eu-west-1"
    assert report["waves"][0]["serverCount"] == 1


def test_a_region_that_is_not_enabled_is_an_error(system: System) -> None:
    elsewhere = Target(account_id=DATABASE.account_id, region="me-south-1")
    system.simulator.disable_region(elsewhere.account_id, elsewhere.region)
    bare = system.group("Bare", elsewhere, serverSelectionTags={"tier": "db"})

    report = preflight(system, system.plan(wave(0, bare)))

    assert errors(report) == ["DRS_STATE", "SERVERS_NOT_RESOLVED"]
    assert [each["outcome"] for each in telling(report)] == ["FAIL", "UNKNOWN"]
    assert telling(report)[0]["reason"] == "REGION_NOT_ENABLED"


def test_a_role_that_cannot_be_assumed_is_an_error_that_names_account_role_and_step(system: System) -> None:
    system.protect(DATABASE, ONE)
    system.protect(WEB, TWO)
    database = system.group("Databases", sourceServerIds=[ONE])
    web = system.group("Web", WEB, sourceServerIds=[TWO])
    plan_id = system.plan(wave(0, database), wave(1, web))
    # Sessions are kept for an hour, so the role is asked for anew by a purpose of its own.
    system.sts.missing.add(WEB.account_id)

    anew = replace(system.preflight, drs=system.drs.named("another-purpose"))

    check = check_plan(system.plans.get(plan_id), anew)

    [finding] = check.obstacles
    assert (finding.code.value, finding.reason) == ("ROLE", "ROLE_NOT_ASSUMABLE")
    assert finding.account_id == WEB.account_id
    assert finding.details["step"] == "AssumeRole"
    assert finding.details["roleArn"].endswith(f"{WEB.account_id}:role/DRSOrchestrationRole")
    assert [len(check.servers_by_wave[number]) for number in (0, 1)] == [1, 1], (
        "whom a group lists is known all the same"
    )


def test_servers_are_asked_for_in_pages_of_200_and_accounts_at_once(system: System) -> None:
    numbers = range(1, 451)
    for target in (DATABASE, WEB):
        system.protect(target, *map(server_id, numbers))
    for number, target in enumerate((DATABASE, WEB)):
        for part in range(5):
            listed = list(map(server_id, numbers[part * 90 : part * 90 + 90]))
            system.groups.put_new(group(f"{number}-{part}", target, source_server_ids=tuple(listed)))
    waves = [wave(part, f"0-{part}", f"1-{part}") for part in range(5)]
    meeting = Barrier(2, timeout=30)

    class Meeting(DrsGateway):
        """DRS, that answers when both accounts are being asked."""

        def source_servers(self, target: Target, ids: Sequence[str] | None = None) -> tuple[SourceServer, ...]:
            meeting.wait()
            return super().source_servers(target, ids)

    drs = Meeting(system.sessions, system.clock)

    check = check_plan(system.plans.get(system.plan(*waves)), replace(system.preflight, drs=drs))

    assert len(check.servers) == 900
    calls = Counter((call.account, call.operation) for call in system.simulator.record.calls())
    assert {calls[target.account_id, "DescribeSourceServers"] for target in (DATABASE, WEB)} == {3}


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"kind": "serverError", "status": 500}, ("DRS_STATE", "REFUSED", "UNKNOWN")),
        ({"kind": "revokedRole"}, ("DRS_STATE", "DENIED", "FAIL")),
        ({"kind": "throttling"}, ("DRS_STATE", "THROTTLED", "UNKNOWN")),
        ({"kind": "expiredCredentials"}, ("ROLE", "ROLE_NOT_ASSUMABLE", "FAIL")),
    ],
)
@pytest.mark.parametrize("operation", ["DescribeSourceServers", "DescribeJobs"])
def test_what_could_not_be_checked_is_an_error_and_never_fine(
    system: System, operation: str, fault: dict[str, Any], told: tuple[str, str, str]
) -> None:
    system.protect(DATABASE, ONE)
    plan_id = one_wave(system, sourceServerIds=[ONE])
    system.simulator.add_faults({"faults": [{**fault, "operation": operation, "times": None}]})

    report = preflight(system, plan_id)

    [finding] = telling(report)
    assert (finding["code"], finding["reason"], finding["outcome"]) == told
    assert report["canStart"] is False
    assert DATABASE.account_id in finding["message"]


def test_an_account_that_is_not_registered_or_inactive_is_an_error(system: System) -> None:
    system.accounts.put(account(WEB, AccountStatus.INACTIVE), 1)
    nowhere = Target(account_id="999999999999", region="us-west-2")
    system.groups.put_new(group("a", nowhere, source_server_ids=[ONE]))
    system.groups.put_new(group("b", WEB, source_server_ids=[TWO]))

    report = preflight(system, system.plan(wave(0, "a", "b")))

    assert errors(report) == ["ROLE", "ROLE"]
    assert [each["reason"] for each in telling(report)] == ["ACCOUNT_INACTIVE", "ACCOUNT_NOT_REGISTERED"]


def test_a_server_in_another_execution_is_an_error_that_names_owner_plan_type_and_state(system: System) -> None:
    system.protect(DATABASE, ONE, TWO)
    plan_id = one_wave(system, sourceServerIds=[ONE, TWO])
    start_of(system, "exec-1", 2, status=ExecutionStatus.PREPARING)

    report = preflight(system, plan_id)

    assert errors(report) == ["SERVER_BUSY"]
    [finding] = telling(report)
    assert finding["serverIds"] == [TWO]
    assert finding["details"] == {
        "ownerKind": "EXECUTION",
        "executionId": "exec-1",
        "planId": "other",
        "planName": "Payroll",
        "executionType": "RECOVERY",
        "state": "PREPARING",
        "executionState": "PREPARING",
    }
    for word in ("exec-1", "Payroll", "RECOVERY", "PREPARING"):
        assert word in finding["message"]


def test_a_lock_whose_execution_has_ended_stands_in_nobodys_way(system: System) -> None:
    system.protect(DATABASE, ONE)
    plan_id = one_wave(system, sourceServerIds=[ONE])
    start_of(system, "exec-1", 1, status=ExecutionStatus.FAILED)

    assert preflight(system, plan_id)["canStart"] is True


def test_a_server_that_tags_put_into_two_waves_is_an_error(system: System) -> None:
    system.protect(DATABASE, ONE, tags={"tier": "db", "site": "a"})
    first = system.group("By tier", serverSelectionTags={"tier": "db"})
    second = system.group("By site", serverSelectionTags={"site": "a"})

    report = preflight(system, system.plan(wave(0, first), wave(1, second)))

    assert errors(report) == ["SERVER_IN_TWO_WAVES"]
    assert telling(report)[0]["details"] == {"waveNumbers": [0, 1], "groupNames": ["By tier", "By site"]}


def test_a_server_that_tags_put_into_two_groups_of_one_wave_is_recovered_once(system: System) -> None:
    system.protect(DATABASE, ONE, tags={"tier": "db", "site": "a"})
    first = system.group("By tier", serverSelectionTags={"tier": "db"})
    second = system.group("By site", serverSelectionTags={"site": "a"})

    report = preflight(system, system.plan(wave(0, first, second)))

    [shared] = warnings(report)
    assert shared["code"] == "SERVER_IN_TWO_GROUPS"
    assert shared["details"] == {"groupNames": ["By tier", "By site"], "settingsGroupName": "By tier"}
    assert report["canStart"] is True
    assert report["serverCount"] == report["waves"][0]["serverCount"] == 1


def test_a_foreign_job_with_a_server_of_the_plan_is_a_warning(system: System) -> None:
    system.protect(DATABASE, ONE)
    plan_id = one_wave(system, sourceServerIds=[ONE])
    job_id = system.simulator.start_foreign_job(DATABASE.account_id, DATABASE.region, [ONE])

    report = preflight(system, plan_id)

    [finding] = warnings(report)
    assert finding["code"] == "SERVER_BUSY"
    assert finding["details"]["jobId"] == job_id
    assert report["canStart"] is True


def test_quotas_in_use_are_a_warning_with_the_numbers(system: System) -> None:
    system.protect(DATABASE, ONE)
    plan_id = one_wave(system, sourceServerIds=[ONE])
    reservations = tuple(
        Reservation(reservation_id=str(number), execution_id="e", server_count=1, taken_at=NOW) for number in range(20)
    )
    system.quotas.put(QuotaRow(target=DATABASE, reservations=reservations, version=1))

    [finding] = warnings(preflight(system, plan_id))

    assert (finding["code"], finding["reason"]) == ("QUOTA", "JOBS_AT_ONCE")
    assert finding["details"] == {"quota": "jobsAtOnce", "limit": 20, "inUse": 20, "needed": 1}


def test_quotas_that_could_not_be_read_are_a_warning_with_what_counts_instead(system: System) -> None:
    system.protect(DATABASE, ONE)
    plan_id = one_wave(system, sourceServerIds=[ONE])
    system.limits.value = replace(DOCUMENTED, jobs_at_once=12, unread="ListServiceQuotas: AccessDeniedException")

    found = preflight(system, plan_id)

    [finding] = warnings(found)
    assert (finding["code"], finding["reason"], finding["accountId"]) == ("QUOTA", "NOT_READ", DATABASE.account_id)
    assert "12 jobs at once with 500 servers; ListServiceQuotas: AccessDeniedException" in finding["message"]
    assert found["canStart"] is True


def test_a_plan_check_names_its_servers_and_targets(system: System) -> None:
    system.protect(DATABASE, ONE)
    plan_id = one_wave(system, sourceServerIds=[ONE])

    check = check_plan(system.plans.get(plan_id), system.preflight)

    assert check.servers == (server_key(1),)
    assert check.targets == (DATABASE,)


def test_the_hubs_own_servers_need_no_registered_account(system: System) -> None:
    hub = Target(account_id=HUB, region="us-east-1")
    system.protect(hub, ONE)
    plan_id = system.plan(wave(0, system.group("Hub", hub, sourceServerIds=[ONE])))

    assert preflight(system, plan_id)["canStart"] is True


def test_the_preflight_of_a_plan_that_does_not_exist_is_not_found(system: System) -> None:
    assert system.call("preflight_recovery_plan", planId="nobody")["error"] == "RESOURCE_NOT_FOUND"


def test_a_wrong_function_names_the_right_one(system: System) -> None:
    answer = system.handlers[1]({"operation": "preflight_recovery_plan", "planId": "p"}, Call())

    assert answer["error"] == "OPERATION_NOT_FOUND"
    assert answer["details"]["function"] == "query-handler"


def test_a_row_of_an_account_that_somebody_wrote_wrong_is_a_finding_that_names_account_and_field(
    system: System,
) -> None:
    system.protect(DATABASE, ONE)
    plan_id = one_wave(system, sourceServerIds=[ONE])
    row = {**system.accounts.get(DATABASE.account_id).wire(), "status": "bogus"}
    system.tables["accounts"].put(row)

    [finding] = telling(preflight(system, plan_id))

    assert (finding["outcome"], finding["code"]) == ("FAIL", "ROLE")
    assert DATABASE.account_id in finding["message"]
    assert "status" in finding["message"]
