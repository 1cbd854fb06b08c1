"""The application for those who only rehearse: it answers and refuses as the real one, and changes nothing."""

from collections.abc import Collection

from data_management.app import ConfigurationApp, Tables
from shared.aws.ports import Subscribed
from shared.stores.rehearsal_table import RehearsalTable
from shared.stores.schemas import PROTECTION_GROUPS, RECOVERY_PLANS, TARGET_ACCOUNTS


def rehearsal(app: ConfigurationApp) -> ConfigurationApp:
    """The same over tables that are read from, and written to in memory only."""
    tables = Tables(
        groups=RehearsalTable(app.tables.groups, PROTECTION_GROUPS),
        plans=RehearsalTable(app.tables.plans, RECOVERY_PLANS),
        accounts=RehearsalTable(app.tables.accounts, TARGET_ACCOUNTS),
    )
    return app.over(tables, RehearsedTopic())


class RehearsedTopic:
    """Says yes to everything and asks SNS for nothing: whether SNS takes an address shows when it is told."""

    def subscribe(self, address: str, plan_ids: Collection[str]) -> str:  # noqa: ARG002
        """A name for what would be made."""
        return f"rehearsed:{address}"

    def existing(self, address: str) -> Subscribed:
        """Never asked, because nothing is refused."""
        return Subscribed(f"rehearsed:{address}", None)

    def filter(self, arn: str, plan_ids: Collection[str]) -> bool:  # noqa: ARG002
        """Yes."""
        return True

    def unsubscribe(self, arn: str) -> bool:  # noqa: ARG002
        """Yes."""
        return True
