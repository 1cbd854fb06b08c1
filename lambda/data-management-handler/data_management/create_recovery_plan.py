"""POST /recovery-plans."""

from data_management.app import ConfigurationApp
from data_management.judging_plans import judge_plan
from data_management.making_once import Keep, made_once
from data_management.plan_checks import broken_rules
from data_management.requests import CreateRecoveryPlan, paths_as_written, written
from data_management.saving_plans import store_new_plan
from shared.errors import ErrorCode
from shared.ids import new_ulid
from shared.models.recovery_plan import RecoveryPlan, RecoveryPlanFields
from shared.models.violation import refuse
from shared.operations import Context, Success, operation
from shared.roles import Permission


@operation(
    "create_recovery_plan",
    http="POST /recovery-plans",
    permission=Permission.CREATE_RECOVERY_PLANS,
    success=Success.CREATED,
    raises=(ErrorCode.CONFLICT_ERROR, ErrorCode.QUOTA_EXCEEDED, ErrorCode.CROSS_ACCOUNT_ERROR),
    judge=judge_plan,
)
def create_recovery_plan(request: CreateRecoveryPlan, context: Context[ConfigurationApp]) -> RecoveryPlan:
    """Store a new plan whose waves are an acyclic graph over existing groups."""
    app = context.app

    def create(keep: Keep) -> RecoveryPlan:
        fields = request.fields()
        with paths_as_written(written(request.waves)):
            refuse(broken_rules(fields, app))
            plan = new_plan(fields, new_ulid(app.clock.now()), context)
            return store_new_plan(plan, app, keep=keep)

    return made_once("create_recovery_plan", request, app.plan_repeats, RecoveryPlan, create)


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
