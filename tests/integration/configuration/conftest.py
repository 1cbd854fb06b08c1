"""The two functions of the configuration, reached by the direct door, over tables in memory and a simulated DRS."""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

import data_management.application
import query.application
from local.drs_simulator import InMemoryEc2
from local.drs_simulator.credentials import access_key_for
from local.drs_simulator.ec2 import Ec2
from local.drs_simulator.estate import SourceServerSpec
from local.drs_simulator.simulator import Simulator
from local.drs_simulator.transport import attach
from shared.aws.choice_ports import Ec2ChoicesPort
from shared.aws.drs import DrsGateway
from shared.aws.drs_tags import ServerTags
from shared.aws.ec2 import Ec2Gateway
from shared.aws.extensions import ExtensionGateway
from shared.aws.launch_config_ports import LaunchTemplatesPort
from shared.aws.launch_configurations import LaunchConfigurationGateway
from shared.aws.regions import drs_regions
from shared.clock import VirtualClock
from shared.cross_account import Sessions, make_client
from shared.dispatch import dispatch
from shared.models.account import AccountStatus, TargetAccount
from shared.models.targets import Target
from shared.observability import observe
from shared.roles import Role
from shared.services.launch_config_orders import BringingDeps
from shared.services.preflight_deps import PreflightDeps
from shared.stores.execution_store import ExecutionStore
from shared.stores.launch_configs import LaunchConfigStore
from shared.stores.lock_holders import LockHolders
from shared.stores.lock_store import LockStore
from shared.stores.memory_table import MemoryTable
from shared.stores.protection_group_store import ProtectionGroupStore
from shared.stores.quota_store import QuotaStore
from shared.stores.recovery_plan_store import RecoveryPlanStore
from shared.stores.schemas import EXECUTION_HISTORY, PROTECTION_GROUPS, RECOVERY_PLANS, TARGET_ACCOUNTS
from shared.stores.staging_sync_store import StagingSyncStore
from shared.stores.table import Item, Key, Write
from shared.stores.tag_sync_store import TagSyncStore
from shared.stores.target_account_store import TargetAccountStore
from shared.stores.tie_holders import AccountOwners
from shared.stores.ties import AccountTies
from tests.support.checks_cloud import AlarmsOfTest, CommandsOfTest
from tests.support.configuration import DATABASE, HUB, NOW, WEB
from tests.support.contract import kept
from tests.support.ec2_choices import ChoicesOfTest
from tests.support.functions import OWN_FUNCTION, FunctionsOfTest
from tests.support.inventory import FEW_REGIONS, inventory_of
from tests.support.limits import LimitsOfTest
from tests.support.subscriptions import SubscriptionsOfTest
from tests.support.tags import InstanceTagsOfTest
from tests.support.templates_of_test import TemplatesOfTest

EXTERNAL_ID = "an-external-id"
EXAMPLES = Path(__file__).parents[3] / "examples" / "configuration"


def example(name: str) -> dict[str, Any]:
    """A file of the examples of configuration."""
    content: dict[str, Any] = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return content


SCHEMAS = {
    "history": EXECUTION_HISTORY,
    "groups": PROTECTION_GROUPS,
    "plans": RECOVERY_PLANS,
    "accounts": TARGET_ACCOUNTS,
}


def sample() -> dict[str, Any]:
    """The three-tier document."""
    return example("three-tier-sample")


def demo_mappings() -> dict[str, Any]:
    """What its identifiers are called in the demo."""
    return example("three-tier-mappings")


@dataclass
class RoleGivingSts:
    """Hands out roles to whoever knows the external id; roles can be taken away."""

    missing: set[str] = field(default_factory=set)
    throttled: int = 0
    """So many of the next calls are too many."""

    def assume_role(self, **request: Any) -> dict[str, Any]:
        if self.throttled:
            self.throttled -= 1
            raise ClientError({"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}, "AssumeRole")
        account_id = request["RoleArn"].split(":")[4]
        if request.get("ExternalId") != EXTERNAL_ID or account_id in self.missing:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "AssumeRole")
        return {
            "Credentials": {
                "AccessKeyId": access_key_for(account_id),
                "SecretAccessKey": "secret",
                "SessionToken": "session",
                "Expiration": NOW.replace(year=NOW.year + 100),
            }
        }


@dataclass(frozen=True)
class Call:
    """What Lambda says of an invocation by the alias live."""

    aws_request_id: str = "request-1"
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:f:live"


class RacedTable(MemoryTable):
    """A table on which somebody else may be faster: `before_write` is called once, right before the next write.

    `answers` is told each transaction that was carried out; what it raises its caller is told instead. `before_read` is
    called before each read by keys, and what it raises its caller is told.
    """

    before_write: Callable[[], object] | None = None
    answers: Callable[[Sequence[Write]], object] = staticmethod(lambda _: None)
    before_read: Callable[[], object] = staticmethod(lambda: None)

    def get(self, key: Key, *, consistent: bool = True) -> Item | None:
        self.before_read()
        return super().get(key, consistent=consistent)

    def batch_get(self, keys: Sequence[Key]) -> list[Item]:
        self.before_read()
        return super().batch_get(keys)

    def transact(self, writes: Sequence[Write]) -> None:
        rival, self.before_write = self.before_write, None
        if rival is not None:
            rival()
        super().transact(writes)
        self.answers(writes)


@dataclass
class System:
    """Two functions, four tables, one simulated DRS."""

    clock: VirtualClock
    simulator: Simulator
    sts: RoleGivingSts
    tables: Mapping[str, RacedTable]
    groups: ProtectionGroupStore
    plans: RecoveryPlanStore
    accounts: TargetAccountStore
    executions: ExecutionStore
    locks: LockStore
    quotas: QuotaStore
    sessions: Sessions
    drs: DrsGateway
    instance_tags: InstanceTagsOfTest
    server_tags: ServerTags
    preflight: PreflightDeps
    limits: LimitsOfTest
    alarms: AlarmsOfTest
    commands: CommandsOfTest
    topic: SubscriptionsOfTest
    choices: Ec2ChoicesPort
    functions: FunctionsOfTest
    handlers: tuple[Callable[[Any, Call], dict[str, Any]], ...]

    def call(self, operation: str, /, **parameters: Any) -> dict[str, Any]:
        """Invoke the function that has the operation."""
        querying, managing = self.handlers
        handle = querying if operation.startswith("preflight_") else managing
        return kept(operation, handle({"operation": operation, "parameters": parameters}, Call()))

    def ask(self, operation: str, /, **parameters: Any) -> dict[str, Any]:
        """Invoke the query function."""
        return kept(operation, self.handlers[0]({"operation": operation, "parameters": parameters}, Call()))

    def by_api(
        self, function: int, route: str, *, body: Mapping[str, Any] | None = None, **more: Any
    ) -> tuple[int, dict[str, Any]]:
        """Ask one of the functions, 0 for queries, as API Gateway would for an administrator; status and body."""
        method, resource = route.split(" ")
        claims = {
            "token_use": "id",
            "email": "ann@example.com",
            "email_verified": "true",
            "cognito:groups": "DRSOrchestrationAdmin",
        }
        event = {
            "httpMethod": method,
            "resource": resource,
            "body": None if body is None else json.dumps(body),
            "requestContext": {"requestId": "api-1", "authorizer": {"claims": claims}},
            **more,
        }
        answer = self.handlers[function](event, Call(invoked_function_arn=f"{Call.invoked_function_arn}-api"))
        return answer["statusCode"], json.loads(answer["body"] or "{}")

    def protect(self, target: Target, *server_ids: str, tags: Mapping[str, str] | None = None) -> None:
        """Protect servers of these ids by DRS."""
        for server_id in server_ids:
            spec = SourceServerSpec(
                hostname=f"host-{server_id[-5:]}", source_server_id=server_id, tags=dict(tags or {})
            )
            self.simulator.add_source_server(target.account_id, target.region, spec)

    def protect_the_sample(self) -> None:
        """Protect the servers that the demo's mappings lead to."""
        servers = list(demo_mappings()["servers"].values())
        self.protect(DATABASE, *servers[:2])
        self.protect(WEB, *servers[2:])

    def group(self, name: str, target: Target = DATABASE, **fields: Any) -> str:
        """Create a group; answers its id."""
        created = self.call(
            "create_protection_group",
            groupName=name,
            accountId=target.account_id,
            region=target.region,
            **fields,
        )
        assert "error" not in created, created
        return str(created["groupId"])

    def plan(self, *waves: Mapping[str, Any], name: str = "Plan", **more: Any) -> str:
        """Create a plan; answers its id."""
        created = self.call("create_recovery_plan", planName=name, waves=list(waves), **more)
        assert "error" not in created, created
        return str(created["planId"])

    def content(self) -> str:
        """Everything that is stored, as text."""
        return json.dumps({name: sorted(map(str, table.scan())) for name, table in self.tables.items()})

    def changing_calls(self) -> int:
        """How many calls reached DRS that change something."""
        return sum(len(self.simulator.record.calls(name)) for name in ("StartRecovery", "TerminateRecoveryInstances"))


def codes(answer: Mapping[str, Any]) -> dict[str, str]:
    """The code of each field that a call was refused for."""
    return {each["field"]: each["code"] for each in answer["details"]["fields"]}


def account(target: Target, status: AccountStatus = AccountStatus.ACTIVE) -> TargetAccount:
    """A registered target account."""
    return TargetAccount(
        account_id=target.account_id,
        account_name=target.account_id,
        external_id=EXTERNAL_ID,
        status=status,
        created_at=NOW,
        updated_at=NOW,
    )


def _of_the_configuration(tables: Mapping[str, RacedTable]) -> data_management.application.Tables:
    return data_management.application.Tables(
        groups=tables["groups"],
        plans=tables["plans"],
        accounts=tables["accounts"],
        executions=tables["history"],
    )


def _preflight(
    history: RacedTable,
    groups: ProtectionGroupStore,
    accounts: TargetAccountStore,
    drs: DrsGateway,
    clock: VirtualClock,
    *,
    bringing: BringingDeps,
    ec2: Ec2ChoicesPort,
    checks: tuple[LimitsOfTest, AlarmsOfTest, CommandsOfTest],
) -> PreflightDeps:
    limits, alarms, commands = checks
    return PreflightDeps(
        groups=groups,
        accounts=accounts,
        quotas=QuotaStore(history),
        holders=LockHolders(history, clock),
        earlier=ExecutionStore(history, clock),
        configs=LaunchConfigStore(history),
        bringing=bringing,
        drs=drs,
        ec2=ec2,
        limits=limits,
        cloudwatch=alarms,
        ssm=commands,
        clock=clock,
        hub_account_id=HUB,
        workers=2,
    )


@pytest.fixture
def system() -> System:
    return new_system()


def let_it_take_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call may take as long as the machine likes, and has one try, for between two the SDK waits in real time."""
    once = Config(retries={"mode": "standard", "total_max_attempts": 1})
    monkeypatch.setattr("shared.cross_account.READING", once)
    monkeypatch.setattr("shared.dispatch.CALL_SECONDS", 600)
    monkeypatch.setitem(cast("dict[str, Any]", dispatch.__kwdefaults__), "direct_seconds", 600)


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here is about how long a call takes."""
    let_it_take_its_time(monkeypatch)


def _two_accounts(table: RacedTable) -> TargetAccountStore:
    accounts = TargetAccountStore(table)
    for target in (DATABASE, WEB):
        accounts.put_new(account(target))
    return accounts


def _bringing(sessions: Sessions, templates: LaunchTemplatesPort, clock: VirtualClock) -> BringingDeps:
    return BringingDeps(LaunchConfigurationGateway(sessions), templates, clock, clock.advance, workers=1)


def _sessions(accounts: TargetAccountStore, sts: RoleGivingSts, simulator: Simulator) -> Sessions:
    """Sessions in the accounts of the simulator, whose roles are given by this STS."""

    def factory(session: boto3.session.Session, service: str, region: str, config: Config) -> Any:
        if service == "sts":
            return sts
        client = make_client(session, service, region, config)
        attach(client, simulator)
        return client

    hub = boto3.session.Session(aws_access_key_id="hub", aws_secret_access_key="hub", region_name="us-east-1")
    return Sessions(accounts.way_into, HUB, "us-east-1", base_session=hub, factory=factory)


def _querying(
    tables: Mapping[str, RacedTable], executions: ExecutionStore, **parts: Any
) -> query.application.Application:
    plans, groups = RecoveryPlanStore(tables["plans"]), ProtectionGroupStore(tables["groups"])
    owners = AccountOwners(parts["clock"], plans=plans, groups=groups, executions=executions)
    return query.application.Application(
        groups=groups,
        plans=plans,
        executions=executions,
        accounts=TargetAccountStore(tables["accounts"]),
        account_ties=AccountTies(tables["accounts"], owners),
        staging_syncs=StagingSyncStore(tables["accounts"]),
        tag_sync_rows=TagSyncStore(tables["accounts"]),
        ec2=Ec2Gateway(parts["sessions"]),
        launch_configs=LaunchConfigStore(tables["history"]),
        region="us-east-1",
        **parts,
    )


def new_system(
    regions: frozenset[str] = FEW_REGIONS,
    *,
    choices: Ec2ChoicesPort | None = None,
    ec2: Ec2 | None = None,
    templates: LaunchTemplatesPort | None = None,
) -> System:
    """An empty system with two registered accounts, whose inventory is of these regions.

    Without `choices` EC2 has what is asked for. Who gives it another `ec2` gives the templates that are there.
    """
    clock, sts, instances, topic = VirtualClock(NOW), RoleGivingSts(), InMemoryEc2(), SubscriptionsOfTest()
    limits, alarms, commands = LimitsOfTest(), AlarmsOfTest(), CommandsOfTest(clock)
    simulator, choices = Simulator(clock, ec2=ec2 or instances), choices or ChoicesOfTest(ec2=instances)
    watching, partition, functions = observe("test", "CRITICAL", io.StringIO()), "aws", FunctionsOfTest()
    tables = {name: RacedTable(schema) for name, schema in SCHEMAS.items()}
    groups, plans = ProtectionGroupStore(tables["groups"]), RecoveryPlanStore(tables["plans"])
    accounts = _two_accounts(tables["accounts"])
    sessions = _sessions(accounts, sts, simulator)
    bringing, checks = _bringing(sessions, templates or TemplatesOfTest(instances), clock), (limits, alarms, commands)
    drs, executions = DrsGateway(sessions, clock), ExecutionStore(tables["history"], clock)
    tags: dict[str, Any] = {"instance_tags": InstanceTagsOfTest(instances), "server_tags": ServerTags(sessions)}
    preflight = _preflight(
        tables["history"], groups, accounts, drs, clock, bringing=bringing, ec2=choices, checks=checks
    )
    shared: dict[str, Any] = {
        "bringing": bringing,
        "drs": drs,
        "extensions": ExtensionGateway(sessions, clock),
        "ec2_choices": choices,
        "drs_regions": drs_regions(partition),
        "hub_account_id": HUB,
        "clock": clock,
        "observability": watching,
        "direct_role": Role.ADMIN,
    }
    inventory = inventory_of(drs, tables["accounts"], clock, watching, regions=regions)
    querying = _querying(tables, executions, preflight=preflight, sessions=sessions, inventory=inventory, **shared)
    managing = data_management.application.Application(
        tables=_of_the_configuration(tables),
        topic=topic,
        functions=functions,
        own_function=OWN_FUNCTION,
        **tags,
        partition=partition,
        **shared,
    )
    return System(
        clock=clock,
        simulator=simulator,
        sts=sts,
        tables=tables,
        groups=groups,
        plans=plans,
        accounts=accounts,
        executions=executions,
        locks=LockStore(tables["history"], clock),
        quotas=QuotaStore(tables["history"]),
        sessions=sessions,
        drs=drs,
        **tags,
        preflight=preflight,
        limits=limits,
        alarms=alarms,
        commands=commands,
        topic=topic,
        choices=choices,
        functions=functions,
        handlers=(querying.handle, managing.handle),
    )
