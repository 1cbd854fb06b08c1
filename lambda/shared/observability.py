"""Logs, traces and metrics of a function, and the audit log; what must not be read is blacked out here, once."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import IO, Any, Final

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

NAMESPACE: Final = "DrsOrchestration"
REDACTED: Final = "[redacted]"
_SECRET_PARTS: Final = (
    "tasktoken",
    "externalid",
    "claims",
    "authorization",
    "idtoken",
    "accesstoken",
    "refreshtoken",
    "sessiontoken",
    "password",
    "credential",
    "accesskey",
)
"""Whatever is called by one of these is secret, also under a name that somebody misspelt, such as `roleExternalIds`."""

_SECRET_NAME: Final = "token"
"""Secret as a whole name only: tokens of pages and of clients are none."""

_SECRET_TEXT: Final = re.compile(
    r"(?:AKIA|ASIA)[A-Z2-7]{16}"  # access key ids
    r"|[A-Za-z0-9+/=_-]{100,}"  # task tokens, session tokens: nothing else that we write is so long without a space
    r"|(?<=--task-token )\S+"
    r"|eyJ[\w-]+\.[\w-]+\.[\w-]+"  # JSON web tokens
)


def redact(value: Any) -> Any:
    """The value without task tokens, external ids, claims and credentials, however deep they sit."""
    if isinstance(value, str):
        return _SECRET_TEXT.sub(REDACTED, value)
    if isinstance(value, Mapping):
        return {key: _redacted(key, item) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, bytes | bytearray):
        return [redact(item) for item in value]
    return value


def _redacted(name: Any, item: Any) -> Any:
    """An item by its name; nothing, and whether there is one (`hasExternalId`), are no secrets."""
    return REDACTED if item and item is not True and _is_secret(name) else redact(item)


def _is_secret(name: Any) -> bool:
    letters = re.sub(r"[^a-z]", "", str(name).lower())
    return letters == _SECRET_NAME or any(part in letters for part in _SECRET_PARTS)


def _line(record: Any) -> str:
    """The line; half a surrogate pair, with which no line can be written, is shown as its escape."""
    line = json.dumps(redact(record), default=lambda other: redact(str(other)), ensure_ascii=False)
    return line.encode(errors="backslashreplace").decode()


@dataclass(slots=True)
class AuditEntry:
    """One call: who asked for what, by which door, with which right, and how it ended.

    `user_id` is the `sub` of a caller of the API, whom `actor` names for people; `operation` is its name, or what was
    asked for if there is none; `subjects` are the ids and names of what was asked for and of what was made; `dry_run`
    is None for what has no rehearsal, or was not read; `counts` are those of an import; `outcome` is OK or the error's
    code; `source_ip` is that of a caller of the API.
    """

    door: str
    operation: str
    actor: str
    roles: Collection[str]
    request_id: str
    source_ip: str
    user_id: str = ""
    permission: str | None = None
    subjects: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool | None = None
    counts: Mapping[str, int] | None = None
    outcome: str = "INTERNAL_ERROR"
    duration_ms: int = 0


class AuditLog:
    """One line per call, whatever the function's log level is."""

    def __init__(self, logger: Logger) -> None:
        self._logger = logger

    def record(self, entry: AuditEntry) -> None:
        """Write the line."""
        self._logger.info(
            "operation called",
            audit=True,
            door=entry.door,
            operation=entry.operation,
            actor=entry.actor,
            userId=entry.user_id or None,
            roles=sorted(entry.roles),
            permission=entry.permission,
            outcome=entry.outcome,
            requestId=entry.request_id,
            sourceIp=entry.source_ip or None,
            subjects=dict(entry.subjects),
            dryRun=entry.dry_run,
            counts=entry.counts,
            durationMs=entry.duration_ms,
        )


@dataclass(frozen=True)
class Observability:
    """What a function writes about itself."""

    service: str
    logger: Logger
    metrics: Metrics
    audit: AuditLog

    @cached_property
    def tracer(self) -> Tracer:
        """Made when it is first asked for: X-Ray's SDK makes clients of AWS as it is imported, which takes 0.1 s."""
        return Tracer(service=self.service, auto_patch=False)

    def count(self, what: str, number: int = 1) -> None:
        """Add to a metric of this function; `flush` at the end of the call writes it out."""
        self.metrics.add_metric(name=what, unit=MetricUnit.Count, value=number)

    def flush(self) -> None:
        """Write out what was counted, if anything was."""
        if self.metrics.metric_set:
            self.metrics.flush_metrics()


def observe(service: str, level: str, stream: IO[str] | None = None) -> Observability:
    """The observability of a function; nothing is patched and nothing is sent until it is used."""
    logger = Logger(service=service, level=level, stream=stream, json_serializer=_line)
    metrics = Metrics(namespace=NAMESPACE, service=service)
    audit = Logger(service=f"{service}-audit", level="INFO", stream=stream, json_serializer=_line)
    return Observability(service, logger, metrics, AuditLog(audit))
