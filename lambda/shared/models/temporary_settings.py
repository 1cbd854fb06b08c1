"""What is there of a server's launch settings for one execution only, and what was there before."""

from datetime import datetime
from typing import Any, Final

from pydantic import Field

from shared.models.base import Instant, Model
from shared.models.recovery_plan import WaveNumber
from shared.models.targets import ServerKey

WAITS: Final = "SERVER_BUSY"
"""The code of what is not tried, because somebody may still launch the server."""


class TemporarySettings(Model):
    """What was put over the settings of a server, and how it is taken away again: enough to do so by itself.

    `put` has for each field the values that were put there, None for nothing, and no value for whatever DRS chooses;
    `before` what the fields had, without those that were not set. Until `until` whoever put them there may still write.
    `template_version` was the default of its launch template. Who restores it holds it for himself: `claim`,
    `claimed_until`. `attempts` to restore it have failed, the last with `code`; the next is not before `try_at`. It
    `waits_for` somebody who may still launch the server, in words. At `restored_at` it was found restored, and waits
    for a look after `until`.
    """

    server: ServerKey
    for_execution: str
    for_plan: str
    wave_number: WaveNumber
    group_id: str
    group_version: int
    actor: str
    at: Instant
    until: Instant
    template_id: str = ""
    template_version: int = 0
    put: dict[str, tuple[Any, ...]] = Field(default_factory=dict)
    before: dict[str, Any] = Field(default_factory=dict)
    attempts: int = 0
    code: str = ""
    reason: str = ""
    waits_for: str = ""
    try_at: Instant | None = None
    restored_at: Instant | None = None
    claim: str = ""
    claimed_until: Instant | None = None

    @property
    def in_the_way(self) -> tuple[str, str]:
        """The code and the words of what keeps it from being restored; both empty if nothing is known of any."""
        return (WAITS, self.waits_for) if self.waits_for else (self.code, self.reason)

    def is_being_restored(self, now: datetime) -> bool:
        """Whether somebody holds it to restore it."""
        return self.claimed_until is not None and self.claimed_until >= now
