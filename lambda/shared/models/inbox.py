"""Where the engine is woken: a counter of signals, and the token of the wait."""

from pydantic import Field

from shared.models.base import Instant, Model


class Inbox(Model):
    """`signals` only grows; `wait_step` is the step whose wait put `token` there.

    `last_event_at` is when a launch event of DRS last told of a job's last server, or of a failed one; `last_woken_at`
    when one last ended a wait.
    """

    execution_id: str
    plan_id: str
    signals: int = 0
    wait_step: int = -1
    token: str | None = Field(default=None, repr=False)
    last_event_at: Instant | None = None
    last_woken_at: Instant | None = None
