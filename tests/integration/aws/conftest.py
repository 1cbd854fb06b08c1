"""Two accounts in a simulated DRS, reached through roles that a small STS hands out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.drs_simulator.credentials import access_key_for
from local.drs_simulator.estate import SourceServerSpec
from local.drs_simulator.simulator import Simulator
from local.drs_simulator.transport import attach
from shared.aws.drs import DrsGateway
from shared.clock import VirtualClock
from shared.cross_account import Sessions, make_client
from shared.models.account import TargetAccount
from shared.models.targets import Target
from tests.support.moto_ec2 import few_images

__all__ = ["few_images"]

HUB = "123456789012"
DATABASE = Target(account_id="111122223333", region="us-west-2")
WEB = Target(account_id="444455556666", region="us-west-2")
START = datetime(2026, 1, 29, 2, 0, tzinfo=UTC)
EXTERNAL_ID = "an-external-id"


@dataclass
class SmallSts:
    """Hands out roles to whoever knows the external id, and remembers who asked."""

    now: datetime = START
    asked: list[Mapping[str, Any]] = field(default_factory=list)
    before_answer: Callable[[], None] = lambda: None

    def assume_role(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        self.before_answer()
        if request.get("ExternalId") != EXTERNAL_ID:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "AssumeRole")
        account = request["RoleArn"].split(":")[4]
        return {
            "Credentials": {
                "AccessKeyId": access_key_for(account),
                "SecretAccessKey": "secret",
                "SessionToken": "session",
                "Expiration": self.now + timedelta(hours=1),
            }
        }


@dataclass
class Cloud:
    """AWS as these tests see it."""

    clock: VirtualClock
    simulator: Simulator
    sts: SmallSts
    sessions: Sessions
    drs: DrsGateway
    accounts: dict[str, TargetAccount]

    def protect(self, target: Target, *hostnames: str) -> list[str]:
        """Protect servers; answers their ids."""
        return [
            self.simulator.add_source_server(
                target.account_id, target.region, SourceServerSpec(hostname=name, tags={"tier": name[:2]})
            )
            for name in hostnames
        ]

    def protect_instance(self, target: Target, hostname: str, instance_id: str, **place: str) -> str:
        """Protect an EC2 instance; answers its source server's id."""
        spec = SourceServerSpec.model_validate(
            {"hostname": hostname, "origin": "ec2", "origin_instance_id": instance_id, **place}
        )
        return self.simulator.add_source_server(target.account_id, target.region, spec)

    def fault(self, **fault: Any) -> None:
        """Let one thing go wrong."""
        self.simulator.add_faults({"faults": [fault]})

    def calls(self, operation: str) -> int:
        """How many calls of an operation reached the simulated DRS."""
        return len(self.simulator.record.calls(operation))


def account(account_id: str, external_id: str | None = EXTERNAL_ID) -> TargetAccount:
    """A registered target account."""
    return TargetAccount(
        account_id=account_id,
        account_name=account_id,
        external_id=external_id,
        created_at=START,
        updated_at=START,
    )


@pytest.fixture
def hub_session() -> boto3.session.Session:
    return boto3.session.Session(aws_access_key_id="hub", aws_secret_access_key="hub", region_name="us-east-1")


@pytest.fixture
def cloud(hub_session: boto3.session.Session) -> Cloud:
    clock = VirtualClock(START)
    simulator = Simulator(clock)
    sts = SmallSts()
    accounts = {target.account_id: account(target.account_id) for target in (DATABASE, WEB)}

    def factory(session: boto3.session.Session, service: str, region: str, config: Config) -> Any:
        if service == "sts":
            return sts
        client = make_client(session, service, region, config)
        if service == "drs":
            attach(client, simulator)
        return client

    sessions = Sessions(
        accounts.get, HUB, "us-east-1", base_session=hub_session, factory=factory, wall_now=lambda: sts.now
    )
    return Cloud(clock, simulator, sts, sessions, DrsGateway(sessions, clock), accounts)
