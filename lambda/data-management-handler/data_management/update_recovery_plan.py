"""PUT /recovery-plans/{planId}."""

from data_management.app import ConfigurationApp
from data_management.changes import RecoveryPlanChanges
from data_management.judging_plans import judge_plan_changes
from data_management.plan_checks import broken_rules
from data_management.requests import paths_as_written
from data_management.saving_plans import change_plan
from data_management.sent_back import check_sent_back
from shared.errors import ErrorCode
from shared.models.recovery_plan import RecoveryPlan
from shared.models.violation import refuse
from shared.operations import Context, operation
from shared.roles import Permission
from shared.services.versions import check_version


@operation(
    "update_recovery_plan",
    http="PUT /recovery-plans/{planId}",
    permission=Permission.MODIFY_RECOVERY_PLANS,
    raises=(
        ErrorCode.RESOURCE_NOT_FOUND,
        ErrorCode.CONFLICT_ERROR,
        ErrorCode.QUOTA_EXCEEDED,
        ErrorCode.CROSS_ACCOUNT_ERROR,
    ),
    judge=judge_plan_changes,
)
def update_recovery_plan(request: RecoveryPlanChanges, context: Context[ConfigurationApp]) -> RecoveryPlan:
    """Change the fields of a plan that are given, unless it runs; while it is paused only waves that have not begun."""
    app = context.app
    stored = app.plans.get(request.plan_id)
    check_version("recovery plan", stored.plan_name, stored.plan_id, stored.version, request.version)
    fields = request.over(stored)
    with paths_as_written(request.written_waves or [wave.wire() for wave in stored.waves]):
        refuse((*check_sent_back(request, stored), *broken_rules(fields, app, stored)))
        return change_plan(stored, fields, context)
