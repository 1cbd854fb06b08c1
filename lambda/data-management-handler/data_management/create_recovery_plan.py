"""POST /recovery-plans."""

from collections.abc import Iterator

from data_management.app import ConfigurationApp
from data_management.plan_mails import plan_mails
from data_management.requests import NewRecoveryPlan, written_path
from shared.alarm_places import check_alarm_places
from shared.ids import new_ulid
from shared.models.recovery_plan import RecoveryPlan, RecoveryPlanFields
from shared.models.violation import Violation, refuse
from shared.operations import Context, Success, operation
from shared.plan_rules import check_plan_rules
from shared.roles import Permission


@operation(
    "create_recovery_plan",
    http="POST /recovery-plans",
    permission=Permission.CREATE_RECOVERY_PLANS,
    success=Success.CREATED,
)
def create_recovery_plan(request: NewRecoveryPlan, context: Context[ConfigurationApp]) -> RecoveryPlan:
    """Store a new plan whose waves are an acyclic graph over existing groups."""
    app = context.app
    fields = request.fields()
    written = [wave.model_dump(by_alias=True, exclude_unset=True) for wave in request.waves]
    broken = (*check_plan_rules(fields), *_against_groups(fields, app))
    refuse(Violation(written_path(each.field, written), each.reason, each.code) for each in broken)
    plan = new_plan(fields, new_ulid(app.clock.now()), context)
    if plan.notification_email is not None:
        # Nobody is asked to confirm the mails of a plan whose name is taken.
        app.plans.check_new(plan)
    with plan_mails(app).saving(plan):
        return app.plans.put_new(plan)


def new_plan(fields: RecoveryPlanFields, plan_id: str, context: Context[ConfigurationApp]) -> RecoveryPlan:
    """The first version of a plan, made now by the caller."""
    now = context.app.clock.now()
    return RecoveryPlan.model_validate(
        {
            **fields.model_dump(),
            "plan_id": plan_id,
            "created_at": now,
            "updated_at": now,
            "created_by": context.actor,
        }
    )


def _against_groups(fields: RecoveryPlanFields, app: ConfigurationApp) -> Iterator[Violation]:
    """What the stored groups say: those that a wave names and that are not there, alarms that have no place."""
    named = sorted({group_id for wave in fields.waves for group_id in wave.protection_group_ids})
    known = {group.group_id: group.target for group in app.groups.get_many(named)}
    for position, wave in enumerate(fields.waves):
        for entry, group_id in enumerate(wave.protection_group_ids):
            if group_id not in known:
                path = f"waves[{position}].protectionGroupIds[{entry}]"
                yield Violation(path, f"there is no group {group_id[:64]}", "UNKNOWN_GROUP")
    yield from check_alarm_places(fields.waves, known)
