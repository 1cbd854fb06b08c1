"""What is known of the launch configurations that were applied: of a server, of a run of a group, and what happened."""

from enum import StrEnum
from typing import Any

from shared.models.base import Instant, Model
from shared.models.targets import ServerKey


class DriftPolicy(StrEnum):
    """What is done with a server whose configuration is otherwise than it is to be."""

    REPAIR = "REPAIR"
    WARN = "WARN"
    BLOCK = "BLOCK"


class ConfigOutcome(StrEnum):
    """What came of one server; DRIFTED: it is otherwise, and was to be looked at only."""

    UNCHANGED = "UNCHANGED"
    APPLIED = "APPLIED"
    DRIFTED = "DRIFTED"
    FAILED = "FAILED"


class ConfigStatus(StrEnum):
    """How a server's stored settings and what was applied of them stand; NONE: nothing is stored for it."""

    NONE = "NONE"
    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    APPLIED = "APPLIED"
    DRIFTED = "DRIFTED"
    FAILED = "FAILED"


class ConfigDifference(Model):
    """A field that is otherwise than it is to be; without `found` it is not set, without `wanted` it is to go."""

    field: str
    wanted: Any = None
    found: Any = None


class AppliedConfig(Model):
    """What was applied to a server last: of which version of its group, and the digest of the settings."""

    group_id: str
    group_version: int
    digest: str
    at: Instant
    actor: str
    static_private_ip: str | None = None
    template_id: str = ""
    template_version: int = 0


class ServerConfigState(Model):
    """How the configuration of a server stands; `attempt` is the digest that was tried last, or looked for."""

    server: ServerKey
    status: ConfigStatus
    group_id: str
    group_version: int
    run_id: str = ""
    attempt: str = ""
    actor: str
    at: Instant
    code: str = ""
    reason: str = ""
    differences: tuple[ConfigDifference, ...] = ()
    applied: AppliedConfig | None = None


class ConfigAction(StrEnum):
    """What happened to a server's configuration.

    REPAIRED: others had changed what had been applied. RESTORED: what was there for one execution only is gone.
    GIVEN_UP: somebody has said that it stays there.
    """

    SETTINGS_CHANGED = "SETTINGS_CHANGED"
    SETTINGS_REMOVED = "SETTINGS_REMOVED"
    APPLIED = "APPLIED"
    REPAIRED = "REPAIRED"
    RESTORED = "RESTORED"
    GIVEN_UP = "GIVEN_UP"
    FAILED = "FAILED"


class ServerConfigEvent(Model):
    """A line of the history of a server's configuration."""

    event_id: str
    at: Instant
    actor: str
    action: ConfigAction
    group_id: str
    group_version: int
    run_id: str | None = None
    code: str | None = None
    reason: str | None = None
    differences: tuple[ConfigDifference, ...] = ()
    template_version: int | None = None


class ConfigRunStatus(StrEnum):
    """The states of a run that applies the settings of a group."""

    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class ConfigRun(Model):
    """A run: what it has to do and how far it is; `attempts` are beginnings since it came forward last.

    Until `lease_until` it is `lease_owner`'s alone, then anybody's who goes on with it.
    """

    run_id: str
    group_id: str
    status: ConfigRunStatus = ConfigRunStatus.RUNNING
    actor: str
    request_id: str = ""
    client_token: str | None = None
    started_at: Instant
    ended_at: Instant | None = None
    reason: str = ""
    total: int
    parts: int
    next_part: int = 0
    applied: int = 0
    unchanged: int = 0
    failed: int = 0
    attempts: int = 0
    lease_owner: str = ""
    lease_until: Instant | None = None

    @property
    def done(self) -> int:
        """How many servers it is through with."""
        return self.applied + self.unchanged + self.failed

    @property
    def is_running(self) -> bool:
        """Whether anything is left to do."""
        return self.status is ConfigRunStatus.RUNNING
