"""DELETE /recovery-plans/{planId}."""

from data_management.app import ConfigurationApp
from data_management.saving_plans import end_plan
from data_management.uses import upon_version
from shared.errors import ErrorCode
from shared.models.base import Model
from shared.operations import Context, Success, operation
from shared.roles import Permission
from shared.services.request_fields import PlanId, Version
from shared.services.versions import check_version


class DeletePlan(Model):
    """A plan that is to go, whatever its version unless one is given."""

    plan_id: PlanId
    version: Version | None = None


@operation(
    "delete_recovery_plan",
    http="DELETE /recovery-plans/{planId}",
    permission=Permission.DELETE_RECOVERY_PLANS,
    success=Success.DELETED,
    raises=(ErrorCode.RESOURCE_NOT_FOUND, ErrorCode.CONFLICT_ERROR),
)
def delete_recovery_plan(request: DeletePlan, context: Context[ConfigurationApp]) -> None:
    """Delete a plan that no execution runs; its past executions stay."""

    def end() -> None:
        stored = context.app.plans.get(request.plan_id)
        check_version("recovery plan", stored.plan_name, stored.plan_id, stored.version, request.version)
        end_plan(stored, context.app)

    upon_version(request.version, end, f"the plan {request.plan_id}")
