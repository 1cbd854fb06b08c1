"""Lines of DRS's job logs, and why a log could not be read."""

from collections.abc import Iterable, Mapping

from shared.errors import CrossAccountError, DrsServiceError, ErrorCode
from shared.job_log_words import sentence_of
from shared.models.base import Instant, Model
from shared.models.drs import JobLogEntry
from shared.models.targets import Target


class JobLogLine(Model):
    """One line: DRS's word for it, and a sentence."""

    time: Instant
    event: str
    message: str
    source_server_id: str | None = None
    conversion_server_id: str | None = None
    target_instance_id: str | None = None


class ReadFailure(Model):
    """Why DRS could not be asked: one of our error codes, and the sentence."""

    error: str
    message: str


def lines_of(entries: Iterable[JobLogEntry], names: Mapping[str, str]) -> tuple[JobLogLine, ...]:
    """The lines in sentences; `names` are hostnames by source server id."""
    return tuple(
        JobLogLine(
            time=entry.time,
            event=entry.event,
            message=sentence_of(entry, names),
            source_server_id=entry.source_server_id,
            conversion_server_id=entry.conversion_server_id,
            target_instance_id=entry.target_instance_id,
        )
        for entry in entries
    )


def read_failure(error: CrossAccountError | DrsServiceError) -> ReadFailure:
    """The failure in words."""
    return ReadFailure(error=error.code.value, message=error.message)


def unanswered(place: Target) -> ReadFailure:
    """The failure of one that was silent for as long as the caller waited."""
    message = f"DescribeJobLogItems in {place}: the endpoint did not answer while the caller waited"
    return ReadFailure(error=ErrorCode.DRS_SERVICE_ERROR.value, message=message)
