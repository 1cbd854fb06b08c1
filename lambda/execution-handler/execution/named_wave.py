"""The wave that a request is about, as it is now."""

from dataclasses import dataclass

from execution.refusing import refused_because
from shared.errors import ConflictError
from shared.models.execution import ExecutionHeader, WaveSummary
from shared.models.recovery_plan import wave_words
from shared.models.wave_record import WaveRecord, WaveStatus
from shared.services.wave_naming import summary_of
from shared.stores.execution_store import ExecutionStore


@dataclass(frozen=True, slots=True)
class NamedWave:
    """What the header knows of a wave, and its own record, which is written before the header; none in PREPARING."""

    header: ExecutionHeader
    summary: WaveSummary
    record: WaveRecord | None

    @property
    def scope(self) -> str:
        """The scope of its gates, and of requests about it."""
        return str(self.summary.wave_number)

    @property
    def status(self) -> WaveStatus:
        """The status that operators are shown."""
        return self.record.status if self.record else self.summary.status

    @property
    def approved_by(self) -> str | None:
        """Who let it begin."""
        return self.record.approved_by if self.record else None

    @property
    def decision_id(self) -> str | None:
        """The request that last retried or skipped it."""
        return self.record.decision_id if self.record else None

    @property
    def words(self) -> str:
        """How people call it."""
        return words_for(self.summary)

    @property
    def present_state(self) -> dict[str, object]:
        """What a refusal says of it beside the execution's own state."""
        return {"waveNumber": self.summary.wave_number, "waveStatus": self.status.value}

    def refused(self, message: str, **details: object) -> ConflictError:
        """The present state of the wave does not allow it."""
        return refused_because(self.header, message, **self.present_state, **details)


def named_wave(header: ExecutionHeader, wave_number: int, executions: ExecutionStore) -> NamedWave:
    """The wave of that number; ValidationError if the execution has none."""
    summary = summary_of(header, wave_number)
    return NamedWave(header, summary, executions.waves(header, [wave_number]).get(wave_number))


def words_for(wave: WaveSummary) -> str:
    """How people call the wave."""
    return wave_words(wave.wave_number, wave.wave_name)
