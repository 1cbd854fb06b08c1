"""ERROR_CODES.md: every code that a caller may meet, in the words of `prose`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from shared.errors import ConflictReason, CrossAccountError, DrsOrchestrationError, DrsServiceError, ErrorCode
from shared.models.finding import FindingCode, FindingReason
from shared.response_utils import STATUSES
from tools.contract.errors import error_classes
from tools.contract.examples import ERRORS
from tools.contract.markdown import code, generated, table
from tools.contract.prose import paragraphs as words
from tools.contract.prose.codes import CODES
from tools.contract.prose.conflicts import CONFLICTS, INVALID_STATES
from tools.contract.prose.field_codes import FIELD_CODES
from tools.contract.prose.findings import FINDINGS, REASONS

PATH: Final = "docs/troubleshooting/ERROR_CODES.md"


def text() -> str:
    """The document; KeyError if a code has no words."""
    return generated(
        "# Error codes",
        "A refused call answers this object instead of its result, whatever the operation and the door:",
        f"```json\n{json.dumps(ERRORS[ErrorCode.CONFLICT_ERROR], indent=2)}\n```",
        words.ENVELOPE,
        "## Codes",
        table(("code", "means", "`details`", "do", "HTTP", "retryable"), _codes()),
        words.DRS_CODES,
        "## Conflicts",
        table(("reason", "means"), ((code(reason), CONFLICTS[reason]) for reason in ConflictReason)),
        "### INVALID_STATE",
        words.STATES,
        table(("refused because", "further `details`", "do"), INVALID_STATES),
        words.TOO_LATE,
        "## Findings",
        words.FINDINGS,
        table(
            ("finding", "outcome at worst", "means"),
            ((code(found), FINDINGS[found].outcome.value, FINDINGS[found].means) for found in FindingCode),
        ),
        table(("reason of a finding", "means"), ((code(each), REASONS[each]) for each in FindingReason)),
        words.ONLY_HELD,
        "## Field codes",
        table(("code", "means"), ((code(each), means) for each, means in sorted(FIELD_CODES.items()))),
    )


_DEPENDS: Final[Mapping[type[DrsOrchestrationError], str]] = {
    DrsServiceError: "as DRS says",
    CrossAccountError: "if STS gave no answer",
}


def _codes() -> Iterable[Sequence[str]]:
    classes = error_classes()
    for each in ErrorCode:
        said, kind = CODES[each], classes[each]
        retryable = _DEPENDS.get(kind) or ("yes" if kind.retryable else "no")
        yield code(each), said.means, said.details, said.do, str(STATUSES[each].value), retryable
