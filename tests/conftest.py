"""Keeps every test away from the AWS account of whoever runs it, and makes generated examples repeatable in CI."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.support import dynamodb_local
from tests.support.garbage import keep_what_is_there, look_for_garbage_seldom
from tests.support.log_watch import LogWatch, watching
from tests.support.recorded_calls import record
from tests.support.sampling import sample
from tests.support.silence import Silence

for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_SESSION_TOKEN="testing",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    AWS_EC2_METADATA_DISABLED="true",
)
record()
look_for_garbage_seldom()

# A deadline measures the machine, not the code; CI repeats its examples so that a red build stays red.
settings.register_profile("developer", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "developer")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--sample", action="store_true", help="of every sweep play about a third (tests/support/sampling.py)"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--sample"):
        items[:], left_out = sample(items)
        config.hook.pytest_deselected(items=left_out)


def pytest_collection_finish() -> None:
    """What was collected stays to the end."""
    keep_what_is_there()


@pytest.fixture(scope="session", autouse=True)
def log_watch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LogWatch]:
    """Reads every log line of the session, of this process and of local systems, and fails it for a secret in one."""
    with watching() as watch:
        yield watch
    watch.read_files(tmp_path_factory.getbasetemp())
    watch.check()


@pytest.fixture
def silence() -> Iterator[Silence]:
    """Somebody who takes every question and answers none."""
    made = Silence()
    yield made
    made.end()


@pytest.fixture(scope="session")
def local_endpoint(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where AWS's own DynamoDB Local listens; one process serves every test of a session."""
    try:
        with dynamodb_local.running() as endpoint:
            yield endpoint
    except dynamodb_local.Unavailable as missing:
        # only tests/bench has the option
        documents = bool(request.config.getoption("--document", default=False))
        dynamodb_local.go_without(missing, os.environ, documents=documents)
