"""Executions controlled through the direct door: real use cases and stores, tables in memory, DRS simulated."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from execution.application import Application as ExecutionApplication
from execution.pace import WORKERS, Waiting
from execution.tying import ExecutionTies
from local.drs_simulator import InMemoryEc2, Simulator, SourceServerSpec, access_key_for, account_of_key
from local.drs_simulator.transport import attach
from query.application import Application as QueryApplication
from shared.aws.drs import DrsGateway
from shared.aws.ec2 import Ec2Gateway
from shared.aws.ec2_choices import Ec2Choices
from shared.aws.extensions import ExtensionGateway
from shared.aws.launch_configurations import LaunchConfigurationGateway
from shared.aws.regions import drs_regions
from shared.clock import VirtualClock
from shared.cross_account import Sessions
from shared.errors import ErrorCode
from shared.ids import new_ulid
from shared.models.account import TargetAccount
from shared.models.execution import ExecutionHeader
from shared.models.lock import Lock
from shared.models.recovery_plan import Wave
from shared.models.targets import ServerKey, Target
from shared.observability import observe
from shared.roles import Role
from shared.services.launch_config_orders import BringingDeps
from shared.services.preflight_deps import PreflightDeps
from shared.stores import schemas
from shared.stores.execution_store import ExecutionStore
from shared.stores.launch_configs import LaunchConfigStore
from shared.stores.lock_holders import LockHolders
from shared.stores.lock_store import LockStore
from shared.stores.memory_table import MemoryTable
from shared.stores.protection_group_store import ProtectionGroupStore
from shared.stores.quota_store import QuotaStore
from shared.stores.recovery_plan_store import RecoveryPlanStore
from shared.stores.staging_sync_store import StagingSyncStore
from shared.stores.table import TRANSACTION_LIMIT, Table
from shared.stores.tag_sync_store import TagSyncStore
from shared.stores.target_account_store import TargetAccountStore
from shared.stores.tie_holders import AccountOwners
from shared.stores.ties import AccountTies
from tests.support.checks_cloud import AlarmsOfTest, CommandsOfTest
from tests.support.configuration import DATABASE, HUB, NOW, UNHURRIED, WEB, group, plan, server_id, server_key
from tests.support.contract import kept
from tests.support.drs_rehearsal import CERTAIN
from tests.support.ec2_choices import ChoicesOfTest
from tests.support.fake_runs import FakeRuns
from tests.support.functions import NO_BRINGING
from tests.support.inventory import inventory_of
from tests.support.limits import LimitsOfTest
from tests.support.tampered_table import Crashed
from tests.support.templates_of_test import TemplatesOfTest

EXTERNAL_ID: Final = "an-external-id"
_HUB_SESSION: Final = boto3.session.Session(
    aws_access_key_id="hub", aws_secret_access_key="hub", region_name="us-east-1"
)


@dataclass(frozen=True)
class Call:
    """What Lambda says of an invocation by the alias `live`."""

    aws_request_id: str = "request-1"
    invoked_function_arn: str = f"arn:aws:lambda:us-east-1:{HUB}:function:any:live"


@dataclass
class Roles:
    """A small STS: whoever knows the external id gets the role, unless it is missing."""

    missing: set[str] = field(default_factory=set)
    asked: int = 0

    def assume_role(self, **request: Any) -> dict[str, Any]:
        self.asked += 1
        account = request["RoleArn"].split(":")[4]
        if account in self.missing or request.get("ExternalId") != EXTERNAL_ID:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "AssumeRole")
        return {
            "Credentials": {
                "AccessKeyId": access_key_for(account),
                "SecretAccessKey": "secret",
                "SessionToken": "session",
                "Expiration": NOW + timedelta(days=365),
            }
        }


def registered(target: Target) -> TargetAccount:
    """An account that the room gets into."""
    return TargetAccount(
        account_id=target.account_id,
        account_name=target.account_id,
        external_id=EXTERNAL_ID,
        created_at=NOW,
        updated_at=NOW,
    )


class ControlRoom:
    """One system in memory; `history` is the table of executions, which may be elsewhere.

    `seen` is what stands before each of the tables.
    """

    def __init__(self, history: Table | None = None, seen: Callable[[Table], Table] = lambda table: table) -> None:
        self.clock = VirtualClock(NOW)
        self.instances = InMemoryEc2()
        self.simulator = Simulator(self.clock, ec2=self.instances, settings=CERTAIN)
        self.roles = Roles()
        self.runs = FakeRuns()
        self.direct_role = Role.ADMIN
        self.locks_at_once = TRANSACTION_LIMIT
        self.workers = WORKERS
        self.wait_seconds = 1.0
        self.limits = LimitsOfTest()
        self.history = seen(history or MemoryTable(schemas.EXECUTION_HISTORY))
        self.group_table = seen(MemoryTable(schemas.PROTECTION_GROUPS))
        self.plan_table = seen(MemoryTable(schemas.RECOVERY_PLANS))
        self.account_table = seen(MemoryTable(schemas.TARGET_ACCOUNTS))
        self.groups = ProtectionGroupStore(self.group_table)
        self.plans = RecoveryPlanStore(self.plan_table)
        self.accounts = TargetAccountStore(self.account_table)
        self.executions = ExecutionStore(self.history, self.clock)
        self.locks = LockStore(self.history, self.clock)
        self.quotas = QuotaStore(self.history)
        self.sessions = Sessions(
            self.accounts.way_into,
            HUB,
            "us-east-1",
            base_session=_HUB_SESSION,
            factory=self._client,
            wall_now=lambda: NOW,
        )
        self.drs = DrsGateway(self.sessions, self.clock)
        self.cloudwatch = AlarmsOfTest()
        self.ssm = CommandsOfTest(self.clock)
        self.choices = ChoicesOfTest(ec2=self.instances)
        self.templates = TemplatesOfTest(self.instances)
        self.bringing = BringingDeps(
            LaunchConfigurationGateway(self.sessions),
            self.templates,
            self.clock,
            self.clock.advance,
            workers=1,
        )
        for target in (DATABASE, WEB):
            self.accounts.put_new(registered(target))

    # -- the world ------------------------------------------------------------------------------------------------

    def protect(self, *numbers: int, target: Target = DATABASE, **spec: Any) -> None:
        """Let DRS protect servers of these numbers."""
        for number in numbers:
            named = SourceServerSpec(hostname=f"host{number}", source_server_id=server_id(number), **spec)
            self.simulator.add_source_server(target.account_id, target.region, named)

    def group_of(self, group_id: str, *numbers: int, target: Target = DATABASE) -> str:
        """A stored group of protected servers; answers its id."""
        self.protect(*numbers, target=target)
        self.groups.put_new(group(group_id, target, source_server_ids=tuple(map(server_id, numbers))))
        return group_id

    def plan_of(self, *waves: Wave, plan_id: str = "plan-1", **fields: Any) -> str:
        """A stored plan; answers its id."""
        self.plans.put_new(plan(*waves, plan_id=plan_id, plan_name=fields.pop("plan_name", plan_id), **fields))
        return plan_id

    # -- the doors ------------------------------------------------------------------------------------------------

    def control(self, history: Table | None = None) -> ExecutionApplication:
        """execution-handler, over the table of executions or a tampered one."""
        table = history or self.history
        return ExecutionApplication(
            plans=self.plans,
            executions=ExecutionStore(table, self.clock),
            locks=LockStore(table, self.clock, self.locks_at_once),
            ties=self.ties(table),
            preflight=self.preflight(table),
            runs=self.runs,
            clock=self.clock,
            new_id=lambda: new_ulid(self.clock.now()),
            waiting=Waiting(seconds=lambda _tries: self.wait_seconds, sleep=self.clock.advance),
            observability=observe("execution-handler", "INFO"),
            direct_role=self.direct_role,
            workers=self.workers,
            drs_regions=drs_regions("aws"),
        )

    def ties(self, history: Table | None = None) -> ExecutionTies:
        """Who uses which plan, group and account, over the table of executions or a tampered one."""
        return ExecutionTies.over(
            plans=self.plan_table,
            groups=self.group_table,
            accounts=self.account_table,
            executions=ExecutionStore(history or self.history, self.clock),
            clock=self.clock,
            hub_account_id=HUB,
        )

    def queries(self, history: Table | None = None) -> QueryApplication:
        """query-handler."""
        table = history or self.history
        executions = ExecutionStore(table, self.clock)
        owners = AccountOwners(self.clock, plans=self.plans, groups=self.groups, executions=executions)
        return QueryApplication(
            groups=self.groups,
            plans=self.plans,
            executions=executions,
            accounts=self.accounts,
            account_ties=AccountTies(self.account_table, owners),
            staging_syncs=StagingSyncStore(self.account_table),
            tag_sync_rows=TagSyncStore(self.account_table),
            sessions=self.sessions,
            drs=self.drs,
            extensions=ExtensionGateway(self.sessions, self.clock),
            ec2=Ec2Gateway(self.sessions),
            ec2_choices=Ec2Choices(self.sessions),
            preflight=self.preflight(table),
            inventory=inventory_of(self.drs, self.account_table, self.clock, observe("query-handler", "INFO")),
            launch_configs=LaunchConfigStore(table),
            bringing=NO_BRINGING,
            drs_regions=drs_regions("aws"),
            hub_account_id=HUB,
            region="us-east-1",
            clock=self.clock,
            observability=observe("query-handler", "INFO"),
            direct_role=self.direct_role,
        )

    def call(self, operation: str, *, history: Table | None = None, by: str | None = None, **parameters: Any) -> Any:
        """Invoke execution-handler directly."""
        event = {"operation": operation, "parameters": parameters, **({"requestedBy": by} if by else {})}
        try:
            return kept(operation, self.control(history).handle(event, Call()))
        except Crashed:
            return {"error": ErrorCode.INTERNAL_ERROR.value, "message": "the process is gone"}

    def ask(self, operation: str, *, history: Table | None = None, **parameters: Any) -> Any:
        """Invoke query-handler directly."""
        return kept(operation, self.queries(history).handle({"operation": operation, "parameters": parameters}, Call()))

    def start(self, plan_id: str = "plan-1", **parameters: Any) -> Any:
        """Start a drill; `executionType` may say otherwise."""
        return self.call("start_execution", **{"planId": plan_id, "executionType": "DRILL", **parameters})

    # -- what is stored -------------------------------------------------------------------------------------------

    def header(self, execution_id: str) -> ExecutionHeader:
        """The stored header."""
        return self.executions.find(execution_id)

    def headers(self) -> list[ExecutionHeader]:
        """All headers, oldest first."""
        ids = {item["executionId"] for item in self.history.scan() if item["executionId"].startswith("exec-")}
        return sorted(map(self.header, ids), key=lambda header: header.started_at)

    def lock(self, number: int, target: Target = DATABASE) -> Lock | None:
        """The lock of a server."""
        return self.locks.owner(server_key(number, target))

    def locked(self) -> dict[ServerKey, str]:
        """Who holds what: the owners' keys by server."""
        rows = [item for item in self.history.scan() if item["executionId"].startswith("lock#")]
        return {ServerKey.model_validate(row["server"]): row["ownerKey"] for row in rows}

    def rows(self) -> list[dict[str, Any]]:
        """Everything in the table of executions."""
        return self.history.scan()

    def preflight(self, table: Table) -> PreflightDeps:
        """What checks plans, over a table of executions."""
        return PreflightDeps(
            groups=self.groups,
            accounts=self.accounts,
            quotas=QuotaStore(table),
            holders=LockHolders(table, self.clock),
            earlier=ExecutionStore(table, self.clock),
            configs=LaunchConfigStore(table),
            bringing=self.bringing,
            drs=self.drs,
            ec2=self.choices,
            limits=self.limits,
            cloudwatch=self.cloudwatch,
            ssm=self.ssm,
            clock=self.clock,
            hub_account_id=HUB,
            believe=self.sessions.believe,
            patience=UNHURRIED,
            quota_patience=UNHURRIED,
        )

    def _client(self, session: boto3.session.Session, service: str, region: str, config: Config) -> Any:
        if service == "sts":
            return self.roles
        credentials = session.get_credentials()
        access_key = credentials.access_key if credentials else ""
        attempts = config.retries["total_max_attempts"]  # type: ignore[attr-defined]
        client = _kept_client(account_of_key(access_key), region, attempts)
        attach(client, self.simulator)
        return client


@cache
def _kept_client(account: str, region: str, _attempts: int) -> Any:
    """Making a client is slow, so they are kept; those for one attempt only carry a hook that others must not have."""
    session = boto3.session.Session(access_key_for(account), "secret", "token", region_name=region)
    return session.client("drs", config=Config(retries={"mode": "standard", "total_max_attempts": 1}))
