"""Launch configurations as people see them: of a run, of a server, and how the servers of a group stand."""

from collections.abc import Mapping
from typing import Any

from shared.launch_config_overlays import drill_config
from shared.launch_config_records import status_of
from shared.launch_config_rules import EffectiveConfig
from shared.models.base import Instant, Model
from shared.models.launch_config import ServerLaunchConfig, ServerOverride
from shared.models.launch_config_state import (
    ConfigDifference,
    ConfigRun,
    ConfigRunStatus,
    ConfigStatus,
    ServerConfigState,
)
from shared.models.prepared_instance import LaunchIntoView
from shared.models.protection_group import ProtectionGroup
from shared.models.temporary_settings import TemporarySettings


class LaunchConfigRunView(Model):
    """A run that applies the launch settings of a group: how far it is, and who began it."""

    run_id: str
    status: ConfigRunStatus
    started_by: str
    started_at: Instant
    ended_at: Instant | None = None
    reason: str | None = None
    total: int
    done: int
    applied: int
    unchanged: int
    failed: int


class TemporarySettingsView(Model):
    """What is there of a server's settings for one execution only, since when, and in which fields.

    `code` and `reason` tell what is in the way of restoring them, if anything is known. With `restored_at` DRS has its
    own again since then: it is looked at once more, when nobody can write for the execution any more.
    """

    execution_id: str
    since: Instant
    fields: tuple[str, ...]
    restored_at: Instant | None = None
    code: str | None = None
    reason: str | None = None


class ServerConfigView(Model):
    """How the stored settings of a server and what was applied of them stand.

    `stored_version` is that of the group; `applied_version` the one of which settings were applied last, and if those
    are the ones that are stored it is `stored_version`. `differences` are those that were found last. `temporary` is
    what is there for an execution, beside the stored ones.
    """

    source_server_id: str
    status: ConfigStatus
    stored_version: int
    applied_version: int | None = None
    applied_at: Instant | None = None
    applied_by: str | None = None
    looked_at: Instant | None = None
    code: str | None = None
    reason: str | None = None
    differences: tuple[ConfigDifference, ...] = ()
    launch_into: LaunchIntoView | None = None
    temporary: TemporarySettingsView | None = None


class ServerSettingsView(Model):
    """The stored launch settings of a server.

    `launch_template` is what the server has of its own; `use_group_defaults` says that it has nothing. `effective` is
    what is applied: its own over the group's. `implied` tells of fields that nobody has set why they are as they are.
    `in_drills` is what is there for the time of a drill.
    """

    group_id: str
    source_server_id: str
    version: int
    use_group_defaults: bool
    launch_template: ServerLaunchConfig | None = None
    drill_launch_template: ServerLaunchConfig | None = None
    effective: dict[str, Any]
    implied: dict[str, str]
    in_drills: dict[str, Any]


def view_of_run(run: ConfigRun) -> LaunchConfigRunView:
    """The run."""
    return LaunchConfigRunView(
        run_id=run.run_id,
        status=run.status,
        started_by=run.actor,
        started_at=run.started_at,
        ended_at=run.ended_at,
        reason=run.reason or None,
        total=run.total,
        done=run.done,
        applied=run.applied,
        unchanged=run.unchanged,
        failed=run.failed,
    )


def view_of_server(
    group: ProtectionGroup,
    server_id: str,
    config: EffectiveConfig,
    state: ServerConfigState | None,
    running: str | None,
) -> ServerConfigView:
    """How a server stands; `running` is the run of its group that goes on, if one does."""
    status = status_of(config, state, running)
    view = ServerConfigView(source_server_id=server_id, status=status, stored_version=group.version)
    if state is None:
        return view
    told = state if status in (ConfigStatus.FAILED, ConfigStatus.DRIFTED, ConfigStatus.IN_PROGRESS) else None
    tried = state if state.attempt == config.digest else None
    applied = state.applied
    is_stored = applied is not None and applied.digest == config.digest and applied.group_id == group.group_id
    return view.model_copy(
        update={
            "applied_version": group.version if is_stored else applied and applied.group_version,
            "applied_at": applied and applied.at,
            "applied_by": applied and applied.actor,
            "looked_at": state.at,
            "code": tried and (tried.code or None),
            "reason": tried and (tried.reason or None),
            "differences": told.differences if told else (),
        }
    )


def view_of_temporary(row: TemporarySettings | None) -> TemporarySettingsView | None:
    """What is there for an execution, if anything is."""
    if row is None:
        return None
    code, reason = row.in_the_way
    return TemporarySettingsView(
        execution_id=row.for_execution,
        since=row.at,
        fields=tuple(sorted(row.put)),
        restored_at=row.restored_at,
        code=code or None,
        reason=reason or None,
    )


def settings_view(group: ProtectionGroup, server_id: str, config: EffectiveConfig) -> ServerSettingsView:
    """What is stored for a server."""
    override = next(
        (one for one in group.servers if one.source_server_id == server_id), ServerOverride(source_server_id=server_id)
    )
    own, in_drills = override.launch_template, override.drill_launch_template
    return ServerSettingsView(
        group_id=group.group_id,
        source_server_id=server_id,
        version=group.version,
        use_group_defaults=not any(said is not None and said.model_fields_set for said in (own, in_drills)),
        launch_template=own,
        drill_launch_template=in_drills,
        effective=dict(config.settings),
        implied=dict(config.implied),
        in_drills=dict(drill_config(group, server_id).settings),
    )


def counts_of(views: Mapping[str, ServerConfigView]) -> dict[str, int]:
    """How many servers stand how, by every status."""
    found = [view.status for view in views.values()]
    return {status.value: found.count(status) for status in ConfigStatus}
