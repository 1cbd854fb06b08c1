"""The instances into which servers of an execution are launched, looked at again right before the launch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from data_management.app import ConfigurationApp
from shared.errors import CrossAccountError, DrsServiceError
from shared.launch_into_rules import BY_NAME, faults_now, wanted_instances
from shared.models.prepared_instance import PreparedInstance
from shared.models.protection_group import ProtectionGroup
from shared.models.server_record import ServerRecord
from shared.models.verified_settings import SettingsVerdict

Verdict = tuple[SettingsVerdict, str]


@dataclass(frozen=True, slots=True)
class InstancesSeen:
    """Of servers that are launched into instances: those that may be, and the verdict upon the others."""

    ready: Mapping[str, PreparedInstance] = field(default_factory=dict)
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)


def look_at_instances_of(
    servers: Sequence[ServerRecord], group: ProtectionGroup, app: ConfigurationApp
) -> InstancesSeen:
    """What there is of the instances that the start has chosen for these servers of a group.

    Whether they fit their servers the start has seen, and it does not change.
    """
    chosen = {server.server.source_server_id: server.launch_into for server in servers if server.launch_into}
    if not chosen:
        return InstancesSeen()
    try:
        found = app.ec2_choices.instances(group.target, set(chosen.values()))
    except (CrossAccountError, DrsServiceError) as error:
        unread = (SettingsVerdict.UNREAD, f"its instance could not be looked at: {error.message}")
        return InstancesSeen(verdicts=dict.fromkeys(chosen, unread))
    wanted = wanted_instances(group, chosen)
    reasons = {
        server_id: _why_not(found.get(instance_id), instance_id, wanted.get(server_id), group)
        for server_id, instance_id in chosen.items()
    }
    ready = {server_id: found[instance_id] for server_id, instance_id in chosen.items() if not reasons[server_id]}
    refused = {server_id: (SettingsVerdict.REFUSED, reason) for server_id, reason in reasons.items() if reason}
    return InstancesSeen(ready, refused)


def _why_not(found: PreparedInstance | None, instance_id: str, wanted: str | None, group: ProtectionGroup) -> str:
    """Why a server is not to be launched into the instance now, or nothing."""
    if wanted not in (BY_NAME, instance_id):
        return f"it was to be launched into {instance_id}, and its group says otherwise by now"
    if found is None:
        return f"there is no {instance_id} in {group.target} any more"
    return "; ".join(reason for _, reason in faults_now(found))
