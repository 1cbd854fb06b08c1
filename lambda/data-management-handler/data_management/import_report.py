"""What an import did, or would do: the same report for both."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from shared.errors import DrsOrchestrationError
from shared.models.base import Model
from shared.models.violation import Violation

CASCADE_FAILURE = "CASCADE_FAILURE"


class Kind(StrEnum):
    """What a document holds."""

    PROTECTION_GROUP = "protectionGroup"
    RECOVERY_PLAN = "recoveryPlan"


class Reason(Model):
    """Why something failed: the JSON path in the document, words, and a code."""

    field: str
    reason: str
    code: str


class ImportedItem(Model):
    """Something that was created or skipped; `id` is absent from a dry run of what does not exist yet."""

    kind: Kind
    name: str
    path: str
    id: str | None = None


class FailedItem(Model):
    """Something that was not imported, and every reason."""

    kind: Kind
    name: str
    path: str
    code: str
    reasons: tuple[Reason, ...]


class Counts(Model):
    """How many of a kind ended how."""

    created: int = 0
    updated: int = 0
    skipped: int = 0
    failed: int = 0


class ImportSummary(Counts):
    """The totals, and the same by kind."""

    protection_groups: Counts
    recovery_plans: Counts


class ImportReport(Model):
    """Everything of the document, each thing once."""

    dry_run: bool
    summary: ImportSummary
    created: tuple[ImportedItem, ...] = ()
    updated: tuple[ImportedItem, ...] = ()
    skipped: tuple[ImportedItem, ...] = ()
    failed: tuple[FailedItem, ...] = ()


def failed_item(kind: Kind, name: str, path: str, violations: Iterable[Violation], code: str) -> FailedItem:
    """A failure for broken rules; the violations' paths are those of the whole document already."""
    reasons = tuple(Reason(field=each.field, reason=each.reason, code=each.code) for each in violations)
    return FailedItem(kind=kind, name=name, path=path, code=code, reasons=reasons)


def refused_item(kind: Kind, name: str, path: str, error: DrsOrchestrationError) -> FailedItem:
    """A failure because the world refused."""
    fields = error.details.get("fields") or [
        {"field": "", "reason": error.message, "code": str(error.details.get("reason") or error.code.value)}
    ]
    violations = (Violation(each["field"], each["reason"], each["code"]).under(path) for each in fields)
    return failed_item(kind, name, path, violations, error.code.value)


def report_of(
    *,
    dry_run: bool,
    created: tuple[ImportedItem, ...],
    skipped: tuple[ImportedItem, ...],
    failed: tuple[FailedItem, ...],
) -> ImportReport:
    """The report with its counts; what a rehearsal seemed to create has no id."""
    created = tuple(item.model_copy(update={"id": None}) for item in created) if dry_run else created
    counted = Counter((item.kind, "created") for item in created)
    counted.update((item.kind, "skipped") for item in skipped)
    counted.update((item.kind, "failed") for item in failed)

    def counts(kind: Kind) -> Counts:
        return Counts(
            created=counted[kind, "created"], skipped=counted[kind, "skipped"], failed=counted[kind, "failed"]
        )

    return ImportReport(
        dry_run=dry_run,
        summary=ImportSummary(
            created=len(created),
            skipped=len(skipped),
            failed=len(failed),
            protection_groups=counts(Kind.PROTECTION_GROUP),
            recovery_plans=counts(Kind.RECOVERY_PLAN),
        ),
        created=created,
        skipped=skipped,
        failed=failed,
    )
