"""The groups of a document, one after the other: skipped, created, updated or failed."""

from data_management.app import ConfigurationApp
from data_management.create_protection_group import new_group
from data_management.group_checks import GroupWorld, strangers
from data_management.import_content import ReadDocument, ReadGroup
from data_management.import_report import (
    FailedItem,
    Imported,
    ImportedItem,
    Kind,
    failed_item,
    not_tried,
    warned_item,
)
from data_management.import_trying import tried
from data_management.import_world import world_of_document
from data_management.saving_groups import change_group, store_new_group
from shared.errors import ErrorCode
from shared.operations import Context
from shared.patience import is_out_of_patience

_KIND = Kind.PROTECTION_GROUP


def import_groups(document: ReadDocument, context: Context[ConfigurationApp], *, updates: bool) -> Imported:
    """Create the groups whose names are new and, if it `updates`, change those that exist to what the document says."""
    world = world_of_document(document, context.app, updates=updates)
    imported = Imported()
    for item in document.groups:
        if item.existing is not None and (not updates or item.is_as_it_was):
            imported.skipped.append(_named(item))
            continue
        failure = _import(item, context, world)
        if failure is not None:
            imported.failed.append(failure)
            imported.failed_ids.add(item.group_id)
        elif item.existing is not None:
            imported.updated.append(_warned(item, world))
        else:
            imported.created.append(_warned(item, world))
    return imported


def _named(item: ReadGroup) -> ImportedItem:
    return ImportedItem(kind=_KIND, name=item.name, path=item.path, id=item.group_id)


def _warned(item: ReadGroup, world: GroupWorld) -> ImportedItem:
    """With what is told of a group that was stored; its servers were asked about for that."""
    strange = () if item.fields is None else strangers(item.fields, item.existing, world.find_servers)
    return warned_item(_named(item), (violation.under(item.path) for violation in strange))


def _import(item: ReadGroup, context: Context[ConfigurationApp], world: GroupWorld) -> FailedItem | None:
    if is_out_of_patience():
        return not_tried(_KIND, item.name, item.path)
    if item.unresolved or item.fields is None:
        return failed_item(_KIND, item.name, item.path, item.unresolved, ErrorCode.VALIDATION_ERROR.value)
    fields = item.fields

    def store() -> None:
        if item.existing is not None:
            change_group(item.existing, fields, context, world)
        else:
            store_new_group(new_group(fields, item.group_id, context), context, world)

    return tried(store, _KIND, item.name, item.path, context)
