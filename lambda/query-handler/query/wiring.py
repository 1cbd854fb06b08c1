"""Joins the queries with AWS."""

from query.application import Application
from shared.aws.cloudwatch import CloudWatchGateway
from shared.aws.drs import DrsGateway
from shared.aws.ec2 import Ec2Gateway
from shared.aws.service_quotas import ServiceQuotas
from shared.aws.ssm import SsmGateway
from shared.clock import Clock
from shared.cross_account import Sessions, hub_client
from shared.observability import observe
from shared.services.preflight import PreflightDeps
from shared.settings import QuerySettings
from shared.stores.dynamo_table import DynamoTable
from shared.stores.execution_store import ExecutionStore
from shared.stores.lock_holders import LockHolders
from shared.stores.protection_group_store import ProtectionGroupStore
from shared.stores.quota_store import QuotaStore
from shared.stores.recovery_plan_store import RecoveryPlanStore
from shared.stores.target_account_store import TargetAccountStore


def build(settings: QuerySettings, clock: Clock) -> Application:
    """The application over the tables and gateways of the settings."""
    database = hub_client("dynamodb", settings.region)
    history = DynamoTable(database, settings.execution_history_table)
    groups = ProtectionGroupStore(DynamoTable(database, settings.protection_groups_table))
    accounts = TargetAccountStore(DynamoTable(database, settings.target_accounts_table))
    sessions = Sessions(accounts.find, settings.hub_account_id, settings.region)
    observability = observe(settings.powertools_service_name, settings.log_level)
    drs = DrsGateway(sessions, clock)
    return Application(
        groups=groups,
        plans=RecoveryPlanStore(DynamoTable(database, settings.recovery_plans_table)),
        executions=ExecutionStore(history, clock),
        accounts=accounts,
        sessions=sessions,
        drs=drs,
        ec2=Ec2Gateway(sessions),
        preflight=PreflightDeps(
            groups=groups,
            accounts=accounts,
            quotas=QuotaStore(history),
            holders=LockHolders(history, clock),
            drs=drs,
            limits=ServiceQuotas(sessions, clock, observability.logger),
            cloudwatch=CloudWatchGateway(sessions),
            ssm=SsmGateway(sessions, clock),
            clock=clock,
            hub_account_id=settings.hub_account_id,
            believe=sessions.believe,
        ),
        hub_account_id=settings.hub_account_id,
        region=settings.region,
        clock=clock,
        observability=observability,
        direct_role=settings.direct_invocation_role,
        console_origin=settings.console_origin,
    )
