"""Joins the management of the configuration with AWS."""

from data_management.application import Application
from data_management.plan_mails import PlanMails
from shared.aws.drs import DrsGateway
from shared.aws.regions import drs_regions
from shared.aws.subscriptions import SubscriptionsGateway
from shared.clock import Clock
from shared.cross_account import TABLES, Sessions, hub_client, make_client, new_session
from shared.observability import observe
from shared.settings import DataManagementSettings
from shared.stores.dynamo_table import DynamoTable
from shared.stores.mail_subscriptions import MailSubscriptions
from shared.stores.protection_group_store import ProtectionGroupStore
from shared.stores.recovery_plan_store import RecoveryPlanStore
from shared.stores.target_account_store import TargetAccountStore


def build(settings: DataManagementSettings, clock: Clock) -> Application:
    """The application over the tables and gateways of the settings."""
    database = hub_client("dynamodb", settings.region)
    accounts = TargetAccountStore(DynamoTable(database, settings.target_accounts_table))
    sessions = Sessions(accounts.find, settings.hub_account_id, settings.region)
    plans_table = DynamoTable(database, settings.recovery_plans_table)
    plans = RecoveryPlanStore(plans_table)
    observability = observe(settings.powertools_service_name, settings.log_level)
    topic = SubscriptionsGateway(
        # Somebody waits for the answer, as for that of a table.
        lambda: make_client(new_session(), "sns", settings.region, TABLES),
        settings.notification_topic_arn,
    )
    return Application(
        groups=ProtectionGroupStore(DynamoTable(database, settings.protection_groups_table)),
        plans=plans,
        accounts=accounts,
        mails=PlanMails(MailSubscriptions(plans_table), topic, plans, clock, observability),
        drs=DrsGateway(sessions, clock),
        drs_regions=drs_regions(),
        hub_account_id=settings.hub_account_id,
        clock=clock,
        observability=observability,
        direct_role=settings.direct_invocation_role,
        console_origin=settings.console_origin,
    )
