"""The first line of an execution's timeline: who started what, why, and what was accepted, in a bounded text."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from shared.engine.texts import counted, shortened_to_bytes
from shared.models.base import format_instant
from shared.models.execution import ExecutionHeader
from shared.models.finding import Finding, FindingCode

_STARTED_BYTES: Final = 1_500
_ACCEPTED_BYTES: Final = 500
"""For each code that may be accepted, of which there are two: with its actor the event stays under 4 KB."""

_EXAMPLES: Final = 3
"""So many findings of a code are told in words; every server keeps its own."""


def beginning(header: ExecutionHeader, accepted: Iterable[Finding]) -> str:
    """The sentence; the reason in full is the header's, what was accepted of a server is the server's."""
    because = f": {header.reason}" if header.reason else ""
    kind = header.execution_type.capitalize()
    instant = header.point_in_time
    to = f" to the point in time {format_instant(instant)}" if instant else ""
    started = f"{kind} of {header.plan_name}{to} started by {header.initiated_by}{because}"
    override = f"in spite of what was found, because {header.override_reason}" if header.override_reason else ""
    overridden = [shortened_to_bytes(override, _ACCEPTED_BYTES)] if override else []
    return "; ".join((shortened_to_bytes(started, _STARTED_BYTES), *overridden, *_accepted(accepted)))


def accepted_counts(accepted: Iterable[Finding]) -> dict[str, Any]:
    """The details of the event: how many findings of each code were accepted."""
    counts = Counter(finding.code.value for finding in accepted)
    return {"acceptedFindings": dict(sorted(counts.items()))} if counts else {}


def _accepted(accepted: Iterable[Finding]) -> Iterable[str]:
    by_code: dict[FindingCode, list[Finding]] = {}
    for finding in accepted:
        by_code.setdefault(finding.code, []).append(finding)
    for code, findings in sorted(by_code.items()):
        told = "; ".join(finding.message for finding in findings[:_EXAMPLES])
        if len(findings) > _EXAMPLES:
            told = f"{code} was accepted of {counted(len(findings), 'server')}, such as: {told}"
        yield shortened_to_bytes(told, _ACCEPTED_BYTES)
