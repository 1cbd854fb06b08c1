"""The events of DRS job logs, in sentences for people."""

from collections.abc import Mapping
from typing import Final

from shared.models.drs import JobLogEntry

_SENTENCES: Final[Mapping[str, str]] = {
    "JOB_START": "The job began",
    "JOB_END": "The job ended",
    "JOB_CANCEL": "The job was cancelled",
    "SERVER_SKIPPED": "Skipped {server}",
    "CLEANUP_START": "Removing what an earlier launch of {server} left",
    "CLEANUP_END": "Removed what an earlier launch of {server} left",
    "CLEANUP_FAIL": "Could not remove what an earlier launch of {server} left",
    "SNAPSHOT_START": "Taking a snapshot of {server}",
    "SNAPSHOT_END": "Took the snapshot of {server}",
    "SNAPSHOT_FAIL": "Could not take a snapshot of {server}",
    "USING_PREVIOUS_SNAPSHOT": "Using an earlier snapshot of {server}",
    "USING_PREVIOUS_SNAPSHOT_FAILED": "Could not use an earlier snapshot of {server}",
    "CONVERSION_START": "Converting {server}{converter}",
    "CONVERSION_END": "Converted {server}",
    "CONVERSION_FAIL": "Could not convert {server}",
    "LAUNCH_START": "Launching {server}{instance}",
    "LAUNCH_FAILED": "Could not launch {server}",
    "DEPLOY_NETWORK_CONFIGURATION_START": "Deploying the network configuration",
    "DEPLOY_NETWORK_CONFIGURATION_END": "Deployed the network configuration",
    "DEPLOY_NETWORK_CONFIGURATION_FAILED": "Could not deploy the network configuration",
    "UPDATE_NETWORK_CONFIGURATION_START": "Updating the network configuration",
    "UPDATE_NETWORK_CONFIGURATION_END": "Updated the network configuration",
    "UPDATE_NETWORK_CONFIGURATION_FAILED": "Could not update the network configuration",
    "UPDATE_LAUNCH_TEMPLATE_START": "Updating the launch template of {server}",
    "UPDATE_LAUNCH_TEMPLATE_END": "Updated the launch template of {server}",
    "UPDATE_LAUNCH_TEMPLATE_FAILED": "Could not update the launch template of {server}",
    "NETWORK_RECOVERY_FAIL": "Could not recover the network",
}
"""Every value of DRS's JobLogEvent; a later one is shown as it is."""


def sentence_of(entry: JobLogEntry, names: Mapping[str, str]) -> str:
    """What the line says; `names` are hostnames by source server id."""
    server_id = entry.source_server_id
    name = names.get(server_id or "")
    server = f"{name} ({server_id})" if name and name != server_id else (server_id or "the server")
    words = _SENTENCES.get(entry.event)
    if words is None:
        text = entry.event.replace("_", " ").capitalize() + (f": {server}" if server_id else "")
    else:
        text = words.format(
            server=server,
            converter=f" on {entry.conversion_server_id}" if entry.conversion_server_id else "",
            instance=f" as {entry.target_instance_id}" if entry.target_instance_id else "",
        )
    return f"{text}: {entry.raw_error}" if entry.raw_error else text
