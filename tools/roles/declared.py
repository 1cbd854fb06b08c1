"""Which function uses which statements, said once: roles, specification and tests follow it.

A share names the actions or resources of a statement that are used, or is `ALL`. The rights of recovery are for servers
of the hub's own account: in another account it is the role there that is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tools.roles.written import Share

Shares = Mapping[str, Share]
"""Statements by their names."""

ALL: Final = Share()
_TRACES: Final = Share("GetSamplingRules GetSamplingTargets PutTelemetryRecords PutTraceSegments")
_RUNS: Final[Shares] = {"KMSOfTheCustomer": ALL, "CloudWatchLogs": ALL, "CloudWatchDelivery": _TRACES}
"""What Lambda does with the role of any function."""
_HISTORY: Final = "ExecutionHistory"


@dataclass(frozen=True)
class Role:
    """What runs under a role of its own, if it has one."""

    name: str
    """Of the function, or `state-machine`."""
    short: str
    """In the role's name, which is at most 64 characters long."""
    own: Shares
    recovery: Shares
    service: str = "lambda"

    @property
    def logical_name(self) -> str:
        """In templates: QueryHandler."""
        return "".join(_WORDS.get(word, word.capitalize()) for word in self.name.split("-"))

    @property
    def assumes(self) -> bool:
        """Whether it acts in other accounts, which must trust it."""
        return "STS" in self.own


_WORDS: Final = {"stepfunctions": "StepFunctions"}

QUERY: Final = Role(
    "query-handler",
    "query-handler",
    # what an inventory finds of a region is kept with its account: UpdateItem
    own={**_RUNS, "DynamoDB": Share("BatchGetItem GetItem Query UpdateItem"), "STS": ALL},
    recovery={
        "DRSRead": Share(
            "DescribeJobLogItems DescribeJobs DescribeRecoveryInstances DescribeRecoverySnapshots DescribeSourceServers"
            " GetLaunchConfiguration ListStagingAccounts"
        ),
        "EC2Read": Share(
            "DescribeInstances DescribeInstanceTypeOfferings DescribeInstanceTypes DescribeLaunchTemplateVersions"
            " DescribeNetworkInterfaces DescribeSecurityGroups DescribeSubnets"
        ),
        "IAMRead": ALL,
        "ServiceQuotas": ALL,
        "CloudWatchAlarms": ALL,
        "SSMRead": Share("DescribeDocument"),
    },
)
DATA_MANAGEMENT: Final = Role(
    "data-management-handler",
    "data-management",
    own={
        **_RUNS,
        "DynamoDB": ALL,
        "Lambda": Share(resources="data-management-handler"),
        "STS": ALL,
        "SNS": Share("Subscribe"),
        "SNSSubscriptions": ALL,
    },
    recovery={
        "DRSRead": Share(
            "DescribeRecoveryInstances DescribeSourceServers GetLaunchConfiguration GetReplicationConfiguration"
            " ListExtensibleSourceServers"
        ),
        "DRSWriteExtend": ALL,
        "DRSWriteServers": ALL,
        "EC2Read": Share(
            "DescribeInstanceTypeOfferings DescribeInstances DescribeLaunchTemplateVersions DescribeLaunchTemplates"
            " DescribeNetworkInterfaces DescribeSecurityGroups DescribeSubnets"
        ),
        "EC2LaunchTemplates": ALL,
        "EC2ThroughDRS": Share("CreateLaunchTemplate CreateLaunchTemplateVersion CreateTags ModifyLaunchTemplate"),
        "IAMRead": ALL,
    },
)
EXECUTION: Final = Role(
    "execution-handler",
    "execution-handler",
    own={
        **_RUNS,
        "DynamoDB": ALL,
        "StepFunctions": ALL,
        "StepFunctionsTasks": Share("SendTaskSuccess"),
        "STS": ALL,
    },
    recovery={
        "DRSRead": Share(
            "DescribeJobs DescribeRecoveryInstances DescribeRecoverySnapshots DescribeSourceServers"
            " GetLaunchConfiguration"
        ),
        "EC2Read": Share(
            "DescribeInstanceTypeOfferings DescribeInstances DescribeLaunchTemplateVersions DescribeNetworkInterfaces"
            " DescribeSecurityGroups DescribeSubnets"
        ),
        "IAMRead": ALL,
        "ServiceQuotas": ALL,
        "CloudWatchAlarms": ALL,
        "SSMRead": Share("DescribeDocument"),
    },
)
ORCHESTRATION: Final = Role(
    "orchestration-stepfunctions",
    "orchestration",
    own={
        **_RUNS,
        "DynamoDB": Share(resources="ExecutionHistory ProtectionGroups TargetAccounts"),
        "StepFunctions": ALL,
        "StepFunctionsTasks": ALL,
        "Lambda": Share(resources="data-management-handler notification-formatter"),
        "STS": ALL,
        "CloudWatchDeadLetters": ALL,
    },
    recovery={
        "DRSRead": Share(
            "DescribeJobLogItems DescribeJobs DescribeRecoveryInstances DescribeRecoverySnapshots DescribeSourceServers"
            " ListTagsForResource"
        ),
        "DRSWriteRecover": ALL,
        "DRSWriteTagsOfMade": ALL,
        "EC2Read": Share(
            "DescribeAccountAttributes DescribeAvailabilityZones DescribeCapacityReservations DescribeHosts"
            " DescribeImages DescribeInstanceAttribute DescribeInstanceStatus DescribeInstanceTypeOfferings"
            " DescribeInstanceTypes DescribeInstances DescribeKeyPairs DescribeLaunchTemplateVersions"
            " DescribeLaunchTemplates DescribeSecurityGroups DescribeSnapshots DescribeSubnets DescribeVolumes"
            " GetEbsDefaultKmsKeyId GetEbsEncryptionByDefault"
        ),
        "EC2ThroughDRS": ALL,
        "ServiceQuotas": ALL,
        "CloudWatchAlarms": ALL,
        "SSMRead": Share("DescribeInstanceInformation ListCommandInvocations ListCommands"),
        "SSMDocuments": ALL,
        "SSMRecoveryInstances": ALL,
        "SSMPreparedInstances": ALL,
        "IAMPassRole": ALL,
        "KMSVolumes": ALL,
        "KMSGrants": ALL,
        "KMSStagingVolumes": ALL,
        "KMSStagingGrants": ALL,
    },
)
FORMATTER: Final = Role(
    "notification-formatter",
    "notifications",
    own={
        **_RUNS,
        "DynamoDB": Share("BatchGetItem GetItem PutItem Query UpdateItem", _HISTORY),
        "SNS": Share("Publish"),
        "SSMOpsItems": ALL,
        "KMS": ALL,
        "CloudWatchDeadLetters": ALL,
    },
    recovery={},
)
DEPLOYER: Final = Role(
    "frontend-deployer",
    "frontend-deployer",
    own={**_RUNS, "S3": ALL, "CloudFront": ALL, "CloudFormation": ALL},
    recovery={},
)
STATE_MACHINE: Final = Role(
    "state-machine",
    "state-machine",
    own={
        "DynamoDB": Share("UpdateItem", _HISTORY),
        "Lambda": Share(resources="orchestration-stepfunctions"),
        "KMSOfTheCustomer": ALL,
        "CloudWatchDelivery": ALL,
    },
    recovery={},
    service="states",
)
ROLES: Final = (QUERY, DATA_MANAGEMENT, EXECUTION, ORCHESTRATION, FORMATTER, DEPLOYER, STATE_MACHINE)
