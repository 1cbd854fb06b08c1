"""What a stage answers of the looks at launch settings that somebody has taken."""

from collections.abc import Mapping

from shared.engine.observations import LooksAtSettings
from shared.models.targets import ServerKey
from shared.models.verified_settings import VerifiedSettings


def looks_of(
    number: int, verified: Mapping[ServerKey, VerifiedSettings], versions: Mapping[str, int]
) -> LooksAtSettings:
    """Those at the servers of a wave, with the versions of their groups."""
    return LooksAtSettings({key: seen for key, seen in verified.items() if seen.wave_number == number}, versions)
