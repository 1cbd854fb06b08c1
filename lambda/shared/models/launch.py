"""One call of StartRecovery: the intent, and what became of it."""

from enum import StrEnum

from shared.models.base import Instant, Model
from shared.models.recovery_plan import WaveNumber
from shared.models.targets import SourceServerId, Target


class LaunchState(StrEnum):
    """OPEN is doubt: a call may have been made; it is never made again."""

    OPEN = "OPEN"
    STARTED = "STARTED"
    DONE = "DONE"
    REFUSED = "REFUSED"
    LOST = "LOST"


class LaunchedServer(Model):
    """A server in a launch, with the attempt that this launch is."""

    source_server_id: SourceServerId
    attempt: int


class LaunchRecord(Model):
    """A chunk of at most 100 servers of one wave in one account and region (DRS quota L-B827C881).

    A REFUSED one either `fails_servers`, or leaves them to be launched again when there is room.
    """

    execution_id: str
    plan_id: str
    launch_id: str
    wave_number: WaveNumber
    target: Target
    servers: tuple[LaunchedServer, ...]
    state: LaunchState = LaunchState.OPEN
    reason: str = ""
    fails_servers: bool = False
    job_id: str | None = None
    intent_at: Instant
    not_after: Instant
    ended_at: Instant | None = None
