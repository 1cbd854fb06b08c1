"""POST /protection-groups/{groupId}/apply-launch-configs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Final

from pydantic import Field

from data_management.app import ConfigurationApp
from data_management.applying import held_by, key_of
from data_management.config_runs import begin, new_run
from data_management.group_checks import account_rules
from data_management.making_once import Keep, made_once
from data_management.restoring_settings import why_left
from shared.errors import ErrorCode
from shared.launch_config_records import Brought, written_address
from shared.launch_config_rules import effective_configs
from shared.models.base import Model
from shared.models.launch_config_state import ConfigDifference, ConfigOutcome, DriftPolicy
from shared.models.protection_group import ProtectionGroup
from shared.models.targets import SourceServerId
from shared.models.violation import Violation, refuse
from shared.operations import Context, Success, operation
from shared.patience import CALL_SECONDS
from shared.roles import Permission
from shared.services.group_members import check_members, member_ids
from shared.services.judging import ID, judge_by
from shared.services.launch_config_bringing import SERVER_BUSY, bring
from shared.services.launch_config_orders import How, Wanted
from shared.services.launch_config_views import LaunchConfigRunView, view_of_run
from shared.services.request_fields import ClientToken, GroupId

LOOKED_AT: Final = 100
"""Servers that a rehearsal looks at in one call, which somebody waits for; DRS is asked of each by itself."""

_SERVERS: Final = 4_000


class ApplyLaunchConfigs(Model):
    """The servers of a group whose settings are to be applied: these, or all; `dry_run` only tells what would be."""

    group_id: GroupId
    source_server_ids: Annotated[tuple[SourceServerId, ...], Field(min_length=1, max_length=_SERVERS)] | None = None
    dry_run: bool = False
    client_token: ClientToken | None = None


class RehearsedServer(Model):
    """What would come of a server: APPLIED would change the differences, FAILED could not be looked at.

    FAILED with SERVER_BUSY would be left as it is, because somebody holds it, or it has settings of another execution.
    """

    source_server_id: str
    outcome: ConfigOutcome
    differences: tuple[ConfigDifference, ...] = ()
    code: str | None = None
    reason: str | None = None


class LaunchConfigsApplied(Model):
    """The run that was begun, or of a rehearsal the servers that were looked at and how many were not.

    Ask for the others by `source_server_ids`.
    """

    group_id: str
    version: int
    total: int
    dry_run: bool
    run_id: str | None = None
    run: LaunchConfigRunView | None = None
    servers: tuple[RehearsedServer, ...] | None = None
    more_servers: int | None = None


def _rules(request: ApplyLaunchConfigs, context: Context[ConfigurationApp]) -> Iterator[Violation]:
    group = context.app.groups.get(request.group_id)
    yield from _asked(request, group, member_ids(group, context.app.drs))


def _asked(request: ApplyLaunchConfigs, group: ProtectionGroup, members: Sequence[str]) -> Iterator[Violation]:
    asked = [(f"sourceServerIds[{n}]", server_id) for n, server_id in enumerate(request.source_server_ids or ())]
    return check_members(group, asked, members)


@operation(
    "apply_launch_configs",
    http="POST /protection-groups/{groupId}/apply-launch-configs",
    permission=Permission.MODIFY_PROTECTION_GROUPS,
    success=Success.ACCEPTED,
    raises=(
        ErrorCode.RESOURCE_NOT_FOUND,
        ErrorCode.CONFLICT_ERROR,
        ErrorCode.DRS_SERVICE_ERROR,
        ErrorCode.CROSS_ACCOUNT_ERROR,
    ),
    judge=judge_by(ApplyLaunchConfigs, _rules, stand_ins={"groupId": ID}),
)
def apply_launch_configs(request: ApplyLaunchConfigs, context: Context[ConfigurationApp]) -> LaunchConfigsApplied:
    """Bring DRS and the launch templates of a group's servers to the group's settings, in the background."""
    app = context.app

    def apply(keep: Keep) -> LaunchConfigsApplied:
        group = app.groups.get(request.group_id)
        members = member_ids(group, app.drs)
        refuse((*_asked(request, group, members), *account_rules(group.target, app)))
        servers = sorted(request.source_server_ids or members)
        if request.dry_run:
            return _rehearsed(group, servers, app)
        run = new_run(group, servers, context)
        begun = LaunchConfigsApplied(
            group_id=group.group_id,
            version=group.version,
            total=run.total,
            dry_run=False,
            run_id=run.run_id,
            run=view_of_run(run),
        )
        begin(run, group, servers, app, also=keep(begun))
        return begun

    return made_once("apply_launch_configs", request, app.run_repeats, LaunchConfigsApplied, apply)


def _rehearsed(group: ProtectionGroup, servers: Sequence[str], app: ConfigurationApp) -> LaunchConfigsApplied:
    looked_at = servers[:LOOKED_AT]
    configs = effective_configs(group, looked_at)
    states = app.launch_configs.states([key_of(group, server_id) for server_id in looked_at])
    addresses = {key.source_server_id: written_address(state) for key, state in states.items()}
    wanted = {server_id: Wanted(config, addresses.get(server_id)) for server_id, config in configs.items()}
    until = app.clock.now() + app.clock.wall(CALL_SECONDS)
    seen = bring(group.target, wanted, How(DriftPolicy.WARN, until=until), app.bringing)
    busy = _busy(group, seen, app)
    told = [_rehearsed_server(server_id, one, busy.get(server_id)) for server_id, one in sorted(seen.items())]
    more: dict[str, Any] = {"more_servers": len(servers) - len(told)} if len(told) < len(servers) else {}
    return LaunchConfigsApplied(
        group_id=group.group_id,
        version=group.version,
        total=len(servers),
        dry_run=True,
        servers=tuple(told),
        **more,
    )


def _busy(group: ProtectionGroup, seen: Mapping[str, Brought], app: ConfigurationApp) -> dict[str, str]:
    """The servers that a run would leave as they are, and why: it restores first, and changes none that is held."""
    keys = [key_of(group, server_id) for server_id in seen]
    left = {key.source_server_id: why_left(row) for key, row in app.temporary.of(keys).items() if row.code}
    differ = [key for key in keys if seen[key.source_server_id].outcome is ConfigOutcome.DRIFTED]
    return held_by(differ, app) | left


def _rehearsed_server(server_id: str, one: Brought, busy: str | None) -> RehearsedServer:
    if busy is not None:
        one = replace(one, outcome=ConfigOutcome.FAILED, code=SERVER_BUSY, reason=busy)
    return RehearsedServer(
        source_server_id=server_id,
        outcome=_would_be(one),
        differences=one.differences,
        code=one.code or None,
        reason=one.reason or None,
    )


def _would_be(one: Brought) -> ConfigOutcome:
    if one.outcome is not ConfigOutcome.DRIFTED:
        return one.outcome
    return ConfigOutcome.FAILED if one.code else ConfigOutcome.APPLIED
