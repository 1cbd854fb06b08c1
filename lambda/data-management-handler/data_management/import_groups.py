"""The groups of a document, one after the other: skipped, created, updated or failed."""

from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

from data_management.app import ConfigurationApp
from data_management.create_protection_group import new_group
from data_management.group_checks import FindServers, drs_servers
from data_management.import_content import ReadDocument, ReadGroup
from data_management.import_report import FailedItem, Imported, ImportedItem, Kind, failed_item, not_tried
from data_management.import_trying import tried
from data_management.saving_groups import change_group, store_new_group
from shared.aws.calls import ENDPOINT_UNREACHABLE
from shared.errors import CrossAccountError, DrsServiceError, ErrorCode
from shared.models.targets import Target
from shared.operations import Context
from shared.patience import is_out_of_patience, part_of_patience
from shared.services.reachability import PLACES_AT_ONCE, Silence, ask_everywhere

_KIND = Kind.PROTECTION_GROUP

_Answer: TypeAlias = Collection[str] | CrossAccountError | DrsServiceError


def import_groups(document: ReadDocument, context: Context[ConfigurationApp], *, updates: bool) -> Imported:
    """Create the groups whose names are new and, if it `updates`, change those that exist to what the document says."""
    find_servers = _servers_of(document, context.app, updates=updates)
    imported = Imported()
    for item in document.groups:
        if item.existing is not None and (not updates or item.is_as_it_was):
            imported.skipped.append(_named(item))
            continue
        failure = _import(item, context, find_servers)
        if failure is not None:
            imported.failed.append(failure)
            imported.failed_ids.add(item.group_id)
        elif item.existing is not None:
            imported.updated.append(_named(item))
        else:
            imported.created.append(_named(item))
    return imported


def _named(item: ReadGroup) -> ImportedItem:
    return ImportedItem(kind=_KIND, name=item.name, path=item.path, id=item.group_id)


def _import(item: ReadGroup, context: Context[ConfigurationApp], find_servers: FindServers) -> FailedItem | None:
    if is_out_of_patience():
        return not_tried(_KIND, item.name, item.path)
    if item.unresolved or item.fields is None:
        return failed_item(_KIND, item.name, item.path, item.unresolved, ErrorCode.VALIDATION_ERROR.value)
    fields = item.fields

    def store() -> None:
        if item.existing is not None:
            change_group(item.existing, fields, context, find_servers)
        else:
            store_new_group(new_group(fields, item.group_id, context), context.app, find_servers)

    return tried(store, _KIND, item.name, item.path, context)


def _servers_of(document: ReadDocument, app: ConfigurationApp, *, updates: bool) -> FindServers:
    """Asks DRS once per account and region, for all servers that the document names there, everywhere at once.

    Whoever is silent costs half of the time at most, and the groups of the others have the rest.
    """
    wanted: dict[Target, set[str]] = {}
    for item in document.groups:
        if item.fields and item.target and (updates or not item.existing) and not item.unresolved:
            wanted.setdefault(item.target, set()).update(item.fields.source_server_ids)
    answers: dict[Target, _Answer] = {}

    def find(target: Target, ids: Sequence[str]) -> Collection[str]:
        if target not in answers:
            wanted.setdefault(target, set()).update(ids)
            unasked = {each: named for each, named in wanted.items() if named and each not in answers}
            answers.update(_known_servers(unasked, app))
        answer = answers[target]
        if isinstance(answer, CrossAccountError | DrsServiceError):
            raise answer
        return answer

    return find


def _known_servers(wanted: Mapping[Target, Collection[str]], app: ConfigurationApp) -> Mapping[Target, _Answer]:
    find_servers = drs_servers(app)

    def ask(target: Target) -> _Answer:
        try:
            return find_servers(target, sorted(wanted[target]))
        except (CrossAccountError, DrsServiceError) as error:
            return error

    return ask_everywhere(wanted, ask, _silent, workers=PLACES_AT_ONCE, patience=part_of_patience(is_last=False))


def _silent(silence: Silence) -> DrsServiceError:
    return DrsServiceError(
        silence.finding.message,
        drsCode=ENDPOINT_UNREACHABLE,
        accountId=silence.target.account_id,
        region=silence.target.region,
    )
