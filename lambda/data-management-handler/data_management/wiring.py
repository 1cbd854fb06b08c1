"""Joins the management of the configuration with AWS: each part is made when it is asked for (shared/wiring.py)."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from data_management.application import Application, Tables
from shared.cross_account import TABLES, hub_client, make_client, new_session, partition_of
from shared.patience import patient
from shared.wiring import Wiring

if TYPE_CHECKING:
    from shared.aws.drs_tags import ServerTags
    from shared.aws.ec2_tags import InstanceTags
    from shared.aws.functions import FunctionGateway
    from shared.aws.subscriptions import SubscriptionsGateway
    from shared.clock import Clock
    from shared.settings import DataManagementSettings


class WiredApplication(Wiring, Application):
    """The application over the tables and gateways of the settings."""

    def __init__(self, settings: DataManagementSettings, clock: Clock) -> None:
        super().__init__(settings, clock)
        self._topic_arn = settings.notification_topic_arn
        self._own_function = settings.data_management_handler_function

    @cached_property
    def tables(self) -> Tables:
        """The tables of the configuration, and that of the executions."""
        return Tables(
            groups=self._groups_table,
            plans=self._plans_table,
            accounts=self._accounts_table,
            executions=self._history_table,
        )

    @cached_property
    def topic(self) -> SubscriptionsGateway:
        """The subscriptions of the notification topic."""
        from shared.aws.subscriptions import SubscriptionsGateway

        # Somebody waits for the answer, as for that of a table.
        return SubscriptionsGateway(
            lambda: patient(make_client(new_session(), "sns", self.region, TABLES)),
            self._topic_arn,
        )

    @cached_property
    def functions(self) -> FunctionGateway:
        """Functions of ours, of which one is this."""
        from shared.aws.functions import FunctionGateway

        return FunctionGateway(patient(hub_client("lambda", self.region)))

    @cached_property
    def instance_tags(self) -> InstanceTags:
        """The tags of EC2 instances."""
        from shared.aws.ec2_tags import InstanceTags

        return InstanceTags(self.sessions)

    @cached_property
    def server_tags(self) -> ServerTags:
        """The tags of source servers."""
        from shared.aws.drs_tags import ServerTags

        return ServerTags(self.sessions)

    @property
    def own_function(self) -> str:
        """The ARN of this function with its alias."""
        return self._own_function

    @cached_property
    def partition(self) -> str:
        """The partition of AWS that this system runs in."""
        return partition_of(self.region)


def build(settings: DataManagementSettings, clock: Clock) -> Application:
    """The application over the tables and gateways of the settings."""
    return WiredApplication(settings, clock)
