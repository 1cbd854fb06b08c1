"""The five functions, built of the same applications as their entries, over one world's tables and gateways."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from io import TextIOBase
from typing import IO, Any, Final, cast

from data_management.application import Application as DataManagementApplication
from data_management.application import Tables
from execution.application import Application as ExecutionApplication
from execution.pace import Waiting
from execution.tying import ExecutionTies
from notification_formatter.commands import Place
from notification_formatter.formatter import Formatter
from notification_formatter.ops_items import OpsItems
from orchestration.application import build as build_orchestration
from orchestration.dependencies import Dependencies
from query.application import Application as QueryApplication
from shared.aws.ops_ports import OpsCenterPort
from shared.aws.ports import FunctionsPort, RunsPort
from shared.aws.regions import drs_regions
from shared.catalogue import CATALOGUE
from shared.clock import VirtualClock
from shared.ids import new_ulid
from shared.observability import Observability, observe
from shared.operations import DATA_MANAGEMENT, EXECUTION, QUERY
from shared.roles import Role
from shared.services.inventory import Inventory
from shared.services.launch_config_orders import BringingDeps
from shared.services.preflight_deps import PreflightDeps
from shared.stores.execution_store import ExecutionStore
from shared.stores.group_versions import GroupVersions
from shared.stores.launch_configs import LaunchConfigStore
from shared.stores.lock_holders import LockHolders
from shared.stores.lock_store import LockStore
from shared.stores.protection_group_store import ProtectionGroupStore
from shared.stores.quota_store import QuotaStore
from shared.stores.recovery_plan_store import RecoveryPlanStore
from shared.stores.staging_sync_store import StagingSyncStore
from shared.stores.tag_sync_store import TagSyncStore
from shared.stores.target_account_store import TargetAccountStore
from shared.stores.tie_holders import AccountOwners
from shared.stores.ties import AccountTies
from tests.support.configuration import UNHURRIED
from tests.support.four_tables import FourTables
from tests.support.inventory import inventory_of
from tests.support.subscriptions import SubscriptionsOfTest
from tests.support.world.cloud import HUB_ACCOUNT, HUB_REGION, Cloud
from tests.support.world.mails import CapturingTopic
from tests.support.world.seams import Processes, Seam

PREFIX: Final = "aws-drs-orchestration"
HISTORY_TABLE: Final = f"{PREFIX}-execution-history-dev"
ORCHESTRATION: Final = "orchestration-stepfunctions"
FORMATTER: Final = "notification-formatter"
SECONDS_TO_WORK: Final = {ORCHESTRATION: 300.0, FORMATTER: 60.0, DATA_MANAGEMENT: 60.0}
"""The time-outs of the functions that others invoke (cfn/lambda-stack.yaml)."""

LAUNCH_STAGGER: Final = timedelta(seconds=15)
"""As the stack's default has it."""
STATE_MACHINE: Final = "state-machine"
"""The seam of the state machine's own calls of DynamoDB."""


def function_arn(name: str) -> str:
    """The ARN of a function with its alias."""
    return f"arn:aws:lambda:{HUB_REGION}:{HUB_ACCOUNT}:function:{PREFIX}-{name}-dev:live"


@cache
def observability(service: str) -> Observability:
    """Shared by all worlds and by nothing else: Powertools keeps one logger per service.

    Every line is made, so that the session's watch over the logs reads it, and none is kept.
    """
    return observe(f"world-{service}", "DEBUG", cast(IO[str], _Nowhere()))


class _Nowhere(TextIOBase):
    def write(self, text: str) -> int:
        return len(text)


@dataclass(frozen=True)
class LambdaContext:
    """What Lambda says of an invocation."""

    aws_request_id: str
    invoked_function_arn: str


@dataclass
class Functions:
    """Builds each function over seams of its own."""

    clock: VirtualClock
    tables: FourTables
    cloud: Cloud
    runs: RunsPort
    later: FunctionsPort
    topic: CapturingTopic
    rng: random.Random
    workers: int = 1
    subscriptions: SubscriptionsOfTest = field(default_factory=SubscriptionsOfTest)
    direct_role: Role = Role.ADMIN
    processes: Processes | None = None
    ops_center: OpsCenterPort | None = None
    preflight_patience: float = UNHURRIED
    seams: dict[str, Seam] = field(init=False)
    requests: int = 0

    def __post_init__(self) -> None:
        names = (QUERY, DATA_MANAGEMENT, EXECUTION, ORCHESTRATION, FORMATTER, STATE_MACHINE)
        self.seams = {name: Seam(name, self.processes) for name in names}

    def new_id(self) -> str:
        """A ULID that the seed decides."""
        return new_ulid(self.clock.now(), self.rng.randbytes)

    def handlers(self) -> dict[str, Callable[[Any], Any]]:
        """The functions that are invoked by others, by ARN."""
        orchestration, formatter = build_orchestration(self._orchestration()), self._formatter()
        return {
            function_arn(ORCHESTRATION): self._living(ORCHESTRATION, orchestration.handle),
            function_arn(FORMATTER): self._living(FORMATTER, lambda event: formatter.send(event).wire()),
            function_arn(DATA_MANAGEMENT): lambda event: self.invoke(DATA_MANAGEMENT, event),
        }

    def direct(self, operation: str, parameters: Mapping[str, Any], requested_by: str | None = None) -> Any:
        """Invoke the home of an operation by its direct door."""
        event = {"operation": operation, "parameters": parameters}
        if requested_by is not None:
            event["requestedBy"] = requested_by
        return self.invoke(CATALOGUE.entries[operation].homes[0], event)

    def invoke(self, home: str, event: Any, alias: str = ":live") -> Any:
        """Invoke a function by an alias or a version, written with its colon; empty for neither."""
        call = self.next_call(home, alias)
        return self._living(home, lambda told: self.application(home).handle(told, call))(event)

    def next_call(self, name: str, alias: str = ":live") -> LambdaContext:
        """What Lambda says of the next invocation of a function."""
        self.requests += 1
        return LambdaContext(f"request-{self.requests:06d}", function_arn(name).removesuffix(":live") + alias)

    def _living(self, name: str, handler: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Whatever becomes of an invocation, the next begins in a process that lives."""

        def invoke(event: Any) -> Any:
            try:
                return handler(event)
            finally:
                self.seams[name].revive()

        return invoke

    def application(self, home: str) -> QueryApplication | DataManagementApplication | ExecutionApplication:
        """What answers the operations of a function of the API."""
        if home == QUERY:
            return self._query()
        return self._execution() if home == EXECUTION else self._data_management()

    def _orchestration(self) -> Dependencies:
        seam = self.seams[ORCHESTRATION]
        history = seam.watch(self.tables.execution_history, "history")
        return Dependencies(
            executions=ExecutionStore(history, self.clock),
            group_versions=GroupVersions(seam.watch(self.tables.protection_groups, "groups")),
            locks=LockStore(history, self.clock),
            quotas=QuotaStore(history),
            drs=seam.watch(self.cloud.drs, "drs"),
            ec2=seam.watch(self.cloud.ec2, "ec2"),
            limits=seam.watch(self.cloud.limits, "limits"),
            cloudwatch=seam.watch(self.cloud.cloudwatch, "cloudwatch"),
            ssm=seam.watch(self.cloud.ssm, "ssm"),
            runs=seam.watch(self.runs, "runs"),
            functions=seam.watch(self.later, "functions"),
            formatter=function_arn(FORMATTER),
            configurator=function_arn(DATA_MANAGEMENT),
            clock=self.clock,
            observability=observability(ORCHESTRATION),
            launch_stagger=LAUNCH_STAGGER,
            workers=self.workers,
        )

    def _formatter(self) -> Formatter:
        seam = self.seams[FORMATTER]
        executions = ExecutionStore(seam.watch(self.tables.execution_history, "history"), self.clock)
        return Formatter(
            executions=executions,
            topic=seam.watch(self.topic, "topic"),
            place=Place(
                hub_account_id=HUB_ACCOUNT,
                region=HUB_REGION,
                partition="aws",
                table=HISTORY_TABLE,
                execution_function=f"{PREFIX}-execution-handler-dev:live",
            ),
            clock=self.clock,
            logger=observability(FORMATTER).logger,
            ops_items=None if self.ops_center is None else OpsItems(executions, self.ops_center),
        )

    def _execution(self) -> ExecutionApplication:
        seam = self.seams[EXECUTION]
        history = seam.watch(self.tables.execution_history, "history")
        plans = seam.watch(self.tables.recovery_plans, "plans")
        groups = seam.watch(self.tables.protection_groups, "groups")
        executions = ExecutionStore(history, self.clock)
        return ExecutionApplication(
            plans=RecoveryPlanStore(plans),
            executions=executions,
            locks=LockStore(history, self.clock),
            ties=ExecutionTies.over(
                plans=plans,
                groups=groups,
                accounts=seam.watch(self.tables.target_accounts, "accounts"),
                executions=executions,
                clock=self.clock,
                hub_account_id=HUB_ACCOUNT,
            ),
            preflight=self._preflight(seam),
            runs=seam.watch(self.runs, "runs"),
            clock=self.clock,
            new_id=self.new_id,
            waiting=Waiting(seconds=lambda _tries: 1, sleep=self.cloud.wait),
            observability=observability(EXECUTION),
            drs_regions=drs_regions("aws"),
            direct_role=self.direct_role,
            workers=self.workers,
        )

    def _query(self) -> QueryApplication:
        seam = self.seams[QUERY]
        groups = ProtectionGroupStore(seam.watch(self.tables.protection_groups, "groups"))
        plans = RecoveryPlanStore(seam.watch(self.tables.recovery_plans, "plans"))
        executions = ExecutionStore(seam.watch(self.tables.execution_history, "history"), self.clock)
        accounts = seam.watch(self.tables.target_accounts, "accounts")
        owners = AccountOwners(self.clock, plans=plans, groups=groups, executions=executions)
        return QueryApplication(
            groups=groups,
            plans=plans,
            executions=executions,
            accounts=TargetAccountStore(accounts),
            account_ties=AccountTies(accounts, owners),
            staging_syncs=StagingSyncStore(accounts),
            tag_sync_rows=TagSyncStore(accounts),
            sessions=self.cloud.sessions,
            drs=seam.watch(self.cloud.drs, "drs"),
            extensions=seam.watch(self.cloud.extensions, "drs"),
            ec2=seam.watch(self.cloud.ec2, "ec2"),
            ec2_choices=seam.watch(self.cloud.ec2_choices, "ec2"),
            preflight=self._preflight(seam),
            inventory=self._inventory(seam),
            launch_configs=LaunchConfigStore(seam.watch(self.tables.execution_history, "history")),
            bringing=self._bringing(seam),
            drs_regions=drs_regions("aws"),
            hub_account_id=HUB_ACCOUNT,
            region=HUB_REGION,
            clock=self.clock,
            observability=observability(QUERY),
            direct_role=self.direct_role,
        )

    def _data_management(self) -> DataManagementApplication:
        seam = self.seams[DATA_MANAGEMENT]
        return DataManagementApplication(
            tables=Tables(
                groups=seam.watch(self.tables.protection_groups, "groups"),
                plans=seam.watch(self.tables.recovery_plans, "plans"),
                accounts=seam.watch(self.tables.target_accounts, "accounts"),
                executions=seam.watch(self.tables.execution_history, "history"),
            ),
            topic=self.subscriptions,
            functions=seam.watch(self.later, "functions"),
            own_function=function_arn(DATA_MANAGEMENT),
            bringing=self._bringing(seam),
            drs=seam.watch(self.cloud.drs, "drs"),
            extensions=seam.watch(self.cloud.extensions, "drs"),
            ec2_choices=seam.watch(self.cloud.ec2_choices, "ec2"),
            instance_tags=seam.watch(self.cloud.instance_tags, "instance_tags"),
            server_tags=seam.watch(self.cloud.server_tags, "server_tags"),
            drs_regions=drs_regions("aws"),
            partition="aws",
            hub_account_id=HUB_ACCOUNT,
            clock=self.clock,
            observability=observability(DATA_MANAGEMENT),
            direct_role=self.direct_role,
        )

    def _inventory(self, seam: Seam) -> Inventory:
        accounts = seam.watch(self.tables.target_accounts, "accounts")
        return inventory_of(
            seam.watch(self.cloud.drs, "drs"), accounts, self.clock, observability(QUERY), workers=self.workers
        )

    def _bringing(self, seam: Seam) -> BringingDeps:
        return BringingDeps(
            configurations=seam.watch(self.cloud.launch_configurations, "configurations"),
            templates=seam.watch(self.cloud.templates, "templates"),
            clock=self.clock,
            pause=self.cloud.wait,
            workers=self.workers,
        )

    def _preflight(self, seam: Seam) -> PreflightDeps:
        history = seam.watch(self.tables.execution_history, "history")
        return PreflightDeps(
            groups=ProtectionGroupStore(seam.watch(self.tables.protection_groups, "groups")),
            accounts=TargetAccountStore(seam.watch(self.tables.target_accounts, "accounts")),
            quotas=QuotaStore(history),
            holders=LockHolders(history, self.clock),
            earlier=ExecutionStore(history, self.clock),
            configs=LaunchConfigStore(history),
            bringing=self._bringing(seam),
            drs=seam.watch(self.cloud.drs, "drs"),
            ec2=seam.watch(self.cloud.ec2_choices, "ec2"),
            limits=seam.watch(self.cloud.limits, "limits"),
            cloudwatch=seam.watch(self.cloud.cloudwatch, "cloudwatch"),
            ssm=seam.watch(self.cloud.ssm, "ssm"),
            clock=self.clock,
            hub_account_id=HUB_ACCOUNT,
            workers=self.workers,
            patience=self.preflight_patience,
            quota_patience=UNHURRIED,
        )
