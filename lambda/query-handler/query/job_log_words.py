"""The events of DRS job logs, in sentences for people."""

from collections.abc import Mapping
from typing import Final

from shared.models.drs import JobLogEntry

_SENTENCES: Final[Mapping[str, str]] = {
    "JOB_START": "The job began",
    "JOB_END": "The job ended",
    "JOB_CANCEL": "The job was cancelled",
    "SERVER_SKIPPED": "{server} was skipped",
    "CLEANUP_START": "Removing what an earlier launch of {server} left",
    "CLEANUP_END": "What an earlier launch of {server} left is removed",
    "CLEANUP_FAIL": "What an earlier launch of {server} left could not be removed",
    "SNAPSHOT_START": "Taking a snapshot of {server}",
    "SNAPSHOT_END": "The snapshot of {server} is taken",
    "SNAPSHOT_FAIL": "No snapshot of {server} could be taken",
    "USING_PREVIOUS_SNAPSHOT": "Using an earlier snapshot of {server}",
    "USING_PREVIOUS_SNAPSHOT_FAILED": "No earlier snapshot of {server} could be used",
    "CONVERSION_START": "Converting {server}{converter}",
    "CONVERSION_END": "{server} is converted",
    "CONVERSION_FAIL": "{server} could not be converted",
    "LAUNCH_START": "Launching {server}{instance}",
    "LAUNCH_FAILED": "{server} could not be launched",
    "DEPLOY_NETWORK_CONFIGURATION_START": "Deploying the network configuration",
    "DEPLOY_NETWORK_CONFIGURATION_END": "The network configuration is deployed",
    "DEPLOY_NETWORK_CONFIGURATION_FAILED": "The network configuration could not be deployed",
    "UPDATE_NETWORK_CONFIGURATION_START": "Updating the network configuration",
    "UPDATE_NETWORK_CONFIGURATION_END": "The network configuration is updated",
    "UPDATE_NETWORK_CONFIGURATION_FAILED": "The network configuration could not be updated",
    "UPDATE_LAUNCH_TEMPLATE_START": "Updating the launch template of {server}",
    "UPDATE_LAUNCH_TEMPLATE_END": "The launch template of {server} is updated",
    "UPDATE_LAUNCH_TEMPLATE_FAILED": "The launch template of {server} could not be updated",
    "NETWORK_RECOVERY_FAIL": "The network could not be recovered",
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
        text = text[:1].upper() + text[1:]
    return f"{text}: {entry.raw_error}" if entry.raw_error else text
