"""Sessions in other accounts: a role is assumed once, kept until shortly before it expires, and hands out clients."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal, cast, overload

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.loaders import create_loader

from shared.errors import CrossAccountError
from shared.models.account import TargetAccount

if TYPE_CHECKING:
    from mypy_boto3_drs import DrsClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_sts.type_defs import AssumeRoleRequestTypeDef

STANDARD_ROLE: Final = "DRSOrchestrationRole"
REFRESH_BEFORE: Final = timedelta(minutes=5)
SESSION_SECONDS: Final = 3600
"""One hour: the most that a chained role may have (a Lambda's own credentials are a role's)."""

ACCOUNT_KEPT: Final = timedelta(seconds=60)
"""So long the row of a target account is believed: a step asks an account many times, and the row seldom changes."""

CONNECT_SECONDS: Final = 5
_AGENT: Final = "aws-drs-orchestration"
READING: Final = Config(
    connect_timeout=CONNECT_SECONDS,
    read_timeout=20,
    retries={"mode": "standard", "total_max_attempts": 4},
    user_agent_extra=_AGENT,
)
"""For calls that may be repeated; how long a read may take in all is said by `shared.aws.patience`."""

ONCE: Final = Config(
    connect_timeout=CONNECT_SECONDS,
    read_timeout=60,
    retries={"mode": "standard", "total_max_attempts": 1},
    user_agent_extra=_AGENT,
)
"""For calls that must never be repeated by the SDK: StartRecovery, TerminateRecoveryInstances, SendCommand."""

TABLES: Final = Config(
    connect_timeout=CONNECT_SECONDS,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 2},
    user_agent_extra=_AGENT,
)
"""For our own tables: two silent tries and the pause between them fit into the 25 s that an API call may take."""

HUB: Final = Config(
    connect_timeout=CONNECT_SECONDS,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 3},
    user_agent_extra=_AGENT,
)
"""For the services around us, which answer at once or not at all: three silent tries take some 45 s."""

_MODELS: Final = create_loader()
"""The descriptions of the AWS services, read once for all sessions: those of DRS and EC2 take some 30 MB."""

ClientFactory = Callable[[boto3.session.Session, str, str, Config], Any]
FindAccount = Callable[[str], TargetAccount | None]


def new_session(**credentials: str) -> boto3.session.Session:
    """A small session of the AWS SDK with these credentials or the process's own: the service models are shared."""
    core = botocore.session.Session()
    core.register_component("data_loader", _MODELS)
    return boto3.session.Session(botocore_session=core, **credentials)


def make_client(session: boto3.session.Session, service: str, region: str, config: Config) -> Any:
    """A client of the AWS SDK."""
    return session.client(cast("Any", service), region_name=region, config=config)


@overload
def hub_client(service: Literal["dynamodb"], region: str) -> "DynamoDBClient": ...
@overload
def hub_client(service: Literal["lambda"], region: str) -> "LambdaClient": ...
@overload
def hub_client(service: Literal["sns"], region: str) -> "SNSClient": ...
@overload
def hub_client(service: Literal["stepfunctions"], region: str) -> "SFNClient": ...
def hub_client(service: str, region: str) -> Any:
    """A client of the function's own account, with its own credentials."""
    return make_client(new_session(), service, region, TABLES if service == "dynamodb" else HUB)


@cache
def partition_of(region: str) -> str:
    """The partition of a region by botocore's table: aws, aws-us-gov, aws-cn, …"""
    return str(botocore.session.get_session().get_partition_for_region(region))


def session_name(purpose: str) -> str:
    """The purpose as AWS allows it in CloudTrail: 2 to 64 of letters, digits and `_=,.@-`."""
    cleaned = re.sub(r"[^\w=,.@-]", "-", purpose, flags=re.ASCII)[:64]
    return cleaned if len(cleaned) > 1 else f"{_AGENT}-{cleaned}".rstrip("-")


class AccountSession:
    """Credentials in one account; its clients are made once per service and region, safely from any thread."""

    def __init__(self, session: boto3.session.Session, role_arn: str | None, factory: ClientFactory) -> None:
        self.role_arn = role_arn
        self._session = session
        self._factory = factory
        self._clients: dict[tuple[str, str, bool], Any] = {}
        self._lock = threading.Lock()

    @overload
    def client(self, service: Literal["drs"], region: str, *, once: bool = False) -> "DrsClient": ...
    @overload
    def client(self, service: Literal["ec2"], region: str, *, once: bool = False) -> "EC2Client": ...
    @overload
    def client(
        self, service: Literal["cloudwatch", "ssm", "service-quotas"], region: str, *, once: bool = False
    ) -> Any: ...
    def client(self, service: str, region: str, *, once: bool = False) -> Any:
        """The client of a service in a region; with `once` it never repeats a call."""
        key = (service, region, once)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._factory(self._session, service, region, ONCE if once else READING)
            return self._clients[key]


@dataclass(frozen=True, slots=True)
class _Assumed:
    session: AccountSession
    expires_at: datetime


@dataclass(slots=True)
class _Turn:
    """Whose turn it is to assume a role, and how many threads are there for it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    threads: int = 0


class Sessions:
    """Sessions by account and purpose; the hub's own account is used without assuming a role.

    Credentials live on real time, so `wall_now` is not the engine's clock.
    """

    def __init__(
        self,
        accounts: FindAccount,
        hub_account_id: str,
        hub_region: str,
        *,
        base_session: boto3.session.Session | None = None,
        factory: ClientFactory = make_client,
        wall_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._accounts = accounts
        self._hub_account_id = hub_account_id
        self._hub_region = hub_region
        self._base = base_session or new_session()
        self._factory = factory
        self._wall_now = wall_now
        self._hub = AccountSession(self._base, None, factory)
        self._assumed: dict[tuple[str, str, str], _Assumed] = {}
        self._found: dict[str, tuple[TargetAccount, datetime]] = {}
        self._turns: dict[tuple[str, str, str], _Turn] = {}
        self._lock = threading.Lock()

    def session(self, account_id: str, purpose: str) -> AccountSession:
        """A session in the account, named after the purpose; CrossAccountError says which role and step failed."""
        if account_id == self._hub_account_id:
            return self._hub
        account = self._find(account_id)
        key = (self.role_arn(account), account.external_id or "", session_name(purpose))
        with self._one_at_a_time(key):
            assumed = self._assumed.get(key)
            if assumed is None or self._is_over(assumed):
                self._forget_what_is_over()
                assumed = self._assume(account_id, *key)
                self._assumed[key] = assumed
            return assumed.session

    def drop(self, session: AccountSession) -> None:
        """Forget a session whose credentials AWS no longer takes; the next call reads the row and assumes the role."""
        self._found.clear()
        for key, assumed in list(self._assumed.items()):
            if assumed.session is session:
                self._assumed.pop(key, None)

    @contextmanager
    def _one_at_a_time(self, key: tuple[str, str, str]) -> Iterator[None]:
        """One thread assumes a role under a name, and others wait only for that one; kept only while someone waits."""
        with self._lock:
            turn = self._turns.setdefault(key, _Turn())
            turn.threads += 1
        try:
            with turn.lock:
                yield
        finally:
            with self._lock:
                turn.threads -= 1
                if not turn.threads:
                    del self._turns[key]

    def _is_over(self, assumed: _Assumed) -> bool:
        return assumed.expires_at - REFRESH_BEFORE <= self._wall_now()

    def _forget_what_is_over(self) -> None:
        """A function lives for hours and serves many executions, each under its own session name."""
        for key, assumed in list(self._assumed.items()):
            if self._is_over(assumed):
                self._assumed.pop(key, None)

    def role_arn(self, account: TargetAccount) -> str:
        """The stored role, or the standard one in the hub's partition."""
        return (
            account.role_arn or f"arn:{partition_of(self._hub_region)}:iam::{account.account_id}:role/{STANDARD_ROLE}"
        )

    def _find(self, account_id: str) -> TargetAccount:
        now, known = self._wall_now(), self._found.get(account_id)
        if known is not None and now - known[1] < ACCOUNT_KEPT:
            return known[0]
        account = self._accounts(account_id)
        if account is None:
            raise CrossAccountError(
                f"account {account_id} is not registered as a target account",
                accountId=account_id,
                step="FindTargetAccount",
            )
        self._found[account_id] = (account, now)
        return account

    def _assume(self, account_id: str, role_arn: str, external_id: str, name: str) -> _Assumed:
        request: AssumeRoleRequestTypeDef = {
            "RoleArn": role_arn,
            "RoleSessionName": name,
            "DurationSeconds": SESSION_SECONDS,
        }
        if external_id:
            request["ExternalId"] = external_id
        try:
            sts = self._factory(self._base, "sts", self._hub_region, HUB)
            credentials = sts.assume_role(**request)["Credentials"]
        except ClientError as error:
            # whoever corrects the row is believed at once
            self._found.pop(account_id, None)
            raise _refused(account_id, role_arn, str(error.response["Error"].get("Code", ""))) from error
        except BotoCoreError as error:
            raise _refused(account_id, role_arn, type(error).__name__) from error
        session = new_session(
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
        )
        return _Assumed(AccountSession(session, role_arn, self._factory), credentials["Expiration"])


def _refused(account_id: str, role_arn: str, aws_code: str) -> CrossAccountError:
    return CrossAccountError(
        f"the role {role_arn} of account {account_id} could not be assumed ({aws_code}): "
        "it must exist, trust this account, and expect the stored external id",
        accountId=account_id,
        roleArn=role_arn,
        step="AssumeRole",
        awsCode=aws_code,
    )
