"""Which wave of an execution a request names."""

from shared.errors import ValidationError
from shared.models.execution import ExecutionHeader, WaveSummary
from shared.models.recovery_plan import WaveNumber


def summary_of(header: ExecutionHeader, wave_number: WaveNumber) -> WaveSummary:
    """The wave of that number; ValidationError if the execution has none."""
    try:
        return header.summary(wave_number)
    except KeyError as error:
        reason = f"execution {header.execution_id} has no waveNumber {wave_number}"
        raise ValidationError.one("waveNumber", reason, "UNKNOWN_WAVE") from error


def must_have_wave(header: ExecutionHeader, wave_number: WaveNumber | None) -> None:
    """ValidationError if a wave is named that the execution has not."""
    if wave_number is not None:
        summary_of(header, wave_number)
