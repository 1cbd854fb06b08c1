"""The plans of a document, one after the other: skipped, created, failed, or failed with a group of theirs."""

from collections.abc import Sequence, Set
from datetime import datetime

from data_management.app import ConfigurationApp
from data_management.create_recovery_plan import new_plan
from data_management.import_content import ReadDocument, ReadPlan
from data_management.import_report import (
    CASCADE_FAILURE,
    FailedItem,
    Imported,
    ImportedItem,
    Kind,
    failed_item,
    not_tried,
)
from data_management.import_trying import tried
from data_management.requests import paths_as_written
from data_management.saving_plans import change_plan, store_new_plan
from shared.errors import ErrorCode
from shared.ids import new_ulid
from shared.models.violation import Violation
from shared.operations import Context
from shared.patience import is_out_of_patience

_KIND = Kind.RECOVERY_PLAN


def import_plans(
    document: ReadDocument, groups: Imported, context: Context[ConfigurationApp], *, updates: bool
) -> Imported:
    """Create the plans whose names are new and, if it `updates`, change those that exist; not without their groups."""
    imported = Imported()
    ids = _ids(document, context.app.clock.now())
    with context.app.mails.ahead(_new_addresses(document, ids, groups.failed_ids)):
        for item, plan_id in zip(document.plans, ids, strict=True):
            named = ImportedItem(kind=_KIND, name=item.name, path=item.path, id=plan_id)
            is_sound = item.is_as_it_was and not _lost_groups(item, groups.failed_ids)
            if item.existing is not None and (not updates or is_sound):
                imported.skipped.append(named)
                continue
            failure = _import(item, plan_id, groups.failed_ids, context)
            if failure is not None:
                imported.failed.append(failure)
            elif item.existing is not None:
                imported.updated.append(named)
            else:
                imported.created.append(named)
    return imported


def _ids(document: ReadDocument, now: datetime) -> list[str]:
    """The id of each plan; those of new ones sort as the document has them, as if made one after the other."""
    fresh = iter(sorted(new_ulid(now) for item in document.plans if item.existing is None))
    return [item.existing.plan_id if item.existing is not None else next(fresh) for item in document.plans]


def _new_addresses(document: ReadDocument, ids: Sequence[str], failed_ids: Set[str]) -> dict[str, str | None]:
    """The addresses of the plans that will be made, in order."""
    return {
        plan_id: item.fields.notification_email
        for item, plan_id in zip(document.plans, ids, strict=True)
        if item.existing is None and item.fields and not item.unresolved and not _lost_groups(item, failed_ids)
    }


def _import(
    item: ReadPlan, plan_id: str, failed_ids: Set[str], context: Context[ConfigurationApp]
) -> FailedItem | None:
    if is_out_of_patience():
        return not_tried(_KIND, item.name, item.path)
    cascade = _lost_groups(item, failed_ids)
    if item.fields is None or item.unresolved or cascade:
        code = ErrorCode.VALIDATION_ERROR.value if item.unresolved else CASCADE_FAILURE
        return failed_item(_KIND, item.name, item.path, (*item.unresolved, *cascade), code)
    fields = item.fields

    def store() -> None:
        with paths_as_written(item.waves):
            if item.existing is not None:
                change_plan(item.existing, fields, context)
            else:
                store_new_plan(new_plan(fields, plan_id, context), context.app)

    return tried(store, _KIND, item.name, item.path, context)


def _lost_groups(item: ReadPlan, failed_ids: Set[str]) -> list[Violation]:
    return [
        Violation(item.reference_path(position, entry), "the group it names failed to import", CASCADE_FAILURE)
        for position, wave in enumerate(item.fields.waves if item.fields and item.mentions_waves else ())
        for entry, group_id in enumerate(wave.protection_group_ids)
        if group_id in failed_ids
    ]
