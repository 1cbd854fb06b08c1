"""The first line of an execution's timeline: who started what, why, and what was accepted, in a bounded text."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from shared.engine.texts import counted, shortened_to_bytes
from shared.models.base import format_instant
from shared.models.execution import ExecutionHeader
from shared.models.finding import Finding, FindingCode

_STARTED_BYTES: Final = 1_200
_OVERRIDE_BYTES: Final = 400
_ACCEPTED_BYTES: Final = 600
"""For all codes that were accepted: with its actor and the count of each code the event stays under 4 KB."""

_EXAMPLES: Final = 3
"""So many findings of a code are told in words; every server keeps its own."""


def beginning(header: ExecutionHeader, accepted: Iterable[Finding], codes: Sequence[str] = ()) -> str:
    """The sentence; the reason in full is the header's, what was accepted of a server is the server's.

    `codes` are those of which everything is accepted, whenever it is found.
    """
    because = f": {header.reason}" if header.reason else ""
    kind = header.execution_type.capitalize()
    instant = header.point_in_time
    to = f" to the point in time {format_instant(instant)}" if instant else ""
    started = f"{kind} of {header.plan_name}{to} started by {header.initiated_by}{because}"
    override = f"in spite of what was found, because {header.override_reason}" if header.override_reason else ""
    overridden = [shortened_to_bytes(override, _OVERRIDE_BYTES)] if override else []
    held = [f"whatever is found later of {', '.join(codes)} is accepted"] if codes else []
    return "; ".join((shortened_to_bytes(started, _STARTED_BYTES), *overridden, *held, *_accepted(_by_code(accepted))))


def accepted_counts(accepted: Iterable[Finding], codes: Sequence[str] = ()) -> dict[str, Any]:
    """The details of the event: of how many servers each code was accepted, or how often if it is about none."""
    counts = {code.value: _servers(findings) or len(findings) for code, findings in _by_code(accepted).items()}
    told = {"acceptedFindings": counts, "acceptedCodes": list(codes)}
    return {name: value for name, value in told.items() if value}


def _by_code(accepted: Iterable[Finding]) -> dict[FindingCode, list[Finding]]:
    by_code: dict[FindingCode, list[Finding]] = {}
    for finding in accepted:
        by_code.setdefault(finding.code, []).append(finding)
    return dict(sorted(by_code.items()))


def _servers(findings: Iterable[Finding]) -> int:
    """Of how many servers they are."""
    return len({(each.account_id, each.region, server_id) for each in findings for server_id in each.server_ids})


def _accepted(by_code: dict[FindingCode, list[Finding]]) -> Iterator[str]:
    for code, findings in by_code.items():
        yield shortened_to_bytes(_told(code, findings), _ACCEPTED_BYTES // len(by_code))


def _told(code: FindingCode, findings: Sequence[Finding]) -> str:
    words = "; ".join(finding.message for finding in findings[:_EXAMPLES])
    if len(findings) <= _EXAMPLES:
        return words
    servers = _servers(findings)
    whose = f"of {counted(servers, 'server')}" if servers else f"{len(findings)} times"
    return f"{code} was accepted {whose}, such as: {words}"
