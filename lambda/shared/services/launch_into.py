"""The instances into which servers of a group would be launched: what is looked at, and what people see of it."""

from collections.abc import Iterable, Mapping, Sequence

from shared.aws.choice_ports import LaunchLookupsPort
from shared.aws.ports import DrsPort
from shared.errors import CrossAccountError, DrsServiceError
from shared.launch_config_rules import effective_configs
from shared.launch_into_rules import Matching, Seen, Wish, match, wanted_instances, wants_any, wish_of
from shared.models.drs import SourceServer
from shared.models.prepared_instance import InstanceProblem, LaunchIntoView
from shared.models.protection_group import ProtectionGroup
from shared.models.targets import Target


def look_at_instances(target: Target, wishes: Iterable[Wish], ec2: LaunchLookupsPort) -> Seen:
    """What there is of instances that are wished for, and that allow it; DrsServiceError, CrossAccountError."""
    ids = {wish.instance_id for wish in wishes if wish.instance_id is not None}
    return Seen(str(target), ec2.instances(target, ids) if ids else {}, ec2.open_instances(target))


def wishes_in(group: ProtectionGroup, servers: Iterable[SourceServer], *, is_drill: bool) -> list[Wish]:
    """What those of these servers of a group wish that are to be launched into instances."""
    known = {server.source_server_id: server for server in servers}
    wanted = wanted_instances(group, known, is_drill=is_drill)
    configs = effective_configs(group, list(wanted))
    return [
        wish_of(known[server_id], instance_id, brings_license=_brings_license(configs[server_id].settings))
        for server_id, instance_id in wanted.items()
    ]


def _brings_license(settings: Mapping[str, object]) -> bool:
    licensing = settings.get("licensing")
    return isinstance(licensing, Mapping) and bool(licensing.get("osByol"))


def launch_into_views(
    group: ProtectionGroup, members: Sequence[str], drs: DrsPort, ec2: LaunchLookupsPort
) -> dict[str, LaunchIntoView]:
    """Of each server of the group that a recovery launches into an instance; where none is, nobody is asked.

    DrsServiceError, CrossAccountError.
    """
    if not wants_any(group, is_drill=False) or not members:
        return {}
    wishes = wishes_in(group, drs.source_servers(group.target, members), is_drill=False)
    if not wishes:
        return {}
    try:
        matching = match(wishes, look_at_instances(group.target, wishes, ec2))
    except (CrossAccountError, DrsServiceError) as error:
        unread = LaunchIntoView(problems=(InstanceProblem(code=error.code.value, reason=error.message),))
        return dict.fromkeys((wish.server_id for wish in wishes), unread)
    return {wish.server_id: _view(wish.server_id, matching) for wish in wishes}


def _view(server_id: str, matching: Matching) -> LaunchIntoView:
    found, wrong = matching.found.get(server_id), matching.reasons(server_id)
    problems = tuple(InstanceProblem(code=each.code, reason=each.reason) for each in wrong)
    if found is None:
        return LaunchIntoView(problems=problems)
    return LaunchIntoView(
        instance_id=found.instance_id,
        name=found.name,
        state=found.state,
        private_address=found.private_address,
        volume_ids=found.volume_ids,
        problems=problems,
    )
