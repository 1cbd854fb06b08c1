"""A simulator behind its HTTP door, on a clock sixty times as fast as the wall's."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.config import Config

from local.drs_simulator import (
    Quirks,
    RateLimits,
    Settings,
    Simulator,
    SourceServerSpec,
    Timings,
    access_key_for,
)
from local.drs_simulator.server import DrsServer
from local.drs_simulator.simulator import OnEvent
from tests.support.moto_ec2 import few_images

if TYPE_CHECKING:
    from mypy_boto3_drs.client import DrsClient

__all__ = ["few_images"]

ACCOUNT: Final = "111122223333"
REGION: Final = "us-west-2"
SCALE: Final = 60.0
QUICK: Final = Settings(
    timings=Timings().scaled(0.1), rate_limits=RateLimits(enabled=False), quirks=Quirks(event_loss=0)
)
"""A job takes a minute, which is a wall second."""


class FastClock:
    """A clock that runs sixty times as fast."""

    def __init__(self) -> None:
        self._origin = time.monotonic()

    def now(self) -> datetime:
        return datetime(2026, 1, 29, tzinfo=UTC) + timedelta(seconds=SCALE * (time.monotonic() - self._origin))


class Service:
    """The running service as other processes see it, and the events it sent."""

    def __init__(self, on_event: OnEvent | None = None) -> None:
        self.events: list[tuple[str, str, dict[str, Any]]] = []
        self._clients: list[DrsClient] = []
        receive = on_event or (lambda *told: self.events.append(told))
        self.simulator = Simulator(FastClock(), settings=QUICK, on_event=receive)
        self.server = DrsServer(self.simulator, scale=SCALE)

    def client(self, account: str = ACCOUNT, read_timeout: float = 5) -> "DrsClient":
        client = boto3.client(
            "drs",
            endpoint_url=self.server.url,
            region_name=REGION,
            aws_access_key_id=access_key_for(account),
            aws_secret_access_key="secret",
            config=Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=read_timeout),
        )
        self._clients.append(client)
        return client

    def stop(self) -> None:
        for client in self._clients:
            client.close()
        self.server.stop()

    def protect(self, count: int) -> list[str]:
        return [
            self.simulator.add_source_server(ACCOUNT, REGION, SourceServerSpec(hostname=f"web-{index}"))
            for index in range(count)
        ]

    def control(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.server.url}/_simulator/{path}", data, {"Content-Type": content_type}, method=method)
        try:
            with urlopen(request, timeout=5) as answer:
                return json.load(answer)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)["message"]


@pytest.fixture
def service() -> Iterator[Service]:
    """The service, started and in the end stopped."""
    running = Service()
    running.server.start()
    yield running
    running.stop()


def eventually(condition: Any, seconds: float = 10) -> None:
    """Wait until the condition holds; fail if it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
