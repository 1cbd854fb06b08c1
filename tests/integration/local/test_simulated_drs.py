"""The local system with the DRS simulator: foreign clients, events, instances and their status checks."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from local.aws_cli import run_shell
from local.drs_door import simulated_drs
from local.drs_simulator import Quirks, Quotas, Settings, SourceServerSpec, Timings
from local.drs_simulator.estate import QuotasSpec
from local.system import LocalSystem
from tests.integration.local.conftest import TARGET, small_blueprint
from tests.integration.local.waiting import eventually

REGION = "us-west-2"


@pytest.fixture(scope="module")
def drilled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSystem]:
    """A system with quick jobs and two servers in a target account."""
    settings = Settings(
        timings=Timings(snapshot=10, conversion=30, launch=20, status_checks=240),
        quotas=Quotas(servers_in_all_jobs=300),
        quirks=Quirks(event_loss=0),
    )
    folder: Path = tmp_path_factory.mktemp("drilled")
    with LocalSystem(60, drs=simulated_drs(settings), blueprint=small_blueprint(), state_dir=folder) as system:
        system.simulator.initialize(TARGET, REGION)
        for name in ("db-1", "db-2"):
            system.simulator.add_source_server(TARGET, REGION, SourceServerSpec(hostname=name))
        yield system


def _servers(system: LocalSystem) -> list[str]:
    client = system.client("drs", TARGET, REGION)
    pages = client.get_paginator("describe_source_servers").paginate()
    return [server["sourceServerID"] for page in pages for server in page["items"]]


def test_a_drill_launches_an_instance_that_initialises_and_tells_the_hub(drilled: LocalSystem) -> None:
    drs, ec2 = drilled.client("drs", TARGET, REGION), drilled.client("ec2", TARGET, REGION)
    server, other = _servers(drilled)
    _launch(drs, other)  # the first launch in a region is slow: moto reads its images
    began = drilled.clock.now()

    job, instance_id = _launch(drs, server)

    first = ec2.describe_instance_status(InstanceIds=[instance_id])["InstanceStatuses"][0]
    assert first["InstanceStatus"]["Status"] == "initializing"
    launched = ec2.describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]["LaunchTime"]
    assert began < launched <= drilled.clock.now(), "the time of launch is engine time"
    eventually(lambda: _status(ec2, instance_id) == "ok")
    assert drilled.clock.now() - launched >= timedelta(seconds=230)

    table, dynamodb = drilled.deployment.value("TableName"), drilled.client("dynamodb")
    event = json.loads(eventually(lambda: _event_about(dynamodb, table, job)))
    assert (event["source"], event["account"], event["region"]) == ("aws.drs", TARGET, REGION)
    assert event["resources"][0].endswith(server)
    assert event["detail"]["state"] == "RECOVERY_LAUNCH_SUCCEEDED"


def _launch(drs: Any, server: str) -> tuple[str, str]:
    job = drs.start_recovery(sourceServers=[{"sourceServerID": server}], isDrill=True)["job"]["jobID"]
    of_server = {"sourceServerIDs": [server]}
    found = eventually(lambda: drs.describe_recovery_instances(filters=of_server)["items"])
    return str(job), str(found[0]["ec2InstanceID"])


def _status(ec2: Any, instance_id: str) -> str:
    status = ec2.describe_instance_status(InstanceIds=[instance_id])["InstanceStatuses"][0]
    return str(status["InstanceStatus"]["Status"])


def _event_about(dynamodb: Any, table: str, job: str) -> str | None:
    texts = [item["event"]["S"] for item in dynamodb.scan(TableName=table)["Items"] if "event" in item]
    return next((text for text in texts if job in text), None)


def test_the_cli_sees_the_servers_of_the_account_whose_role_it_took(drilled: LocalSystem) -> None:
    script = f"""
    eval "$(aws sts assume-role --role-arn arn:aws:iam::{TARGET}:role/DRSOrchestrationRole --role-session-name drill \\
        --external-id external-id-of-the-test --output text \\
        --query "join('', ['export AWS_ACCESS_KEY_ID=', Credentials.AccessKeyId, ' AWS_SECRET_ACCESS_KEY=', \\
            Credentials.SecretAccessKey, ' AWS_SESSION_TOKEN=', Credentials.SessionToken])")"
    aws drs describe-source-servers --region {REGION} --query 'items[].sourceServerID' --output json
    """

    done = run_shell(script, drilled.environment())

    assert done.code == 0, done.errors
    assert json.loads(done.output) == _servers(drilled)


def test_service_quotas_answers_what_the_simulator_enforces(drilled: LocalSystem) -> None:
    client = drilled.client("service-quotas", TARGET, REGION)
    drilled.simulator.set_quotas(TARGET, REGION, QuotasSpec(source_servers=6000))

    assert client.get_service_quota(ServiceCode="drs", QuotaCode="L-E28BE5E0")["Quota"]["Value"] == 6000
    elsewhere = drilled.client("service-quotas", TARGET, "eu-west-1")
    assert elsewhere.get_service_quota(ServiceCode="drs", QuotaCode="L-E28BE5E0")["Quota"]["Value"] == 4000
    assert client.get_service_quota(ServiceCode="drs", QuotaCode="L-05AFA8C6")["Quota"]["Value"] == 300


def test_a_source_server_of_ec2_has_its_instance_where_the_estate_says(drilled: LocalSystem) -> None:
    account, region, instance = "444455556666", "eu-central-1", "i-0e001e001e001e001"
    origin: dict[str, Any] = {
        "origin": "ec2",
        "origin_account_id": account,
        "origin_region": region,
        "origin_instance_id": instance,
        "origin_tags": {"Name": "web-1", "Tier": "web"},
    }
    for place in ("eu-west-1", "eu-west-2"):
        drilled.simulator.add_source_server(TARGET, place, SourceServerSpec(hostname="web-1", **origin))
    ec2 = drilled.client("ec2", account, region)

    [found] = [one for page in ec2.describe_instances()["Reservations"] for one in page["Instances"]]
    other = ec2.run_instances(ImageId=found["ImageId"], MinCount=1, MaxCount=1, ClientToken="mine")["Instances"]

    assert (found["InstanceId"], found["State"]["Name"]) == (instance, "running"), "two servers of one have one"
    assert {tag["Key"]: tag["Value"] for tag in found["Tags"]} == {"Name": "web-1", "Tier": "web"}
    assert other[0]["InstanceId"] != instance
