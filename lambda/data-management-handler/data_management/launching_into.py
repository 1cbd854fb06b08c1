"""The instances into which servers of an execution are launched, looked at again right before the launch."""

from collections.abc import Sequence

from data_management.app import ConfigurationApp
from data_management.settings_verdicts import Verdict
from shared.errors import CrossAccountError, DrsServiceError
from shared.launch_into_rules import BY_NAME, faults_now, wanted_instances
from shared.models.prepared_instance import PreparedInstance
from shared.models.protection_group import ProtectionGroup
from shared.models.server_record import ServerRecord
from shared.models.targets import ServerKey
from shared.models.verified_settings import SettingsVerdict


def look_at_instances_of(
    servers: Sequence[ServerRecord], group: ProtectionGroup, app: ConfigurationApp, *, is_drill: bool
) -> dict[ServerKey, Verdict]:
    """The verdict upon those of these servers of a group that are not to be launched into their instances now.

    Which instance it is, and that it fits the server, the start has found out.
    """
    chosen = {server.server: server.launch_into for server in servers if server.launch_into}
    if not chosen:
        return {}
    try:
        found = app.ec2_choices.instances(group.target, set(chosen.values()))
    except (CrossAccountError, DrsServiceError) as error:
        return dict.fromkeys(chosen, (SettingsVerdict.UNREAD, f"its instance could not be looked at: {error.message}"))
    wanted = wanted_instances(group, [key.source_server_id for key in chosen], is_drill=is_drill)
    reasons = {
        key: _why_not(found.get(instance_id), instance_id, wanted.get(key.source_server_id), group)
        for key, instance_id in chosen.items()
    }
    return {key: (SettingsVerdict.REFUSED, reason) for key, reason in reasons.items() if reason}


def _why_not(found: PreparedInstance | None, instance_id: str, wanted: str | None, group: ProtectionGroup) -> str:
    """Why a server is not to be launched into the instance now, or nothing."""
    if wanted not in (BY_NAME, instance_id):
        return f"it was to be launched into {instance_id}, and its group says otherwise by now"
    if found is None:
        return f"there is no {instance_id} in {group.target} any more"
    return "; ".join(reason for _, reason in faults_now(found))
