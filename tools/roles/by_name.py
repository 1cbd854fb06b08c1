"""What other stacks tell the master of their resources, as it follows from the names of these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_HERE: Final = "${AWS::Region}:${AWS::AccountId}"
_TABLE: Final = "arn:${AWS::Partition}:dynamodb:" + _HERE + ":table/${ProjectName}-"
_TOPIC: Final = "arn:${AWS::Partition}:sns:" + _HERE + ":${ProjectName}-"

BY_NAME: Final[Mapping[str, str]] = {
    "ProtectionGroupsTableArn": _TABLE + "protection-groups-${Environment}",
    "RecoveryPlansTableArn": _TABLE + "recovery-plans-${Environment}",
    "ExecutionHistoryTableArn": _TABLE + "execution-history-${Environment}",
    "TargetAccountsTableArn": _TABLE + "target-accounts-${Environment}",
    "ExecutionNotificationsTopicArn": _TOPIC + "execution-notifications-${Environment}",
}
"""ARNs by the names of the outputs."""
