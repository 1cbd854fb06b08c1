"""Where the simulator differs from AWS, one test for each line of its README's list."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, get_args

import boto3
import pytest
from botocore.exceptions import ClientError

import local.drs_simulator
from local.drs_simulator import HttpRequest, Quotas, Rate, ReplicationSpec, Settings, access_key_for, read_fault_plan
from local.drs_simulator.estate import EncryptionSpec, QuotasSpec, read_estate
from local.drs_simulator.faults import Fault
from local.drs_simulator.operations import HANDLERS
from local.drs_simulator.prepared import PreparedInstance
from local.drs_simulator.transport import attach
from local.drs_simulator.wire import service_model
from tests.support.drs_rehearsal import ACCOUNT, CERTAIN, KEY, OTHER_ACCOUNT, REGION, Rehearsal, template_of, told

README: Final = (Path(local.drs_simulator.__file__).parent / "README.md").read_text()


def test_every_line_of_the_list_has_its_test_and_every_test_its_line() -> None:
    listed = re.findall(r"\| `(test_\w+)` \|", README)

    here = [name for name in globals() if name.startswith("test_")]
    about_the_readme = {
        "test_every_line_of_the_list_has_its_test_and_every_test_its_line",
        "test_its_examples_are_valid",
    }
    assert sorted(listed) == sorted(set(here) - about_the_readme)


def test_its_examples_are_valid() -> None:
    examples = dict(re.findall(r"```json (\w+)\n(.*?)```", README, re.DOTALL))
    assert read_estate(json.loads(examples["extended"])).regions
    assert read_estate(json.loads(examples["prepared"])).regions[0].instances

    estate, plan = read_estate(json.loads(examples["estate"])), read_fault_plan(json.loads(examples["faults"]))

    assert len(estate.regions) == 2
    assert len({fault.kind for fault in plan.faults}) == len(plan.faults) == len(get_args(Fault))


def test_any_secret_is_the_right_one(rehearsal: Rehearsal) -> None:
    rehearsal.protect()
    header = (
        f"AWS4-HMAC-SHA256 Credential={access_key_for(ACCOUNT)}/20000101/{REGION}/drs/aws4_request, Signature=wrong"
    )

    response = rehearsal.simulator.handle(HttpRequest("POST", "/DescribeJobs", {"Authorization": header}, b"{}"))

    assert response.status == 200


def test_every_caller_may_do_everything(rehearsal: Rehearsal) -> None:
    drs = rehearsal.client(OTHER_ACCOUNT)

    assert drs.initialize_service()["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_an_unknown_key_is_the_hub(rehearsal: Rehearsal) -> None:
    rehearsal.simulator.initialize("123456789012", REGION)
    drs = boto3.client("drs", region_name=REGION, aws_access_key_id="testing", aws_secret_access_key="testing")
    attach(drs, rehearsal.simulator)

    assert drs.describe_jobs()["items"] == []
    assert rehearsal.simulator.record.calls()[0].account == "123456789012"


def test_other_operations_are_not_implemented(rehearsal: Rehearsal) -> None:
    rehearsal.simulator.initialize(ACCOUNT, REGION)
    others = set(service_model().operation_names) - set(HANDLERS)
    header = {"Authorization": f"Credential=testing/20260129/{REGION}/drs/aws4_request"}
    rehearsal.simulator.initialize("123456789012", REGION)

    for name in others:
        http: Any = service_model().operation_model(name).http
        response = rehearsal.simulator.handle(HttpRequest(http["method"], http["requestUri"], header, b"{}"))
        assert response.status == 501, name
        assert name in json.loads(response.body)["message"]


def test_tags_need_an_initialised_region(rehearsal: Rehearsal) -> None:
    with pytest.raises(ClientError, match="UninitializedAccountException"):
        rehearsal.drs.list_tags_for_resource(resourceArn=f"arn:aws:drs:{REGION}:{ACCOUNT}:job/drsjob-1")


def test_protecting_a_server_initialises_the_region(rehearsal: Rehearsal) -> None:
    rehearsal.protect()

    assert rehearsal.drs.describe_jobs()["items"] == []


def test_more_servers_can_be_protected_than_the_quota_allows(rehearsal: Rehearsal) -> None:
    rehearsal.simulator.set_quotas(ACCOUNT, REGION, QuotasSpec(source_servers=1, replicating_servers=1))

    assert len(rehearsal.protect(2)) == 2


def test_replication_stands_still(rehearsal: Rehearsal) -> None:
    spec = ReplicationSpec(state="INITIAL_SYNC", replicated_percent=40)
    [server_id] = rehearsal.protect(replication=spec)
    rehearsal.wait(30 * 86_400)

    info = rehearsal.server(server_id)["dataReplicationInfo"]

    assert info["dataReplicationState"] == "INITIAL_SYNC"
    disk = info["replicatedDisks"][0]
    assert disk["replicatedStorageBytes"] == int(disk["totalStorageBytes"] * 0.4)


def test_an_unknown_server_is_a_validation_error(rehearsal: Rehearsal) -> None:
    rehearsal.protect()

    with pytest.raises(rehearsal.drs.exceptions.ValidationException) as refused:
        rehearsal.start(["s-" + "0" * 17])

    assert told(refused)["fieldList"][0]["name"] == "sourceServers[0].sourceServerID"


def test_an_unknown_instance_is_a_validation_error(rehearsal: Rehearsal) -> None:
    rehearsal.protect()
    drs = rehearsal.drs

    with pytest.raises(drs.exceptions.ValidationException):
        drs.terminate_recovery_instances(recoveryInstanceIDs=["i-" + "0" * 17])


def test_to_disconnect_changes_the_state_alone(rehearsal: Rehearsal) -> None:
    [server] = rehearsal.protect()
    rehearsal.launch([server])
    [before] = rehearsal.drs.describe_recovery_instances()["items"]

    rehearsal.drs.disconnect_recovery_instance(recoveryInstanceID=before["recoveryInstanceID"])

    [after] = rehearsal.drs.describe_recovery_instances()["items"]
    assert after == {**before, "dataReplicationInfo": {"dataReplicationState": "DISCONNECTED"}}


def test_an_instance_that_is_unknown_or_connected_is_not_deleted(rehearsal: Rehearsal) -> None:
    [server] = rehearsal.protect()
    rehearsal.launch([server])
    [instance] = rehearsal.drs.describe_recovery_instances()["items"]

    with pytest.raises(ClientError, match="ValidationException"):
        rehearsal.drs.delete_recovery_instance(recoveryInstanceID="i-00000000000000000")
    with pytest.raises(ClientError, match="ConflictException"):
        rehearsal.drs.delete_recovery_instance(recoveryInstanceID=instance["recoveryInstanceID"])


def test_a_server_without_a_point_in_time_fails_in_the_job(rehearsal: Rehearsal) -> None:
    job_id = rehearsal.launch(rehearsal.protect(replication=ReplicationSpec(state="INITIATING")))

    assert rehearsal.job(job_id)["participatingServers"][0]["launchStatus"] == "FAILED"


def test_a_full_staging_account_refuses_the_recovery() -> None:
    rehearsal = Rehearsal(Settings(quotas=Quotas(jobs_at_once=1)))
    servers = rehearsal.protect(2, staging_account_id=OTHER_ACCOUNT)
    rehearsal.simulator.start_foreign_job(OTHER_ACCOUNT, REGION, servers[:1])

    with pytest.raises(rehearsal.drs.exceptions.ServiceQuotaExceededException) as refused:
        rehearsal.start(servers[1:])

    assert told(refused)["resourceId"] == OTHER_ACCOUNT
    assert rehearsal.drs.describe_jobs()["items"] == []


def test_a_converted_snapshot_counts_as_launched(rehearsal: Rehearsal) -> None:
    rehearsal.launch(rehearsal.protect(staging_account_id=OTHER_ACCOUNT))

    [job] = rehearsal.client(OTHER_ACCOUNT).describe_jobs()["items"]
    assert [each["launchStatus"] for each in job["participatingServers"]] == ["LAUNCHED"]
    assert rehearsal.client(OTHER_ACCOUNT).describe_recovery_instances()["items"] == []


def test_who_may_use_a_key_is_said_by_the_estate(rehearsal: Rehearsal) -> None:
    custom = EncryptionSpec(ebs_encryption="CUSTOM", key_arn=KEY)
    rehearsal.protect(account=OTHER_ACCOUNT, encryption=custom)
    rehearsal.simulator.initialize(ACCOUNT, REGION)
    [found] = rehearsal.drs.list_extensible_source_servers(stagingAccountID=OTHER_ACCOUNT)["items"]

    extended = rehearsal.drs.create_extended_source_server(sourceServerArn=found["arn"])["sourceServer"]

    assert extended["stagingArea"]["status"] == "EXTENSION_ERROR"
    shared = EncryptionSpec(ebs_encryption="CUSTOM", key_arn=KEY, shared_with=(ACCOUNT,))
    rehearsal.simulator.set_encryption(OTHER_ACCOUNT, REGION, shared)
    assert rehearsal.server(extended["sourceServerID"])["stagingArea"]["status"] == "EXTENDED"


def test_some_of_the_launch_configuration_is_only_stored(rehearsal: Rehearsal) -> None:
    [server_id, other] = rehearsal.protect(2)
    template_of(rehearsal, other)
    rehearsal.drs.update_launch_configuration(
        sourceServerID=server_id, licensing={"osByol": True}, postLaunchEnabled=True, recoveryMode="OPTIMAL"
    )

    rehearsal.launch([server_id, other])

    stored = rehearsal.drs.get_launch_configuration(sourceServerID=server_id)
    assert (stored["licensing"], stored["postLaunchEnabled"], stored["recoveryMode"]) == (
        {"osByol": True},
        True,
        "OPTIMAL",
    )
    one, two = rehearsal.ec2.instances.values()
    assert one.launch == two.launch


def test_an_empty_id_to_launch_into_names_none(rehearsal: Rehearsal) -> None:
    [server_id] = rehearsal.protect()
    empty: Any = {"launchIntoEC2InstanceID": ""}

    changed = rehearsal.drs.update_launch_configuration(sourceServerID=server_id, launchIntoInstanceProperties=empty)

    assert changed["launchIntoInstanceProperties"] == {}


def test_an_instance_to_launch_into_may_be_on_any_host(rehearsal: Rehearsal) -> None:
    [server_id] = rehearsal.protect(os="Windows Server 2022")
    rehearsal.ec2.prepare(PreparedInstance("i-0123456789abcdef0", ACCOUNT, REGION, platform="windows"))
    into: Any = {"launchIntoEC2InstanceID": "i-0123456789abcdef0"}

    changed = rehearsal.drs.update_launch_configuration(
        sourceServerID=server_id, launchIntoInstanceProperties=into, licensing={"osByol": True}
    )

    assert changed["launchIntoInstanceProperties"] == into


@pytest.mark.parametrize(("ends", "state"), [(False, "running"), (True, "terminated")])
def test_a_launch_elsewhere_may_end_an_instance_that_was_launched_into(ends: bool, state: str) -> None:
    rehearsal = Rehearsal(replace(CERTAIN, quirks=replace(CERTAIN.quirks, ends_prepared=ends)))
    [server_id] = rehearsal.protect()
    instance = PreparedInstance("i-0123456789abcdef0", ACCOUNT, REGION)
    rehearsal.ec2.prepare(instance)
    into: Any = {"launchIntoEC2InstanceID": instance.instance_id}
    rehearsal.drs.update_launch_configuration(sourceServerID=server_id, launchIntoInstanceProperties=into)
    for _ in range(2):
        instance.state = "stopped"
        rehearsal.launch([server_id])
    again = instance.state
    none: Any = {}
    rehearsal.drs.update_launch_configuration(sourceServerID=server_id, launchIntoInstanceProperties=none)

    rehearsal.launch([server_id])

    assert (again, instance.state) == ("running", state)


def test_a_launch_template_is_made_when_it_is_first_asked_for(rehearsal: Rehearsal) -> None:
    [asked_for, other] = rehearsal.protect(2)

    template_id = rehearsal.drs.get_launch_configuration(sourceServerID=asked_for)["ec2LaunchTemplateID"]
    rehearsal.launch([asked_for, other])

    assert [key[2] for key in rehearsal.ec2.templates] == [template_id]
    first, second = rehearsal.ec2.instances.values()
    assert first.launch.instance_type == second.launch.instance_type == "t3.micro"


def test_a_launch_takes_no_disks_from_its_template(rehearsal: Rehearsal) -> None:
    [server_id] = rehearsal.protect()
    template = template_of(rehearsal, server_id)
    template.make_default(template.add({"BlockDeviceMappings": []}, source=1))

    rehearsal.launch([server_id])

    assert len(rehearsal.instances()[0]["recoveryInstanceProperties"]["disks"]) == 1


def test_the_configuration_of_a_server_in_a_job_is_not_changed(rehearsal: Rehearsal) -> None:
    [server_id] = rehearsal.protect()
    rehearsal.start([server_id])

    with pytest.raises(ClientError, match="ConflictException"):
        rehearsal.drs.update_launch_configuration(sourceServerID=server_id, copyTags=True)

    rehearsal.finish_jobs()
    assert rehearsal.drs.update_launch_configuration(sourceServerID=server_id, copyTags=True)["copyTags"] is True


def test_an_instance_is_never_pending(rehearsal: Rehearsal) -> None:
    job_id, seen = rehearsal.start(rehearsal.protect()), set()

    for _ in range(180):
        rehearsal.wait(5)
        launched = rehearsal.job(job_id)["participatingServers"][0]["launchStatus"] == "LAUNCHED"
        seen.add((launched, *(item["ec2InstanceState"] for item in rehearsal.instances())))

    assert seen == {(False,), (True, "RUNNING")}


def test_a_failed_relaunch_leaves_nothing(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect()
    rehearsal.launch(servers)
    rehearsal.fail(kind="launchFailure")

    rehearsal.launch(servers)

    assert rehearsal.instances() == []
    assert rehearsal.ec2.running() == []


def test_there_are_launch_events_only(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect()
    rehearsal.launch(servers)
    rehearsal.simulator.set_replication(ACCOUNT, REGION, servers[0], ReplicationSpec(state="STALLED"))
    rehearsal.drs.terminate_recovery_instances(recoveryInstanceIDs=rehearsal.ec2.running())
    rehearsal.finish_jobs()

    assert [event["detail-type"] for event in rehearsal.events] == ["DRS Source Server Launch Result"]


def test_a_termination_logs_cleanup(rehearsal: Rehearsal) -> None:
    rehearsal.launch(rehearsal.protect())
    job = rehearsal.drs.terminate_recovery_instances(recoveryInstanceIDs=rehearsal.ec2.running())["job"]
    rehearsal.finish_jobs()

    events = [item["event"] for item in rehearsal.log(job["jobID"])]
    assert events == ["JOB_START", "CLEANUP_START", "CLEANUP_END", "JOB_END"]


def test_jobs_are_kept(rehearsal: Rehearsal) -> None:
    job_id = rehearsal.launch(rehearsal.protect())
    rehearsal.wait(3650 * 86_400)

    assert rehearsal.job(job_id)["status"] == "COMPLETED"
    assert rehearsal.log(job_id)


def test_rates_are_a_guess() -> None:
    limits = Settings().rate_limits

    assert limits.of("StartRecovery") == Rate(10, 20)
    assert limits.of("DescribeJobLogItems") == limits.otherwise


def test_pages_are_short(rehearsal: Rehearsal) -> None:
    rehearsal.protect(30)

    sizes = {len(rehearsal.drs.describe_source_servers()["items"]) for _ in range(5)}

    assert sizes == {3, 4, 5, 7, 9}
