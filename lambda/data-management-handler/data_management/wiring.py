"""Joins the management of the configuration with AWS."""

from data_management.application import Application, Tables
from shared.aws.drs import DrsGateway
from shared.aws.regions import drs_regions
from shared.aws.subscriptions import SubscriptionsGateway
from shared.clock import Clock
from shared.cross_account import TABLES, Sessions, hub_client, make_client, new_session
from shared.observability import observe
from shared.settings import DataManagementSettings
from shared.stores.dynamo_table import DynamoTable
from shared.stores.target_account_store import TargetAccountStore


def build(settings: DataManagementSettings, clock: Clock) -> Application:
    """The application over the tables and gateways of the settings."""
    database = hub_client("dynamodb", settings.region)
    tables = Tables(
        groups=DynamoTable(database, settings.protection_groups_table),
        plans=DynamoTable(database, settings.recovery_plans_table),
        accounts=DynamoTable(database, settings.target_accounts_table),
        executions=DynamoTable(database, settings.execution_history_table),
    )
    sessions = Sessions(TargetAccountStore(tables.accounts).find, settings.hub_account_id, settings.region)
    topic = SubscriptionsGateway(
        # Somebody waits for the answer, as for that of a table.
        lambda: make_client(new_session(), "sns", settings.region, TABLES),
        settings.notification_topic_arn,
    )
    return Application(
        tables=tables,
        topic=topic,
        drs=DrsGateway(sessions, clock),
        drs_regions=drs_regions(),
        hub_account_id=settings.hub_account_id,
        clock=clock,
        observability=observe(settings.powertools_service_name, settings.log_level),
        direct_role=settings.direct_invocation_role,
        console_origin=settings.console_origin,
    )
