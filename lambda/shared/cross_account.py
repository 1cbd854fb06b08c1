"""Sessions in other accounts: a role is assumed once, kept until shortly before it expires, and hands out clients."""

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, cast, overload

import boto3
import botocore.handlers
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.hooks import HierarchicalEmitter
from botocore.loaders import create_loader

from shared.errors import THROTTLED, CrossAccountError
from shared.patience import OutOfPatienceError, answer_of, patience_left, patient, why_unanswered

if TYPE_CHECKING:
    from mypy_boto3_drs import DrsClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_sts.type_defs import AssumeRoleRequestTypeDef

    from shared.models.account import TargetAccount

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
"""For calls that may be repeated; how long a read may take in all is said by `shared.patience`."""

BRIEF_SECONDS: Final = 2
"""So long an answer is waited for that nothing depends on."""

BRIEF: Final = Config(
    connect_timeout=BRIEF_SECONDS,
    read_timeout=BRIEF_SECONDS,
    retries={"mode": "standard", "total_max_attempts": 2},
    user_agent_extra=_AGENT,
)
"""For Service Quotas, without whose answer what is documented counts: a silent endpoint is soon done without."""

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
"""Where a caller waits: two silent tries and the pause between them fit into the 25 s that an API call may take."""

HUB: Final = Config(
    connect_timeout=CONNECT_SECONDS,
    read_timeout=10,
    retries={"mode": "standard", "total_max_attempts": 3},
    user_agent_extra=_AGENT,
)
"""For the services around us, which answer at once or not at all: three silent tries take some 45 s."""

_PACKAGED_MODELS: Final = Path(__file__).parents[1] / "models"
"""In a zip the description of DRS as it is locked: Lambda's own SDK may not know yet what is set and read here."""

_MODELS: Final = create_loader(str(_PACKAGED_MODELS))
"""The descriptions of the AWS services, read once for all sessions: those of DRS and EC2 take some 30 MB."""

ClientFactory = Callable[[boto3.session.Session, str, str, Config], Any]
FindAccount: TypeAlias = "Callable[[str], TargetAccount | None]"


def new_session(**credentials: str) -> boto3.session.Session:
    """A small session of the AWS SDK with these credentials or the process's own: the service models are shared."""
    core = botocore.session.Session(
        event_hooks=copy(_handlers(len(botocore.handlers.BUILTIN_HANDLERS))), include_builtin_handlers=False
    )
    core.register_component("data_loader", _MODELS)
    return boto3.session.Session(botocore_session=core, **credentials)


@cache
def _handlers(_known: int) -> HierarchicalEmitter:
    """What the SDK itself does at its events, to be copied: to register it anew is nine tenths of a session.

    How many handlers the SDK knows is part of the question, because whoever stands in for AWS adds one of his own.
    """
    hooks = HierarchicalEmitter()
    botocore.session.Session(event_hooks=hooks)
    return hooks


def make_client(session: boto3.session.Session, service: str, region: str, config: Config) -> Any:
    """A client of the AWS SDK; the one that asks for roles is bounded by the patience around each question."""
    client = session.client(cast("Any", service), region_name=region, config=config)
    return patient(client) if service == "sts" else client


@overload
def hub_client(service: Literal["dynamodb"], region: str) -> "DynamoDBClient": ...
@overload
def hub_client(service: Literal["lambda"], region: str) -> "LambdaClient": ...
@overload
def hub_client(service: Literal["sns"], region: str) -> "SNSClient": ...
@overload
def hub_client(service: Literal["stepfunctions"], region: str) -> "SFNClient": ...
@overload
def hub_client(service: Literal["s3", "cloudfront", "cloudformation", "ssm"], region: str) -> Any: ...
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
        self, service: Literal["cloudwatch", "iam", "ssm", "service-quotas"], region: str, *, once: bool = False
    ) -> Any: ...
    def client(self, service: str, region: str, *, once: bool = False) -> Any:
        """The client of a service in a region; with `once` it never repeats a call."""
        key = (service, region, once)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._factory(self._session, service, region, _config(service, once=once))
            return self._clients[key]

    def let_go(self, service: str, region: str) -> None:
        """Forget the clients of a service in a region, and close their connections."""
        with self._lock:
            clients = [self._clients.pop((service, region, once), None) for once in (False, True)]
        for client in clients:
            if client is not None:
                client.close()


def _config(service: str, *, once: bool) -> Config:
    if once:
        return ONCE
    return BRIEF if service == "service-quotas" else READING


@dataclass(frozen=True, slots=True)
class _Assumed:
    session: AccountSession
    expires_at: datetime


_Key = tuple[str, str, str]
"""The role, its external id, and the session's name."""

_Answer = Future[_Assumed | None]
"""What STS says to one question, for all that wait for it; None if whoever asked gave up."""


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
        self._assumed: dict[_Key, _Assumed] = {}
        self._asked: dict[_Key, _Answer] = {}
        self._found: dict[str, tuple[TargetAccount, datetime]] = {}
        self._insisted: dict[str, TargetAccount] = {}
        self._lock = threading.Lock()

    def session(self, account_id: str, purpose: str) -> AccountSession:
        """A session in the account, named after the purpose; CrossAccountError says which role and step failed."""
        if account_id == self._hub_account_id:
            return self._hub
        account = self._find(account_id)
        key = (self.role_arn(account), account.external_id or "", session_name(purpose))
        while True:
            with self._lock:
                kept = self._assumed.get(key)
                if kept is not None and not self._is_over(kept):
                    return kept.session
                asked = self._asked.get(key)
                if asked is None:
                    self._asked[key] = answer = _Answer()
            if asked is None:
                return self._ask(account_id, key, answer).session
            shared = self._wait_for(account_id, key[0], asked)
            if shared is not None:
                return shared.session

    def believe(self, account: "TargetAccount") -> None:
        """Take what was just read of an account at its word, as if it had been read here."""
        self._found[account.account_id] = (account, self._wall_now())

    @contextmanager
    def insisting(self, account: "TargetAccount") -> Iterator[None]:
        """Within, the account is entered like this, whatever STS says to it, and whatever its row says."""
        self._insisted[account.account_id] = account
        try:
            yield
        finally:
            self._insisted.pop(account.account_id, None)
            self.forget(account.account_id)

    def forget(self, account_id: str) -> None:
        """Believe no more what was read of an account: whoever enters it next reads its row."""
        self._found.pop(account_id, None)

    def drop(self, session: AccountSession) -> None:
        """Forget a session whose credentials AWS no longer takes; the next call reads the row and assumes the role."""
        self._found.clear()
        for key, assumed in list(self._assumed.items()):
            if assumed.session is session:
                self._assumed.pop(key, None)

    def let_go(self, account_id: str, purpose: str, service: str, region: str) -> None:
        """Forget the clients of a service in a region of an account, if there are any; no session is asked for."""
        if account_id == self._hub_account_id:
            self._hub.let_go(service, region)
            return
        known = self._found.get(account_id)
        if known is None:
            return
        key = (self.role_arn(known[0]), known[0].external_id or "", session_name(purpose))
        with self._lock:
            assumed = self._assumed.get(key)
        if assumed is not None:
            assumed.session.let_go(service, region)

    def _ask(self, account_id: str, key: _Key, answer: _Answer) -> _Assumed:
        """Assume the role for all threads that want it now: they are told this one answer, or this one error."""
        try:
            assumed = self._assume(account_id, *key)
        except BaseException as error:
            with self._lock:
                del self._asked[key]
            if isinstance(error, CrossAccountError) and not isinstance(error, _GivenUpError):
                answer.set_exception(error)
            else:
                answer.set_result(None)
            raise
        with self._lock:
            self._forget_what_is_over()
            self._assumed[key] = assumed
            del self._asked[key]
        answer.set_result(assumed)
        return assumed

    def _wait_for(self, account_id: str, role_arn: str, answer: _Answer) -> _Assumed | None:
        """What another thread is told, waited for as long as there is patience; None if it gave up."""
        left = patience_left()
        try:
            return answer.result(timeout=None if left is None else max(left, 0))
        except TimeoutError as error:
            raise _unanswered(account_id, role_arn, OutOfPatienceError()) from error
        except CrossAccountError as error:
            raise CrossAccountError(error.message, unanswered=error.is_retryable, **error.details) from error

    def _is_over(self, assumed: _Assumed) -> bool:
        return assumed.expires_at - REFRESH_BEFORE <= self._wall_now()

    def _forget_what_is_over(self) -> None:
        """A function lives for hours and serves many executions, each under its own session name."""
        for key, assumed in list(self._assumed.items()):
            if self._is_over(assumed):
                self._assumed.pop(key, None)

    def role_arn(self, account: "TargetAccount") -> str:
        """The stored role, or the standard one in the hub's partition."""
        return (
            account.role_arn or f"arn:{partition_of(self._hub_region)}:iam::{account.account_id}:role/{STANDARD_ROLE}"
        )

    def _find(self, account_id: str) -> "TargetAccount":
        insisted = self._insisted.get(account_id)
        if insisted is not None:
            return insisted
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
            credentials = answer_of(lambda: sts.assume_role(**request))["Credentials"]
        except ClientError as error:
            # whoever corrects the row is believed at once
            self._found.pop(account_id, None)
            raise _refused(account_id, role_arn, str(error.response["Error"].get("Code", ""))) from error
        except BotoCoreError as error:
            raise _unanswered(account_id, role_arn, error) from error
        session = new_session(
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
        )
        return _Assumed(AccountSession(session, role_arn, self._factory), credentials["Expiration"])


def _refused(account_id: str, role_arn: str, aws_code: str) -> CrossAccountError:
    why = (
        f": STS wants fewer calls ({aws_code})"
        if aws_code in THROTTLED
        else f" ({aws_code}): it must exist, trust this account, and expect the external id that was sent"
    )
    return CrossAccountError(
        f"the role {role_arn} of account {account_id} could not be assumed{why}",
        accountId=account_id,
        roleArn=role_arn,
        step="AssumeRole",
        awsCode=aws_code,
    )


class _GivenUpError(CrossAccountError):
    """Patience was over before STS answered: whoever has more of it may still be answered."""


def _unanswered(account_id: str, role_arn: str, error: BotoCoreError) -> CrossAccountError:
    kind = _GivenUpError if isinstance(error, OutOfPatienceError) else CrossAccountError
    return kind(
        f"the role {role_arn} of account {account_id} could not be assumed: "
        f"STS gave no answer ({why_unanswered(error)})",
        unanswered=True,
        accountId=account_id,
        roleArn=role_arn,
        step="AssumeRole",
    )
