"""What a call of AWS needs: the actions that IAM is asked about, each with the resources that it is about.

Most calls need the action of their own name. Where it is otherwise, and which parameter names the resource, is said
here, after the service authorization reference of AWS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Where:
    """The account and region that a call reaches."""

    account: str
    region: str

    def arn(self, service: str, resource: str) -> str:
        """An ARN there."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


Need = tuple[str, str]
"""An action and the ARN of a resource, or `*` for an action that knows none."""

ACTION_PREFIX: Final[Mapping[str, str]] = {"service-quotas": "servicequotas", "stepfunctions": "states"}
"""Services that IAM calls otherwise than the SDK does."""

RENAMED: Final[Mapping[str, str]] = {
    # the reference of Lambda: Invoke needs InvokeFunction
    "lambda:Invoke": "lambda:InvokeFunction",
    # the reference of S3: listing the objects of a bucket needs ListBucket, deleting many needs DeleteObject for each
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:HeadObject": "s3:GetObject",
}
"""Operations whose action has another name."""

_TRANSACTED: Final[Mapping[str, str]] = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
}


def needs(service: str, operation: str, parameters: Parameters, where: Where) -> Iterator[Need]:
    """The actions and resources that IAM is asked about before AWS does this."""
    if operation == "TransactWriteItems":
        for write in parameters["TransactItems"]:
            for kind, body in write.items():
                yield _TRANSACTED[kind], _table(body["TableName"], where)
        return
    prefix = ACTION_PREFIX.get(service, service)
    action = RENAMED.get(f"{prefix}:{operation}", f"{prefix}:{operation}")
    named = _NAMED.get(action)
    for resource in named(parameters, where) if named else ["*"]:
        yield action, resource
    if parameters.get("tags") and action in _TAGS_WHAT_IT_MAKES:
        yield "drs:TagResource", where.arn("drs", _TAGS_WHAT_IT_MAKES[action])


def _table(name: str, where: Where) -> str:
    return name if name.startswith("arn:") else where.arn("dynamodb", f"table/{name}")


def _one_table(parameters: Parameters, where: Where) -> list[str]:
    table = _table(parameters["TableName"], where)
    return [f"{table}/index/{parameters['IndexName']}" if "IndexName" in parameters else table]


def _tables(parameters: Parameters, where: Where) -> list[str]:
    return [_table(name, where) for name in parameters["RequestItems"]]


def _arn(parameter: str) -> Callable[[Parameters, Where], list[str]]:
    return lambda parameters, _where: [parameters[parameter]]


def _function(parameters: Parameters, where: Where) -> list[str]:
    name = parameters["FunctionName"]
    arn = name if name.startswith("arn:") else where.arn("lambda", f"function:{name}")
    return [f"{arn}:{parameters['Qualifier']}" if "Qualifier" in parameters else arn]


def _servers_to_recover(parameters: Parameters, where: Where) -> list[str]:
    return [where.arn("drs", f"source-server/{one['sourceServerID']}") for one in parameters["sourceServers"]]


def _recovery_instances(parameters: Parameters, where: Where) -> list[str]:
    return [where.arn("drs", f"recovery-instance/{one}") for one in parameters["recoveryInstanceIDs"]]


def _server(parameters: Parameters, where: Where) -> list[str]:
    return [where.arn("drs", f"source-server/{parameters['sourceServerID']}")]


def _job(parameters: Parameters, where: Where) -> list[str]:
    return [where.arn("drs", f"job/{parameters['jobID']}")]


def _alarms(_parameters: Parameters, where: Where) -> list[str]:
    # composite alarms are shown only to who may see all
    return [where.arn("cloudwatch", "alarm:*")]


def _template(parameters: Parameters, where: Where) -> list[str]:
    return [where.arn("ec2", f"launch-template/{parameters['LaunchTemplateId']}")]


def _document(name: str, where: Where) -> str:
    return f"arn:aws:ssm:{where.region}:{'' if name.startswith('AWS-') else where.account}:document/{name}"


def _described(parameters: Parameters, where: Where) -> list[str]:
    return [_document(parameters["Name"], where)]


def _command(parameters: Parameters, where: Where) -> list[str]:
    instances = [where.arn("ec2", f"instance/{one}") for one in parameters.get("InstanceIds", ())]
    return [_document(parameters["DocumentName"], where), *instances]


def _bucket(parameters: Parameters, _where: Where) -> list[str]:
    return [f"arn:aws:s3:::{parameters['Bucket']}"]


def _objects(parameters: Parameters, _where: Where) -> list[str]:
    many = [one["Key"] for one in parameters.get("Delete", {}).get("Objects", ())]
    return [f"arn:aws:s3:::{parameters['Bucket']}/{key}" for key in many or [parameters["Key"]]]


def _distribution(parameters: Parameters, where: Where) -> list[str]:
    return [f"arn:aws:cloudfront::{where.account}:distribution/{parameters['DistributionId']}"]


def _stack(parameters: Parameters, where: Where) -> list[str]:
    name = parameters.get("StackName", "*")
    return [name if name.startswith("arn:") else where.arn("cloudformation", f"stack/{name}/*")]


_TAGS_WHAT_IT_MAKES: Final[Mapping[str, str]] = {
    "drs:StartRecovery": "job/*",
    "drs:TerminateRecoveryInstances": "job/*",
}
"""Tags that are given where something is made are checked as TagResource on it."""

_NAMED: Final[Mapping[str, Callable[[Parameters, Where], list[str]]]] = {
    **dict.fromkeys(("dynamodb:" + one for one in ("DeleteItem", "GetItem", "PutItem", "UpdateItem")), _one_table),
    **dict.fromkeys(("dynamodb:Query", "dynamodb:Scan"), _one_table),
    **dict.fromkeys(("dynamodb:BatchGetItem", "dynamodb:BatchWriteItem"), _tables),
    "states:StartExecution": _arn("stateMachineArn"),
    "states:DescribeExecution": _arn("executionArn"),
    "states:StopExecution": _arn("executionArn"),
    "lambda:InvokeFunction": _function,
    "sts:AssumeRole": _arn("RoleArn"),
    "sns:Publish": _arn("TopicArn"),
    "sns:Subscribe": _arn("TopicArn"),
    "s3:ListBucket": _bucket,
    **dict.fromkeys(("s3:DeleteObject", "s3:GetObject", "s3:PutObject"), _objects),
    "cloudfront:CreateInvalidation": _distribution,
    "cloudformation:DescribeStacks": _stack,
    "drs:StartRecovery": _servers_to_recover,
    "drs:TerminateRecoveryInstances": _recovery_instances,
    "drs:DescribeJobLogItems": _job,
    "drs:DescribeRecoverySnapshots": _server,
    "drs:GetLaunchConfiguration": _server,
    "drs:GetReplicationConfiguration": _server,
    "drs:UpdateLaunchConfiguration": _server,
    **dict.fromkeys(("drs:TagResource", "drs:UntagResource"), _arn("resourceArn")),
    **dict.fromkeys(("ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"), _template),
    "cloudwatch:DescribeAlarms": _alarms,
    "ssm:DescribeDocument": _described,
    "ssm:SendCommand": _command,
}
