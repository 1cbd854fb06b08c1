"""POST /config/import: groups first, then plans; a dry run is the same on tables that only seem to be written to.

A document that breaks a rule by itself is refused whole. What depends on the world, or on mappings, is answered per
group and plan in the report.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import pydantic

from data_management.app import ConfigurationApp
from data_management.import_document import ImportConfiguration, OnConflict, check_size, check_version
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

_TRANSLATING: Final = frozenset({"mappings", "document", "protectionGroups"})
"""Where a reference may yet be resolved by."""


def judge_import(
    fields: Mapping[str, Any], refused: frozenset[str], context: Context[ConfigurationApp]
) -> Iterator[Violation]:
    """What is wrong with the version and the content of a document in whose request something else is refused.

    Whatever the refused fields may yet change is not told: what `mappings` translate, and what exists and is updated.
    """
    try:
        request = read_strictly(ImportConfiguration, fields)
    except pydantic.ValidationError:
        # there are two documents, which has been said
        return
    if not refused & {"document", "schemaVersion", "metadata"}:
        yield from check_version(request)
    if "onConflict" in refused or any(check_size(request)):
        return
    for violation in read_document(request, context.app).violations:
        if violation.code != UNRESOLVED or not refused & _TRANSLATING:
            yield violation


@operation(
    "import_configuration",
    http="POST /config/import",
    permission=Permission.IMPORT_CONFIGURATION,
    raises=(ErrorCode.CONFLICT_ERROR,),
    judge=judge_import,
)
def import_configuration(request: ImportConfiguration, context: Context[ConfigurationApp]) -> ImportReport:
    """Create the document's groups and plans, skip or change those that exist, and report on every one."""
    refuse(check_size(request))
    if request.dry_run:
        return _import(request, replace(context, app=context.app.rehearsal()))
    if request.client_token is None:
        return _import(request, context)
    return import_once(request.client_token, request, context.app, lambda: _import(request, context))


def _import(request: ImportConfiguration, context: Context[ConfigurationApp]) -> ImportReport:
    document = read_document(request, context.app)
    refuse((*check_version(request), *document.violations))
    updates = request.on_conflict is OnConflict.UPDATE
    groups = import_groups(document, context, updates=updates)
    plans = import_plans(document, groups, context, updates=updates)
    partial = request.configuration.next_token is not None
    return report_of(groups, plans, dry_run=request.dry_run, partial=partial, unused_mappings=document.unmet)
