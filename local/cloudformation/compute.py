"""Creators of roles, functions, rules, buses and the state machine."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any, Final

from local.cloudformation.deploy import Created, Creator, Stack
from local.cloudformation.template import TemplateError

_FUNCTION_KEYS: Final = (
    "FunctionName",
    "Description",
    "Handler",
    "Runtime",
    "Role",
    "Timeout",
    "MemorySize",
    "Architectures",
    "Environment",
    "DeadLetterConfig",
    "TracingConfig",
)


def role(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """An IAM role with its inline policies; nothing enforces them here. An update gives one that is there its trust."""
    client = stack.context.client("iam", stack.place)
    name = properties.get("RoleName", stack.generated_name(logical_name))
    kept = ("Path", "Description", "MaxSessionDuration")
    trust = json.dumps(properties["AssumeRolePolicyDocument"])
    try:
        created = client.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=trust,
            **{key: properties[key] for key in kept if key in properties},
        )["Role"]
    except client.exceptions.EntityAlreadyExistsException:
        if not stack.context.updates:
            raise
        client.update_assume_role_policy(RoleName=name, PolicyDocument=trust)
        created = client.get_role(RoleName=name)["Role"]
    for policy in properties.get("Policies", []):
        document = json.dumps(policy["PolicyDocument"])
        client.put_role_policy(RoleName=name, PolicyName=policy["PolicyName"], PolicyDocument=document)
    return Created(name, {"Arn": created["Arn"], "RoleId": created["RoleId"]})


def role_policy(stack: Stack, _: str, properties: dict[str, Any]) -> Created:
    """An inline policy of roles that are declared elsewhere."""
    client = stack.context.client("iam", stack.place)
    document = json.dumps(properties["PolicyDocument"])
    for name in properties.get("Roles", []):
        client.put_role_policy(RoleName=name, PolicyName=properties["PolicyName"], PolicyDocument=document)
    return Created(properties["PolicyName"])


def managed_policy(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """A managed policy, attached to its roles."""
    client = stack.context.client("iam", stack.place)
    name = properties.get("ManagedPolicyName", stack.generated_name(logical_name))
    document = json.dumps(properties["PolicyDocument"])
    arn = client.create_policy(PolicyName=name, PolicyDocument=document)["Policy"]["Arn"]
    for role_name in properties.get("Roles", []):
        client.attach_role_policy(RoleName=role_name, PolicyArn=arn)
    return Created(arn, {"PolicyArn": arn})


def function(stack: Stack, _: str, properties: dict[str, Any]) -> Created:
    """A function: moto holds its configuration, the local system runs its folder."""
    name = properties["FunctionName"]
    arguments = {key: properties[key] for key in _FUNCTION_KEYS if key in properties}
    if "Environment" in arguments:
        # CloudFormation makes text of whatever a variable refers to
        variables = {variable: str(value) for variable, value in arguments["Environment"]["Variables"].items()}
        arguments["Environment"] = {"Variables": variables}
    arn: str = stack.context.client("lambda", stack.place).create_function(**arguments, Code={"ZipFile": _empty_zip()})[
        "FunctionArn"
    ]
    stack.context.declare_function(name, properties.get("DeadLetterConfig", {}).get("TargetArn"))
    return Created(name, {"Arn": arn})


def version(stack: Stack, _: str, properties: dict[str, Any]) -> Created:
    """A published version of a function."""
    client = stack.context.client("lambda", stack.place)
    published = client.publish_version(FunctionName=properties["FunctionName"])
    base = ":".join(published["FunctionArn"].split(":")[:7])
    arn = f"{base}:{published['Version']}"
    return Created(arn, {"Version": published["Version"], "FunctionArn": arn})


def alias(stack: Stack, _: str, properties: dict[str, Any]) -> Created:
    """A name for a version of a function."""
    client = stack.context.client("lambda", stack.place)
    kept = ("FunctionName", "FunctionVersion", "Name", "Description")
    arn = client.create_alias(**{key: properties[key] for key in kept if key in properties})["AliasArn"]
    return Created(arn, {"AliasArn": arn})


def permission(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """A statement of a function's policy."""
    client = stack.context.client("lambda", stack.place)
    _, _, target = properties["FunctionName"].rpartition(":function:")
    name, _, qualifier = target.partition(":")
    kept = ("Action", "Principal", "SourceArn", "SourceAccount", "EventSourceToken")
    arguments = {key: properties[key] for key in kept if key in properties}
    if qualifier:
        arguments["Qualifier"] = qualifier
    client.add_permission(FunctionName=name, StatementId=logical_name, **arguments)
    return Created(logical_name)


def event_invoke_config(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """How often an asynchronous event is retried and where it goes in the end."""
    stack.context.client("lambda", stack.place).put_function_event_invoke_config(**properties)
    return Created(logical_name)


def rule(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """An EventBridge rule with its targets."""
    client = stack.context.client("events", stack.place)
    name = properties.get("Name", stack.generated_name(logical_name))
    bus = {"EventBusName": properties["EventBusName"]} if "EventBusName" in properties else {}
    kept = ("Description", "ScheduleExpression", "State", "RoleArn")
    arguments = {key: properties[key] for key in kept if key in properties}
    if "EventPattern" in properties:
        arguments["EventPattern"] = json.dumps(properties["EventPattern"])
    arn = client.put_rule(Name=name, **arguments, **bus)["RuleArn"]
    if properties.get("Targets"):
        client.put_targets(Rule=name, Targets=properties["Targets"], **bus)
    return Created(name, {"Arn": arn})


def event_bus(stack: Stack, _: str, properties: dict[str, Any]) -> Created:
    """An event bus of our own."""
    name = properties["Name"]
    arn = stack.context.client("events", stack.place).create_event_bus(Name=name)["EventBusArn"]
    return Created(name, {"Arn": arn, "Name": name})


def event_bus_policy(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """A statement of an event bus's policy."""
    client = stack.context.client("events", stack.place)
    bus = properties.get("EventBusName", "default")
    present = json.loads(client.describe_event_bus(Name=bus).get("Policy", '{"Statement": []}'))["Statement"]
    statement = {"Sid": properties["StatementId"], **properties["Statement"]}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [*present, statement]})
    client.put_permission(EventBusName=bus, Policy=policy)
    return Created(logical_name)


def state_machine(stack: Stack, _: str, properties: dict[str, Any]) -> Created:
    """The state machine, from the file beside the template, with the template's substitutions."""
    definition = properties.get("DefinitionString")
    if definition is None:
        if "DefinitionS3Location" not in properties:
            raise TemplateError(f"{stack.path.name}: a state machine needs DefinitionString or DefinitionS3Location")
        definition = (stack.path.parent / "state-machine.asl.json").read_text(encoding="utf-8")
    for name, value in properties.get("DefinitionSubstitutions", {}).items():
        definition = definition.replace(f"${{{name}}}", str(value))
    name = properties["StateMachineName"]
    arn = stack.context.client("stepfunctions", stack.place).create_state_machine(
        name=name,
        definition=definition,
        roleArn=properties["RoleArn"],
        type=properties.get("StateMachineType", "STANDARD"),
    )["stateMachineArn"]
    return Created(arn, {"Arn": arn, "Name": name})


def _empty_zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", "")
    return buffer.getvalue()


CREATORS: Final[Mapping[str, Creator]] = {
    "AWS::IAM::Role": role,
    "AWS::IAM::Policy": role_policy,
    "AWS::IAM::RolePolicy": role_policy,
    "AWS::IAM::ManagedPolicy": managed_policy,
    "AWS::Lambda::Function": function,
    "AWS::Lambda::Version": version,
    "AWS::Lambda::Alias": alias,
    "AWS::Lambda::Permission": permission,
    "AWS::Lambda::EventInvokeConfig": event_invoke_config,
    "AWS::Events::Rule": rule,
    "AWS::Events::EventBus": event_bus,
    "AWS::Events::EventBusPolicy": event_bus_policy,
    "AWS::StepFunctions::StateMachine": state_machine,
}
