"""POST /config/import: groups first, then plans; a dry run is the same on tables that only seem to be written to.

A document that breaks a rule by itself is refused whole. What depends on the world, or on mappings, is answered per
group and plan in the report.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from data_management.app import ConfigurationApp
from data_management.import_document import (
    ImportConfiguration,
    OnConflict,
    check_one_document,
    check_size,
    check_version,
)
from data_management.import_groups import import_groups
from data_management.import_mapping import UNRESOLVED
from data_management.import_once import import_once
from data_management.import_plans import import_plans
from data_management.import_reading import read_document
from data_management.import_report import ImportReport, report_of
from shared.errors import ErrorCode
from shared.models.base import read_strictly
from shared.models.violation import Violation, refuse
from shared.operations import Context, operation
from shared.roles import Permission
from shared.well_formed import RestsOn, well_formed

_VERSION: Final = ("schemaVersion", "metadata.schemaVersion", "metadata.version")
_VERSIONS: Final = ("document", *_VERSION, *(f"document.{path}" for path in _VERSION))
VERSIONS_REST_ON: Final[RestsOn] = MappingProxyType(
    dict.fromkeys(("REQUIRED", "UNKNOWN_VERSION", "AMBIGUOUS"), _VERSIONS)
)
_TRANSLATED: Final = (
    "SERVER_IN_TWO_GROUPS",
    "TAG_CONFLICT",
    "DUPLICATE_GROUP",
    "GROUP_IN_TWO_WAVES",
    "AMBIGUOUS_ALARM",
)
DOCUMENTS_REST_ON: Final[RestsOn] = MappingProxyType(
    {
        UNRESOLVED: ("mappings…", "document", "protectionGroups[*]", "document.protectionGroups[*]"),
        **dict.fromkeys(_TRANSLATED, ("mappings…",)),
    }
)


def judge_import(fields: Mapping[str, Any], context: Context[ConfigurationApp]) -> Iterator[Violation]:
    """What is wrong with the version and the content of a document in whose request something else is refused.

    Whatever the refused fields may yet change is not told: what `mappings` translate, and what exists and is updated.
    """
    well = well_formed(partial(read_strictly, ImportConfiguration), fields, {})
    if well is None:
        return
    yield from well.refused
    yield from check_one_document(well.read, fields)
    yield from well.certain(check_version(well.read), VERSIONS_REST_ON)
    too_large = tuple(check_size(well.read))
    yield from too_large
    if not too_large:
        ways = [well.read.on_conflict] if not well.lacks("onConflict") else list(OnConflict)
        yield from well.certain(_wrong_each_way(well.read, ways, context.app), DOCUMENTS_REST_ON)


def _wrong_each_way(
    request: ImportConfiguration, ways: Sequence[OnConflict], app: ConfigurationApp
) -> Iterator[Violation]:
    """What is wrong with the document whichever of these happens to what exists already."""
    first, *others = (read_document(request.model_copy(update={"on_conflict": way}), app).violations for way in ways)
    agreed = [{(each.field, each.code) for each in other} for other in others]
    yield from (each for each in first if all((each.field, each.code) in other for other in agreed))


@operation(
    "import_configuration",
    http="POST /config/import",
    permission=Permission.IMPORT_CONFIGURATION,
    raises=(ErrorCode.CONFLICT_ERROR,),
    judge=judge_import,
)
def import_configuration(request: ImportConfiguration, context: Context[ConfigurationApp]) -> ImportReport:
    """Create the document's groups and plans, skip or change those that exist, and report on every one."""
    too_large = tuple(check_size(request))
    if too_large:
        refuse((*_check_request(request), *too_large))
    if request.dry_run:
        return _import(request, replace(context, app=context.app.rehearsal()))
    if request.client_token is None:
        return _import(request, context)
    return import_once(request.client_token, request, context.app, lambda: _import(request, context))


def _check_request(request: ImportConfiguration) -> Iterator[Violation]:
    yield from check_one_document(request, request.given)
    yield from check_version(request)


def _import(request: ImportConfiguration, context: Context[ConfigurationApp]) -> ImportReport:
    document = read_document(request, context.app)
    refuse((*_check_request(request), *document.violations))
    updates = request.on_conflict is OnConflict.UPDATE
    groups = import_groups(document, context, updates=updates)
    plans = import_plans(document, groups, context, updates=updates)
    partial = request.configuration.next_token is not None
    return report_of(groups, plans, dry_run=request.dry_run, partial=partial, unused_mappings=document.unmet)
