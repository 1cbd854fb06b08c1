"""What DRS's launch events told: by job within an execution, and by account and region for all of them."""

from shared.models.base import Instant, Model
from shared.models.targets import Target


class JobReport(Model):
    """How many servers a job of an execution has, and how many launch events came; an event may come twice."""

    execution_id: str
    plan_id: str
    job_id: str
    expected: int | None = None
    reported: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether the job's last server may have reported: not known while nobody has said how many there are."""
        return self.expected is None or self.reported >= self.expected


class Hearing(Model):
    """Whether launch events come from an account and region, as all executions have found.

    `heard_at` is when one last came; `silent_at` when a job of ours was last found to have ended without any.
    """

    target: Target
    heard_at: Instant | None = None
    silent_at: Instant | None = None
