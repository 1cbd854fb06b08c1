"""CloudWatch and SSM of the local system, as the product's gateways and a rehearsing operator's terminal see them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import boto3
import pytest
from botocore.config import Config

from local.aws_cli import run_shell
from local.drs_simulator.credentials import access_key_for
from local.system import LocalSystem
from shared.aws.cloudwatch import CloudWatchGateway
from shared.aws.ports import NotSentError
from shared.aws.ssm import SsmGateway
from shared.cross_account import Sessions
from shared.errors import DrsServiceError
from shared.models.checks_seen import AlarmReading, Invocation
from shared.models.health_checks import CommandCheck
from shared.models.targets import Target
from tests.integration.local.conftest import TARGET
from tests.integration.local.waiting import eventually

HUB: Final = "123456789012"
PLACE: Final = Target(account_id=HUB, region="us-west-2")
SHELL: Final = CommandCheck(document_name="AWS-RunShellScript", parameters={"commands": ("true",)})


@pytest.fixture
def instance(system: LocalSystem) -> Iterator[str]:
    """A running instance, tagged as DRS tags what it makes."""
    ec2 = system.client("ec2", HUB, PLACE.region)
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    made = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, InstanceType="t3.micro")["Instances"][0]
    managed = {"Key": "AWSElasticDisasterRecoveryManaged", "Value": "drs.amazonaws.com"}
    ec2.create_tags(Resources=[made["InstanceId"]], Tags=[managed])
    yield made["InstanceId"]
    ec2.terminate_instances(InstanceIds=[made["InstanceId"]])


def sessions(system: LocalSystem) -> Sessions:
    """The hub's own, at the door of the local system; clients that call once are not those that read."""
    keys = system.environment()

    def factory(session: boto3.session.Session, service: str, region: str, config: Config) -> Any:
        made: Any = session.client
        return made(
            service,
            region_name=region,
            endpoint_url=system.endpoint,
            aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=keys["AWS_SESSION_TOKEN"],
            config=config,
        )

    return Sessions(lambda _: None, HUB, "us-east-1", factory=factory)


@pytest.fixture
def ssm(system: LocalSystem) -> SsmGateway:
    return SsmGateway(sessions(system), system.clock)


def send(ssm: SsmGateway, system: LocalSystem, instance: str, marker: str) -> str:
    return ssm.send(PLACE, [instance], SHELL, marker=marker, not_after=system.clock.now() + timedelta(minutes=30))


def outcome(ssm: SsmGateway, command: str) -> Invocation:
    """How the command is once it has ended."""

    def ended() -> Invocation | None:
        [found] = ssm.invocations(PLACE, command)
        return found if found.status != "InProgress" else None

    return eventually(ended)


def test_a_command_runs_on_running_instances_and_is_found_by_its_comment(
    system: LocalSystem, ssm: SsmGateway, instance: str
) -> None:
    before = system.clock.now()
    assert ssm.agents(PLACE, [instance, "i-00000000000000000"]) == {instance: "Online"}

    command = send(ssm, system, instance, "exec-1-7-c0-0")

    assert ssm.sent_since(PLACE, before).by_marker["exec-1-7-c0-0"] == command
    assert "exec-1-7-c0-0" not in ssm.sent_since(PLACE, system.clock.now() + timedelta(hours=1)).by_marker
    assert outcome(ssm, command) == Invocation(instance, "Success", "Success")


def test_a_command_for_an_instance_that_does_not_run_is_refused_and_not_made(
    system: LocalSystem, ssm: SsmGateway, instance: str
) -> None:
    system.client("ec2", HUB, PLACE.region).stop_instances(InstanceIds=[instance])
    before = system.clock.now()

    with pytest.raises(DrsServiceError) as refused:
        send(ssm, system, instance, "refused")

    assert refused.value.drs_code == "InvalidInstanceId"
    assert ssm.sent_since(PLACE, before).by_marker == {}
    assert ssm.agents(PLACE, [instance]) == {}


def test_a_command_is_not_sent_when_its_time_has_passed(system: LocalSystem, ssm: SsmGateway, instance: str) -> None:
    before = system.clock.now()

    with pytest.raises(NotSentError):
        ssm.send(PLACE, [instance], SHELL, marker="late", not_after=before - timedelta(seconds=1))

    assert "late" not in ssm.sent_since(PLACE, before).by_marker


def test_documents_of_aws_and_of_the_account_are_known_and_others_are_not(
    system: LocalSystem, ssm: SsmGateway, instance: str
) -> None:
    content = '{"schemaVersion": "2.2", "description": "check", "mainSteps": []}'
    system.client("ssm", HUB, PLACE.region).create_document(
        Name="DRSCheck-Shop", Content=content, DocumentType="Command"
    )

    known = [ssm.document(PLACE, name) for name in ("AWS-RunShellScript", "DRSCheck-Shop")]

    assert [document is not None and document.is_runnable for document in known] == [True, True]
    assert ssm.document(PLACE, "DRSCheck-Nobody") is None
    with pytest.raises(DrsServiceError) as refused:
        unknown = CommandCheck(document_name="DRSCheck-Nobody")
        ssm.send(PLACE, [instance], unknown, marker="m", not_after=system.clock.now() + timedelta(minutes=30))
    assert refused.value.drs_code == "InvalidDocument"


def test_a_key_that_was_made_for_an_account_opens_it(system: LocalSystem) -> None:
    keys = {"AWS_ACCESS_KEY_ID": access_key_for(TARGET), "AWS_SECRET_ACCESS_KEY": "any", "AWS_SESSION_TOKEN": ""}
    terminal = {**system.environment(), **keys, "AWS_REGION": "us-west-2", "AWS_DEFAULT_REGION": "us-west-2"}

    done = run_shell("aws ssm put-parameter --type String --name /mine --value 1", terminal)

    assert done.code == 0, done.errors
    mine = system.client("ssm", TARGET, "us-west-2").get_parameter(Name="/mine")["Parameter"]
    assert mine["ARN"].split(":")[4] == TARGET


def test_deviation_a_command_fails_for_as_long_as_a_parameter_says_so(
    system: LocalSystem, ssm: SsmGateway, instance: str
) -> None:
    name = f"/rehearsal/commands/AWS-RunShellScript/{instance}"
    terminal = {**system.environment(), "AWS_REGION": PLACE.region, "AWS_DEFAULT_REGION": PLACE.region}
    put = f"aws ssm put-parameter --type String --name {name} --value 'disk /data is not mounted'"
    assert run_shell(put, terminal).code == 0

    command = send(ssm, system, instance, "fails")
    failed = outcome(ssm, command)
    assert run_shell(f"aws ssm delete-parameter --name {name}", terminal).code == 0
    well = outcome(ssm, send(ssm, system, instance, "is well"))

    assert failed == Invocation(instance, "Failed", "Failed", "disk /data is not mounted")
    assert well.status == "Success"
    assert outcome(ssm, command) == failed


def test_deviation_an_alarm_is_in_the_state_that_it_was_set_to(system: LocalSystem) -> None:
    gateway = CloudWatchGateway(sessions(system))
    terminal = {**system.environment(), "AWS_REGION": PLACE.region, "AWS_DEFAULT_REGION": PLACE.region}
    made = run_shell(
        "aws cloudwatch put-metric-alarm --alarm-name shop-5xx --namespace Shop --metric-name Errors "
        "--statistic Sum --period 60 --evaluation-periods 1 --threshold 1 --comparison-operator GreaterThanThreshold",
        terminal,
    )
    assert made.code == 0, made.errors
    assert [alarm.state for alarm in gateway.alarms(PLACE, ["shop-5xx"])] == ["OK"]

    told = "aws cloudwatch set-alarm-state --alarm-name shop-5xx --state-value ALARM --state-reason 'too many errors'"
    assert run_shell(told, terminal).code == 0

    assert gateway.alarms(PLACE, ["nobody", "shop-5xx"]) == (AlarmReading("shop-5xx", "ALARM", "too many errors"),)
