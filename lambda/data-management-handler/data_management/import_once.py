"""An import with a client token: repeated within a day it answers what the first one did, and does nothing."""

import hashlib
import json
from collections.abc import Callable
from typing import Final

from data_management.app import ConfigurationApp
from data_management.import_document import ImportConfiguration
from data_management.import_report import ImportReport
from shared.errors import ConflictError, ConflictReason, ErrorCode, ValidationError
from shared.stores.idempotency import Claim

SCOPE: Final = "import_configuration"

_TO_BE_TRIED_AGAIN: Final = (ErrorCode.THROTTLED, ErrorCode.INTERNAL_ERROR)


def import_once(
    token: str, request: ImportConfiguration, app: ConfigurationApp, run: Callable[[], ImportReport]
) -> ImportReport:
    """The report of the first import with this token, or of this one if there was none.

    One that met a busy table, ran out of time, or met an error that nobody foresaw is not kept: with the same token it
    goes on.
    ConflictError if the token belongs to another request, ThrottledError while the first import is under way.
    """
    claim = Claim(SCOPE, token, _fingerprint(request))
    try:
        first = app.repeats.claim_idempotency(claim, app.clock.now())
    except ValidationError as error:
        raise ConflictError(error.message, reason=ConflictReason.IN_USE, field="clientToken") from error
    if first is not None:
        return ImportReport.model_validate(first)
    try:
        report = run()
    except Exception:
        # Broad, and raised again: whatever stopped the import, the token must not stay taken for it.
        app.repeats.drop_idempotency_claim(claim)
        raise
    if any(item.code in _TO_BE_TRIED_AGAIN for item in report.failed):
        app.repeats.release_idempotency_claim(claim)
    else:
        app.repeats.put_idempotency_result(claim, report.wire())
    return report


def _fingerprint(request: ImportConfiguration) -> str:
    """The same for the same request, whatever its client token."""
    meaning = request.model_dump(mode="json", exclude={"client_token", "dry_run"})
    return hashlib.sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()
