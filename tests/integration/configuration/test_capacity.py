"""How full accounts are: the quotas of a place, a target account with its staging accounts, and all accounts."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from local.drs_simulator.estate import ReplicationSpec, SourceServerSpec
from shared.drs_limits import DOCUMENTED
from shared.models.account import AccountStatus, StagingAccount
from shared.models.quota import QuotaRow, Reservation
from shared.models.targets import Target
from tests.integration.configuration.conftest import EXTERNAL_ID, System, account, codes
from tests.support.configuration import DATABASE, HUB, NOW, WEB, server_id

STAGING, STRANGER = "777788889999", "888899990000"
PLACE = {"accountId": DATABASE.account_id, "region": DATABASE.region}
HERE = {"region": DATABASE.region}
STAGED = Target(account_id=STAGING, region=DATABASE.region)


pytestmark = pytest.mark.usefixtures("unhurried")


@pytest.fixture
def staged(system: System) -> System:
    """The account of the databases has two servers of its own and, of three that another replicates, one."""
    staging = StagingAccount(account_id=STAGING, account_name="Staging", external_id=EXTERNAL_ID)
    system.accounts.put(account(DATABASE).model_copy(update={"staging_accounts": (staging,)}), 1)
    protect(system, DATABASE, 1, 2)
    protect(system, STAGED, 3, 4, 5)
    protect(system, DATABASE, 3, staging_account_id=STAGING)
    return system


def protect(system: System, target: Target, *numbers: int, **spec: Any) -> None:
    for number in numbers:
        named = SourceServerSpec(hostname=f"host-{number}", source_server_id=server_id(number), **spec)
        system.simulator.add_source_server(target.account_id, target.region, named)


def asked(system: System, operation: str, **parameters: Any) -> dict[str, Any]:
    answer = system.ask(operation, **parameters)
    assert "error" not in answer, answer
    return answer


def replicating(parts: Iterable[dict[str, Any]]) -> dict[str, int | None]:
    return {part["accountId"]: part.get("replicating") for part in parts}


def quotas(system: System) -> dict[str, dict[str, Any]]:
    return {one["quota"]: one for one in asked(system, "get_drs_quotas", **PLACE)["quotas"]}


@pytest.mark.requirement("SRS-F39")
def test_every_quota_is_told_with_what_is_in_use_and_who_says_how_much_there_is(staged: System) -> None:
    staged.limits.value = replace(DOCUMENTED, source_servers=6000, told=frozenset({"source_servers"}))

    found = quotas(staged)

    assert {name: one["limit"] for name, one in found.items()} == {
        "replicatingServers": 300,
        "sourceServers": 6000,
        "serversPerJob": 100,
        "jobsAtOnce": 20,
        "serversInAllJobs": 500,
        "jobsPerServer": 1,
        "launchActions": 200,
        "sourceNetworks": 100,
    }
    assert {name for name, one in found.items() if one["limitFrom"] == "SERVICE_QUOTAS"} == {"sourceServers"}
    assert {name for name, one in found.items() if one["adjustable"]} == {"sourceServers", "sourceNetworks"}
    assert {name: one["inUse"] for name, one in found.items() if "inUse" in one} == {
        "replicatingServers": 2,
        "sourceServers": 3,
        "jobsAtOnce": 0,
        "serversInAllJobs": 0,
    }
    assert (found["replicatingServers"]["code"], found["replicatingServers"]["band"]) == ("L-C1D14A2B", "ok")


def test_jobs_are_in_use_and_reservations_without_a_job_beside_them(staged: System) -> None:
    job_id = staged.simulator.start_foreign_job(DATABASE.account_id, DATABASE.region, [server_id(1), server_id(2)])
    known, unknown = (
        Reservation(reservation_id=name, execution_id="exec-1", server_count=count, job_id=job, taken_at=NOW)
        for name, count, job in (("launch-1", 2, job_id), ("launch-2", 40, None))
    )
    staged.quotas.put(QuotaRow(target=DATABASE, reservations=(known, unknown), version=1))

    found = quotas(staged)

    assert (found["jobsAtOnce"]["inUse"], found["jobsAtOnce"]["reserved"]) == (1, 1)
    assert (found["serversInAllJobs"]["inUse"], found["serversInAllJobs"]["reserved"]) == (2, 40)
    staged.clock.advance(timedelta(hours=1).total_seconds())
    assert quotas(staged)["jobsAtOnce"]["inUse"] == 0


def test_quotas_that_could_not_be_read_are_a_finding(staged: System) -> None:
    staged.limits.value = replace(DOCUMENTED, unread="ListServiceQuotas: AccessDeniedException")

    answer = asked(staged, "get_drs_quotas", **PLACE)

    assert [(one["code"], one["reason"]) for one in answer["findings"]] == [("QUOTA", "NOT_READ")]
    assert {one["limitFrom"] for one in answer["quotas"]} == {"DOCUMENTED"}
    capacity = asked(staged, "get_combined_capacity", **PLACE)
    assert {(one["code"], one["accountId"]) for one in capacity["findings"]} == {
        ("QUOTA", DATABASE.account_id),
        ("QUOTA", STAGING),
    }


@pytest.mark.parametrize(
    ("state", "error"),
    [("denied", "AccessDeniedException"), ("notInitialized", "NOT_INITIALIZED"), ("throttled", "ThrottlingException")],
)
def test_quotas_of_a_place_that_cannot_be_read_are_an_error(staged: System, state: Any, error: str) -> None:
    staged.simulator.set_region(DATABASE.account_id, DATABASE.region, state)

    answer = staged.ask("get_drs_quotas", **PLACE)

    assert (answer["error"], answer["details"]["drsCode"]) == ("DRS_SERVICE_ERROR", error)


def test_an_extended_server_is_recovered_here_and_replicates_in_its_staging_account_alone(staged: System) -> None:
    answer = asked(staged, "get_combined_capacity", accountId=DATABASE.account_id)

    assert [region["region"] for region in answer["regions"]] == [DATABASE.region]
    [here] = answer["regions"]
    for part in (here, answer):
        assert replicating(part["replication"]) == {DATABASE.account_id: 2, STAGING: 3}
        assert [one["role"] for one in part["replication"]] == ["TARGET", "STAGING"]
        assert part["recovery"] == {"sourceServers": 3, "extended": 1, "limit": 4000, "band": "ok"}
    assert answer["serverCount"] == 5
    assert (answer["complete"], answer["findings"]) == (True, [])


@pytest.mark.requirement("SRS-F54")
def test_bands_are_of_the_quotas_that_hold_there(staged: System) -> None:
    staged.limits.value = replace(DOCUMENTED, replicating_servers=4, source_servers=3)

    answer = asked(staged, "get_combined_capacity", **PLACE)

    assert [one["band"] for one in answer["replication"]] == ["ok", "warning"]
    assert answer["recovery"]["band"] == "critical"


def test_what_replicates_no_more_takes_no_room(staged: System) -> None:
    stopped = ReplicationSpec(state="DISCONNECTED")
    staged.simulator.set_replication(STAGING, DATABASE.region, server_id(4), stopped)

    answer = asked(staged, "get_combined_capacity", **PLACE)

    assert replicating(answer["replication"]) == {DATABASE.account_id: 2, STAGING: 2}


@pytest.mark.parametrize("state", ["denied", "throttled", "silent"])
def test_a_staging_account_that_cannot_be_read_has_no_number_and_is_a_finding(staged: System, state: Any) -> None:
    staged.simulator.set_region(STAGING, DATABASE.region, state)

    answer = asked(staged, "get_combined_capacity", **PLACE)

    [finding] = answer["findings"]
    assert (finding["outcome"], finding["accountId"]) == ("FAIL" if state == "denied" else "UNKNOWN", STAGING)
    assert finding["details"]["state"] == state.upper()
    assert replicating(answer["replication"]) == {DATABASE.account_id: 2, STAGING: None}
    assert "band" not in answer["replication"][1]
    assert answer["complete"] is False


def test_a_staging_account_that_lets_nobody_in_is_one_finding(staged: System) -> None:
    staged.sts.missing.add(STAGING)

    answer = asked(staged, "get_combined_capacity", accountId=DATABASE.account_id)

    [finding] = answer["findings"]
    assert (finding["code"], finding["accountId"], "region" in finding) == ("ROLE", STAGING, False)


def test_an_account_that_replicates_for_this_one_and_is_not_known_here_is_a_finding(staged: System) -> None:
    protect(staged, DATABASE, 6, staging_account_id=STRANGER)

    answer = asked(staged, "get_combined_capacity", **PLACE)

    [finding] = answer["findings"]
    assert (finding["reason"], finding["outcome"], finding["accountId"]) == ("ACCOUNT_NOT_REGISTERED", "WARN", STRANGER)
    assert answer["complete"] is False


def test_capacity_is_answered_from_what_was_read_a_moment_ago_unless_it_is_to_be_fresh(staged: System) -> None:
    asked(staged, "get_source_server_inventory", **HERE)
    asked(staged, "get_combined_capacity", **PLACE)
    before = len(staged.simulator.record.calls())
    staged.clock.advance(10)

    again = asked(staged, "get_combined_capacity", **PLACE)

    assert len(staged.simulator.record.calls()) == before
    assert again["ageSeconds"] == 10
    assert asked(staged, "get_combined_capacity", **PLACE, fresh=True)["ageSeconds"] == 0


def test_the_capacity_of_an_account_that_is_not_there_is_not_found_and_that_of_the_hub_needs_no_row(
    system: System,
) -> None:
    assert system.ask("get_combined_capacity", accountId="999999999999")["error"] == "RESOURCE_NOT_FOUND"
    assert asked(system, "get_combined_capacity", accountId=HUB, **HERE)["regions"] == []
    assert codes(system.ask("get_combined_capacity", accountId=HUB, region="us-gov-west-1")) == {
        "region": "UNKNOWN_REGION"
    }


@pytest.mark.requirement("PRD-20", "SRS-F55")
def test_all_accounts_in_use_are_told_a_page_at_a_time(staged: System) -> None:
    first = asked(staged, "get_all_capacity", limit=1)
    rest = asked(staged, "get_all_capacity", limit=10, nextToken=first["nextToken"])

    found = [*first["items"], *rest["items"]]
    assert [one["accountId"] for one in found] == sorted([HUB, DATABASE.account_id, WEB.account_id])
    assert "nextToken" not in rest
    assert {one["accountId"]: one["serverCount"] for one in found}[DATABASE.account_id] == 5


def test_all_capacity_leaves_inactive_accounts_out_and_says_what_it_could_not_read(staged: System) -> None:
    staged.accounts.put(account(WEB, AccountStatus.INACTIVE), 1)
    staged.tables["accounts"].put({"accountId": "222233334444", "listKey": "account", "accountName": 7})
    staged.simulator.set_region(HUB, "eu-west-1", "denied")

    answer = asked(staged, "get_all_capacity")

    assert [one["accountId"] for one in answer["items"]] == sorted([HUB, DATABASE.account_id])
    assert [(one["accountId"], one["code"]) for one in answer["findings"]] == [("222233334444", "ROLE")]
    hub = next(one for one in answer["items"] if one["accountId"] == HUB)
    assert [(one["region"], one["details"]["state"]) for one in hub["findings"]] == [("eu-west-1", "DENIED")]
    assert [region["region"] for region in hub["regions"]] == ["eu-west-1"]
    assert answer["complete"] is False
