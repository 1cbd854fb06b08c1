"""Joins the control of executions with AWS."""

import random
import time

from execution.application import Application
from execution.pace import Waiting
from execution.tying import StartTies
from shared.aws.cloudwatch import CloudWatchGateway
from shared.aws.drs import DrsGateway
from shared.aws.service_quotas import ServiceQuotas
from shared.aws.ssm import SsmGateway
from shared.aws.stepfunctions import StepFunctionsGateway
from shared.clock import Clock
from shared.cross_account import Sessions, hub_client
from shared.ids import new_ulid
from shared.observability import observe
from shared.services.preflight import PreflightDeps
from shared.settings import ExecutionSettings
from shared.stores.dynamo_table import DynamoTable
from shared.stores.execution_store import ExecutionStore
from shared.stores.lock_holders import LockHolders
from shared.stores.lock_store import LockStore
from shared.stores.protection_group_store import ProtectionGroupStore
from shared.stores.quota_store import QuotaStore
from shared.stores.recovery_plan_store import RecoveryPlanStore
from shared.stores.target_account_store import TargetAccountStore


def build(settings: ExecutionSettings, clock: Clock) -> Application:
    """The application over the tables and gateways of the settings."""
    database = hub_client("dynamodb", settings.region)
    history = DynamoTable(database, settings.execution_history_table)
    plans = DynamoTable(database, settings.recovery_plans_table)
    groups = DynamoTable(database, settings.protection_groups_table)
    executions = ExecutionStore(history, clock)
    accounts = TargetAccountStore(DynamoTable(database, settings.target_accounts_table))
    sessions = Sessions(accounts.find, settings.hub_account_id, settings.region)
    observability = observe(settings.powertools_service_name, settings.log_level)
    return Application(
        plans=RecoveryPlanStore(plans),
        executions=executions,
        locks=LockStore(history, clock),
        ties=StartTies.over(plans, groups, executions, clock),
        preflight=PreflightDeps(
            groups=ProtectionGroupStore(groups),
            accounts=accounts,
            quotas=QuotaStore(history),
            holders=LockHolders(history, clock),
            drs=DrsGateway(sessions, clock),
            limits=ServiceQuotas(sessions, clock, observability.logger),
            cloudwatch=CloudWatchGateway(sessions),
            ssm=SsmGateway(sessions, clock),
            clock=clock,
            hub_account_id=settings.hub_account_id,
            believe=sessions.believe,
        ),
        runs=StepFunctionsGateway(hub_client("stepfunctions", settings.region), settings.state_machine_arn),
        clock=clock,
        new_id=lambda: new_ulid(clock.now()),
        waiting=Waiting(seconds=lambda tries: random.random() * min(0.1 * 2**tries, 2), sleep=time.sleep),
        observability=observability,
        direct_role=settings.direct_invocation_role,
        console_origin=settings.console_origin,
    )
