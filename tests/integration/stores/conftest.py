"""The stores on DynamoDB: as moto plays it, and as AWS's own DynamoDB Local does."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from local.moto_patches import attribute_values, table_queries, transaction_copies
from local.moto_patches.patches import Patches
from shared.stores.table import TRANSACTION_LIMIT, DeleteItem, Table, chunks
from tests.support.four_tables import FourTables, in_dynamo


@pytest.fixture(scope="session")
def local_tables(local_endpoint: str) -> Iterator[FourTables]:
    client = boto3.client("dynamodb", region_name="us-east-1", endpoint_url=local_endpoint)
    yield in_dynamo(client)
    client.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Play each test on both platforms, and what is marked so on DynamoDB Local alone."""
    if "tables" in metafunc.fixturenames:
        alone = metafunc.definition.get_closest_marker("dynamodb_local") is not None
        metafunc.parametrize("platform", ["dynamodb-local"] if alone else ["moto", "dynamodb-local"])


@pytest.fixture(scope="module")
def moto_tables() -> Iterator[FourTables]:
    """As the local system has them, whose reads and transactions of a table are its own."""
    patches = Patches()
    for patch in (transaction_copies, table_queries, attribute_values):
        patch.install(patches)
    with mock_aws():
        yield in_dynamo(boto3.client("dynamodb", region_name="us-east-1"))
    patches.undo()


@pytest.fixture
def tables(platform: str, request: pytest.FixtureRequest) -> Iterator[FourTables]:
    # One set of tables for many tests: making four takes longer than emptying them.
    four: FourTables = request.getfixturevalue("moto_tables" if platform == "moto" else "local_tables")
    yield four
    if platform == "moto":
        # What it holds is at hand; to ask it for everything took as long as the tests themselves.
        for held in dynamodb_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].tables.values():
            held.items.clear()
        return
    for table, keys in (
        (four.protection_groups, ("groupId",)),
        (four.recovery_plans, ("planId",)),
        (four.execution_history, ("executionId", "planId")),
        (four.target_accounts, ("accountId",)),
    ):
        _empty(table, keys)


def _empty(table: Table, keys: tuple[str, ...]) -> None:
    left = [DeleteItem({name: item[name] for name in keys}) for item in table.scan()]
    for some in chunks(left, TRANSACTION_LIMIT):
        table.transact(some)
