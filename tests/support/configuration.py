"""Groups, plans and servers as tests need them, with everything unimportant filled in."""

from datetime import UTC, datetime
from typing import Any, Final

from shared.models.drs import SourceServer
from shared.models.protection_group import ProtectionGroup
from shared.models.recovery_plan import RecoveryPlan, Wave
from shared.models.targets import ServerKey, Target

NOW: Final = datetime(2026, 1, 29, 2, 0, tzinfo=UTC)
HUB: Final = "123456789012"
DATABASE: Final = Target(account_id="111122223333", region="us-west-2")
WEB: Final = Target(account_id="444455556666", region="us-west-2")
UNHURRIED: Final = 3600.0
"""Patience in real seconds: no machine is too slow, and a process of a world stands still while others work."""


def server_id(number: int) -> str:
    """A valid source server id."""
    return f"s-{number:017x}"


def server_key(number: int, target: Target = DATABASE) -> ServerKey:
    """The key of that server in an account and region."""
    return ServerKey(account_id=target.account_id, region=target.region, source_server_id=server_id(number))


def source_server(number: int, **fields: Any) -> SourceServer:
    """A server that replicates continuously unless told otherwise."""
    known = {"replication_state": "CONTINUOUS", "hostname": f"host{number}", "arn": "arn", **fields}
    return SourceServer.model_validate({"source_server_id": server_id(number), **known})


def group(group_id: str, target: Target = DATABASE, **fields: Any) -> ProtectionGroup:
    """A stored group, named after its id."""
    known = {"group_name": f"group {group_id}", "account_id": target.account_id, "region": target.region}
    stamps = {"created_at": NOW, "updated_at": NOW, "created_by": "test"}
    return ProtectionGroup.model_validate({"group_id": group_id, **known, **stamps, **fields})


def wave(number: int, *groups: str, after: tuple[int, ...] = (), **fields: Any) -> Wave:
    """A wave over groups."""
    known = {"wave_name": f"wave {number}", "protection_group_ids": groups, "depends_on_waves": after}
    return Wave.model_validate({"wave_number": number, **known, **fields})


def plan(*waves: Wave, **fields: Any) -> RecoveryPlan:
    """A stored plan of waves."""
    stamps = {"created_at": NOW, "updated_at": NOW, "created_by": "test"}
    return RecoveryPlan.model_validate({"plan_id": "plan-1", "plan_name": "plan", "waves": waves, **stamps, **fields})
