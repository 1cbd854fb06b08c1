"""What an import did, or would do: the same report for both."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Final

from shared.errors import (
    LONGEST_PATH,
    LONGEST_REASON,
    MOST_FIELDS,
    ConflictError,
    CrossAccountError,
    DrsOrchestrationError,
    DrsServiceError,
    ErrorCode,
    NotFoundError,
    QuotaExceededError,
    ThrottledError,
    ValidationError,
    shortened,
)
from shared.models.base import Model
from shared.models.violation import Violation
from shared.stores.owned_rows import NothingStoredError

CASCADE_FAILURE = "CASCADE_FAILURE"
NOT_TRIED = "NOT_TRIED"

REASON_BYTES: Final = 1024 * 1024
"""Of all reasons and warnings, as JSON: with MOST_ITEMS items a report stays below the 6 MB that Lambda lets out."""

OF_ONE_ITEM: Final = (
    ValidationError,
    ConflictError,
    NotFoundError,
    QuotaExceededError,
    ThrottledError,
    DrsServiceError,
    CrossAccountError,
)
"""What a report says of the item that it befell, and goes on with the next: an import that broke off half way would
leave what it stored untold."""


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
    """Something that was created, updated or skipped; `id` is absent from a dry run of what does not exist yet.

    `warnings` are what was stored and holds for nobody now: settings for servers that the tags of their group do not
    select. `more_warnings` counts those that are not told.
    """

    kind: Kind
    name: str
    path: str
    id: str | None = None
    warnings: tuple[Reason, ...] = ()
    more_warnings: int | None = None


class FailedItem(Model):
    """Something that was not imported, and why; `more_reasons` counts those that are not told."""

    kind: Kind
    name: str
    path: str
    code: str
    reasons: tuple[Reason, ...]
    more_reasons: int | None = None

    @property
    def reason_count(self) -> int:
        """How many there are in all."""
        return len(self.reasons) + (self.more_reasons or 0)


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
    """Everything of the document, each thing once; `partial` if it was one page of an export that goes on.

    The next page is what `export_configuration` answers for the document's `nextToken`. `unused_mappings` are the
    paths of mappings that met nothing in the document, at most a hundred, and `more_unused_mappings` counts the others.
    """

    dry_run: bool
    partial: bool = False
    summary: ImportSummary
    created: tuple[ImportedItem, ...] = ()
    updated: tuple[ImportedItem, ...] = ()
    skipped: tuple[ImportedItem, ...] = ()
    failed: tuple[FailedItem, ...] = ()
    unused_mappings: tuple[str, ...] = ()
    more_unused_mappings: int | None = None

    @property
    def counts(self) -> dict[str, int]:
        """The totals, for the audit log."""
        return self.summary.model_dump(include=set(Counts.model_fields))

    @property
    def ids(self) -> dict[str, list[str]]:
        """Of everything that was written, for the audit log."""
        changed = {"createdIds": self.created, "updatedIds": self.updated}
        return {name: [item.id for item in items if item.id] for name, items in changed.items()}


def failed_item(
    kind: Kind, name: str, path: str, violations: Iterable[Violation], code: str, *, more: int = 0
) -> FailedItem:
    """A failure for broken rules; the violations' paths are those of the whole document already.

    The first MOST_FIELDS of them are told, the rest is counted, with as many `more` as are not among them.
    """
    reasons, left = _told(violations)
    return FailedItem(kind=kind, name=name, path=path, code=code, reasons=reasons, more_reasons=left + more or None)


def warned_item(item: ImportedItem, violations: Iterable[Violation]) -> ImportedItem:
    """The same item with what is told of it; the violations' paths are those of the whole document already."""
    warnings, more = _told(violations)
    return item.model_copy(update={"warnings": warnings, "more_warnings": more or None})


def _told(violations: Iterable[Violation]) -> tuple[tuple[Reason, ...], int]:
    """The first MOST_FIELDS of them, and how many others there are."""
    rest = iter(violations)
    reasons = tuple(
        Reason(field=shortened(each.field, LONGEST_PATH), reason=shortened(each.reason, LONGEST_REASON), code=each.code)
        for each in islice(rest, MOST_FIELDS)
    )
    return reasons, sum(1 for _ in rest)


def refused_item(kind: Kind, name: str, path: str, error: DrsOrchestrationError) -> FailedItem:
    """A failure because the world refused; of a write that may be stored all the same it says so."""
    unknown = isinstance(error, ThrottledError) and not isinstance(error, NothingStoredError)
    sentence = f"{error.message}; whether it was stored shows when it is imported again" if unknown else error.message
    fields = error.details.get("fields") or [
        {"field": "", "reason": sentence, "code": str(error.details.get("reason") or error.code.value)}
    ]
    violations = (Violation(each["field"], each["reason"], each["code"]).under(path) for each in fields)
    return failed_item(kind, name, path, violations, error.code.value, more=error.details.get("moreFields", 0))


def not_tried(kind: Kind, name: str, path: str) -> FailedItem:
    """A failure because the time of the call was over before it was this item's turn: nothing of it was touched."""
    reason = "the time of the call was over before it was tried; import the document again"
    return failed_item(kind, name, path, [Violation(path, reason, NOT_TRIED)], ErrorCode.THROTTLED.value)


@dataclass(slots=True)
class Imported:
    """What became of the groups, or of the plans; `failed_ids` are of groups that are not as the document says."""

    created: list[ImportedItem] = field(default_factory=list)
    updated: list[ImportedItem] = field(default_factory=list)
    skipped: list[ImportedItem] = field(default_factory=list)
    failed: list[FailedItem] = field(default_factory=list)
    failed_ids: set[str] = field(default_factory=set)

    @property
    def counts(self) -> Counts:
        """How many ended how."""
        return Counts(
            created=len(self.created), updated=len(self.updated), skipped=len(self.skipped), failed=len(self.failed)
        )


def report_of(
    groups: Imported, plans: Imported, *, dry_run: bool, partial: bool, unused_mappings: Sequence[str] = ()
) -> ImportReport:
    """The report with its counts; what a rehearsal seemed to create has no id."""
    room = _Room()
    failed = tuple(room.for_reasons((*groups.failed, *plans.failed)))
    created = tuple(room.for_warnings((*groups.created, *plans.created)))
    updated = tuple(room.for_warnings((*groups.updated, *plans.updated)))
    of_groups, of_plans = groups.counts, plans.counts
    return ImportReport(
        dry_run=dry_run,
        partial=partial,
        summary=ImportSummary(
            created=of_groups.created + of_plans.created,
            updated=of_groups.updated + of_plans.updated,
            skipped=of_groups.skipped + of_plans.skipped,
            failed=of_groups.failed + of_plans.failed,
            protection_groups=of_groups,
            recovery_plans=of_plans,
        ),
        created=tuple(item.model_copy(update={"id": None}) for item in created) if dry_run else created,
        updated=updated,
        skipped=(*groups.skipped, *plans.skipped),
        failed=failed,
        unused_mappings=tuple(shortened(path, LONGEST_PATH) for path in unused_mappings[:MOST_FIELDS]),
        more_unused_mappings=max(0, len(unused_mappings) - MOST_FIELDS) or None,
    )


@dataclass(slots=True)
class _Room:
    """For the reasons and warnings of all items together: first come, first served."""

    left: int = REASON_BYTES

    def for_reasons(self, items: Iterable[FailedItem]) -> Iterator[FailedItem]:
        """The items with as many of their reasons as there is room for."""
        for item in items:
            told = self._taken(item.reasons)
            more = item.reason_count - len(told)
            yield item.model_copy(update={"reasons": told, "more_reasons": more or None})

    def for_warnings(self, items: Iterable[ImportedItem]) -> Iterator[ImportedItem]:
        """The items with as many of their warnings as there is room for."""
        for item in items:
            told = self._taken(item.warnings)
            more = len(item.warnings) - len(told) + (item.more_warnings or 0)
            yield item.model_copy(update={"warnings": told, "more_warnings": more or None})

    def _taken(self, reasons: Iterable[Reason]) -> tuple[Reason, ...]:
        told = list[Reason]()
        for reason in reasons:
            self.left -= reason.json_bytes
            if self.left < 0:
                break
            told.append(reason)
        return tuple(told)
