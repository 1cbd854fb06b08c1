"""Creators of tables, queues, topics, keys and logs."""

import json
from collections.abc import Mapping
from typing import Any, Final

from local.cloudformation.deploy import Created, Creator, Stack

_TABLE_KEYS: Final = (
    "TableName",
    "BillingMode",
    "AttributeDefinitions",
    "KeySchema",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
    "ProvisionedThroughput",
    "DeletionProtectionEnabled",
    "TableClass",
    "Tags",
)


def table(stack: Stack, _: str, properties: dict[str, Any]) -> Created:
    """A DynamoDB table with its indexes, time to live, encryption and point-in-time recovery."""
    client = stack.context.client("dynamodb", stack.place)
    name = properties["TableName"]
    arguments: dict[str, Any] = {key: properties[key] for key in _TABLE_KEYS if key in properties}
    if properties.get("SSESpecification", {}).get("SSEEnabled"):
        arguments["SSESpecification"] = {"Enabled": True}
    arn = client.create_table(**arguments)["TableDescription"]["TableArn"]
    if "TimeToLiveSpecification" in properties:
        client.update_time_to_live(TableName=name, TimeToLiveSpecification=properties["TimeToLiveSpecification"])
    if "PointInTimeRecoverySpecification" in properties:
        recovery = properties["PointInTimeRecoverySpecification"]
        client.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=recovery)
    return Created(name, {"Arn": arn})


def queue(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """An SQS queue."""
    client = stack.context.client("sqs", stack.place)
    name = properties.get("QueueName", stack.generated_name(logical_name))
    left_out = {"QueueName", "Tags"}
    attributes = {key: _attribute(value) for key, value in properties.items() if key not in left_out}
    url = client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    arn = f"arn:{stack.place.partition}:sqs:{stack.place.region}:{stack.place.account}:{name}"
    return Created(url, {"Arn": arn, "QueueName": name, "QueueUrl": url})


def queue_policy(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """The policy of queues."""
    client = stack.context.client("sqs", stack.place)
    for url in properties["Queues"]:
        client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(properties["PolicyDocument"])})
    return Created(logical_name)


def topic(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """An SNS topic with the subscriptions written inside it."""
    client = stack.context.client("sns", stack.place)
    name = properties.get("TopicName", stack.generated_name(logical_name))
    kept = {"DisplayName", "KmsMasterKeyId"}
    attributes = {key: str(value) for key, value in properties.items() if key in kept}
    arn = client.create_topic(Name=name, Attributes=attributes)["TopicArn"]
    for entry in properties.get("Subscription", []):
        client.subscribe(TopicArn=arn, Protocol=entry["Protocol"], Endpoint=entry["Endpoint"])
    return Created(arn, {"TopicArn": arn, "TopicName": name})


def topic_policy(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """The policy of topics."""
    client = stack.context.client("sns", stack.place)
    policy = json.dumps(properties["PolicyDocument"])
    for arn in properties["Topics"]:
        client.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    return Created(logical_name)


def subscription(stack: Stack, _: str, properties: dict[str, Any]) -> Created:
    """A subscription of a topic."""
    client = stack.context.client("sns", stack.place)
    kept = ("FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy")
    attributes = {key: _attribute(properties[key]) for key in kept if key in properties}
    arn = client.subscribe(
        TopicArn=properties["TopicArn"],
        Protocol=properties["Protocol"],
        Endpoint=properties["Endpoint"],
        Attributes=attributes,
        ReturnSubscriptionArn=True,
    )["SubscriptionArn"]
    return Created(arn)


def key(stack: Stack, _: str, properties: dict[str, Any]) -> Created:
    """A KMS key; nothing is encrypted here."""
    client = stack.context.client("kms", stack.place)
    metadata = client.create_key(Policy=json.dumps(properties["KeyPolicy"]))["KeyMetadata"]
    return Created(metadata["KeyId"], {"Arn": metadata["Arn"], "KeyId": metadata["KeyId"]})


def key_alias(stack: Stack, _: str, properties: dict[str, Any]) -> Created:
    """Another name of a KMS key."""
    name = properties["AliasName"]
    stack.context.client("kms", stack.place).create_alias(AliasName=name, TargetKeyId=properties["TargetKeyId"])
    return Created(name)


def log_group(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """A log group."""
    client = stack.context.client("logs", stack.place)
    name = properties.get("LogGroupName", stack.generated_name(logical_name))
    client.create_log_group(logGroupName=name)
    if "RetentionInDays" in properties:
        client.put_retention_policy(logGroupName=name, retentionInDays=int(properties["RetentionInDays"]))
    arn = f"arn:{stack.place.partition}:logs:{stack.place.region}:{stack.place.account}:log-group:{name}:*"
    return Created(name, {"Arn": arn})


def alarm(stack: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """A CloudWatch alarm; no metric reaches it here."""
    name = properties.get("AlarmName", stack.generated_name(logical_name))
    stack.context.client("cloudwatch", stack.place).put_metric_alarm(**{**properties, "AlarmName": name})
    arn = f"arn:{stack.place.partition}:cloudwatch:{stack.place.region}:{stack.place.account}:alarm:{name}"
    return Created(name, {"Arn": arn})


def dashboard(stack: Stack, _: str, properties: dict[str, Any]) -> Created:
    """A dashboard, which nobody draws here."""
    name = properties["DashboardName"]
    client = stack.context.client("cloudwatch", stack.place)
    client.put_dashboard(DashboardName=name, DashboardBody=properties["DashboardBody"])
    return Created(name)


def _attribute(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


CREATORS: Final[Mapping[str, Creator]] = {
    "AWS::DynamoDB::Table": table,
    "AWS::SQS::Queue": queue,
    "AWS::SQS::QueuePolicy": queue_policy,
    "AWS::SNS::Topic": topic,
    "AWS::SNS::TopicPolicy": topic_policy,
    "AWS::SNS::Subscription": subscription,
    "AWS::KMS::Key": key,
    "AWS::KMS::Alias": key_alias,
    "AWS::Logs::LogGroup": log_group,
    "AWS::CloudWatch::Alarm": alarm,
    "AWS::CloudWatch::Dashboard": dashboard,
}
