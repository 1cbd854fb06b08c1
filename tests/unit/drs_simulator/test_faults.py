"""Each fault of the plan does what it says, where and as often as it says, and is counted."""

from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from local.drs_simulator import DocumentError, read_fault_plan
from tests.support.drs_rehearsal import ACCOUNT, OTHER_ACCOUNT, REGION, Rehearsal, told


@pytest.mark.parametrize(
    ("how", "error"), [("connectionClosed", ConnectionClosedError), ("readTimeout", ReadTimeoutError)]
)
def test_a_lost_reply_hides_a_success(rehearsal: Rehearsal, how: str, error: type[Exception]) -> None:
    servers = rehearsal.protect()
    rehearsal.fail(kind="lostReply", operation="StartRecovery", how=how)

    with pytest.raises(error):
        rehearsal.start(servers)

    [job] = rehearsal.drs.describe_jobs()["items"]
    [call] = rehearsal.simulator.record.calls("StartRecovery")
    assert call.job_id == job["jobID"]
    assert (call.outcome, call.fault) == ("dropped" if how == "connectionClosed" else "timedOut", "lostReply")
    assert rehearsal.simulator.faults_met == {"lostReply": 1}


def test_a_reply_that_times_out_costs_the_caller_its_patience(rehearsal: Rehearsal) -> None:
    servers, before = rehearsal.protect(), rehearsal.clock.time
    rehearsal.fail(kind="lostReply", operation="StartRecovery", how="readTimeout")

    with pytest.raises(ReadTimeoutError):
        rehearsal.start(servers)

    assert (rehearsal.clock.time - before).total_seconds() == 60


def test_a_late_reply_arrives_when_it_says(rehearsal: Rehearsal) -> None:
    servers, before = rehearsal.protect(), rehearsal.clock.time
    rehearsal.fail(kind="lateReply", operation="StartRecovery", seconds=40)

    job_id = rehearsal.start(servers)

    assert (rehearsal.clock.time - before).total_seconds() == 40
    assert rehearsal.job(job_id)["status"] == "STARTED"


def test_a_reply_later_than_the_callers_patience_never_arrives(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect()
    rehearsal.fail(kind="lateReply", operation="StartRecovery", seconds=3600)

    with pytest.raises(ReadTimeoutError):
        rehearsal.start(servers)

    assert len(rehearsal.drs.describe_jobs()["items"]) == 1


def test_a_late_effect_happens_after_the_caller_gave_up(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect()
    rehearsal.fail(kind="lateEffect", operation="StartRecovery", seconds=90)

    with pytest.raises(ReadTimeoutError):
        rehearsal.start(servers)

    assert rehearsal.drs.describe_jobs()["items"] == []
    rehearsal.wait(30)
    [job] = rehearsal.drs.describe_jobs()["items"]
    [effect] = rehearsal.simulator.record.effects("lateEffect")
    assert effect.job_id == job["jobID"]


def test_a_late_effect_may_be_refused_when_its_time_comes(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect()
    rehearsal.fail(kind="lateEffect", operation="StartRecovery", seconds=90)
    with pytest.raises(ReadTimeoutError):
        rehearsal.start(servers)

    rehearsal.start(servers)
    rehearsal.wait(60)

    assert len(rehearsal.drs.describe_jobs()["items"]) == 1
    assert rehearsal.simulator.record.effects("lateEffect")[0].detail["errorCode"] == "ConflictException"


def test_a_late_effect_of_a_repeated_call_comes_once(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect()
    rehearsal.fail(kind="lateEffect", operation="StartRecovery", seconds=3600)
    rehearsal.fail(kind="repeatedCall", operation="StartRecovery")

    with pytest.raises(ReadTimeoutError):
        rehearsal.start(servers)

    assert rehearsal.drs.describe_jobs()["items"] == []
    rehearsal.wait(7200)
    [job] = rehearsal.drs.describe_jobs()["items"]
    assert job["status"] == "COMPLETED"


def test_a_repeated_call_takes_effect_and_conflicts_with_itself(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect()
    rehearsal.fail(kind="repeatedCall", operation="StartRecovery")

    with pytest.raises(ClientError) as refused:
        rehearsal.start(servers)

    assert refused.value.response["Error"]["Code"] == "ConflictException"
    [job] = rehearsal.drs.describe_jobs()["items"]
    [call] = rehearsal.simulator.record.calls("StartRecovery")
    assert (call.job_id, call.error_code) == (job["jobID"], "ConflictException")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("throttling", "ThrottlingException"),
        ("quota", "ServiceQuotaExceededException"),
        ("denied", "AccessDeniedException"),
    ],
)
def test_the_second_arrival_of_a_repeated_call_may_be_refused(rehearsal: Rehearsal, answer: str, code: str) -> None:
    servers = rehearsal.protect()
    rehearsal.fail(kind="repeatedCall", operation="StartRecovery", answer=answer)

    with pytest.raises(ClientError) as refused:
        rehearsal.start(servers)

    assert refused.value.response["Error"]["Code"] == code
    [job] = rehearsal.drs.describe_jobs()["items"]
    [call] = rehearsal.simulator.record.calls("StartRecovery")
    assert (call.job_id, call.error_code) == (job["jobID"], code)


@pytest.mark.parametrize("status", [500, 503])
@pytest.mark.parametrize("takes_effect", [False, True])
def test_a_server_error_says_nothing_of_the_effect(rehearsal: Rehearsal, status: int, takes_effect: bool) -> None:
    servers = rehearsal.protect()
    rehearsal.fail(kind="serverError", operation="StartRecovery", status=status, takesEffect=takes_effect)

    with pytest.raises(ClientError) as refused:
        rehearsal.start(servers)

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert len(rehearsal.drs.describe_jobs()["items"]) == int(takes_effect)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("throttling", 429, "ThrottlingException"),
        ("expiredCredentials", 403, "ExpiredTokenException"),
        ("revokedRole", 403, "AccessDeniedException"),
        ("rejectedServer", 400, "ValidationException"),
    ],
)
def test_a_refusal_on_purpose_has_no_effect(rehearsal: Rehearsal, kind: str, status: int, code: str) -> None:
    servers = rehearsal.protect()
    rehearsal.fail(kind=kind, operation="StartRecovery")

    with pytest.raises(ClientError) as refused:
        rehearsal.start(servers)

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert refused.value.response["Error"]["Code"] == code
    assert rehearsal.drs.describe_jobs()["items"] == []
    assert rehearsal.start(servers)


def test_one_server_may_be_denied(rehearsal: Rehearsal) -> None:
    one, other = rehearsal.protect(count=2)
    rehearsal.fail(kind="rejectedServer", servers=[one], answer="denied", times=None)

    with pytest.raises(ClientError) as refused:
        rehearsal.start([one, other])

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    assert one not in refused.value.response["Error"]["Message"]
    assert rehearsal.start([other])


@pytest.mark.parametrize(
    ("how", "error", "seconds"),
    [("connectionRefused", EndpointConnectionError, 0), ("connectTimeout", ConnectTimeoutError, 60)],
)
def test_a_call_that_finds_no_connection_never_arrives(
    rehearsal: Rehearsal, how: str, error: type[Exception], seconds: int
) -> None:
    servers, before = rehearsal.protect(), rehearsal.clock.time
    rehearsal.fail(kind="unreachable", how=how, operation="StartRecovery")

    with pytest.raises(error):
        rehearsal.start(servers)

    assert rehearsal.drs.describe_jobs()["items"] == []
    [call] = rehearsal.simulator.record.calls("StartRecovery")
    assert (call.outcome, call.job_id, call.fault) == ("unreachable", "", "unreachable")
    assert (rehearsal.clock.time - before).total_seconds() == seconds, "botocore waits 60 s for a connection"


def test_an_outage_begins_and_ends_when_it_says(rehearsal: Rehearsal) -> None:
    rehearsal.protect()
    rehearsal.fail(kind="unreachable", fromSeconds=60, untilSeconds=120, times=None)

    assert rehearsal.drs.describe_jobs()
    rehearsal.wait(60)
    for _ in range(3):
        with pytest.raises(EndpointConnectionError):
            rehearsal.drs.describe_jobs()
    rehearsal.wait(60)
    assert rehearsal.drs.describe_jobs()


def test_a_foreign_job_takes_a_server_just_before_the_call(rehearsal: Rehearsal) -> None:
    first, second = rehearsal.protect(2)
    rehearsal.fail(kind="foreignJob", operation="StartRecovery", servers=["web-1"])

    with pytest.raises(rehearsal.drs.exceptions.ConflictException) as refused:
        rehearsal.start([first, second])

    assert told(refused)["resourceId"] == second
    [job] = rehearsal.drs.describe_jobs()["items"]
    assert [item["sourceServerID"] for item in job["participatingServers"]] == [second]
    assert job["tags"] == {}


def test_a_foreign_job_can_be_started_at_any_time(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect()

    job_id = rehearsal.simulator.start_foreign_job(ACCOUNT, REGION, servers, is_drill=True, tags={"by": "hand"})

    job = rehearsal.job(job_id)
    assert (job["initiatedBy"], job["tags"]) == ("START_DRILL", {"by": "hand"})


@pytest.mark.parametrize(
    ("stage", "event"),
    [
        ("snapshot", "USING_PREVIOUS_SNAPSHOT_FAILED"),
        ("conversion", "CONVERSION_FAIL"),
        ("launch", "LAUNCH_FAILED"),
    ],
)
def test_a_launch_fails_at_its_stage_beside_others_that_succeed(rehearsal: Rehearsal, stage: str, event: str) -> None:
    good, bad = rehearsal.protect(2)
    rehearsal.fail(kind="launchFailure", servers=[bad], stage=stage, rawError="no capacity")

    job_id = rehearsal.launch([good, bad])

    job = rehearsal.job(job_id)
    status = {item["sourceServerID"]: item["launchStatus"] for item in job["participatingServers"]}
    assert (job["status"], status) == ("COMPLETED", {good: "LAUNCHED", bad: "FAILED"})
    [line] = [item for item in rehearsal.log(job_id) if item["event"] == event]
    assert line["eventData"] == {"sourceServerID": bad, "rawError": "no capacity"}
    assert rehearsal.server(bad)["lastLaunchResult"] == "FAILED"
    assert {item["sourceServerID"] for item in rehearsal.instances()} == {good}


@pytest.mark.parametrize("launches", [False, True])
def test_a_server_stays_pending_in_a_completed_job(rehearsal: Rehearsal, launches: bool) -> None:
    servers = rehearsal.protect()
    rehearsal.fail(kind="stuckPending", launches=launches)

    job_id = rehearsal.launch(servers)
    rehearsal.wait(86_400)

    job = rehearsal.job(job_id)
    assert job["status"] == "COMPLETED"
    assert job["participatingServers"][0]["launchStatus"] == "PENDING"
    assert "recoveryInstanceID" not in job["participatingServers"][0]
    assert [item["jobID"] for item in rehearsal.instances()] == ([job_id] if launches else [])


def test_a_stuck_server_may_get_its_verdict_after_the_end(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect()
    rehearsal.fail(kind="stuckPending", resolvesAfter=120)
    job_id = rehearsal.start(servers)
    while rehearsal.job(job_id)["status"] != "COMPLETED":
        rehearsal.wait(1)
    assert rehearsal.job(job_id)["participatingServers"][0]["launchStatus"] == "PENDING"

    rehearsal.wait(120)

    [participant] = rehearsal.job(job_id)["participatingServers"]
    assert participant["launchStatus"] == "LAUNCHED"
    assert participant["recoveryInstanceID"] == rehearsal.instances()[0]["recoveryInstanceID"]


def test_a_launched_server_may_hide_its_instance_id(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect()
    rehearsal.fail(kind="missingInstanceId")

    job_id = rehearsal.launch(servers)

    [participant] = rehearsal.job(job_id)["participatingServers"]
    assert participant["launchStatus"] == "LAUNCHED"
    assert "recoveryInstanceID" not in participant
    assert rehearsal.instances()[0]["jobID"] == job_id


def test_an_instance_may_be_shown_late(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect()
    rehearsal.fail(kind="hiddenInstance", seconds=1000)

    rehearsal.launch(servers)

    assert rehearsal.instances() == []
    rehearsal.wait(1000)
    assert len(rehearsal.instances()) == 1


@pytest.mark.parametrize("by_id", [False, True])
def test_a_job_may_be_listed_late(rehearsal: Rehearsal, by_id: bool) -> None:
    servers = rehearsal.protect()
    rehearsal.fail(kind="lateVisibility", seconds=60, byId=by_id)

    job_id = rehearsal.start(servers)

    drs = rehearsal.drs
    assert drs.describe_jobs()["items"] == []
    assert len(drs.describe_jobs(filters={"jobIDs": [job_id]})["items"]) == int(not by_id)
    rehearsal.wait(60)
    assert len(drs.describe_jobs()["items"]) == 1


def test_a_listing_may_leave_tags_out(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect()
    rehearsal.fail(kind="hiddenTags")

    rehearsal.drs.start_recovery(sourceServers=[{"sourceServerID": servers[0]}], tags={"owner": "team"})

    [job] = rehearsal.drs.describe_jobs()["items"]
    assert job["tags"] == {}
    assert rehearsal.drs.list_tags_for_resource(resourceArn=job["arn"])["tags"] == {"owner": "team"}


def test_status_checks_may_never_pass(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect()
    rehearsal.fail(kind="impairedStatus")

    rehearsal.launch(servers)
    rehearsal.wait(86_400)

    [status] = rehearsal.simulator.instance_status(ACCOUNT, REGION)
    assert (status.instance_state, status.system_status, status.instance_status) == ("running", "ok", "impaired")


def test_an_instance_may_survive_its_termination(rehearsal: Rehearsal) -> None:
    rehearsal.launch(rehearsal.protect())
    [instance] = rehearsal.instances()
    rehearsal.fail(kind="terminateFailure")
    ids = [instance["recoveryInstanceID"]]

    job_id = rehearsal.drs.terminate_recovery_instances(recoveryInstanceIDs=ids)["job"]["jobID"]
    rehearsal.finish_jobs()

    assert [item["event"] for item in rehearsal.log(job_id)][2] == "CLEANUP_FAIL"
    assert rehearsal.ec2.running() == ids


def test_a_fault_meets_the_nth_call_and_as_many_as_it_says(rehearsal: Rehearsal) -> None:
    rehearsal.protect()
    rehearsal.fail(kind="throttling", operation="DescribeJobs", nth=2, times=3)
    outcomes = []

    for _ in range(6):
        try:
            rehearsal.drs.describe_jobs()
            outcomes.append(True)
        except ClientError:
            outcomes.append(False)

    assert outcomes == [True, False, False, False, True, True]
    assert rehearsal.simulator.faults_met == {"throttling": 3}


def test_a_fault_without_limit_ends_when_it_is_cleared(rehearsal: Rehearsal) -> None:
    rehearsal.protect()
    rehearsal.fail(kind="revokedRole", times=None)
    for _ in range(3):
        with pytest.raises(ClientError):
            rehearsal.drs.describe_jobs()

    rehearsal.simulator.clear_faults()

    assert rehearsal.drs.describe_jobs()["items"] == []
    assert rehearsal.simulator.faults_met == {"revokedRole": 3}


def test_a_fault_has_its_window_of_time(rehearsal: Rehearsal) -> None:
    rehearsal.protect()
    rehearsal.wait(500)
    rehearsal.fail(kind="expiredCredentials", times=None, fromSeconds=60, untilSeconds=120)
    works = []

    for _ in range(5):
        try:
            rehearsal.drs.describe_jobs()
            works.append(True)
        except ClientError:
            works.append(False)
        rehearsal.wait(30)

    assert works == [True, True, False, False, True]


def test_a_fault_stays_in_its_account(rehearsal: Rehearsal) -> None:
    rehearsal.protect()
    rehearsal.protect(account=OTHER_ACCOUNT)
    rehearsal.fail(kind="revokedRole", account=OTHER_ACCOUNT, region=REGION, times=None)

    assert rehearsal.drs.describe_jobs()["items"] == []
    with pytest.raises(ClientError):
        rehearsal.client(OTHER_ACCOUNT).describe_jobs()


def test_a_fault_for_a_server_meets_calls_that_name_it(rehearsal: Rehearsal) -> None:
    first, second = rehearsal.protect(2)
    rehearsal.fail(kind="serverError", servers=["web-1"], times=None)

    assert rehearsal.start([first])
    for ask in (
        lambda: rehearsal.start([second]),
        lambda: rehearsal.drs.get_launch_configuration(sourceServerID=second),
        lambda: rehearsal.server(second),
    ):
        with pytest.raises(ClientError):
            ask()


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ({"kind": "gremlin"}, "gremlin"),
        ({}, "discriminator"),
        ({"kind": "throttling", "operation": "DescribeMiracles"}, "no operation of DRS"),
        ({"kind": "throttling", "account": "42"}, "account"),
        ({"kind": "throttling", "color": "red"}, "color"),
        ({"kind": "lateReply"}, "seconds"),
        ({"kind": "lateReply", "seconds": -1}, "seconds"),
        ({"kind": "launchFailure", "operation": "StartRecovery"}, "operation"),
        ({"kind": "throttling", "nth": 0}, "nth"),
    ],
)
def test_a_plan_that_says_nonsense_is_refused_with_the_place(fault: dict[str, Any], complaint: str) -> None:
    with pytest.raises(DocumentError, match=complaint) as refused:
        read_fault_plan({"faults": [fault]})

    assert "faults.0" in str(refused.value)
