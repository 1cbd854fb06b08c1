"""Where an example made of samples would contradict itself: what stands there instead; None leaves a field out."""

from collections.abc import Mapping
from typing import Any, Final

TYPES: Final[Mapping[str, Mapping[str, Any]]] = {
    "AcceptedFinding": {"code": "REPLICATION_STATE"},
    "AddressFault": {
        "field": "staticPrivateIp",
        "reason": "10.0.1.10 in subnet-0a1b2c3d4e5f60718 is the address of eni-0a1b2c3d4e5f60718",
        "code": "IP_IN_USE",
    },
    "AddressValidation": {"valid": False, "replacesInstanceId": None},
    "ExecutionView": {"abandonedJobs": [], "cancelledBy": None, "endedAt": None, "termination": None},
    "ExecutionSummary": {"endedAt": None},
    "FailedItem": {
        "path": "recoveryPlans[0]",
        "kind": "recoveryPlan",
        "name": "Shop",
        "code": "CASCADE_FAILURE",
        "moreReasons": None,
    },
    "Finding": {
        "outcome": "WARN",
        "code": "SERVER_BUSY",
        "reason": "IN_RUNNING_JOB",
        "message": "a job of DRS works on db01; DRS refuses a second one until it ends",
    },
    "GateView": {"decidedAt": None, "decidedBy": None},
    "ProtectionGroup": {"sourceServerIds": []},
    "SecurityGroup": {
        "groupId": "sg-0a1b2c3d4e5f60718",
        "groupName": "recovered-databases",
        "name": None,
        "description": "Recovered database servers",
    },
    "Subnet": {"name": "recovery-a"},
    "Wave": {"dependsOnWaves": []},
    "WaveView": {
        "approvedAt": None,
        "approvedBy": None,
        "continuedBy": None,
        "dependsOnWaves": [],
        "draining": False,
        "endedAt": None,
        "status": "LAUNCHING",
    },
}
"""By the name of the type."""

ANSWERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "cancel_execution": {"requested": "CANCEL", "scope": None, "gateNumber": None, "waveNumber": None},
    "export_configuration": {
        "schemaVersion": "1.1",
        "protectionGroups": [
            {
                "groupName": "Frontends",
                "accountId": "111122223333",
                "region": "us-west-2",
                "serverSelectionTags": {"Tier": "web"},
            }
        ],
        "recoveryPlans": [
            {
                "planName": "Shop front",
                "waves": [{"waveNumber": 0, "waveName": "Front", "protectionGroupNames": ["Frontends"]}],
            }
        ],
        "nextToken": None,
    },
    "get_termination_status": {"left": [], "unknown": []},
    "pause_execution": {"requested": "PAUSE", "scope": "all", "waveNumber": None},
    "preflight_recovery_plan": {"canStart": True},
    "resume_execution": {"requested": "APPROVE", "scope": "1", "waveNumber": 1},
    "retry_wave": {"requested": "RETRY", "scope": "1", "waveNumber": 1},
    "skip_wave": {"requested": "SKIP", "scope": "1", "waveNumber": 1},
}
"""By the name of the operation, over those of its type."""
