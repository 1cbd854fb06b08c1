"""A wave is held to what its plan declares, as an operator rehearses it with the AWS CLI's own commands."""

from collections import Counter
from typing import Any

import pytest

from local.system import LocalSystem
from tests.e2e.accounts import DATABASE
from tests.e2e.hub import Hub, Part, Wave

ALARM = "shop-5xx"
DOCUMENT = "DRSCheck-Shop"
FAILURE = f"/rehearsal/commands/{DOCUMENT}"


def clients(system: LocalSystem) -> tuple[Any, Any]:
    """CloudWatch and SSM of the servers' account."""
    cloudwatch, ssm = (system.client(name, DATABASE.account_id, DATABASE.region) for name in ("cloudwatch", "ssm"))
    cloudwatch.put_metric_alarm(
        AlarmName=ALARM,
        Namespace="Shop",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    content = '{"schemaVersion": "2.2", "description": "Asks the shop for its front page", "mainSteps": []}'
    ssm.create_document(Name=DOCUMENT, Content=content, DocumentType="Command")
    return cloudwatch, ssm


@pytest.mark.requirement("SRS-E09")
def test_commands_and_alarms_decide_a_wave_and_a_retry_asks_them_anew(hub: Hub, system: LocalSystem) -> None:
    cloudwatch, ssm = clients(system)
    cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="too many errors")
    ssm.put_parameter(Name=FAILURE, Value="the front page answers 503", Type="String")
    servers = hub.drs.protect(DATABASE, "checked-1", "checked-2")
    checks: list[dict[str, Any]] = [{"alarmName": ALARM}, {"documentName": DOCUMENT, "timeoutSeconds": 900}]
    execution_id = hub.start(Wave([Part(DATABASE, servers)], checks=checks))

    mail = hub.pause_mail(execution_id)
    assert f"{DOCUMENT}: Failed: the front page answers 503" in mail.body
    ssm.delete_parameter(Name=FAILURE)
    hub.ask("retry_wave", executionId=execution_id, waveNumber=0)
    mail = hub.pause_mail(execution_id, 2)
    assert f"alarm {ALARM} is ALARM: too many errors" in mail.body
    # on a machine that is too busy the alarm's patience may be over before every command is answered
    unanswered = sorted(
        server["recoveryInstanceId"]
        for server in hub.execution(execution_id)["servers"]["items"]
        if [command["state"] for command in server["commands"]] != ["SUCCEEDED"]
    )
    cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="OK", StateReason="quiet again")
    hub.ask("retry_wave", executionId=execution_id, waveNumber=0)

    execution = hub.ended(execution_id)
    assert execution["status"] == "COMPLETED", execution["statusReason"]
    [wave] = execution["waves"]
    assert wave["alarms"]["verdict"] == "OK"
    assert {command["state"] for server in execution["servers"]["items"] for command in server["commands"]} == {
        "SUCCEEDED"
    }
    # servers that settle a poll apart are asked in calls of their own, so what counts is how often each was asked
    asked = Counter(instance for command in ssm.list_commands()["Commands"] for instance in command["InstanceIds"])
    instances = [server["recoveryInstanceId"] for server in execution["servers"]["items"]]
    expected = Counter([*instances, *instances, *unanswered])
    assert asked == expected, "each server is asked once by each try, and never for the alarm's sake"
    assert len(hub.drs.jobs_of(execution_id)) == 1
