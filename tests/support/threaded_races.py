"""Starts that meet as threads on a DynamoDB of their own, race after race on one table."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config

from shared.conflict_detection import Holder
from shared.models.targets import InstanceKey, ServerKey
from shared.services.preflight_deps import HolderReader
from shared.stores.dynamo_table import DynamoTable
from shared.stores.table import Item, Table
from tests.support.at_once import at_once
from tests.support.start_races import Outcome, RaceRoom, judge
from tests.support.tables import create_tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_BATCH: Final = 25
"""DynamoDB: writes in one BatchWriteItem."""


class _MeetingHolders:
    """Tells who holds which server when every start has asked: all find them free, and the locks decide."""

    def __init__(self, holders: HolderReader, barrier: threading.Barrier) -> None:
        self._holders = holders
        self._barrier = barrier

    def holders(self, keys: Collection[ServerKey]) -> Mapping[ServerKey, Holder]:
        found = self._holders.holders(keys)
        self._barrier.wait(30)
        return found

    def instance_holders(self, instances: Collection[InstanceKey]) -> Mapping[InstanceKey, Holder]:
        return self._holders.instance_holders(instances)


class _Room(RaceRoom):
    """The starts of a race meet a second time after their checks, if there is a barrier."""

    meeting: threading.Barrier | None = None

    def holders(self, table: Table) -> HolderReader:
        holders = super().holders(table)
        return holders if self.meeting is None else _MeetingHolders(holders, self.meeting)


class Course:
    """One table and one client for all races; a race leaves nothing to the next."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._name = table_name
        self.history = DynamoTable(client, table_name)
        self._room = _Room(self.history)

    def races(self, plans: Sequence[str], count: int) -> Counter[Outcome]:
        """How often what came of starts of these plans that began at one barrier; AssertionError by the judge.

        Every other race meets again after the checks; every other pair of races takes its locks one by one.
        """
        outcomes: Counter[Outcome] = Counter()
        for number in range(count):
            self._room.meeting = threading.Barrier(len(plans)) if number % 2 else None
            self._room.locks_at_once = 1 if number % 4 < 2 else 100
            answers = at_once(*(partial(self._room.start_on, self.history, plan) for plan in plans))
            outcomes[judge(self._room, plans, answers, self.swept())] += 1
        return outcomes

    def swept(self) -> list[Item]:
        """Every row of the table, which is empty then."""
        rows = self.history.scan()
        keys: list[Any] = [{name: {"S": row[name]} for name in ("executionId", "planId")} for row in rows]
        for first in range(0, len(keys), _BATCH):
            deletes: list[Any] = [{"DeleteRequest": {"Key": key}} for key in keys[first : first + _BATCH]]
            self._client.batch_write_item(RequestItems={self._name: deletes})
        return rows


@contextmanager
def course(endpoint: str) -> Iterator[Course]:
    """A course with tables of its own, which go with it; the client keeps a connection for every thread.

    They are in a region where no other test has tables, which have the same names.
    """
    config = Config(max_pool_connections=50)
    client = boto3.client("dynamodb", region_name="us-east-2", endpoint_url=endpoint, config=config)
    names = create_tables(client)
    yield Course(client, names.execution_history)
    for name in vars(names).values():
        client.delete_table(TableName=name)
    client.close()
