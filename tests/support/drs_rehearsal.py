"""A DRS simulator on a clock that tests move by hand, and boto3 clients that talk to it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.drs_simulator import (
    InMemoryEc2,
    Quirks,
    RateLimits,
    Settings,
    Simulator,
    SourceServerSpec,
    access_key_for,
)
from local.drs_simulator.templates import MemoryTemplate
from local.drs_simulator.transport import attach

if TYPE_CHECKING:
    from mypy_boto3_drs.client import DrsClient

ACCOUNT: Final = "111122223333"
OTHER_ACCOUNT: Final = "444455556666"
REGION: Final = "us-west-2"
START: Final = datetime(2026, 1, 29, 2, 47, tzinfo=UTC)
KEY: Final = f"arn:aws:kms:{REGION}:{OTHER_ACCOUNT}:key/staging"
"""A key that the other account may share."""
JOB_SECONDS: Final = 900
"""Longer than any job with default timings of a server that does not run Windows."""
CERTAIN: Final = Settings(rate_limits=RateLimits(enabled=False), quirks=Quirks(event_loss=0))
"""Nothing is throttled and no event is lost."""


class HandClock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        return self.time


@cache
def raw_client(account: str, region: str) -> "DrsClient":
    """A boto3 client that never tries twice; making one is slow, so they are kept."""
    return boto3.client(
        "drs",
        region_name=region,
        aws_access_key_id=access_key_for(account),
        aws_secret_access_key="secret",
        aws_session_token="token",
        config=Config(retries={"mode": "standard", "total_max_attempts": 1}),
    )


def told(refused: pytest.ExceptionInfo[ClientError]) -> Any:
    """Everything a refusal says, members of its own shape included."""
    return refused.value.response


class Rehearsal:
    """One simulator and all that a test asks of it."""

    def __init__(self, settings: Settings = CERTAIN, seed: int = 0) -> None:
        self.clock = HandClock()
        self.ec2 = InMemoryEc2()
        self.events: list[dict[str, Any]] = []
        self.simulator = Simulator(
            self.clock,
            ec2=self.ec2,
            settings=settings,
            seed=seed,
            on_event=lambda _account, _region, event: self.events.append(event),
        )

    def client(self, account: str = ACCOUNT, region: str = REGION) -> "DrsClient":
        """A client of this simulator."""
        client = raw_client(account, region)
        attach(client, self.simulator, sleep=self.wait)
        return client

    @property
    def drs(self) -> "DrsClient":
        """The client of the usual account and region."""
        return self.client()

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.time += timedelta(seconds=seconds)

    def finish_jobs(self) -> None:
        """Let so much time pass that every job ends."""
        self.wait(JOB_SECONDS)
        self.simulator.advance()

    def protect(self, count: int = 1, account: str = ACCOUNT, **spec: Any) -> list[str]:
        """Add servers web-0, web-1 … and answer their ids."""
        names = [spec.pop("hostname")] if "hostname" in spec else [f"web-{index}" for index in range(count)]
        return [
            self.simulator.add_source_server(account, REGION, SourceServerSpec(hostname=name, **spec)) for name in names
        ]

    def start(self, servers: Iterable[str], **more: Any) -> str:
        """Call StartRecovery and answer the job's id."""
        wanted: Any = [{"sourceServerID": server} for server in servers]
        return self.drs.start_recovery(sourceServers=wanted, **more)["job"]["jobID"]

    def launch(self, servers: Iterable[str], **more: Any) -> str:
        """Start a job, let it end, and answer its id."""
        job_id = self.start(servers, **more)
        self.finish_jobs()
        return job_id

    def job(self, job_id: str) -> Any:
        """The job as DescribeJobs shows it."""
        return self.drs.describe_jobs(filters={"jobIDs": [job_id]})["items"][0]

    def server(self, server_id: str) -> Any:
        """The server as DescribeSourceServers shows it."""
        return self.drs.describe_source_servers(filters={"sourceServerIDs": [server_id]})["items"][0]

    def instances(self) -> list[Any]:
        """All recovery instances, oldest first."""
        pages = self.drs.get_paginator("describe_recovery_instances").paginate()
        return [item for page in pages for item in page["items"]]

    def log(self, job_id: str) -> list[Any]:
        """A job's whole log."""
        pages = self.drs.get_paginator("describe_job_log_items").paginate(jobID=job_id)
        return [item for page in pages for item in page["items"]]

    def fail(self, **fault: Any) -> None:
        """Put one fault in force."""
        self.simulator.add_faults({"faults": [fault]})


def template_of(rehearsal: Rehearsal, server_id: str) -> MemoryTemplate:
    """The launch template of a server."""
    found = rehearsal.drs.get_launch_configuration(sourceServerID=server_id)["ec2LaunchTemplateID"]
    return rehearsal.ec2.template(ACCOUNT, REGION, found)
