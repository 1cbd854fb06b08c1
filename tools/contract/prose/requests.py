"""Requests that are worth showing, by operation, where the least that a model asks for says little or is not enough.

Whatever is not here is shown with its required fields. Ids are those of `samples`.
"""

from collections.abc import Mapping
from typing import Any, Final

from tools.contract.prose.samples import SAMPLES

_GROUP: Final = SAMPLES["groupId"]
_PLAN: Final = SAMPLES["planId"]
_EXECUTION: Final = SAMPLES["executionId"]

REQUESTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "add_staging_account": {
        "accountId": "111122223333",
        "stagingAccountId": "777788889999",
        "accountName": "Staging 1",
        "externalId": "a-secret-of-this-account",
    },
    "add_target_account": {
        "accountId": "111122223333",
        "accountName": "Databases",
        "externalId": "a-secret-of-this-account",
        "regions": ["us-west-2"],
    },
    "apply_launch_configs": {"groupId": _GROUP},
    "bulk_update_server_configs": {
        "groupId": _GROUP,
        "version": 1,
        "servers": [
            {
                "sourceServerId": SAMPLES["sourceServerId"],
                "launchTemplate": {
                    "launchDisposition": "STOPPED",
                    "launchIntoInstanceProperties": {"launchIntoEc2InstanceId": SAMPLES["launchIntoEc2InstanceId"]},
                    "recoveryMode": None,
                },
            },
        ],
    },
    "cancel_execution": {"executionId": _EXECUTION, "reason": "The drill window is over"},
    "create_protection_group": {
        "groupName": "Databases",
        "description": "Database servers of the shop",
        "accountId": "111122223333",
        "region": "us-west-2",
        "serverSelectionTags": {"Tier": "database"},
    },
    "create_recovery_plan": {
        "planName": "Shop",
        "rtoMinutes": 60,
        "waves": [
            {"waveNumber": 0, "waveName": "Data", "protectionGroupIds": [_GROUP], "failurePolicy": "STOP"},
        ],
    },
    "export_configuration": {"limit": 100},
    "import_configuration": {
        "schemaVersion": "1.1",
        "protectionGroups": [
            {"groupName": "Frontends", "region": "us-west-2", "serverSelectionTags": {"Tier": "web"}},
        ],
        "recoveryPlans": [
            {
                "planName": "Shop front",
                "waves": [{"waveNumber": 0, "waveName": "Front", "protectionGroupNames": ["Frontends"]}],
            },
        ],
        "dryRun": True,
    },
    "list_executions": {"planId": _PLAN, "executionType": "DRILL", "limit": 20},
    "list_protection_groups": {"limit": 50},
    "list_recovery_plans": {"limit": 50},
    "pause_execution": {"executionId": _EXECUTION, "reason": "Waiting for the network team"},
    "resume_execution": {"executionId": _EXECUTION, "waveNumber": 1, "reason": "Databases were checked"},
    "start_execution": {
        "planId": _PLAN,
        "executionType": "DRILL",
        "reason": "Quarterly drill",
        "clientToken": "drill-2026-01-29",
    },
    "sync_staging_accounts": {"accountId": "111122223333", "stagingAccountIds": ["777788889999"]},
    "terminate_instances": {"executionId": _EXECUTION, "confirm": _EXECUTION, "reason": "The drill is over"},
    "update_protection_group": {"groupId": _GROUP, "version": 1, "description": "Databases of the shop and its stock"},
    "update_recovery_plan": {"planId": _PLAN, "version": 1, "rtoMinutes": 45, "notificationEmail": None},
    "update_server_launch_config": {
        "groupId": _GROUP,
        "serverId": SAMPLES["serverId"],
        "version": 1,
        "launchTemplate": {"copyTags": True, "launchDisposition": "STOPPED", "recoveryMode": None},
    },
    "update_target_account": {"accountId": "111122223333", "version": 1, "status": "inactive"},
    "validate_staging_account": {
        "accountId": "777788889999",
        "externalId": "a-secret-of-this-account",
        "targetAccountId": "111122223333",
    },
    "validate_target_account": {"accountId": "111122223333", "regions": ["us-west-2"]},
}
