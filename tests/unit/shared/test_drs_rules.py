"""What DRS's states, quotas and jobs mean for a plan, and what accounts may be used."""

import pytest

from shared.account_utils import ensure_default_account, get_account_name, validate_target_account
from shared.conflict_detection import (
    Holder,
    check_server_conflicts,
    query_drs_servers_by_tags,
    running_job_conflicts,
)
from shared.drs_limits import (
    room_taken,
    validate_concurrent_jobs,
    validate_server_states,
    validate_wave_sizes,
)
from shared.drs_utils import (
    launch_obstacle,
    map_replication_state_to_display,
    matches_tags,
    recovery_point_obstacle,
)
from shared.models.account import AccountStatus, TargetAccount
from shared.models.drs import ExtensionStatus, Job, JobStatus, JobType, Participant
from shared.models.lock import LockOwner, OwnerKind
from shared.models.quota import Reservation
from tests.support.configuration import DATABASE, HUB, NOW, WEB, server_id, server_key, source_server


def job(number: int, *servers: int, status: JobStatus = JobStatus.STARTED) -> Job:
    participants = tuple(Participant(source_server_id=server_id(each)) for each in servers)
    return Job(job_id=f"drsjob-{number}", type=JobType.LAUNCH, status=status, participants=participants)


def reservation(number: int, count: int, job_id: str | None = None) -> Reservation:
    return Reservation(reservation_id=str(number), execution_id="e", server_count=count, job_id=job_id, taken_at=NOW)


@pytest.mark.parametrize("state", ["CONTINUOUS", "BACKLOG", "CREATING_SNAPSHOT", "RESCAN"])
def test_a_server_with_a_point_in_time_and_arriving_data_can_be_recovered(state: str) -> None:
    assert launch_obstacle(source_server(1, replication_state=state)) is None


@pytest.mark.parametrize(
    "state", ["DISCONNECTED", "STALLED", "STOPPED", "PAUSED", "INITIATING", "INITIAL_SYNC", "NEW_STATE", None]
)
def test_any_other_state_is_an_obstacle_that_names_it(state: str | None) -> None:
    obstacle = launch_obstacle(source_server(1, replication_state=state, replication_error="AGENT_NOT_SEEN"))

    assert obstacle is not None
    assert (state or "UNKNOWN") in obstacle
    assert "AGENT_NOT_SEEN" in obstacle


def test_an_extension_that_cannot_be_used_is_an_obstacle_however_well_it_replicates() -> None:
    useless = source_server(
        1,
        replication_state="CONTINUOUS",
        staging_account_id="777788889999",
        extension_status=ExtensionStatus.EXTENSION_ERROR,
        extension_error="the key is not shared",
    )

    for obstacle in (launch_obstacle(useless), recovery_point_obstacle(useless)):
        assert obstacle == "its extension cannot be used: the key is not shared"
    [finding] = validate_server_states(DATABASE, [useless])
    assert (finding.code, finding.outcome) == ("EXTENSION_UNUSABLE", "FAIL")
    assert finding.details == {"stagingAccountId": "777788889999"}
    assert finding.must_be_named, "no older snapshot is better"
    silent = useless.model_copy(update={"extension_error": None, "replication_state": "STOPPED"})
    assert "no reason" in str(launch_obstacle(silent))
    assert {one.code for one in validate_server_states(DATABASE, [silent])} == {
        "EXTENSION_UNUSABLE",
        "REPLICATION_STATE",
    }


def test_an_extension_that_can_be_used_is_none() -> None:
    extended = source_server(1, replication_state="CONTINUOUS", extension_status=ExtensionStatus.EXTENDED)

    assert launch_obstacle(extended) is recovery_point_obstacle(extended) is None


def test_states_are_shown_in_words_and_new_ones_as_they_are() -> None:
    assert map_replication_state_to_display("CONTINUOUS") == "Ready for recovery"
    assert map_replication_state_to_display("BRAND_NEW") == "BRAND_NEW"
    assert map_replication_state_to_display(None) == "Unknown"


def test_tags_select_by_every_key_and_exact_value() -> None:
    tags = {"tier": "web", "site": "a"}

    assert matches_tags(tags, {"tier": "web", "site": "a"})
    assert not matches_tags(tags, {"tier": "Web"})
    assert not matches_tags(tags, {"tier": "web", "owner": "x"})
    assert not matches_tags(tags, {})


def test_servers_are_found_by_their_tags() -> None:
    servers = [source_server(1, tags={"tier": "web"}), source_server(2, tags={"tier": "db"})]

    assert query_drs_servers_by_tags(servers, {"tier": "db"}) == (servers[1],)


def test_a_server_that_is_not_replicating_is_an_error_with_its_state() -> None:
    servers = [source_server(1), source_server(2, replication_state="STALLED")]

    [finding] = validate_server_states(DATABASE, servers, wave_number=3)

    assert finding.prevents
    assert (finding.server_ids, finding.wave_number) == ((server_id(2),), 3)
    assert finding.details == {"replicationState": "STALLED"}


def test_only_a_wave_above_the_quota_of_servers_in_jobs_needs_a_word() -> None:
    [finding] = validate_wave_sizes(DATABASE, {0: 500, 1: 501}, {0: "small", 1: "large"})

    assert not finding.prevents
    assert finding.wave_number == 1
    assert finding.message.startswith("wave 2 (large) launches 501 servers")
    assert finding.details == {"quota": "serversInAllJobs", "limit": 500, "inUse": 0, "needed": 501}


def test_running_jobs_and_reservations_take_room_and_ended_jobs_do_not() -> None:
    running = [job(number, number) for number in range(19)]
    ended = [job(number, number, status=JobStatus.COMPLETED) for number in range(100, 200)]

    assert validate_concurrent_jobs(DATABASE, running + ended, [], 100) == ()
    [finding] = validate_concurrent_jobs(DATABASE, running, [reservation(1, 5)], 100)

    assert (finding.code.value, finding.reason) == ("QUOTA", "JOBS_AT_ONCE")
    assert finding.details == {"quota": "jobsAtOnce", "limit": 20, "inUse": 20, "needed": 1}


def test_a_reservation_whose_job_is_listed_counts_once() -> None:
    running = [job(number, number) for number in range(19)]

    assert validate_concurrent_jobs(DATABASE, running, [reservation(1, 1, job_id="drsjob-1")], 1) == ()


def test_a_job_that_lists_no_servers_counts_as_a_full_one() -> None:
    [finding] = validate_concurrent_jobs(DATABASE, [job(number) for number in range(5)], [], 1)

    assert (finding.code.value, finding.reason) == ("QUOTA", "SERVERS_IN_ALL_JOBS")
    assert finding.details["inUse"] == 500


def owner(kind: OwnerKind) -> LockOwner:
    return LockOwner(
        kind=kind, execution_id="ex-1", plan_id="p", plan_name="Payroll", execution_type="DRILL", number=1, job_id="j-1"
    )


@pytest.mark.parametrize(
    ("kind", "state", "execution_state", "words"),
    [
        (OwnerKind.EXECUTION, "PAUSED", "PAUSED", "(DRILL of plan Payroll, execution PAUSED)"),
        (
            OwnerKind.TERMINATION,
            "RUNNING",
            "COMPLETED",
            "(DRILL of plan Payroll, termination RUNNING, execution COMPLETED)",
        ),
        (OwnerKind.JOB, "ABANDONED", "PARTIAL", "(DRILL of plan Payroll, job ABANDONED, execution PARTIAL)"),
    ],
)
def test_a_held_server_is_an_error_that_names_owner_plan_type_and_states(
    kind: OwnerKind, state: str, execution_state: str, words: str
) -> None:
    holder = Holder(owner(kind), state, execution_state)

    [finding] = check_server_conflicts({server_key(2): holder, server_key(1): holder})

    assert finding.prevents
    assert finding.server_ids == (server_id(1), server_id(2))
    assert finding.message.endswith(f" ex-1 {words}")
    told = finding.details
    assert (told["ownerKind"], told["state"], told["executionState"]) == (kind.value, state, execution_state)


def test_each_account_has_its_own_finding() -> None:
    holder = Holder(owner(OwnerKind.EXECUTION), "PAUSED", "PAUSED")

    found = check_server_conflicts({server_key(1, WEB): holder, server_key(1): holder})

    assert [finding.account_id for finding in found] == [DATABASE.account_id, WEB.account_id]


def test_a_running_job_with_a_server_of_the_plan_is_a_warning() -> None:
    jobs = [job(1, 1, 2), job(2, 3), job(3, 1, status=JobStatus.COMPLETED)]

    [finding] = running_job_conflicts(DATABASE, jobs, [server_id(1), server_id(9)])

    assert not finding.prevents
    assert finding.server_ids == (server_id(1),)
    assert finding.details["jobId"] == "drsjob-1"


def account(status: AccountStatus = AccountStatus.ACTIVE, name: str = "Databases") -> TargetAccount:
    return TargetAccount(
        account_id=DATABASE.account_id, account_name=name, status=status, created_at=NOW, updated_at=NOW
    )


def test_a_group_that_names_no_account_is_the_hubs() -> None:
    assert ensure_default_account("", HUB) == HUB
    assert ensure_default_account(DATABASE.account_id, HUB) == DATABASE.account_id


def test_the_hub_and_active_registered_accounts_may_be_used() -> None:
    assert validate_target_account(DATABASE, account(), HUB) is None
    assert validate_target_account(DATABASE, None, DATABASE.account_id) is None


def test_an_unknown_or_inactive_account_is_an_error() -> None:
    unknown = validate_target_account(DATABASE, None, HUB)
    inactive = validate_target_account(DATABASE, account(AccountStatus.INACTIVE), HUB)

    assert unknown is not None
    assert (unknown.code.value, unknown.reason) == ("ROLE", "ACCOUNT_NOT_REGISTERED")
    assert inactive is not None
    assert (inactive.code.value, inactive.reason) == ("ROLE", "ACCOUNT_INACTIVE")
    assert "Databases (111122223333)" in inactive.message


def test_an_account_without_a_name_of_its_own_is_called_by_its_id() -> None:
    assert get_account_name("111122223333", None) == "111122223333"
    assert get_account_name("111122223333", account(name="111122223333")) == "111122223333"


def test_a_job_takes_its_room_once_however_many_reservations_name_it() -> None:
    named = [reservation(1, 3, "drsjob-1"), reservation(2, 5, "drsjob-1"), reservation(3, 2)]

    assert room_taken([], named) == (2, 7)
    assert room_taken([job(1, *range(6)), job(4, 1, 2)], named) == (3, 10)
    assert room_taken([job(1)], named) == (2, 7)
