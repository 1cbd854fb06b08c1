"""What a look at a server's launch settings found right before its launch, and what was done about it."""

from collections.abc import Mapping
from enum import StrEnum

from shared.models.base import Instant, Model
from shared.models.recovery_plan import WaveNumber
from shared.models.targets import ServerKey


class SettingsVerdict(StrEnum):
    """Whether a server may be launched as DRS has it now."""

    READY = "READY"
    REFUSED = "REFUSED"
    UNREAD = "UNREAD"


class VerifiedSettings(Model):
    """The launch settings of one server of a wave, written by whoever verifies them, who alone writes it.

    READY: DRS would launch it as its group says, or the group lets it differ; `reason` then tells what was repaired, or
    differs. REFUSED: it is not to be launched like that. UNREAD: nobody could look, or write; the reason says why.
    `verified_at` is when the look began, `unread_since` when the first of the looks in a row of which nothing came,
    `group_version` the version of the group whose settings it was about; one of 0 says that there was no such group.
    """

    execution_id: str
    plan_id: str
    wave_number: WaveNumber
    server: ServerKey
    verdict: SettingsVerdict
    reason: str = ""
    verified_at: Instant
    unread_since: Instant | None = None
    group_id: str = ""
    group_version: int | None = None

    def is_about(self, versions: Mapping[str, int]) -> bool:
        """Whether its group is still as it was; versions are those of the groups that exist."""
        return self.group_version == versions.get(self.group_id, 0)
