"""What moto does not do and local/ adds: trust, events, mails, quotas, templates, status checks, atomic writes."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.demo.configuration import read_sample
from local.moto_patches.assume_role import Caller, trusts
from local.moto_patches.event_delivery import event_of
from local.system import FunctionFailedError, LocalSystem
from tests.integration.local.conftest import TARGET, ToldChecks, ToldDrs
from tests.integration.local.waiting import eventually

ROLE = f"arn:aws:iam::{TARGET}:role/DRSOrchestrationRole"
EXTERNAL_ID = "external-id-of-the-test"


def test_a_trusted_function_with_the_right_external_id_gets_the_role(system: LocalSystem) -> None:
    arns = system.invoke("echo", {"action": "assume", "RoleArn": ROLE, "ExternalId": EXTERNAL_ID})

    assert arns == [
        f"arn:aws:sts::{TARGET}:assumed-role/DRSOrchestrationRole/test-session",
        "arn:aws:sts::123456789012:assumed-role/small-hub-test/small-echo-test",
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        {"RoleArn": ROLE, "ExternalId": "a-wrong-external-id"},
        {"RoleArn": ROLE},
        {"RoleArn": f"arn:aws:iam::{TARGET}:role/Missing", "ExternalId": EXTERNAL_ID},
        {"RoleArn": "arn:aws:iam::999999999999:role/DRSOrchestrationRole", "ExternalId": EXTERNAL_ID},
    ],
    ids=["wrong external id", "no external id", "missing role", "account without the role"],
)
def test_a_role_is_refused_in_words_that_name_it(system: LocalSystem, arguments: dict[str, str]) -> None:
    with pytest.raises(ClientError) as refused:
        system.client("sts").assume_role(RoleSessionName="operator", **arguments)

    error = refused.value.response
    assert error["Error"]["Code"] == "AccessDenied"
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert arguments["RoleArn"] in error["Error"]["Message"]
    assert "123456789012" in error["Error"]["Message"]


def test_the_refusal_reaches_a_function(system: LocalSystem) -> None:
    with pytest.raises(FunctionFailedError) as refused:
        system.invoke("echo", {"action": "assume", "RoleArn": ROLE, "ExternalId": "a-wrong-external-id"})

    assert "AccessDenied" in refused.value.payload["errorMessage"]


SESSION = Caller("arn:aws:sts::123456789012:assumed-role/hub/run-1", "123456789012")


@pytest.mark.parametrize(
    ("principal", "condition", "trusted"),
    [
        ({"AWS": "arn:aws:iam::123456789012:root"}, {}, True),
        ({"AWS": "123456789012"}, {}, True),
        ({"AWS": ["arn:aws:iam::111111111111:root", "arn:aws:iam::123456789012:role/hub"]}, {}, True),
        ({"AWS": "arn:aws:iam::123456789012:role/other"}, {}, False),
        ({"AWS": "arn:aws:iam::111111111111:root"}, {}, False),
        ({"Service": "lambda.amazonaws.com"}, {}, False),
        ({"AWS": "*"}, {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/h*"}}, True),
        ({"AWS": "*"}, {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/x*"}}, False),
        ({"AWS": "*"}, {"StringEquals": {"sts:ExternalId": ["one", "secret"]}}, True),
        ({"AWS": "*"}, {"StringEquals": {"sts:ExternalId": "other"}}, False),
        ({"AWS": "*"}, {"Bool": {"aws:MultiFactorAuthPresent": "true"}}, False),
    ],
)
def test_a_trust_policy_is_read_as_aws_reads_it(principal: Any, condition: Any, trusted: bool) -> None:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition}

    assert trusts({"Statement": [statement]}, SESSION, "secret") is trusted
    deny = {**statement, "Effect": "Deny"}
    assert not trusts({"Statement": [{**statement, "Condition": {}}, deny]}, SESSION, "secret") or not trusted


def _launch_event(event_id: str, account: str = TARGET) -> dict[str, Any]:
    return event_of(
        "aws.drs",
        "DRS Source Server Launch Result",
        account,
        "us-west-2",
        datetime(2026, 1, 29, 2, 47, 18, tzinfo=UTC),
        id=event_id,
        resources=[f"arn:aws:drs:us-west-2:{account}:source-server/s-11111111111111111"],
        detail={"state": "RECOVERY_LAUNCH_SUCCEEDED", "job-id": "drsjob-1", "is-drill": "TRUE"},
    )


def test_a_drs_event_of_a_target_account_reaches_the_hubs_function_unchanged(
    system: LocalSystem, received: Callable[[str], Any]
) -> None:
    event = _launch_event("e-forwarded")
    drs = system.drs
    assert isinstance(drs, ToldDrs)

    drs.send_event(TARGET, "us-west-2", event)

    assert received("e-forwarded") == event


def test_an_event_of_an_account_that_the_bus_does_not_admit_is_dropped(
    system: LocalSystem, received: Callable[[str], Any]
) -> None:
    stranger = "999999999999"
    events = system.client("events", stranger, "us-west-2")
    events.put_rule(Name="forward", EventPattern='{"source": ["aws.drs"]}')
    hub = "arn:aws:events:us-east-1:123456789012:event-bus/default"
    events.put_targets(Rule="forward", Targets=[{"Id": "hub", "Arn": hub}])
    drs = system.drs
    assert isinstance(drs, ToldDrs)

    drs.send_event(stranger, "us-west-2", _launch_event("e-stranger", stranger))
    drs.send_event(TARGET, "us-west-2", _launch_event("e-after"))

    received("e-after")
    table = system.deployment.value("TableName")
    assert "e-stranger" not in json.dumps(system.client("dynamodb").scan(TableName=table)["Items"])


def test_put_events_from_outside_reaches_a_function_only_with_its_permission(
    system: LocalSystem, received: Callable[[str], Any]
) -> None:
    events, function = system.client("events"), "arn:aws:lambda:us-east-1:123456789012:function:small-echo-test:live"
    for name in ("with-permission", "without-permission"):
        rule = events.put_rule(Name=name, EventPattern=json.dumps({"source": [f"test.{name}"]}))
        target = {"Id": "echo", "Arn": function, "Input": json.dumps({"came": name})}
        events.put_targets(Rule=name, Targets=[target])
        if name == "with-permission":
            system.client("lambda").add_permission(
                FunctionName="small-echo-test",
                Qualifier="live",
                StatementId=name,
                Action="lambda:InvokeFunction",
                Principal="events.amazonaws.com",
                SourceArn=rule["RuleArn"],
            )

    for name in ("without-permission", "with-permission"):
        events.put_events(Entries=[{"Source": f"test.{name}", "DetailType": "t", "Detail": "{}"}])

    assert received("with-permission") == {"came": "with-permission"}
    table = system.deployment.value("TableName")
    assert "without-permission" not in json.dumps(system.client("dynamodb").scan(TableName=table)["Items"])


def test_an_event_reaches_a_queue_as_well_as_a_function(system: LocalSystem) -> None:
    queue = system.client("sqs").create_queue(QueueName="events")["QueueUrl"]
    events = system.client("events", TARGET, "us-east-1")
    events.put_rule(Name="forward", EventPattern='{"source": ["aws.drs"]}')
    hub = "arn:aws:events:us-east-1:123456789012:event-bus/default"
    events.put_targets(Rule="forward", Targets=[{"Id": "hub", "Arn": hub}])
    system.client("events").put_rule(Name="to-queue", EventPattern='{"source": ["aws.drs"]}')
    target = {"Id": "queue", "Arn": "arn:aws:sqs:us-east-1:123456789012:events"}
    system.client("events").put_targets(Rule="to-queue", Targets=[target])
    drs = system.drs
    assert isinstance(drs, ToldDrs)

    drs.send_event(TARGET, "us-east-1", _launch_event("e-queue"))

    body = json.loads(system.client("sqs").receive_message(QueueUrl=queue)["Messages"][0]["Body"])
    assert (body["id"], body["time"]) == ("e-queue", "2026-01-29T02:47:18Z")
    assert body["resources"] == [f"arn:aws:drs:us-west-2:{TARGET}:source-server/s-11111111111111111"]


def test_a_schedule_fires_its_constant_input_but_not_more_often_than_every_five_seconds(system: LocalSystem) -> None:
    table, client = system.deployment.value("TableName"), system.client("dynamodb")

    def fired() -> int:
        items = client.scan(TableName=table)["Items"]
        return sum(json.loads(item.get("event", {"S": "{}"})["S"]) == {"schedule": "reconcile"} for item in items)

    eventually(lambda: fired() >= 1)
    elapsed = (system.clock.now() - system.clock.description.engine_origin).total_seconds() / system.clock.scale

    assert 1 <= fired() <= elapsed / 5 + 1


def _publish(system: LocalSystem, event_type: str, **message: Any) -> None:
    attributes = {"eventType": {"DataType": "String", "StringValue": event_type}}
    topic = system.deployment.value("TopicArn")
    system.client("sns").publish(TopicArn=topic, MessageAttributes=attributes, **message)


def test_a_mail_lands_in_the_outbox_and_in_a_file_with_real_line_ends(system: LocalSystem) -> None:
    before = system.clock.now()

    _publish(system, "pause", Subject="Approval needed: wave 2", Message="Line one\nLine two")

    mail = system.mails[-1]
    assert (mail.to, mail.subject, mail.body) == ("ops@example.com", "Approval needed: wave 2", "Line one\nLine two")
    assert mail.attributes == {"eventType": "pause"}
    assert before <= mail.time <= system.clock.now()
    assert mail.path.parent == system.mail_folder
    assert b"Subject: Approval needed: wave 2\n" in mail.path.read_bytes()
    assert mail.path.read_bytes().endswith(b"\n\nLine one\nLine two\n")


def test_a_subscription_gets_only_what_its_filter_lets_through(system: LocalSystem) -> None:
    count = len(system.mails)

    _publish(system, "start", Subject="Started", Message="not wanted")
    _publish(system, "complete", Subject="Completed", Message="wanted")

    assert [mail.subject for mail in system.mails[count:]] == ["Completed"]


def test_a_message_of_structure_json_is_rendered_for_its_protocol(
    system: LocalSystem, received: Callable[[str], Any]
) -> None:
    message = json.dumps({"default": "for all", "email": "for people", "lambda": "for-machines-only"})

    _publish(system, "pause", Subject="Both", Message=message, MessageStructure="json")

    assert system.mails[-1].body == "for people"
    record = received("for-machines-only")["Records"][0]
    assert record["Sns"]["Message"] == "for-machines-only"
    assert record["Sns"]["TopicArn"] == system.deployment.value("TopicArn")


def test_the_quotas_of_drs_are_known_and_listed(system: LocalSystem) -> None:
    client = system.client("service-quotas", TARGET, "us-west-2")

    jobs = client.get_service_quota(ServiceCode="drs", QuotaCode="L-D88FAC3A")["Quota"]
    listed = client.list_service_quotas(ServiceCode="drs")["Quotas"]

    assert (jobs["Value"], jobs["Adjustable"]) == (20.0, False)
    assert {quota["QuotaCode"]: quota["Value"] for quota in listed}["L-05AFA8C6"] == 200
    assert jobs["QuotaArn"].startswith(f"arn:aws:servicequotas:us-west-2:{TARGET}:drs/")
    assert {quota["QuotaCode"] for quota in listed} >= {"L-C1D14A2B", "L-E28BE5E0", "L-B827C881", "L-05AFA8C6"}
    assert client.list_aws_default_service_quotas(ServiceCode="drs")["Quotas"]
    with pytest.raises(ClientError, match="NoSuchResource"):
        client.get_service_quota(ServiceCode="drs", QuotaCode="L-00000000")


def test_a_new_launch_template_version_starts_from_its_source(system: LocalSystem) -> None:
    client = system.client("ec2", TARGET, "us-west-2")
    disks = [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 30}}]
    first = {"ImageId": "ami-12345678", "InstanceType": "t3.small", "BlockDeviceMappings": disks}
    created = client.create_launch_template(LaunchTemplateName="lt", LaunchTemplateData=first)["LaunchTemplate"]
    name = {"LaunchTemplateId": created["LaunchTemplateId"]}

    client.create_launch_template_version(**name, SourceVersion="1", LaunchTemplateData={"InstanceType": "m5.large"})
    client.create_launch_template_version(**name, LaunchTemplateData={"InstanceType": "c5.large"})

    answer = client.describe_launch_template_versions(**name, Versions=["2", "3"])
    second, third = (version["LaunchTemplateData"] for version in answer["LaunchTemplateVersions"])
    assert second["InstanceType"] == "m5.large"
    assert second["BlockDeviceMappings"][0]["Ebs"]["VolumeSize"] == 30
    assert third["InstanceType"] == "c5.large" and "BlockDeviceMappings" not in third
    with pytest.raises(ClientError, match="VersionNotFound"):
        client.create_launch_template_version(**name, SourceVersion="99", LaunchTemplateData={"InstanceType": "x"})


def test_what_launches_are_given_is_listed_in_pages(system: LocalSystem) -> None:
    ec2, iam = system.client("ec2", TARGET, "eu-west-1"), system.client("iam", TARGET, "eu-west-1")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    of_vpc = [{"Name": "vpc-id", "Values": [vpc]}]
    for number in range(7):
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{number}.0/24")["Subnet"]["SubnetId"]
        ec2.create_security_group(VpcId=vpc, GroupName=f"group-{number}", Description="d")
        ec2.create_network_interface(SubnetId=subnet)
        iam.create_instance_profile(InstanceProfileName=f"profile-{number}")

    def lengths(call: str, name: str, size: int, **more: Any) -> list[int]:
        pages = ec2.get_paginator(call).paginate(**more, PaginationConfig={"PageSize": size})
        return [len(page[name]) for page in pages]

    assert lengths("describe_subnets", "Subnets", 5, Filters=of_vpc) == [5, 2]
    assert lengths("describe_security_groups", "SecurityGroups", 5, Filters=of_vpc) == [5, 3]
    assert lengths("describe_network_interfaces", "NetworkInterfaces", 5, Filters=of_vpc) == [5, 2]
    assert len(lengths("describe_instance_types", "InstanceTypes", 100)) > 10
    assert lengths("describe_instance_type_offerings", "InstanceTypeOfferings", 1000)[0] <= 1000
    profiles = iam.get_paginator("list_instance_profiles").paginate(PaginationConfig={"PageSize": 4})
    assert [len(page["InstanceProfiles"]) for page in profiles] == [4, 3]
    with pytest.raises(ClientError, match="InvalidNextToken"):
        ec2.describe_subnets(MaxResults=5, NextToken="elsewhere")


def test_an_address_is_given_once_and_goes_back_with_its_instance(system: LocalSystem) -> None:
    ec2 = system.client("ec2", TARGET, "eu-west-2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/28")["Subnet"]["SubnetId"]

    def free() -> int:
        [described] = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"]
        return int(described["AvailableIpAddressCount"])

    def run(**more: Any) -> dict[str, Any]:
        launch = {"ImageId": "ami-12345678", "MinCount": 1, "MaxCount": 1, "SubnetId": subnet}
        instance: dict[str, Any] = ec2.run_instances(**launch, **more)["Instances"][0]
        return instance

    assert free() == 11
    named, chosen = run(PrivateIpAddress="10.9.0.4"), run()
    ec2.create_network_interface(SubnetId=subnet, PrivateIpAddress="10.9.0.9")
    assert (named["PrivateIpAddress"], chosen["PrivateIpAddress"], free()) == ("10.9.0.4", "10.9.0.5", 8)
    for address, code in (
        ("10.9.0.4", "InvalidIPAddress.InUse"),
        ("10.9.0.9", "InvalidIPAddress.InUse"),
        ("10.9.0.3", "InvalidParameterValue"),
        ("10.9.0.15", "InvalidParameterValue"),
        ("10.9.1.4", "InvalidParameterValue"),
    ):
        with pytest.raises(ClientError, match=code):
            run(PrivateIpAddress=address)
        with pytest.raises(ClientError, match=code):
            ec2.create_network_interface(SubnetId=subnet, PrivateIpAddress=address)
    ec2.terminate_instances(InstanceIds=[named["InstanceId"]])
    assert free() == 9
    assert run()["PrivateIpAddress"] == "10.9.0.4"
    while free():
        run()
    with pytest.raises(ClientError, match="InsufficientFreeAddressesInSubnet"):
        run()


def test_the_networks_of_the_sample_are_what_its_launch_settings_name(system: LocalSystem) -> None:
    sample = read_sample()
    system.furnish(sample.networks)

    for place in sample.networks["regions"]:
        ec2 = system.client("ec2", place["account"], place["region"])
        for vpc in place["vpcs"]:
            ids = [subnet["subnetId"] for subnet in vpc["subnets"]]
            assert len(ec2.describe_subnets(SubnetIds=ids)["Subnets"]) == len(ids)
            groups = [group["groupId"] for group in vpc["securityGroups"]]
            assert len(ec2.describe_security_groups(GroupIds=groups)["SecurityGroups"]) == len(groups)
    named = {*sample.mappings["subnets"].values(), *sample.mappings["securityGroups"].values()}
    made = {
        each[key]
        for place in sample.networks["regions"]
        for vpc in place["vpcs"]
        for key, listed in (("subnetId", vpc["subnets"]), ("groupId", vpc["securityGroups"]))
        for each in listed
    }
    assert named == made


def test_launch_templates_come_in_pages_and_an_unknown_one_is_refused(system: LocalSystem) -> None:
    client, data = system.client("ec2", TARGET, "eu-west-1"), {"InstanceType": "t3.small"}
    made = [
        client.create_launch_template(LaunchTemplateName=f"page-{number}", LaunchTemplateData=data)["LaunchTemplate"]
        for number in range(20)
    ]

    pages = client.get_paginator("describe_launch_template_versions").paginate(
        Versions=["$Default"], PaginationConfig={"PageSize": 8}
    )
    listed = [[version["LaunchTemplateId"] for version in page["LaunchTemplateVersions"]] for page in pages]

    ids = [one["LaunchTemplateId"] for one in made]
    assert [len(page) for page in listed] == [8, 8, 4]
    assert sorted(sum(listed, [])) == sorted(ids)
    assert len(client.describe_launch_templates()["LaunchTemplates"]) == 20
    with pytest.raises(ClientError, match="NotFound"):
        client.describe_launch_templates(LaunchTemplateIds=[ids[0], "lt-00000000000000000"])


def test_an_instance_that_drs_launched_shows_the_checks_of_drs_and_others_are_ok(system: LocalSystem) -> None:
    client = system.client("ec2", TARGET, "us-west-2")
    drs = system.drs
    assert isinstance(drs, ToldDrs)
    instances = client.run_instances(ImageId="ami-12345678", MinCount=3, MaxCount=3)["Instances"]
    ids = [instance["InstanceId"] for instance in instances]
    drs.checks = [ToldChecks(ids[0], "initializing", "initializing"), ToldChecks(ids[1], "ok", "impaired")]

    answer = client.describe_instance_status(InstanceIds=ids, IncludeAllInstances=True)["InstanceStatuses"]

    seen = {status["InstanceId"]: status for status in answer}
    assert seen[ids[0]]["InstanceStatus"]["Status"] == seen[ids[0]]["SystemStatus"]["Status"] == "initializing"
    assert seen[ids[0]]["InstanceStatus"]["Details"] == [{"Name": "reachability", "Status": "initializing"}]
    assert (seen[ids[1]]["SystemStatus"]["Status"], seen[ids[1]]["InstanceStatus"]["Status"]) == ("ok", "impaired")
    assert seen[ids[2]]["InstanceStatus"]["Status"] == "ok"


def test_of_many_writers_at_once_exactly_one_wins_a_condition(system: LocalSystem) -> None:
    table, client = system.deployment.value("TableName"), system.client("dynamodb")
    won: list[int] = []

    def claim(round_number: int, writer: int) -> None:
        try:
            client.put_item(
                TableName=table,
                Item={"id": {"S": f"claim-{round_number}"}},
                ConditionExpression="attribute_not_exists(id)",
            )
        except client.exceptions.ConditionalCheckFailedException:
            return
        won.append(writer)

    for round_number in range(5):
        threads = [threading.Thread(target=claim, args=(round_number, writer)) for writer in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(won) == 5


def test_of_two_starts_of_one_name_at_once_one_opens_the_run(system: LocalSystem) -> None:
    client, arn = system.client("stepfunctions"), system.deployment.value("StateMachineArn")
    outcomes: list[str] = []

    def start(number: int) -> None:
        state = json.dumps({"kind": "wait", "seconds": 1, "number": number})
        try:
            client.start_execution(stateMachineArn=arn, name="same-name", input=state)
            outcomes.append("started")
        except client.exceptions.ExecutionAlreadyExists:
            outcomes.append("exists")

    threads = [threading.Thread(target=start, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["exists"] * 7 + ["started"]


@pytest.mark.parametrize(
    ("service", "action", "code", "call"),
    [
        ("sns", "Publish", "Throttled", lambda system: _publish(system, "pause", Message="m")),
        (
            "dynamodb",
            "GetItem",
            "ProvisionedThroughputExceededException",
            lambda system: system.client("dynamodb").get_item(
                TableName=system.deployment.value("TableName"), Key={"id": {"S": "x"}}
            ),
        ),
        (
            "stepfunctions",
            "DescribeStateMachine",
            "StateMachineDoesNotExist",
            lambda system: system.client("stepfunctions").describe_state_machine(
                stateMachineArn=system.deployment.value("StateMachineArn")
            ),
        ),
    ],
)
def test_a_service_refuses_as_often_as_it_was_told(
    system: LocalSystem, service: str, action: str, code: str, call: Callable[[LocalSystem], Any]
) -> None:
    system.refuse(service, action, code, times=2)

    for _ in range(2):
        with pytest.raises(ClientError) as refused:
            call(system)
        assert refused.value.response["Error"]["Code"] == code

    call(system)
