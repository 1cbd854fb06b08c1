"""How to read a DRS source server: its state in words, whether it can be launched, whether tags select it."""

from collections.abc import Mapping
from typing import Final

from shared.models.drs import ExtensionStatus, SourceServer

LAUNCH_TAG: Final = "DRSOrchestration:launchId"
"""The handle by which a job of ours is found again: StartRecovery has no idempotency token."""

EXECUTION_TAG: Final = "DRSOrchestration:executionId"

_DISPLAY: Final = {
    "STOPPED": "Replication stopped",
    "INITIATING": "Initiating replication",
    "INITIAL_SYNC": "Initial sync",
    "BACKLOG": "Ready, catching up",
    "CREATING_SNAPSHOT": "Ready, creating snapshot",
    "CONTINUOUS": "Ready for recovery",
    "PAUSED": "Replication paused",
    "RESCAN": "Ready, rescanning",
    "STALLED": "Replication stalled",
    "DISCONNECTED": "Disconnected",
}
"""Every value of DRS's dataReplicationState that a source server can have."""

_LAUNCHABLE: Final = frozenset({"CONTINUOUS", "CREATING_SNAPSHOT", "BACKLOG", "RESCAN"})
"""The states in which data arrives and a point in time exists; any other, a new one included, is not launched."""


def map_replication_state_to_display(state: str | None) -> str:
    """The replication state as people read it; a state that DRS adds later is shown as it is."""
    if not state:
        return "Unknown"
    return _DISPLAY.get(state, state)


def launch_obstacle(server: SourceServer) -> str | None:
    """Why the server cannot be recovered now, as a clause; None if it can."""
    return extension_obstacle(server) or replication_obstacle(server)


def extension_obstacle(server: SourceServer) -> str | None:
    """Why DRS cannot launch the server from what its staging account holds of it, as a clause; None if it can.

    Its replication may be CONTINUOUS all the while, and no older point in time is better.
    """
    if server.extension_status is not ExtensionStatus.EXTENSION_ERROR:
        return None
    return f"its extension cannot be used: {server.extension_error or 'DRS gives no reason'}"


def replication_obstacle(server: SourceServer) -> str | None:
    """Why what replicates cannot be recovered now, as a clause that names the replication state; None if it can."""
    if server.replication_state in _LAUNCHABLE:
        return None
    state = server.replication_state or "UNKNOWN"
    obstacle = f"replication state {state} ({map_replication_state_to_display(server.replication_state)})"
    return f"{obstacle}: {server.replication_error}" if server.replication_error else obstacle


_WITHOUT_RECOVERY_POINT: Final = frozenset({"STOPPED", "INITIATING", "INITIAL_SYNC"})
"""The states of servers that have no point in time to launch from."""


def recovery_point_obstacle(server: SourceServer) -> str | None:
    """Why the server has nothing to be launched from; None if it has a point in time.

    A lost data centre leaves its servers DISCONNECTED or STALLED with their points in time: a wave launches them.
    """
    if server.replication_state is None or server.replication_state in _WITHOUT_RECOVERY_POINT:
        return launch_obstacle(server)
    return extension_obstacle(server)


def job_tags(launch_id: str, execution_id: str) -> dict[str, str]:
    """The tags of a job of ours."""
    return {LAUNCH_TAG: launch_id, EXECUTION_TAG: execution_id}


def matches_tags(tags: Mapping[str, str], selection: Mapping[str, str]) -> bool:
    """Whether the tags hold every selected key with exactly its value; an empty selection selects nothing."""
    return bool(selection) and all(tags.get(key) == value for key, value in selection.items())
