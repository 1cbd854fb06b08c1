"""What a list of executions shows."""

from shared.models.base import Instant, Model
from shared.models.execution import ExecutionStatus, ExecutionType
from shared.models.point_in_time import LATEST


class ExecutionSummary(Model):
    """One execution in a list: the header without its waves."""

    execution_id: str
    plan_id: str
    plan_name: str
    execution_type: ExecutionType
    status: ExecutionStatus
    status_reason: str = ""
    progress: int = 0
    started_at: Instant
    ended_at: Instant | None = None
    initiated_by: str
    wave_count: int
    server_count: int
    point_in_time: str = LATEST
