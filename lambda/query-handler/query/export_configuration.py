"""GET /config/export."""

from typing import Any, Protocol

from query.exporting import ITEMS, ExportPosition, Sheet, fill
from shared.clock import Clock
from shared.models.base import Instant, Model
from shared.models.configuration_document import SCHEMA_VERSIONS
from shared.models.targets import AccountId, Region
from shared.operations import Context, operation
from shared.roles import Permission
from shared.services.configuration_reads import ConfigurationReads
from shared.services.judging import judge_by, raised_by
from shared.services.request_fields import Limit, NextToken


class ExportApp(ConfigurationReads, Protocol):
    """What an export needs of the function."""

    @property
    def clock(self) -> Clock:
        """The time."""
        ...

    @property
    def hub_account_id(self) -> str:
        """The account that this system runs in."""
        ...

    @property
    def region(self) -> str:
        """The region that this system runs in."""
        ...


class ExportConfiguration(Model):
    """How many groups and plans a document may have; without `limit` as many as one import can be expected to store."""

    limit: Limit | None = None
    next_token: NextToken | None = None


class ExportedConfiguration(Model):
    """A document that POST /config/import takes as it is; with `nextToken` there is another, to be imported after it.

    Groups come before plans, each by name, and waves name their groups by name.
    """

    schema_version: str
    exported_at: Instant
    source_region: Region
    source_account: AccountId
    protection_groups: tuple[dict[str, Any], ...]
    recovery_plans: tuple[dict[str, Any], ...]
    next_token: str | None = None


def _begin(request: ExportConfiguration, _context: Context[ExportApp]) -> ExportPosition:
    return ExportPosition.of(request.next_token)


@operation(
    "export_configuration",
    http="GET /config/export",
    permission=Permission.EXPORT_CONFIGURATION,
    judge=judge_by(ExportConfiguration, raised_by(_begin)),
)
def export_configuration(request: ExportConfiguration, context: Context[ExportApp]) -> ExportedConfiguration:
    """All protection groups and recovery plans as a document that can be imported elsewhere."""
    app = context.app
    sheet = Sheet(left=request.limit or ITEMS)
    following = fill(sheet, _begin(request, context), app)
    return ExportedConfiguration(
        schema_version=SCHEMA_VERSIONS[-1],
        exported_at=app.clock.now(),
        source_region=app.region,
        source_account=app.hub_account_id,
        protection_groups=tuple(sheet.groups),
        recovery_plans=tuple(sheet.plans),
        next_token=following.next_token if following else None,
    )
