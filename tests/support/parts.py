"""What a function is wired of: an environment with every setting, and an application's parts, asked for all at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from tests.support.world.cloud import HUB_ACCOUNT, HUB_REGION

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

ENVIRONMENT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "PROJECT_NAME": "aws-drs-orchestration",
        "ENVIRONMENT": "dev",
        "LOG_LEVEL": "ERROR",
        "REGION": HUB_REGION,
        "HUB_ACCOUNT_ID": HUB_ACCOUNT,
        "POWERTOOLS_SERVICE_NAME": "wired",
        "PROTECTION_GROUPS_TABLE": "groups",
        "RECOVERY_PLANS_TABLE": "plans",
        "TARGET_ACCOUNTS_TABLE": "accounts",
        "EXECUTION_HISTORY_TABLE": "executions",
        "STATE_MACHINE_ARN": f"arn:aws:states:{HUB_REGION}:{HUB_ACCOUNT}:stateMachine:drs",
        "NOTIFICATION_FORMATTER_FUNCTION": f"arn:aws:lambda:{HUB_REGION}:{HUB_ACCOUNT}:function:formatter:live",
        "LAUNCH_STAGGER_SECONDS": "15",
        "NOTIFICATION_TOPIC_ARN": f"arn:aws:sns:{HUB_REGION}:{HUB_ACCOUNT}:mails",
        "DATA_MANAGEMENT_HANDLER_FUNCTION": f"arn:aws:lambda:{HUB_REGION}:{HUB_ACCOUNT}:function:managing:live",
        "DIRECT_INVOCATION_ROLE": "DRSReadOnly",
        "CONSOLE_ORIGIN": "https://console.example.com",
    }
)
"""Every variable of every function."""


def every_part(application: DataclassInstance) -> dict[str, Any]:
    """All parts of an application by their name; what its process makes if every operation is called."""
    return {field.name: getattr(application, field.name) for field in fields(application)}
