"""AWS around the functions: roles, DRS by the simulator, EC2 by what the simulator launched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from local.drs_simulator import InMemoryEc2, Quirks, RateLimits, Settings, Simulator, access_key_for, account_of_key
from local.drs_simulator.record import Effect
from local.drs_simulator.transport import attach
from shared.aws.calls import read
from shared.aws.drs import DrsGateway
from shared.aws.drs_tags import ServerTags
from shared.aws.extensions import ExtensionGateway
from shared.aws.launch_configurations import LaunchConfigurationGateway
from shared.clock import VirtualClock
from shared.cross_account import SESSION_SECONDS, AccountSession, FindAccount, Sessions
from shared.drs_limits import DrsQuotas
from shared.models.account import TargetAccount
from shared.models.drs import InstanceHealth
from shared.models.prepared_instance import ALLOWED, TAG
from shared.models.targets import Target
from tests.support.checks_cloud import AlarmsOfTest, CommandsOfTest
from tests.support.ec2_choices import ChoicesOfTest
from tests.support.limits import LimitsOfTest
from tests.support.tags import InstanceTagsOfTest
from tests.support.templates_of_test import TemplatesOfTest

HUB_ACCOUNT: Final = "123456789012"
HUB_REGION: Final = "us-east-1"
LONG_AGO: Final = datetime(2020, 1, 1, tzinfo=UTC)
CERTAIN: Final = Settings(rate_limits=RateLimits(enabled=False), quirks=Quirks(event_loss=0))
"""Nothing is throttled and no event is lost unless a test says so."""

_SDK: Final = boto3.session.Session()
"""Shared by all worlds: it keeps botocore's models, which take long to read."""

_HUB_SESSION: Final = boto3.session.Session(
    aws_access_key_id="hub", aws_secret_access_key="hub", region_name=HUB_REGION
)
_ONLY_COUNTED: Final = object()
"""Stands for the client of a service that the world answers for itself: it is asked for as the gateway asks for it."""

OnEvent = Callable[[str, str, dict[str, Any]], None]


@dataclass
class Roles:
    """The STS of the world: a role is had by whoever names its account's external id, unless it is missing."""

    clock: VirtualClock
    external_ids: dict[str, str] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    revoked: set[str] = field(default_factory=set)
    """Accounts whose role exists and may do nothing, whoever holds a session of it."""
    throttled: int = 0
    """So many of the next calls are too many."""
    asked: list[dict[str, Any]] = field(default_factory=list)

    def assume_role(self, **request: Any) -> dict[str, Any]:
        """Credentials for one hour of virtual time, or AccessDenied."""
        self.asked.append(request)
        if self.throttled:
            self.throttled -= 1
            raise ClientError({"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}, "AssumeRole")
        account = request["RoleArn"].split(":")[4]
        expected = self.external_ids.get(account)
        if account in self.missing | self.revoked or expected is None or request.get("ExternalId") != expected:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not authorized"}}, "AssumeRole")
        return {
            "Credentials": {
                "AccessKeyId": access_key_for(account),
                "SecretAccessKey": "secret",
                "SessionToken": "session",
                "Expiration": self.clock.now() + timedelta(seconds=SESSION_SECONDS),
            }
        }


class Cloud:
    """One simulated DRS in all accounts and regions, and the product's own sessions and gateways on it."""

    def __init__(
        self, clock: VirtualClock, find_account: FindAccount, on_event: OnEvent, settings: Settings, seed: int
    ) -> None:
        self.clock = clock
        self.ec2_instances = InMemoryEc2()
        self.simulator = Simulator(clock, ec2=self.ec2_instances, settings=settings, seed=seed, on_event=on_event)
        self.roles = Roles(clock)
        self.sessions = Sessions(
            self._find, HUB_ACCOUNT, HUB_REGION, base_session=_HUB_SESSION, factory=self._client, wall_now=clock.now
        )
        self.drs = DrsGateway(self.sessions, clock)
        self.extensions = ExtensionGateway(self.sessions, clock)
        self.ec2 = SimulatedEc2(self)
        self.launch_configurations = LaunchConfigurationGateway(self.sessions)
        self.templates = TemplatesOfTest(self.ec2_instances, lambda target: self._enter(target, "ec2"))
        self.limits = LimitsOfTest(
            DrsQuotas(
                servers_per_job=settings.quotas.servers_per_job,
                jobs_at_once=settings.quotas.jobs_at_once,
                servers_in_all_jobs=settings.quotas.servers_in_all_jobs,
                replicating_servers=settings.quotas.replicating_servers,
                source_servers=settings.quotas.source_servers,
            ),
            lambda target: self._enter(target, "service-quotas"),
        )
        self.ec2_choices = ChoicesOfTest(self._enter_with_rights, ec2=self.ec2_instances, made_at=self.ec2.made_at)
        self.cloudwatch = AlarmsOfTest(self._enter)
        self.instance_tags = InstanceTagsOfTest(self.ec2_instances, self._enter)
        self.server_tags = ServerTags(self.sessions)
        self.ssm = CommandsOfTest(clock, self._enter, self._living)
        self.clients_asked: Counter[str] = Counter()
        """How many clients the product had made, by service: those of one account are kept with its session."""
        self.account_reads = 0
        """How often a session was asked for, each of which reads its account's row; all functions share the sessions,
        so that the seam of none sees it."""
        self.sleep: Callable[[float], None] = clock.advance
        """How the time passes that a caller waits for a late reply."""
        self._find_account = find_account
        self._clients: dict[tuple[str, str, bool], Any] = {}

    def wait(self, seconds: float) -> None:
        """Let that much time pass for the caller."""
        self.sleep(seconds)

    def _enter(self, target: Target, service: Literal["cloudwatch", "ec2", "ssm", "service-quotas"]) -> None:
        session = self.sessions.session(target.account_id, "drs-orchestration")
        session.client(service, target.region)

    def _enter_with_rights(self, target: Target, service: Literal["ec2"]) -> None:
        """EC2 answers whoever may ask it."""

        def ask(session: AccountSession) -> None:
            session.client(service, target.region)
            if target.account_id in self.roles.revoked:
                raise _unauthorised("DescribeSubnets")

        read(self.sessions, "drs-orchestration", target, "DescribeSubnets", ask)

    def _living(self, target: Target) -> list[str]:
        return self.ec2_instances.running(target.account_id)

    def _find(self, account_id: str) -> TargetAccount | None:
        self.account_reads += 1
        return self._find_account(account_id)

    def _client(self, session: boto3.session.Session, service: str, region: str, config: Config) -> Any:
        self.clients_asked[service] += 1
        if service == "sts":
            return self.roles
        if service in ("ec2", "cloudwatch", "ssm", "service-quotas"):
            return _ONLY_COUNTED
        if service != "drs":
            raise AssertionError(f"the world has no {service}")
        credentials = session.get_credentials()
        account = account_of_key(credentials.access_key) if credentials is not None else HUB_ACCOUNT
        once = config.retries is not None and config.retries.get("total_max_attempts") == 1  # type: ignore[attr-defined]
        key = (account, region, once)
        if key not in self._clients:
            self._clients[key] = self._new_client(account, region)
        return self._clients[key]

    def _new_client(self, account: str, region: str) -> Any:
        """A client that never tries twice: the SDK would sleep in real time."""
        client = _SDK.client(
            "drs",
            region_name=region,
            aws_access_key_id=access_key_for(account),
            aws_secret_access_key="secret",
            aws_session_token="session",
            config=Config(read_timeout=60, retries={"mode": "standard", "total_max_attempts": 1}),
        )
        attach(client, self.simulator, sleep=self.wait)
        return client


def _unauthorised(operation: str) -> ClientError:
    """What EC2 tells a role that may do nothing."""
    return ClientError(
        {
            "Error": {"Code": "UnauthorizedOperation", "Message": "You are not authorized"},
            "ResponseMetadata": {"HTTPStatusCode": 403},  # type: ignore[typeddict-item]
        },
        operation,
    )


class SimulatedEc2:
    """EC2 as the simulator sees its instances, behind the same roles as the real one."""

    def __init__(self, cloud: Cloud, purpose: str = "drs-orchestration") -> None:
        self._cloud = cloud
        self._purpose = purpose
        self._launched: dict[str, datetime] = {}
        self._read = 0

    def named(self, purpose: str) -> SimulatedEc2:
        """The same for another purpose."""
        return SimulatedEc2(self._cloud, purpose)

    def instance_health(self, target: Target, ids: Sequence[str]) -> tuple[InstanceHealth, ...]:
        """State and status checks of the instances that exist; unknown ids are left out."""

        def checked(session: AccountSession) -> tuple[InstanceHealth, ...]:
            session.client("ec2", target.region)
            if target.account_id in self._cloud.roles.revoked:
                raise _unauthorised("DescribeInstances")
            return self._checked(target, ids)

        return read(self._cloud.sessions, self._purpose, target, "DescribeInstanceStatus", checked)

    def open_to_launches(self, target: Target, ids: Sequence[str]) -> Mapping[str, datetime | None]:
        """Those of the instances that live and carry the tag, and when each was made."""

        def listed(session: AccountSession) -> dict[str, datetime | None]:
            session.client("ec2", target.region)
            if target.account_id in self._cloud.roles.revoked:
                raise _unauthorised("DescribeInstances")
            return {one: self.made_at(one) for one in ids if self._is_open(target, one)}

        return read(self._cloud.sessions, self._purpose, target, "DescribeInstances", listed) if ids else {}

    def _is_open(self, target: Target, instance_id: str) -> bool:
        found = self._cloud.ec2_instances.prepared(target.account_id, target.region, instance_id)
        return found is not None and found.state != "terminated" and found.tags.get(TAG) == ALLOWED

    def made_at(self, instance_id: str) -> datetime:
        """When an instance was made: what DRS did not make was there before it launched anything."""
        self._read_record()
        return self._launched[instance_id] if instance_id in self._cloud.ec2_instances.instances else LONG_AGO

    def _checked(self, target: Target, ids: Sequence[str]) -> tuple[InstanceHealth, ...]:
        statuses = self._cloud.simulator.instance_status(target.account_id, target.region, ids)
        self._read_record()
        return tuple(
            InstanceHealth(
                instance_id=status.instance_id,
                state=status.instance_state,
                system_status=status.system_status,
                instance_status=status.instance_status,
                launched_at=self._launched.get(status.instance_id),
                allows_launches=self._is_open(target, status.instance_id),
                made_at=self.made_at(status.instance_id),
            )
            for status in statuses
        )

    def _read_record(self) -> None:
        entries = self._cloud.simulator.record.entries
        for entry in entries[self._read :]:
            if isinstance(entry, Effect) and entry.kind == "instanceLaunched":
                self._launched[entry.instance_id] = entry.time
        self._read = len(entries)
