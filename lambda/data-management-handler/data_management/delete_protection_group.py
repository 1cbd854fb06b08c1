"""DELETE /protection-groups/{groupId}."""

from data_management.app import ConfigurationApp
from data_management.saving_groups import end_group
from data_management.uses import upon_version
from shared.errors import ErrorCode
from shared.models.base import Model
from shared.operations import Context, Success, operation
from shared.roles import Permission
from shared.services.request_fields import GroupId, Version
from shared.services.versions import check_version


class DeleteGroup(Model):
    """A group that is to go, whatever its version unless one is given."""

    group_id: GroupId
    version: Version | None = None


@operation(
    "delete_protection_group",
    http="DELETE /protection-groups/{groupId}",
    permission=Permission.DELETE_PROTECTION_GROUPS,
    success=Success.DELETED,
    raises=(ErrorCode.RESOURCE_NOT_FOUND, ErrorCode.CONFLICT_ERROR),
)
def delete_protection_group(request: DeleteGroup, context: Context[ConfigurationApp]) -> None:
    """Delete a group that no plan and no execution uses; its servers are free for others."""

    def end() -> None:
        stored = context.app.groups.get(request.group_id)
        check_version("protection group", stored.group_name, stored.group_id, stored.version, request.version)
        end_group(stored, context)

    upon_version(request.version, end, f"the group {request.group_id}")
