"""The life of a launch job and what it leaves on its servers."""

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from local.drs_simulator import (
    Ec2RefusedError,
    InstanceStatus,
    LaunchOrder,
    Quirks,
    RateLimits,
    ReplicationSpec,
    Settings,
)
from local.drs_simulator.ec2 import InMemoryEc2
from local.drs_simulator.simulator import Simulator
from tests.support.drs_rehearsal import ACCOUNT, CERTAIN, REGION, START, Rehearsal


def launch_status(rehearsal: Rehearsal, job_id: str) -> str:
    return str(rehearsal.job(job_id)["participatingServers"][0]["launchStatus"])


def test_a_job_goes_from_pending_over_started_to_completed_in_about_ten_minutes(rehearsal: Rehearsal) -> None:
    job_id = rehearsal.start(rehearsal.protect())
    seen: dict[tuple[str, str], int] = {}

    for second in range(0, 900, 5):
        job = rehearsal.job(job_id)
        seen.setdefault((job["status"], job["participatingServers"][0]["launchStatus"]), second)
        rehearsal.wait(5)

    assert list(seen) == [
        ("PENDING", "PENDING"),
        ("STARTED", "PENDING"),
        ("STARTED", "IN_PROGRESS"),
        ("STARTED", "LAUNCHED"),
        ("COMPLETED", "LAUNCHED"),
    ]
    assert seen["STARTED", "PENDING"] == 20
    assert 540 <= seen["COMPLETED", "LAUNCHED"] <= 680


def test_the_end_of_a_job_is_when_it_happened_not_when_somebody_looked(rehearsal: Rehearsal) -> None:
    job_id = rehearsal.start(rehearsal.protect())
    rehearsal.wait(86_400)

    ended = datetime.fromisoformat(rehearsal.job(job_id)["endDateTime"])

    assert timedelta(minutes=9) < ended - START < timedelta(minutes=12)


def test_a_launched_server_has_an_instance_and_says_so_everywhere(rehearsal: Rehearsal) -> None:
    [server_id] = rehearsal.protect()

    job_id = rehearsal.launch([server_id], isDrill=True)

    [instance] = rehearsal.instances()
    [participant] = rehearsal.job(job_id)["participatingServers"]
    server = rehearsal.server(server_id)
    assert instance["jobID"] == job_id
    assert instance["isDrill"] is True
    assert instance["ec2InstanceState"] == "RUNNING"
    assert participant["recoveryInstanceID"] == instance["recoveryInstanceID"] == server["recoveryInstanceId"]
    assert server["lastLaunchResult"] == "SUCCEEDED"
    assert server["lifeCycle"]["lastLaunch"]["initiated"]["jobID"] == job_id
    assert server["lifeCycle"]["lastLaunch"]["initiated"]["type"] == "DRILL"
    assert rehearsal.ec2.running() == [instance["ec2InstanceID"]]


def test_a_server_says_pending_while_it_is_launched(rehearsal: Rehearsal) -> None:
    [server_id] = rehearsal.protect()
    assert rehearsal.server(server_id)["lastLaunchResult"] == "NOT_STARTED"

    rehearsal.start([server_id])

    assert rehearsal.server(server_id)["lastLaunchResult"] == "PENDING"
    assert "recoveryInstanceId" not in rehearsal.server(server_id)


def test_the_log_of_a_first_launch(rehearsal: Rehearsal) -> None:
    job_id = rehearsal.launch(rehearsal.protect())

    assert [item["event"] for item in rehearsal.log(job_id)] == [
        "JOB_START",
        "SNAPSHOT_START",
        "SNAPSHOT_END",
        "CONVERSION_START",
        "CONVERSION_END",
        "LAUNCH_START",
        "JOB_END",
    ]


@pytest.mark.parametrize(("place", "position"), [("first", 1), ("before_launch", 5)])
def test_a_second_launch_cleans_up_and_replaces_the_first_instance(place: Any, position: int) -> None:
    rehearsal = Rehearsal(Settings(rate_limits=RateLimits(enabled=False), quirks=Quirks(cleanup=place)))
    servers = rehearsal.protect()
    rehearsal.launch(servers)
    [first] = rehearsal.ec2.running()

    job_id = rehearsal.launch(servers)

    [instance] = rehearsal.instances()
    assert instance["jobID"] == job_id
    assert instance["recoveryInstanceID"] != first
    assert rehearsal.ec2.running() == [instance["recoveryInstanceID"]]
    events = [item["event"] for item in rehearsal.log(job_id)]
    assert events[position : position + 2] == ["CLEANUP_START", "CLEANUP_END"]


@given(count=st.integers(1, 12), seed=st.integers(0, 1000), failing=st.sets(st.integers(0, 11), max_size=4))
def test_every_log_is_in_order_of_time_and_of_stages(count: int, seed: int, failing: set[int]) -> None:
    rehearsal = Rehearsal(seed=seed)
    servers = rehearsal.protect(count)
    for index in failing:
        rehearsal.fail(kind="launchFailure", servers=[f"web-{index}"], stage="conversion")

    job_id = rehearsal.launch(servers)

    log = rehearsal.log(job_id)
    times = [item["logDateTime"] for item in log]
    assert times == sorted(times)
    assert (log[0]["event"], log[-1]["event"]) == ("JOB_START", "JOB_END")
    stages = defaultdict(list)
    for item in log[1:-1]:
        stages[item["eventData"]["sourceServerID"]].append(item["event"])
    whole = ["SNAPSHOT_START", "SNAPSHOT_END", "CONVERSION_START", "CONVERSION_END", "LAUNCH_START"]
    broken = [*whole[:3], "CONVERSION_FAIL"]
    assert [stages[server] for server in servers] == [broken if i in failing else whole for i in range(count)]


def test_a_server_whose_disposition_is_stopped_is_launched_and_stopped(rehearsal: Rehearsal) -> None:
    [server_id] = rehearsal.protect()
    rehearsal.drs.update_launch_configuration(sourceServerID=server_id, launchDisposition="STOPPED")

    job_id = rehearsal.launch([server_id])

    [instance] = rehearsal.instances()
    assert launch_status(rehearsal, job_id) == "LAUNCHED"
    assert instance["ec2InstanceState"] == "STOPPED"
    [status] = rehearsal.simulator.instance_status(ACCOUNT, REGION)
    assert (status.instance_state, status.instance_status) == ("stopped", "not-applicable")


def test_tags_of_the_server_reach_the_instance_only_if_they_are_to_be_copied(rehearsal: Rehearsal) -> None:
    plain, copied = rehearsal.protect(2, tags={"Tier": "web"})
    rehearsal.drs.update_launch_configuration(sourceServerID=copied, copyTags=True)

    rehearsal.launch([plain, copied])

    tags = {one.order.server_id: dict(one.order.tags) for one in rehearsal.ec2.instances.values()}
    source = "AWSElasticDisasterRecoverySourceServerID"
    ours = {"AWSElasticDisasterRecoveryManaged": "drs.amazonaws.com"}
    assert tags[plain] == {"Name": "web-0", source: plain} | ours
    assert tags[copied] == {"Name": "web-1", source: copied, "Tier": "web"} | ours


def test_a_launch_from_a_point_in_time_takes_no_snapshot(rehearsal: Rehearsal) -> None:
    [server_id] = rehearsal.protect()
    snapshot = rehearsal.drs.describe_recovery_snapshots(sourceServerID=server_id)["items"][0]

    started = rehearsal.drs.start_recovery(
        sourceServers=[{"sourceServerID": server_id, "recoverySnapshotID": snapshot["snapshotID"]}]
    )
    rehearsal.finish_jobs()

    assert rehearsal.log(started["job"]["jobID"])[1]["event"] == "CONVERSION_START"
    assert rehearsal.instances()[0]["pointInTimeSnapshotDateTime"] == snapshot["timestamp"]


def test_a_disconnected_server_is_launched_from_its_previous_point_in_time(rehearsal: Rehearsal) -> None:
    [server_id] = rehearsal.protect()
    rehearsal.simulator.set_replication(ACCOUNT, REGION, server_id, ReplicationSpec(state="DISCONNECTED"))
    rehearsal.wait(7200)

    job_id = rehearsal.launch([server_id])

    events = [item["event"] for item in rehearsal.log(job_id)]
    assert events[2:4] == ["SNAPSHOT_FAIL", "USING_PREVIOUS_SNAPSHOT"]
    assert launch_status(rehearsal, job_id) == "LAUNCHED"
    assert datetime.fromisoformat(rehearsal.instances()[0]["pointInTimeSnapshotDateTime"]) <= START


def test_a_server_that_was_never_in_sync_fails_in_a_job_that_completes(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect(replication=ReplicationSpec(state="INITIAL_SYNC", replicated_percent=40))

    job_id = rehearsal.launch(servers)

    assert rehearsal.job(job_id)["status"] == "COMPLETED"
    assert launch_status(rehearsal, job_id) == "FAILED"
    assert rehearsal.log(job_id)[-2]["event"] == "USING_PREVIOUS_SNAPSHOT_FAILED"
    assert rehearsal.server(servers[0])["lastLaunchResult"] == "FAILED"


def test_windows_takes_longer(rehearsal: Rehearsal) -> None:
    linux, windows = rehearsal.protect(), rehearsal.protect(os="Microsoft Windows Server 2022")

    jobs = [rehearsal.start(servers) for servers in (linux, windows)]
    rehearsal.wait(1200)

    ends = [rehearsal.job(job_id)["endDateTime"] for job_id in jobs]
    assert ends[0] < ends[1]


def test_what_ec2_refuses_is_a_failed_launch_with_its_reason() -> None:
    class FullEc2(InMemoryEc2):
        def launch(self, account: str, region: str, order: LaunchOrder) -> str:
            raise Ec2RefusedError("You are not authorized to perform this operation")

    rehearsal = Rehearsal()
    rehearsal.simulator = Simulator(rehearsal.clock, ec2=FullEc2(), settings=CERTAIN)

    job_id = rehearsal.launch(rehearsal.protect())

    failed = rehearsal.log(job_id)[-2]
    assert failed["event"] == "LAUNCH_FAILED"
    assert "not authorized" in failed["eventData"]["rawError"]
    assert launch_status(rehearsal, job_id) == "FAILED"


def test_the_servers_of_a_new_job_may_be_hidden_for_a_while() -> None:
    quirks = Quirks(participants_hidden=30)
    rehearsal = Rehearsal(Settings(rate_limits=RateLimits(enabled=False), quirks=quirks))

    job_id = rehearsal.start(rehearsal.protect())

    assert rehearsal.job(job_id)["participatingServers"] == []
    rehearsal.wait(30)
    assert len(rehearsal.job(job_id)["participatingServers"]) == 1


def test_a_finished_job_may_hold_its_servers_for_a_while() -> None:
    rehearsal = Rehearsal(Settings(rate_limits=RateLimits(enabled=False), quirks=Quirks(held_after_job=60)))
    servers = rehearsal.protect()
    job_id = rehearsal.start(servers)
    while rehearsal.job(job_id)["status"] != "COMPLETED":
        rehearsal.wait(1)

    with pytest.raises(rehearsal.drs.exceptions.ConflictException):
        rehearsal.start(servers)

    rehearsal.wait(60)
    assert rehearsal.start(servers)


def test_status_checks_initialise_for_two_minutes(rehearsal: Rehearsal) -> None:
    job_id = rehearsal.start(rehearsal.protect())
    while launch_status(rehearsal, job_id) != "LAUNCHED":
        rehearsal.wait(1)

    def check() -> str:
        return rehearsal.simulator.instance_status(ACCOUNT, REGION)[0].instance_status

    assert check() == "initializing"
    rehearsal.wait(110)
    assert check() == "initializing"
    rehearsal.wait(15)
    assert check() == "ok"


def test_ec2_may_ask_for_status_checks_while_drs_waits_for_ec2() -> None:
    class CuriousEc2(InMemoryEc2):
        """Asks back from another thread while it launches, as a server that has to answer DescribeInstanceStatus."""

        def launch(self, account: str, region: str, order: LaunchOrder) -> str:
            with ThreadPoolExecutor() as pool:
                answers.append(pool.submit(simulator.status_checks, account, region, list(self.instances)).result(5))
            return super().launch(account, region, order)

    answers: list[list[InstanceStatus]] = []
    rehearsal = Rehearsal()
    simulator = rehearsal.simulator = Simulator(rehearsal.clock, ec2=CuriousEc2(), settings=CERTAIN)

    rehearsal.launch(rehearsal.protect(2))

    assert [len(answer) for answer in answers] == [0, 1]
    assert answers[1][0].instance_status == "ok"
    assert simulator.status_checks(ACCOUNT, "eu-west-1", ["i-1"]) == []


def test_the_same_seed_gives_the_same_ids_and_times() -> None:
    def run(seed: int) -> list[Any]:
        rehearsal = Rehearsal(seed=seed)
        job_id = rehearsal.launch(rehearsal.protect(5))
        return [rehearsal.job(job_id), rehearsal.log(job_id), rehearsal.instances()]

    def bare(answers: list[Any]) -> str:
        return str(answers)

    assert bare(run(7)) == bare(run(7))
    assert bare(run(7)) != bare(run(8))


def test_a_virtual_clock_can_jump_to_whatever_happens_next(rehearsal: Rehearsal) -> None:
    job_id = rehearsal.start(rehearsal.protect())

    jumps = 0
    while (due := rehearsal.simulator.next_due()) is not None:
        rehearsal.clock.time = due
        rehearsal.simulator.advance()
        jumps += 1

    assert rehearsal.job(job_id)["status"] == "COMPLETED"
    assert jumps < 20


def test_a_stuck_job_stays_started_for_so_long_and_then_takes_its_course(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect(2)
    rehearsal.fail(kind="stuckJob", seconds=86_400, servers=servers[:1])
    job_id = rehearsal.start(servers)

    rehearsal.wait(86_400)
    assert rehearsal.job(job_id)["status"] == "STARTED"
    assert {one["launchStatus"] for one in rehearsal.job(job_id)["participatingServers"]} == {"PENDING"}
    assert [entry["event"] for entry in rehearsal.log(job_id)] == ["JOB_START"]
    with pytest.raises(ClientError, match="ConflictException"):
        rehearsal.start(servers[1:])

    rehearsal.finish_jobs()
    assert rehearsal.job(job_id)["status"] == "COMPLETED"
    assert len(rehearsal.instances()) == 2
    assert rehearsal.simulator.faults_met == {"stuckJob": 1}


def test_only_the_job_of_the_named_servers_is_stuck(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect(2)
    rehearsal.fail(kind="stuckJob", seconds=86_400, servers=servers[:1])

    job_id = rehearsal.launch(servers[1:])

    assert rehearsal.job(job_id)["status"] == "COMPLETED"
