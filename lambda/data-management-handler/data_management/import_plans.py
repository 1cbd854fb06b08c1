"""The plans of a document, one after the other: skipped, created, failed, or failed with a group of theirs."""

from data_management.app import ConfigurationApp
from data_management.create_recovery_plan import new_plan
from data_management.import_groups import Imported
from data_management.import_reading import ReadDocument, ReadPlan
from data_management.import_report import (
    CASCADE_FAILURE,
    FailedItem,
    ImportedItem,
    Kind,
    failed_item,
    refused_item,
)
from data_management.saving_plans import store_new_plan
from shared.errors import ConflictError, ErrorCode, QuotaExceededError, ValidationError
from shared.ids import new_ulid
from shared.models.violation import Violation
from shared.operations import Context

_KIND = Kind.RECOVERY_PLAN


def import_plans(document: ReadDocument, groups: Imported, context: Context[ConfigurationApp]) -> Imported:
    """Create the plans whose names are new and whose groups exist."""
    created, skipped, failed = [], [], []
    for item in document.plans:
        if item.existing is not None:
            skipped.append(ImportedItem(kind=_KIND, name=item.name, path=item.path, id=item.existing.plan_id))
            continue
        plan_id = new_ulid(context.app.clock.now())
        failure = _create(item, plan_id, groups.failed_ids, context)
        if failure is not None:
            failed.append(failure)
        else:
            created.append(ImportedItem(kind=_KIND, name=item.name, path=item.path, id=plan_id))
    return Imported(tuple(created), tuple(skipped), tuple(failed))


def _create(
    item: ReadPlan, plan_id: str, failed_ids: frozenset[str], context: Context[ConfigurationApp]
) -> FailedItem | None:
    cascade = _lost_groups(item, failed_ids)
    if item.fields is None or item.unresolved or cascade:
        code = ErrorCode.VALIDATION_ERROR.value if item.unresolved else CASCADE_FAILURE
        return failed_item(_KIND, item.name, item.path, (*item.unresolved, *cascade), code)
    try:
        store_new_plan(new_plan(item.fields, plan_id, context), context.app)
    except (ValidationError, ConflictError, QuotaExceededError) as error:
        return refused_item(_KIND, item.name, item.path, error)
    return None


def _lost_groups(item: ReadPlan, failed_ids: frozenset[str]) -> list[Violation]:
    return [
        Violation(item.reference_path(position, entry), "the group it names failed to import", CASCADE_FAILURE)
        for position, wave in enumerate(item.fields.waves if item.fields else ())
        for entry, group_id in enumerate(wave.protection_group_ids)
        if group_id in failed_ids
    ]
