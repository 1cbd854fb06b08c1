"""What the roles may do though no call of ours was ever recorded that needs it, each with its reason."""

from __future__ import annotations

from collections.abc import Mapping
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
    """Why an action is there; `by_drs` is a claim that AWS's reference or its own policy must confirm."""

    why: str
    by_drs: bool = False


def _all(reason: Reason, prefix: str, names: str) -> Mapping[str, Reason]:
    return {f"{prefix}:{name}": reason for name in names.split()}


_RECOVERS: Final = Reason("DRS does it during a recovery, with the rights of who began it", by_drs=True)
_EXTENDS: Final = Reason("DRS asks it while it extends a server, with the rights of who extends", by_drs=True)
_DECRYPTS: Final = Reason(
    "volumes encrypted with a key of the customer are restored with the rights of who began the recovery (DRS user"
    " guide, encryption of volumes); EC2 uses the key, and not a call of ours"
)
_NOTIFIES: Final = Reason("SNS encrypts what is published to a topic with a key, with the rights of who publishes")
_CUSTOMER: Final = Reason("queue, tables and variables are encrypted with it where the customer gives a key")
_LOGS: Final = Reason("Lambda writes a function's log with the function's role")
_DELIVERS: Final = Reason("Step Functions sets up the delivery of a state machine's log with the machine's role")
_TRACES: Final = Reason("Lambda and Step Functions send traces with the role of what they run")
_TASKS: Final = Reason("a task that takes long may beat with the right that answers it; no task is that long yet")

REASONS: Final[Mapping[tuple[str, str], Mapping[str, Reason]]] = {
    ("orchestration", "StepFunctionsTasks"): _all(_TASKS, "states", "SendTaskHeartbeat"),
    ("orchestration", "KMS"): _all(_NOTIFIES, "kms", "Decrypt GenerateDataKey"),
    ("orchestration", "KMSOfTheCustomer"): _all(_CUSTOMER, "kms", "Decrypt GenerateDataKey"),
    ("orchestration", "SQS"): _all(
        Reason("Lambda puts an invocation that failed for good into the queue with the function's role"),
        "sqs",
        "SendMessage",
    ),
    ("orchestration", "Logs"): _all(_LOGS, "logs", "CreateLogStream PutLogEvents"),
    ("orchestration", "LogDeliveryAndXRay"): {
        **_all(_DELIVERS, "logs", "CreateLogDelivery DeleteLogDelivery DescribeLogGroups DescribeResourcePolicies"),
        **_all(_DELIVERS, "logs", "GetLogDelivery ListLogDeliveries PutResourcePolicy UpdateLogDelivery"),
        **_all(_TRACES, "xray", "GetSamplingRules GetSamplingTargets PutTelemetryRecords PutTraceSegments"),
    },
    ("recovery", "DRSRead"): _all(_EXTENDS, "drs", "GetReplicationConfiguration"),
    ("recovery", "DRSRecover"): _all(_RECOVERS, "drs", "CreateRecoveryInstanceForDrs"),
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
    ("recovery", "PassRolesToDRSAndEC2"): _all(_RECOVERS, "iam", "PassRole"),
    ("recovery", "EncryptedVolumes"): _all(_DECRYPTS, "kms", "Decrypt DescribeKey Encrypt GenerateDataKey* ReEncrypt*"),
    ("recovery", "GrantsForEncryptedVolumes"): _all(_DECRYPTS, "kms", "CreateGrant"),
    ("recovery", "VolumesOfStagingAccounts"): _all(_DECRYPTS, "kms", "Decrypt DescribeKey GenerateDataKey* ReEncrypt*"),
    ("recovery", "GrantsForVolumesOfStagingAccounts"): _all(_DECRYPTS, "kms", "CreateGrant"),
}
"""By role and statement, for each action."""
