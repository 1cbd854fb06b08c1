"""One group or plan of a document at a time: whatever befalls it, the others are tried and the report is given."""

from collections.abc import Callable

from data_management.app import ConfigurationApp
from data_management.import_report import OF_ONE_ITEM, FailedItem, Kind, failed_item, refused_item
from shared.errors import ErrorCode
from shared.models.violation import Violation
from shared.operations import Context


def tried(
    store: Callable[[], object], kind: Kind, name: str, path: str, context: Context[ConfigurationApp]
) -> FailedItem | None:
    """Store the item; how it failed, None if it is stored."""
    try:
        store()
    except OF_ONE_ITEM as error:
        return refused_item(kind, name, path, error)
    except Exception:
        # Broad, and not raised again: an import that broke off would leave untold what it stored.
        observability = context.app.observability
        observability.logger.exception("unforeseen error", requestId=context.request_id, path=path)
        observability.count("InternalErrors")
        reason = (
            f"something went wrong here; the log has more under this reference: {context.request_id}; "
            "whether it was stored shows when it is imported again"
        )
        code = ErrorCode.INTERNAL_ERROR.value
        return failed_item(kind, name, path, [Violation(path, reason, code)], code)
    return None
