"""Which wave of an execution a request names."""

from typing import Protocol

from shared.errors import ValidationError
from shared.models.execution import ExecutionHeader, WaveSummary
from shared.models.recovery_plan import WaveNumber
from shared.operations import Context
from shared.stores.execution_store import ExecutionStore


class NamesWave(Protocol):
    """A request about an execution, and perhaps about a wave of it."""

    @property
    def execution_id(self) -> str:
        """The execution."""
        ...

    @property
    def wave_number(self) -> WaveNumber | None:
        """The wave."""
        ...


class FindsExecutions(Protocol):
    """Where executions are."""

    @property
    def executions(self) -> ExecutionStore:
        """The executions."""
        ...


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


def execution_has_wave(request: NamesWave, context: Context[FindsExecutions]) -> None:
    """The same of the execution and the wave that a request names; NotFoundError."""
    must_have_wave(context.app.executions.find(request.execution_id), request.wave_number)
