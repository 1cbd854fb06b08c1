"""PUT /protection-groups/{groupId}."""

from data_management.app import ConfigurationApp
from data_management.changes import ProtectionGroupChanges
from data_management.config_runs import begin_if_none_runs, check_none_runs
from data_management.group_checks import world_now
from data_management.judging_groups import changed_group_rules, judge_group_changes, with_account
from data_management.saving_groups import change_group
from shared.errors import ErrorCode
from shared.models.protection_group import ProtectionGroup
from shared.models.violation import refuse
from shared.operations import Context, operation
from shared.roles import Permission
from shared.services.group_members import member_ids
from shared.services.versions import check_version


@operation(
    "update_protection_group",
    http="PUT /protection-groups/{groupId}",
    permission=Permission.MODIFY_PROTECTION_GROUPS,
    raises=(
        ErrorCode.RESOURCE_NOT_FOUND,
        ErrorCode.CONFLICT_ERROR,
        ErrorCode.DRS_SERVICE_ERROR,
        ErrorCode.CROSS_ACCOUNT_ERROR,
    ),
    judge=judge_group_changes,
)
def update_protection_group(request: ProtectionGroupChanges, context: Context[ConfigurationApp]) -> ProtectionGroup:
    """Change the fields of a group that are given, unless it is in a running execution."""
    app = context.app
    stored = app.groups.get(request.group_id)
    check_version("protection group", stored.group_name, stored.group_id, stored.version, request.version)
    fields = request.over(stored)
    broken = tuple(changed_group_rules(request, stored, app))
    if broken:
        refuse(with_account(broken, fields, context, stored))
    if not request.apply_launch_configs:
        return change_group(stored, fields, context, world_now(app))
    # first what may be in the way, so that nothing is stored then
    check_none_runs(stored, app)
    kept = {**stored.model_dump(), **fields.model_dump()}
    members = member_ids(ProtectionGroup.model_validate(kept), app.drs)
    changed = change_group(stored, fields, context, world_now(app))
    begin_if_none_runs(changed, members, context)
    return changed
