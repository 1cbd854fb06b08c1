"""What a worker has found of launch settings on a stage."""

from datetime import datetime, timedelta

from shared.models.targets import ServerKey
from shared.models.verified_settings import SettingsVerdict, VerifiedSettings
from tests.support.stage import Stage


def verify(
    made: Stage,
    key: ServerKey,
    verdict: SettingsVerdict = SettingsVerdict.READY,
    reason: str = "",
    *,
    ago: float = 0,
    since: datetime | None = None,
) -> None:
    """Somebody has looked at a server so many seconds ago, as its group is now; `since` when nobody could."""
    group_id = str(made.server(key).settings_group_id)
    made.verified[key] = VerifiedSettings(
        execution_id=made.header.execution_id,
        plan_id=made.header.plan_id,
        wave_number=made.server(key).wave_number,
        server=key,
        verdict=verdict,
        reason=reason,
        verified_at=made.now - timedelta(seconds=ago),
        unread_since=since,
        group_id=group_id,
        group_version=made.group_versions.setdefault(group_id, 1),
    )
