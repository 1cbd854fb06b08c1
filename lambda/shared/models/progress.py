"""How far a wave is, as people are told."""

from shared.models.execution import ExecutionHeader
from shared.models.wave_record import WaveRecord


def wave_progress(header: ExecutionHeader, record: WaveRecord | None) -> int:
    """The percentage of a wave: 100 once the execution has ended, 0 before the wave has a record."""
    if header.is_terminal:
        return 100
    return 0 if record is None else record.progress
