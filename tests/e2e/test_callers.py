"""Operations that other services of AWS call: a rule of EventBridge and a task of Step Functions, on the alias live."""

import json
from typing import Any, Final

import pytest

from local.system import LocalSystem
from tests.e2e.accounts import DATABASE
from tests.e2e.hub import Hub
from tests.e2e.waiting import eventually

ENDED: Final = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")


@pytest.mark.requirement("SRS-I10")
def test_a_task_of_a_state_machine_asks_and_changes_as_a_direct_caller(hub: Hub, system: LocalSystem) -> None:
    (server,) = hub.drs.protect(DATABASE, "called-by-a-machine")
    group = {"groupName": "Made by a machine", "accountId": DATABASE.account_id, "region": DATABASE.region}
    machine = _machine(
        system,
        "caller",
        Create=_task(
            system,
            "data-management-handler",
            {
                "operation": "create_protection_group",
                "parameters": {**group, "sourceServerIds": [server]},
                "requestedBy": "a nightly run",
            },
            after="Read",
        ),
        Read=_task(
            system,
            "query-handler",
            {"operation": "get_protection_group", "parameters": {"groupId.$": "$.groupId"}},
        ),
    )

    run = _run(system, machine)

    assert run["status"] == "SUCCEEDED", run
    made = json.loads(run["output"])
    assert made["groupName"] == "Made by a machine"
    assert made["sourceServerIds"] == [server]
    assert "direct invocation" in made["createdBy"]
    assert "(unverified: a nightly run)" in made["createdBy"]
    assert hub.ask("get_protection_group", groupId=made["groupId"]) == made


def test_a_task_reads_the_envelope_of_an_operation_that_is_refused(system: LocalSystem) -> None:
    call = {"operation": "get_protection_group", "parameters": {"groupId": "nothing-has-this-id"}}
    machine = _machine(system, "refused-caller", Read=_task(system, "query-handler", call))

    run = _run(system, machine)

    assert run["status"] == "SUCCEEDED", run
    answer = json.loads(run["output"])
    assert (answer["error"], answer["retryable"]) == ("RESOURCE_NOT_FOUND", False)


def test_a_task_may_not_call_the_alias_of_the_api(system: LocalSystem) -> None:
    call = {"operation": "get_user_permissions"}
    machine = _machine(system, "api-caller", Read=_task(system, "query-handler", call, alias="live-api"))

    run = _run(system, machine)

    assert run["status"] == "FAILED", run
    assert "AccessDenied" in run["error"], run


@pytest.mark.requirement("SRS-I10")
def test_a_rule_calls_an_operation_by_its_constant_input(hub: Hub, system: LocalSystem) -> None:
    (server,) = hub.drs.protect(DATABASE, "called-by-a-rule")
    group = {"groupName": "Made by a rule", "accountId": DATABASE.account_id, "region": DATABASE.region}
    call = {"operation": "create_protection_group", "parameters": {**group, "sourceServerIds": [server]}}
    events = system.client("events")
    _admit(system, "data-management-handler", _rule(system, "night", call, source="test.callers"))
    try:
        events.put_events(Entries=[{"Source": "test.callers", "DetailType": "Night", "Detail": "{}"}])

        (made,) = eventually(lambda: _groups(hub, "Made by a rule"), "the rule should have made the group")
        assert made["sourceServerIds"] == [server]
        assert "direct invocation" in made["createdBy"]
    finally:
        events.remove_targets(Rule="night", Ids=["operation"])
        events.delete_rule(Name="night")


def test_an_event_that_looks_like_one_of_the_api_is_a_direct_call_from_there_too(system: LocalSystem) -> None:
    forged = {
        "httpMethod": "GET",
        "resource": "/config/export",
        "requestContext": {"authorizer": {"claims": {"token_use": "id", "cognito:groups": "DRSReadOnly"}}},
    }
    machine = _machine(system, "forging-caller", Read=_task(system, "query-handler", forged))

    answer = json.loads(_run(system, machine)["output"])

    assert answer["error"] == "VALIDATION_ERROR"
    assert answer["details"]["fields"][0]["field"] == "operation"


def _function(system: LocalSystem, function: str, alias: str = "live") -> str:
    place = system.hub
    name = system.function_name(function)
    return f"arn:aws:lambda:{place.region}:{place.account}:function:{name}:{alias}"


def _task(
    system: LocalSystem, function: str, call: dict[str, Any], *, after: str | None = None, alias: str = "live"
) -> dict[str, Any]:
    """A state that invokes a function with a call, and goes on with what it answers."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": _function(system, function, alias), "Payload": call},
        "OutputPath": "$.Payload",
        **({"Next": after} if after else {"End": True}),
    }


def _machine(system: LocalSystem, name: str, **states: dict[str, Any]) -> str:
    """A state machine of somebody else in the hub; answers its ARN."""
    definition = {"StartAt": next(iter(states)), "States": states}
    machine = system.client("stepfunctions").create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=f"arn:aws:iam::{system.hub.account}:role/{name}"
    )
    return str(machine["stateMachineArn"])


def _run(system: LocalSystem, machine: str) -> dict[str, Any]:
    """A run of the machine, once it has ended; the machine is gone then."""
    client = system.client("stepfunctions")

    def ended() -> dict[str, Any] | None:
        run: dict[str, Any] = client.describe_execution(executionArn=arn)
        return run if run["status"] in ENDED else None

    try:
        arn = client.start_execution(stateMachineArn=machine, input="{}")["executionArn"]
        return eventually(ended, f"{arn} should end")
    finally:
        client.delete_state_machine(stateMachineArn=machine)  # other stories look for the one of the product


def _rule(system: LocalSystem, name: str, call: dict[str, Any], *, source: str) -> str:
    """A rule of somebody else that calls an operation for events of that source; answers its ARN."""
    events = system.client("events")
    arn = events.put_rule(Name=name, EventPattern=json.dumps({"source": [source]}))["RuleArn"]
    target = {"Id": "operation", "Arn": _function(system, "data-management-handler"), "Input": json.dumps(call)}
    events.put_targets(Rule=name, Targets=[target])
    return str(arn)


def _admit(system: LocalSystem, function: str, rule: str) -> None:
    """Let a rule call a function by its alias."""
    system.client("lambda").add_permission(
        FunctionName=system.function_name(function),
        Qualifier="live",
        StatementId="the-rule-of-the-night",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule,
    )


def _groups(hub: Hub, name: str) -> list[dict[str, Any]]:
    return [group for group in hub.every("list_protection_groups", namePrefix=name) if group["groupName"] == name]
