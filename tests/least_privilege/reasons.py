"""What the roles may do though no call of ours was ever recorded that needs it, each with its reason."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

CALLS_OF_DRS: Final = (
    "drs:CreateExtendedSourceServer",
    "drs:StartRecovery",
    "drs:TerminateRecoveryInstances",
    "drs:UpdateLaunchConfiguration",
)
"""The calls of ours that DRS carries out in the name of who makes them."""

POLICY_OF_AWS: Final = "AWSElasticDisasterRecoveryConsoleFullAccess_v2"
"""What AWS itself gives to who recovers servers."""


@dataclass(frozen=True)
class Reason:
    """Why an action is there; `by_drs` is a claim that AWS's reference or its own policy must confirm.

    Of single functions it is one for those that make one of the `calls`, and are among `of`, if some are named.
    """

    why: str
    by_drs: bool = False
    calls: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    seen_by: str = ""
    """Another function that was seen to make the call by code that both share."""

    def holds_for(self, name: str, called: Collection[str]) -> bool:
        """Whether it is one for the function of this name, which makes these calls."""
        needed = self.calls or (CALLS_OF_DRS if self.by_drs else ())
        return (not needed or any(call in called for call in needed)) and (not self.of or name in self.of)


def _all(reason: Reason, prefix: str, names: str) -> Mapping[str, Reason]:
    return {f"{prefix}:{name}": reason for name in names.split()}


_RECOVERS: Final = Reason("DRS does it during a recovery, with the rights of who began it", by_drs=True)
_EXTENDS: Final = Reason("DRS asks it while it extends a server, with the rights of who extends", by_drs=True)
_DECRYPTS: Final = Reason(
    "volumes encrypted with a key of the customer are restored with the rights of who began the recovery (DRS user"
    " guide, encryption of volumes); EC2 uses the key, and not a call of ours",
    calls=("drs:StartRecovery",),
)
_NOTIFIES: Final = Reason(
    "SNS encrypts what is published to a topic with a key, with the rights of who publishes", calls=("sns:Publish",)
)
_CUSTOMER: Final = Reason("queue, tables and variables are encrypted with it where the customer gives a key")
_LOGS: Final = Reason("Lambda writes a function's log with the function's role")
_DELIVERS: Final = Reason(
    "Step Functions sets up the delivery of a state machine's log with the machine's role", of=("state-machine",)
)
_TRACES: Final = Reason("Lambda and Step Functions send traces with the role of what they run")
_TASKS: Final = Reason(
    "a task that takes long may beat with the right that answers it; no task is that long yet",
    calls=("states:SendTaskSuccess",),
)

REASONS: Final[Mapping[tuple[str, str], Mapping[str, Reason]]] = {
    ("orchestration", "StepFunctionsTasks"): _all(_TASKS, "states", "SendTaskHeartbeat"),
    ("orchestration", "KMS"): _all(_NOTIFIES, "kms", "Decrypt GenerateDataKey"),
    ("orchestration", "KMSOfTheCustomer"): _all(_CUSTOMER, "kms", "Decrypt GenerateDataKey"),
    ("orchestration", "CloudWatchDeadLetters"): _all(
        Reason(
            "Lambda puts an invocation that failed for good into the queue with the function's role",
            of=("notification-formatter", "orchestration-stepfunctions"),
        ),
        "sqs",
        "SendMessage",
    ),
    ("orchestration", "CloudWatchLogs"): _all(_LOGS, "logs", "CreateLogStream PutLogEvents"),
    ("orchestration", "CloudWatchDelivery"): {
        **_all(_DELIVERS, "logs", "CreateLogDelivery DeleteLogDelivery DescribeLogGroups DescribeResourcePolicies"),
        **_all(_DELIVERS, "logs", "GetLogDelivery ListLogDeliveries PutResourcePolicy UpdateLogDelivery"),
        **_all(_TRACES, "xray", "GetSamplingRules GetSamplingTargets PutTelemetryRecords PutTraceSegments"),
    },
    ("recovery", "DRSRead"): _all(_EXTENDS, "drs", "GetReplicationConfiguration"),
    ("recovery", "DRSWriteRecover"): _all(_RECOVERS, "drs", "CreateRecoveryInstanceForDrs"),
    ("recovery", "EC2Read"): {
        **_all(_RECOVERS, "ec2", "DescribeAccountAttributes DescribeAvailabilityZones DescribeCapacityReservations"),
        **_all(_RECOVERS, "ec2", "DescribeHosts DescribeImages DescribeInstanceAttribute DescribeKeyPairs"),
        **_all(_RECOVERS, "ec2", "DescribeSnapshots DescribeVolumes GetEbsDefaultKmsKeyId GetEbsEncryptionByDefault"),
    },
    ("recovery", "EC2ThroughDRS"): {
        **_all(_RECOVERS, "ec2", "AssociateIamInstanceProfile AttachVolume AuthorizeSecurityGroupEgress"),
        **_all(_RECOVERS, "ec2", "AuthorizeSecurityGroupIngress CreateLaunchTemplate CreateLaunchTemplateVersion"),
        **_all(_RECOVERS, "ec2", "CreateNetworkInterface CreateSecurityGroup CreateSnapshot CreateTags CreateVolume"),
        **_all(_RECOVERS, "ec2", "DeleteLaunchTemplateVersions DeleteSnapshot DeleteVolume DetachVolume"),
        **_all(_RECOVERS, "ec2", "GetConsoleOutput GetConsoleScreenshot ModifyInstanceAttribute ModifyLaunchTemplate"),
        **_all(
            _RECOVERS, "ec2", "RevokeSecurityGroupEgress RunInstances StartInstances StopInstances TerminateInstances"
        ),
    },
    ("recovery", "IAMPassRole"): _all(_RECOVERS, "iam", "PassRole"),
    ("recovery", "KMSVolumes"): _all(_DECRYPTS, "kms", "Decrypt DescribeKey Encrypt GenerateDataKey* ReEncrypt*"),
    ("recovery", "KMSGrants"): _all(_DECRYPTS, "kms", "CreateGrant"),
    ("recovery", "KMSStagingVolumes"): _all(_DECRYPTS, "kms", "Decrypt DescribeKey GenerateDataKey* ReEncrypt*"),
    ("recovery", "KMSStagingGrants"): _all(_DECRYPTS, "kms", "CreateGrant"),
}
"""By role and statement, for each action."""

_PREFLIGHT: Final = Reason("a preflight asks what a start asks, by the same code", seen_by="execution-handler")
_STARTS: Final = Reason("a start asks what a preflight asks, by the same code", seen_by="query-handler")

OF_FUNCTIONS: Final[Mapping[tuple[str, str], Mapping[str, Reason]]] = {
    ("frontend-deployer", "CloudFormation"): _all(
        Reason(
            "the tests of the deployer have a stack's state told by somebody else; its gateway has tests of its own"
        ),
        "cloudformation",
        "DescribeStacks",
    ),
    ("query-handler", "CloudWatchAlarms"): _all(_PREFLIGHT, "cloudwatch", "DescribeAlarms"),
    ("query-handler", "SSMRead"): _all(_PREFLIGHT, "ssm", "DescribeDocument"),
    ("execution-handler", "DRSRead"): _all(_STARTS, "drs", "DescribeRecoveryInstances"),
    ("execution-handler", "IAMRead"): _all(_STARTS, "iam", "ListInstanceProfiles"),
    ("orchestration-stepfunctions", "EC2Read"): {
        **_all(_RECOVERS, "ec2", "DescribeInstanceTypeOfferings DescribeInstanceTypes DescribeLaunchTemplateVersions"),
        **_all(_RECOVERS, "ec2", "DescribeLaunchTemplates DescribeSecurityGroups DescribeSubnets"),
    },
}
"""The same of single functions, whose own calls were never recorded: by function and statement, for each action."""

_READ_ANYWHERE: Final = "every server and job of the account may be of a plan, and reading them changes nothing"

EVERYTHING: Final[Mapping[tuple[str, str], str]] = {
    ("recovery", "DRSRead"): _READ_ANYWHERE,
    ("staging", "DRSRead"): _READ_ANYWHERE,
    ("recovery", "EC2Read"): "DRS reads the attributes of instances that it has not made yet when the right is checked",
    ("recovery", "EC2ThroughDRS"): "DRS chooses what it makes and takes down; the condition lets nobody else use it",
    ("recovery", "CloudWatchAlarms"): "composite alarms are shown only to who may see all alarms",
    ("recovery", "SSMRead"): "whether a document exists is asked before it is said whether it may be run",
}
"""Statements on `*` though an action of theirs must be about a resource: by role and statement."""

RESOURCES: Final[Mapping[tuple[str, str, str], str]] = {
    ("recovery", "DRSWriteTagsOfMade", "recovery-instance/*"): (
        "the recovery instance takes over the tags of its server, which is checked as the caller's TagResource"
    ),
    ("recovery", "SSMDocuments", "document/AWS-RunPowerShellScript"): (
        "on Windows what AWS-RunShellScript is elsewhere; the tests run one of the two"
    ),
}
"""Resources that no recorded call is about: by role, statement, and the end of the ARN."""
