"""Launch configurations, tags, estates and the record."""

import json
from typing import Any

import pytest

from local.drs_simulator import DocumentError, SourceServerSpec
from local.drs_simulator.record import Call
from tests.support.drs_rehearsal import ACCOUNT, OTHER_ACCOUNT, REGION, Rehearsal, told

UNKNOWN_SERVER = "s-" + "0" * 17


def test_an_update_changes_what_it_names_and_keeps_the_rest(rehearsal: Rehearsal) -> None:
    [server_id] = rehearsal.protect()
    drs = rehearsal.drs
    before = drs.get_launch_configuration(sourceServerID=server_id)

    drs.update_launch_configuration(
        sourceServerID=server_id, copyPrivateIp=True, licensing={"osByol": True}, recoveryMode="OPTIMAL"
    )

    after = drs.get_launch_configuration(sourceServerID=server_id)
    changed = {"copyPrivateIp": True, "licensing": {"osByol": True}, "recoveryMode": "OPTIMAL"}
    assert {**before, **changed, "ResponseMetadata": 0} == {**after, "ResponseMetadata": 0}
    assert after["ec2LaunchTemplateID"].startswith("lt-")


def test_an_unknown_server_has_no_configuration(rehearsal: Rehearsal) -> None:
    rehearsal.protect()
    drs = rehearsal.drs

    with pytest.raises(drs.exceptions.ResourceNotFoundException) as refused:
        drs.get_launch_configuration(sourceServerID=UNKNOWN_SERVER)

    assert told(refused)["resourceId"] == UNKNOWN_SERVER
    with pytest.raises(drs.exceptions.ResourceNotFoundException):
        drs.update_launch_configuration(sourceServerID=UNKNOWN_SERVER)


def test_servers_jobs_and_instances_carry_tags(rehearsal: Rehearsal) -> None:
    [server_id] = rehearsal.protect(tags={"Tier": "web"})
    job_id = rehearsal.launch([server_id], tags={"run": "1"})
    drs = rehearsal.drs
    arns = [rehearsal.server(server_id)["arn"], rehearsal.job(job_id)["arn"], rehearsal.instances()[0]["arn"]]

    for arn in arns:
        drs.tag_resource(resourceArn=arn, tags={"Owner": "ops", "a b/c": "d=e&f"})
        drs.untag_resource(resourceArn=arn, tagKeys=["Tier", "a b/c", "never there"])

    tags = [drs.list_tags_for_resource(resourceArn=arn)["tags"] for arn in arns]
    assert tags == [{"Owner": "ops"}, {"run": "1", "Owner": "ops"}, {"Owner": "ops"}]
    assert rehearsal.job(job_id)["tags"] == tags[1]


def test_tags_of_what_does_not_exist_are_not_found(rehearsal: Rehearsal) -> None:
    rehearsal.protect()
    drs = rehearsal.drs
    foreign = f"arn:aws:drs:{REGION}:{OTHER_ACCOUNT}:source-server/{UNKNOWN_SERVER}"

    with pytest.raises(drs.exceptions.ResourceNotFoundException):
        drs.list_tags_for_resource(resourceArn=foreign)


@pytest.mark.parametrize("tags", [{"aws:system": "1"}, {f"key-{index}": "" for index in range(51)}])
def test_reserved_and_too_many_tags_are_refused(rehearsal: Rehearsal, tags: dict[str, str]) -> None:
    [server_id] = rehearsal.protect()
    drs = rehearsal.drs

    with pytest.raises(drs.exceptions.ValidationException):
        drs.tag_resource(resourceArn=rehearsal.server(server_id)["arn"], tags=tags)

    assert rehearsal.server(server_id)["tags"] == {}


def test_an_estate_of_several_accounts_is_loaded(rehearsal: Rehearsal) -> None:
    estate = {
        "regions": [
            {
                "account": ACCOUNT,
                "region": REGION,
                "servers": [
                    {
                        "hostname": "db-1",
                        "origin": "physical",
                        "os": "Oracle Linux 8",
                        "disks": [{"deviceName": "/dev/sda", "gib": 100}, {"deviceName": "/dev/sdb", "gib": 500}],
                        "tags": {"Tier": "database"},
                        "replication": {"state": "BACKLOG", "lagSeconds": 30, "backlogBytes": 4096},
                    }
                ],
            },
            {"account": OTHER_ACCOUNT, "region": REGION},
        ]
    }

    [server_id] = rehearsal.simulator.load_estate(estate)

    server = rehearsal.server(server_id)
    assert server["sourceProperties"]["os"]["fullString"] == "Oracle Linux 8"
    assert len(server["sourceProperties"]["disks"]) == 2
    assert server["dataReplicationInfo"]["replicatedDisks"][0]["backloggedStorageBytes"] == 4096
    assert "etaDateTime" in server["dataReplicationInfo"]
    assert rehearsal.client(OTHER_ACCOUNT).describe_source_servers()["items"] == []


@pytest.mark.parametrize(
    ("server", "complaint"),
    [
        ({}, "regions.0.servers.0.hostname"),
        ({"hostname": "a", "replication": {"state": "HAPPY"}}, "replication.state"),
        ({"hostname": "a", "hostName": "b"}, "hostName"),
        ({"hostname": "a", "sourceServerId": "s-1"}, "sourceServerId"),
        ({"hostname": "a", "origin": "vm", "originRegion": "us-east-1"}, "origin 'ec2'"),
        ({"hostname": "a", "protectedSince": "2026-01-01T00:00:00"}, "zone"),
    ],
)
def test_an_estate_that_says_nonsense_is_refused_with_the_place(
    rehearsal: Rehearsal, server: dict[str, Any], complaint: str
) -> None:
    estate = {"regions": [{"account": ACCOUNT, "region": REGION, "servers": [server]}]}

    with pytest.raises(DocumentError, match=complaint):
        rehearsal.simulator.load_estate(estate)


def test_the_record_has_every_call_and_effect_in_order(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect()
    job_id = rehearsal.launch(servers, tags={"run": "1"})
    with pytest.raises(rehearsal.drs.exceptions.ValidationException):
        rehearsal.start([UNKNOWN_SERVER])
    [instance] = rehearsal.ec2.running()
    rehearsal.drs.terminate_recovery_instances(recoveryInstanceIDs=[instance])
    rehearsal.finish_jobs()

    record = rehearsal.simulator.record
    calls = record.calls("StartRecovery", ACCOUNT)
    assert [(call.outcome, call.status, call.error_code) for call in calls] == [
        ("success", 202, ""),
        ("refused", 400, "ValidationException"),
    ]
    assert calls[0].job_id == job_id
    assert calls[0].parameters["tags"] == {"run": "1"}
    kinds = [effect.kind for effect in record.effects() if effect.kind != "eventSent"]
    launch = ["jobCreated", "jobStarted", "instanceLaunched", "jobEnded"]
    assert kinds == [*launch, "jobCreated", "jobStarted", "ec2Terminated", "instanceTerminated", "jobEnded"]
    assert [entry.sequence for entry in record.entries] == list(range(len(record.entries)))
    assert [entry.time for entry in record.entries] == sorted(entry.time for entry in record.entries)
    assert json.loads(json.dumps(list(record.as_json())))[0]["type"] == (
        "call" if isinstance(record.entries[0], Call) else "effect"
    )


def test_the_whole_state_is_one_json_document_that_hides_nothing(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect()
    rehearsal.fail(kind="lateVisibility", seconds=100_000)
    rehearsal.fail(kind="hiddenInstance", seconds=100_000)
    rehearsal.launch(servers)

    [cell] = json.loads(json.dumps(rehearsal.simulator.snapshot()))["cells"]

    assert len(cell["jobs"]) == len(cell["recoveryInstances"]) == len(cell["servers"]) == 1
    assert cell["servers"][0]["recoveryInstanceID"] == cell["recoveryInstances"][0]["recoveryInstanceID"]


def test_a_hostname_longer_than_a_configurations_name_is_cut(rehearsal: Rehearsal) -> None:
    server_id = rehearsal.simulator.add_source_server(ACCOUNT, REGION, SourceServerSpec(hostname="h" * 200))

    assert rehearsal.drs.get_launch_configuration(sourceServerID=server_id)["name"] == "h" * 128
