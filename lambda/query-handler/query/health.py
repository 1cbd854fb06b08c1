"""GET /health."""

from enum import StrEnum
from typing import Protocol

from shared.clock import Clock
from shared.models.base import Instant, Model
from shared.operations import Context, operation
from shared.roles import Permission
from shared.stores.recovery_plan_store import RecoveryPlanStore

_NO_PLAN = "health"
"""No plan has an id of so few letters."""


class Health(StrEnum):
    """How it is; anything else is an error."""

    OK = "ok"


class HealthReport(Model):
    """That the function runs and its table answers."""

    status: Health
    checked_at: Instant


class GetHealth(Model):
    """Nothing."""


class ReadsATable(Protocol):
    """What the check touches."""

    @property
    def plans(self) -> RecoveryPlanStore:
        """The plans."""
        ...

    @property
    def clock(self) -> Clock:
        """The time."""
        ...


@operation("health", http="GET /health", permission=Permission.PUBLIC)
def health(_request: GetHealth, context: Context[ReadsATable]) -> HealthReport:
    """Whether the API runs and its table can be read."""
    context.app.plans.get_many([_NO_PLAN])
    return HealthReport(status=Health.OK, checked_at=context.app.clock.now())
