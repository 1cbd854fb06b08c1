"""The groups of a document, one after the other: skipped, created or failed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from data_management.app import ConfigurationApp
from data_management.create_protection_group import new_group
from data_management.group_checks import FindServers, drs_servers
from data_management.import_reading import ReadDocument, ReadGroup
from data_management.import_report import FailedItem, ImportedItem, Kind, failed_item, refused_item
from data_management.saving_groups import store_new_group
from shared.errors import ConflictError, CrossAccountError, DrsServiceError, ErrorCode, ValidationError
from shared.models.targets import Target
from shared.operations import Context

_KIND = Kind.PROTECTION_GROUP


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of the groups, or of the plans; `failed_ids` are those of groups that do not exist now."""

    created: tuple[ImportedItem, ...]
    skipped: tuple[ImportedItem, ...]
    failed: tuple[FailedItem, ...]
    failed_ids: frozenset[str] = frozenset()


def import_groups(document: ReadDocument, context: Context[ConfigurationApp]) -> Imported:
    """Create the groups whose names are new."""
    find_servers = _servers_of(document, context.app)
    created, skipped, failed, failed_ids = [], [], [], set()
    for item in document.groups:
        if item.existing is not None:
            skipped.append(ImportedItem(kind=_KIND, name=item.name, path=item.path, id=item.group_id))
            continue
        failure = _create(item, context, find_servers)
        if failure is not None:
            failed.append(failure)
            failed_ids.add(item.group_id)
        else:
            created.append(ImportedItem(kind=_KIND, name=item.name, path=item.path, id=item.group_id))
    return Imported(tuple(created), tuple(skipped), tuple(failed), frozenset(failed_ids))


def _create(item: ReadGroup, context: Context[ConfigurationApp], find_servers: FindServers) -> FailedItem | None:
    if item.unresolved or item.fields is None:
        return failed_item(_KIND, item.name, item.path, item.unresolved, ErrorCode.VALIDATION_ERROR.value)
    try:
        store_new_group(new_group(item.fields, item.group_id, context), context.app, find_servers)
    except (ValidationError, ConflictError, DrsServiceError, CrossAccountError) as error:
        return refused_item(_KIND, item.name, item.path, error)
    return None


def _servers_of(document: ReadDocument, app: ConfigurationApp) -> FindServers:
    """Asks DRS once per account and region, for all servers that the document names there."""
    wanted: dict[Target, set[str]] = {}
    for item in document.groups:
        if item.fields and not item.existing and not item.unresolved:
            target = Target(account_id=item.fields.account_id, region=item.fields.region)
            wanted.setdefault(target, set()).update(item.fields.source_server_ids)
    ask = drs_servers(app)
    answers: dict[Target, Collection[str] | CrossAccountError | DrsServiceError] = {}

    def find(target: Target, ids: Sequence[str]) -> Collection[str]:
        if target not in answers:
            try:
                answers[target] = ask(target, sorted(wanted[target].union(ids)))
            except (CrossAccountError, DrsServiceError) as error:
                answers[target] = error
        answer = answers[target]
        if isinstance(answer, CrossAccountError | DrsServiceError):
            raise answer
        return answer

    return find
