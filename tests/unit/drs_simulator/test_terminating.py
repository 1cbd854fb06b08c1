"""The life of a TERMINATE job."""

import pytest
from botocore.exceptions import ClientError

from local.drs_simulator import Quirks, RateLimits, Settings
from tests.support.drs_rehearsal import Rehearsal, told


def test_terminating_takes_time_and_ends_with_neither_instance_nor_record(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect(2)
    rehearsal.launch(servers)
    [first, second] = [item["recoveryInstanceID"] for item in rehearsal.instances()]
    owner = {item["recoveryInstanceID"]: item["sourceServerID"] for item in rehearsal.instances()}

    job = rehearsal.drs.terminate_recovery_instances(recoveryInstanceIDs=[first])["job"]

    assert (job["type"], job["initiatedBy"], job["status"]) == ("TERMINATE", "TERMINATE_RECOVERY_INSTANCES", "PENDING")
    rehearsal.wait(60)
    assert len(rehearsal.instances()) == 2
    rehearsal.wait(70)
    states = {item["recoveryInstanceID"]: item["ec2InstanceState"] for item in rehearsal.instances()}
    assert states == {first: "TERMINATED", second: "RUNNING"}
    rehearsal.wait(120)
    assert [item["recoveryInstanceID"] for item in rehearsal.instances()] == [second]
    assert rehearsal.ec2.running() == [second]
    assert "recoveryInstanceId" not in rehearsal.server(owner[first])
    assert rehearsal.server(owner[second])["recoveryInstanceId"] == second


def test_who_disconnects_and_deletes_an_instance_leaves_it_in_ec2(rehearsal: Rehearsal) -> None:
    [server] = rehearsal.protect()
    rehearsal.launch([server])
    [instance] = [item["recoveryInstanceID"] for item in rehearsal.instances()]
    rehearsal.start([server])
    for refused in (rehearsal.drs.disconnect_recovery_instance, rehearsal.drs.delete_recovery_instance):
        with pytest.raises(ClientError, match="ConflictException"):
            refused(recoveryInstanceID=instance)
    rehearsal.finish_jobs()
    [instance] = [item["recoveryInstanceID"] for item in rehearsal.instances()]

    rehearsal.drs.disconnect_recovery_instance(recoveryInstanceID=instance)
    rehearsal.drs.delete_recovery_instance(recoveryInstanceID=instance)

    assert rehearsal.instances() == []
    assert "recoveryInstanceId" not in rehearsal.server(server)
    assert rehearsal.ec2.running() == [instance]
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        rehearsal.drs.disconnect_recovery_instance(recoveryInstanceID=instance)


def test_a_finished_termination_shows_no_servers(rehearsal: Rehearsal) -> None:
    rehearsal.launch(rehearsal.protect())
    ids = [item["recoveryInstanceID"] for item in rehearsal.instances()]
    job_id = rehearsal.drs.terminate_recovery_instances(recoveryInstanceIDs=ids)["job"]["jobID"]
    assert len(rehearsal.job(job_id)["participatingServers"]) == 1

    rehearsal.finish_jobs()

    assert rehearsal.job(job_id)["status"] == "COMPLETED"
    assert rehearsal.job(job_id)["participatingServers"] == []


def test_whether_it_does_is_a_knob() -> None:
    quirks = Quirks(terminate_job_ends_empty=False)
    rehearsal = Rehearsal(Settings(rate_limits=RateLimits(enabled=False), quirks=quirks))
    rehearsal.launch(rehearsal.protect())
    ids = [item["recoveryInstanceID"] for item in rehearsal.instances()]

    job_id = rehearsal.drs.terminate_recovery_instances(recoveryInstanceIDs=ids)["job"]["jobID"]
    rehearsal.finish_jobs()

    assert rehearsal.job(job_id)["participatingServers"][0]["launchStatus"] == "TERMINATED"


def test_the_log_of_a_termination(rehearsal: Rehearsal) -> None:
    rehearsal.launch(rehearsal.protect())
    ids = [item["recoveryInstanceID"] for item in rehearsal.instances()]

    job_id = rehearsal.drs.terminate_recovery_instances(recoveryInstanceIDs=ids)["job"]["jobID"]
    rehearsal.finish_jobs()

    events = [item["event"] for item in rehearsal.log(job_id)]
    assert events == ["JOB_START", "CLEANUP_START", "CLEANUP_END", "JOB_END"]


def test_an_instance_whose_server_is_in_a_job_cannot_be_terminated(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect()
    rehearsal.launch(servers)
    ids = [item["recoveryInstanceID"] for item in rehearsal.instances()]
    drs = rehearsal.drs
    drs.terminate_recovery_instances(recoveryInstanceIDs=ids)

    with pytest.raises(drs.exceptions.ConflictException):
        drs.terminate_recovery_instances(recoveryInstanceIDs=ids)
    with pytest.raises(drs.exceptions.ConflictException):
        rehearsal.start(servers)


@pytest.mark.parametrize("twice", [False, True])
def test_an_instance_that_is_unknown_or_named_twice_refuses_the_whole_call(rehearsal: Rehearsal, twice: bool) -> None:
    rehearsal.launch(rehearsal.protect())
    [known] = [item["recoveryInstanceID"] for item in rehearsal.instances()]
    drs = rehearsal.drs

    with pytest.raises(drs.exceptions.ValidationException) as refused:
        drs.terminate_recovery_instances(recoveryInstanceIDs=[known, known if twice else "i-" + "0" * 17])

    assert told(refused)["fieldList"][0]["name"] == "recoveryInstanceIDs[1]"
    rehearsal.finish_jobs()
    assert len(rehearsal.instances()) == 1
