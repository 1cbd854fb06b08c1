"""POST /protection-groups."""

from data_management.app import ConfigurationApp
from data_management.group_checks import world_now
from data_management.judging_groups import judge_group, new_group_rules, with_account
from data_management.making_once import Keep, made_once
from data_management.requests import CreateProtectionGroup
from data_management.saving_groups import store_new_group
from shared.errors import ErrorCode
from shared.ids import new_ulid
from shared.models.protection_group import ProtectionGroup, ProtectionGroupFields
from shared.models.violation import refuse
from shared.operations import Context, Success, operation
from shared.roles import Permission


@operation(
    "create_protection_group",
    http="POST /protection-groups",
    permission=Permission.CREATE_PROTECTION_GROUPS,
    success=Success.CREATED,
    raises=(ErrorCode.CONFLICT_ERROR, ErrorCode.DRS_SERVICE_ERROR, ErrorCode.CROSS_ACCOUNT_ERROR),
    judge=judge_group,
)
def create_protection_group(request: CreateProtectionGroup, context: Context[ConfigurationApp]) -> ProtectionGroup:
    """Store a new group of servers that DRS knows and no other group has."""
    app = context.app

    def create(keep: Keep) -> ProtectionGroup:
        fields = request.fields(app.hub_account_id)
        broken = new_group_rules(request, app)
        if broken:
            refuse(with_account(broken, fields, context))
        group = new_group(fields, new_ulid(app.clock.now()), context)
        return store_new_group(group, context, world_now(app), keep=keep)

    return made_once("create_protection_group", request, app.repeats, ProtectionGroup, create)


def new_group(fields: ProtectionGroupFields, group_id: str, context: Context[ConfigurationApp]) -> ProtectionGroup:
    """The first version of a group, made now by the caller."""
    now = context.app.clock.now()
    return ProtectionGroup.model_validate(
        {
            **fields.model_dump(),
            "group_id": group_id,
            "created_at": now,
            "updated_at": now,
            "created_by": context.actor,
        }
    )
