"""The instances into which servers of an execution are launched, looked at again right before the launch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from data_management.app import ConfigurationApp
from shared.errors import CrossAccountError, DrsServiceError
from shared.launch_into_rules import BY_NAME, Seen, Wish, match, wanted_instances
from shared.models.prepared_instance import PreparedInstance
from shared.models.protection_group import ProtectionGroup
from shared.models.server_record import ServerRecord
from shared.models.verified_settings import SettingsVerdict


@dataclass(frozen=True, slots=True)
class InstancesSeen:
    """Of servers that are launched into instances: those that may be, and the verdict upon the others."""

    ready: Mapping[str, PreparedInstance] = field(default_factory=dict)
    verdicts: Mapping[str, tuple[SettingsVerdict, str]] = field(default_factory=dict)


def look_at_instances_of(
    servers: Sequence[ServerRecord], group: ProtectionGroup, app: ConfigurationApp
) -> InstancesSeen:
    """What there is of the instances that the start has chosen for these servers of a group; of the others nothing."""
    chosen = {server.server.source_server_id: server.launch_into for server in servers if server.launch_into}
    if not chosen:
        return InstancesSeen()
    moved = _moved(chosen, group)
    wishes = [Wish(server_id, instance_id) for server_id, instance_id in chosen.items() if server_id not in moved]
    try:
        found = app.ec2_choices.instances(group.target, set(chosen.values()))
    except (CrossAccountError, DrsServiceError) as error:
        unread = (SettingsVerdict.UNREAD, f"its instance could not be looked at: {error.message}")
        return InstancesSeen(verdicts=dict.fromkeys((wish.server_id for wish in wishes), unread) | moved)
    matching = match(wishes, Seen(str(group.target), found))
    refused = {
        wish.server_id: (SettingsVerdict.REFUSED, "; ".join(each.reason for each in wrong))
        for wish in wishes
        if (wrong := matching.reasons(wish.server_id))
    }
    ready = {server_id: one for server_id, one in matching.found.items() if server_id not in refused}
    return InstancesSeen(ready, refused | moved)


def _moved(chosen: Mapping[str, str], group: ProtectionGroup) -> dict[str, tuple[SettingsVerdict, str]]:
    """Those of which the group says something else by now than it said at the start."""
    wanted = wanted_instances(group, chosen)
    return {
        server_id: (
            SettingsVerdict.REFUSED,
            f"the execution was started to launch it into {instance_id}, and its group says otherwise now",
        )
        for server_id, instance_id in chosen.items()
        if wanted.get(server_id) not in (BY_NAME, instance_id)
    }
