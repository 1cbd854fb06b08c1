"""What every list of source servers says of one."""

from typing import Any

from shared.drs_utils import launch_obstacle, map_replication_state_to_display
from shared.models.base import Model
from shared.models.drs import SourceServer
from shared.models.targets import AccountId, Region, Target


class ServerSeen(Model):
    """A source server as DRS has it; without an obstacle it can be launched. `lag_duration` is DRS's, of ISO 8601."""

    source_server_id: str
    account_id: AccountId
    region: Region
    hostname: str
    tags: dict[str, str]
    replication_state: str | None
    replication_state_display: str
    launch_obstacle: str | None
    lag_duration: str | None
    recovery_instance_id: str | None


def fields_seen(target: Target, server: SourceServer) -> dict[str, Any]:
    """The fields of a ServerSeen."""
    return {
        "source_server_id": server.source_server_id,
        "account_id": target.account_id,
        "region": target.region,
        "hostname": server.hostname,
        "tags": server.tags,
        "replication_state": server.replication_state,
        "replication_state_display": map_replication_state_to_display(server.replication_state),
        "launch_obstacle": launch_obstacle(server),
        "lag_duration": server.lag_duration,
        "recovery_instance_id": server.recovery_instance_id,
    }
