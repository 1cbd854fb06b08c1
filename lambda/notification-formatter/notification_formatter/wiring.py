"""Joins the formatter with AWS."""

from notification_formatter.commands import Place
from notification_formatter.formatter import Formatter
from notification_formatter.ops_items import OpsItems
from shared.aws.ops_center import OpsCenterGateway
from shared.aws.sns import SnsGateway
from shared.clock import Clock
from shared.cross_account import hub_client, partition_of
from shared.observability import observe
from shared.settings import NotificationSettings
from shared.stores.dynamo_table import DynamoTable
from shared.stores.execution_store import ExecutionStore


def formatter(settings: NotificationSettings, clock: Clock) -> Formatter:
    """Store and topic for the settings of this function."""
    history = DynamoTable(hub_client("dynamodb", settings.region), settings.execution_history_table)
    executions = ExecutionStore(history, clock)
    center = OpsCenterGateway(hub_client("ssm", settings.region))
    return Formatter(
        executions=executions,
        topic=SnsGateway(hub_client("sns", settings.region), settings.notification_topic_arn),
        place=Place(
            hub_account_id=settings.hub_account_id,
            region=settings.region,
            partition=partition_of(settings.region),
            table=settings.execution_history_table,
            execution_function=f"{settings.project_name}-execution-handler-{settings.environment}:live",
        ),
        clock=clock,
        logger=observe(settings.powertools_service_name, settings.log_level).logger,
        ops_items=OpsItems(executions, center) if settings.ops_items else None,
    )
