"""Joins the shell with AWS."""

from datetime import timedelta

from orchestration.dependencies import Dependencies
from shared.aws.cloudwatch import CloudWatchGateway
from shared.aws.drs import DrsGateway
from shared.aws.ec2 import Ec2Gateway
from shared.aws.functions import FunctionGateway
from shared.aws.service_quotas import ServiceQuotas
from shared.aws.ssm import SsmGateway
from shared.aws.stepfunctions import StepFunctionsGateway
from shared.clock import Clock
from shared.cross_account import Sessions, hub_client
from shared.observability import observe
from shared.settings import OrchestrationSettings
from shared.stores.dynamo_table import DynamoTable
from shared.stores.execution_store import ExecutionStore
from shared.stores.group_versions import GroupVersions
from shared.stores.lock_store import LockStore
from shared.stores.quota_store import QuotaStore
from shared.stores.target_account_store import TargetAccountStore


def dependencies(settings: OrchestrationSettings, clock: Clock) -> Dependencies:
    """Stores and gateways for the settings of this function."""
    database = hub_client("dynamodb", settings.region)
    history = DynamoTable(database, settings.execution_history_table)
    accounts = TargetAccountStore(DynamoTable(database, settings.target_accounts_table))
    sessions = Sessions(accounts.find, settings.hub_account_id, settings.region)
    observability = observe(settings.powertools_service_name, settings.log_level)
    return Dependencies(
        executions=ExecutionStore(history, clock),
        group_versions=GroupVersions(DynamoTable(database, settings.protection_groups_table)),
        locks=LockStore(history, clock),
        quotas=QuotaStore(history),
        drs=DrsGateway(sessions, clock),
        ec2=Ec2Gateway(sessions),
        limits=ServiceQuotas(sessions, clock, observability.logger),
        cloudwatch=CloudWatchGateway(sessions),
        ssm=SsmGateway(sessions, clock),
        runs=StepFunctionsGateway(hub_client("stepfunctions", settings.region), settings.state_machine_arn),
        functions=FunctionGateway(hub_client("lambda", settings.region)),
        formatter=settings.notification_formatter_function,
        configurator=settings.data_management_handler_function,
        clock=clock,
        launch_stagger=timedelta(seconds=settings.launch_stagger_seconds),
        observability=observability,
    )
