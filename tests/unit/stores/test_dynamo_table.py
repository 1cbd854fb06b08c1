"""What DynamoDB says when it is busy, and what becomes of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from urllib3 import HTTPResponse

from shared.cross_account import hub_client
from shared.errors import ErrorCode
from shared.stores.conditions import Equals, Exists
from shared.stores.dynamo_table import TRIES, DynamoTable
from shared.stores.table import Changes, CheckItem, PutItem, TableUseError, Throttled, TransactionRefused

TABLE = "aws-drs-orchestration-execution-history-dev"
KEY = {"executionId": "e", "planId": "p"}


class Stage:
    """A table whose DynamoDB answers what a test says, and the pauses that were made."""

    def __init__(self) -> None:
        self.pauses: list[float] = []
        self.client = boto3.client("dynamodb", region_name="us-east-1")
        self.answers = Stubber(self.client)
        self.table = DynamoTable(self.client, TABLE, sleep=self.pauses.append, jitter=lambda: 1.0)

    def listen(self, asked: list[dict[str, Any]]) -> None:
        """Write down what every query asks."""

        def note(params: dict[str, Any], **_: Any) -> None:
            asked.append(params)

        self.client.meta.events.register("provide-client-params.dynamodb.Query", note)

    def cancelled(self, *codes: str) -> None:
        """The next transaction is cancelled for these reasons."""
        reasons: Any = [{"Code": code} for code in codes]
        self.answers.add_client_error(
            "transact_write_items", "TransactionCanceledException", modeled_fields={"CancellationReasons": reasons}
        )


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    with stage.answers:
        yield stage
        stage.answers.assert_no_pending_responses()


def test_a_write_that_meets_a_transaction_is_tried_again_after_growing_pauses(stage: Stage) -> None:
    for _ in range(3):
        stage.answers.add_client_error("put_item", "TransactionConflictException")
    stage.answers.add_response("put_item", {})

    stage.table.put(dict(KEY))

    assert stage.pauses == [0.02, 0.04, 0.08]


def test_a_transaction_that_meets_others_is_tried_again(stage: Stage) -> None:
    stage.cancelled("None", "TransactionConflict")
    stage.answers.add_response("transact_write_items", {})

    stage.table.transact([PutItem(dict(KEY)), CheckItem({**KEY, "planId": "q"}, Exists("x"))])

    assert len(stage.pauses) == 1


def test_a_write_that_meets_others_again_and_again_is_throttled(stage: Stage) -> None:
    for _ in range(TRIES):
        stage.answers.add_client_error("update_item", "TransactionConflictException")

    with pytest.raises(Throttled) as refusal:
        stage.table.update(KEY, Changes(set={"x": 1}))

    assert refusal.value.code is ErrorCode.THROTTLED
    assert refusal.value.details["retryAfterSeconds"] == 1


def test_a_failed_condition_beside_a_conflict_is_an_answer(stage: Stage) -> None:
    stage.cancelled("ConditionalCheckFailed", "TransactionConflict")

    with pytest.raises(TransactionRefused) as refusal:
        stage.table.transact([PutItem(dict(KEY)), PutItem({**KEY, "planId": "q"})])

    assert refusal.value.reasons == ("ConditionalCheckFailed", "TransactionConflict")
    assert refusal.value.failures() == [0]
    assert stage.pauses == []


@pytest.mark.parametrize("code", ["ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_transaction_for_which_there_is_no_room_is_throttled(stage: Stage, code: str) -> None:
    stage.cancelled(code)

    with pytest.raises(Throttled):
        stage.table.transact([PutItem(dict(KEY))])


def test_a_transaction_that_is_wrong_is_a_defect(stage: Stage) -> None:
    stage.cancelled("ItemCollectionSizeLimitExceeded")

    with pytest.raises(TableUseError, match="ItemCollectionSizeLimitExceeded"):
        stage.table.transact([PutItem(dict(KEY))])


@pytest.mark.parametrize("code", ["ThrottlingException", "RequestLimitExceeded"])
def test_a_busy_table_is_throttled(stage: Stage, code: str) -> None:
    stage.answers.add_client_error("get_item", code)

    with pytest.raises(Throttled):
        stage.table.get(KEY)


def test_what_nobody_expects_is_left_as_it_is(stage: Stage) -> None:
    stage.answers.add_client_error("get_item", "AccessDeniedException")

    with pytest.raises(ClientError, match="AccessDeniedException"):
        stage.table.get(KEY)


def test_keys_that_a_batch_left_unread_are_read(stage: Stage) -> None:
    low_level = {"executionId": {"S": "e"}, "planId": {"S": "p"}}
    stage.answers.add_response("batch_get_item", {"Responses": {}, "UnprocessedKeys": {TABLE: {"Keys": [low_level]}}})
    stage.answers.add_response("batch_get_item", {"Responses": {TABLE: [low_level]}})

    assert stage.table.batch_get([KEY]) == [KEY]
    assert len(stage.pauses) == 1


def test_a_batch_that_never_ends_is_throttled(stage: Stage) -> None:
    low_level = {"executionId": {"S": "e"}, "planId": {"S": "p"}}
    for _ in range(TRIES):
        stage.answers.add_response(
            "batch_get_item", {"Responses": {}, "UnprocessedKeys": {TABLE: {"Keys": [low_level]}}}
        )

    with pytest.raises(Throttled):
        stage.table.batch_get([KEY])


def test_a_scan_reads_all_pages(stage: Stage) -> None:
    first, second = ({"executionId": {"S": "e"}, "planId": {"S": sort}} for sort in "pq")
    stage.answers.add_response("scan", {"Items": [first], "LastEvaluatedKey": first})
    stage.answers.add_response("scan", {"Items": [second]})

    assert [item["planId"] for item in stage.table.scan()] == ["p", "q"]


def test_a_query_without_a_limit_reads_all_pages(stage: Stage) -> None:
    first, second = ({"executionId": {"S": "e"}, "planId": {"S": sort}} for sort in "pq")
    stage.answers.add_response("query", {"Items": [first], "LastEvaluatedKey": first})
    stage.answers.add_response("query", {"Items": [second]})

    page = stage.table.query(("executionId", "e"))

    assert [item["planId"] for item in page.items] == ["p", "q"]
    assert page.next_start is None


def test_our_client_gives_up_before_an_api_call_does() -> None:
    config: Any = hub_client("dynamodb", "us-west-2").meta.config
    tries, longest_pause = config.retries["total_max_attempts"], 1

    assert (config.connect_timeout, config.read_timeout, config.region_name) == (5, 10, "us-west-2")
    assert tries * config.read_timeout + (tries - 1) * longest_pause < 25


def test_a_table_that_is_busy_for_minutes_costs_a_call_two_tries_and_some_seconds() -> None:
    sent: list[str] = []
    client: Any = hub_client("dynamodb", "us-west-2")

    def busy(request: Any, **_: Any) -> AWSResponse:
        sent.append(str(request.headers["X-Amz-Target"]))
        body = b'{"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException", "message": "Rate exceeded"}'
        return AWSResponse(request.url, 400, HTTPHeaders(), HTTPResponse(BytesIO(body), preload_content=False))

    client.meta.events.register("before-send.dynamodb", busy)
    table, began = DynamoTable(client, TABLE), time.monotonic()

    with pytest.raises(Throttled):
        table.get(KEY)
    with pytest.raises(Throttled):
        table.transact([PutItem(dict(KEY))])

    assert len(sent) == 4, "each of them is tried twice by the SDK, and by nobody else"
    assert time.monotonic() - began < 5


def _read(numbers: range, last: int | None = None) -> dict[str, Any]:
    """An answer to a query of an index: these items, and where DynamoDB stopped."""

    def key(number: int) -> dict[str, Any]:
        values = {"executionId": f"e{number}", "planId": "p", "listKey": "execution", "startedAt": f"{number:04d}"}
        return {name: {"S": value} for name, value in values.items()}

    more = {} if last is None else {"LastEvaluatedKey": key(last)}
    return {"Items": [key(number) for number in numbers], "Count": len(numbers), "ScannedCount": 5_000, **more}


def test_a_query_that_sifts_reads_a_megabyte_at_a_time_and_not_as_few_items_as_it_wants(stage: Stage) -> None:
    asked: list[dict[str, Any]] = []
    stage.listen(asked)
    stage.answers.add_response("query", _read(range(1), last=4_000))
    stage.answers.add_response("query", _read(range(1, 10)))

    page = stage.table.query(
        ("listKey", "execution"), index="executions-by-start", limit=3, filter=Equals("executionType", "RECOVERY")
    )

    assert [item["executionId"] for item in page.items] == ["e0", "e1", "e2"]
    assert page.next_start == {"listKey": "execution", "startedAt": "0002", "executionId": "e2", "planId": "p"}
    assert not any("Limit" in request for request in asked)
    assert [request.get("ExclusiveStartKey", {}).get("startedAt") for request in asked] == [None, {"S": "4000"}]


@pytest.mark.parametrize(("last", "has_more"), [(None, False), (2, True)])
def test_a_sifted_page_that_is_just_full_says_whether_there_may_be_more(
    stage: Stage, last: int | None, has_more: bool
) -> None:
    stage.answers.add_response("query", _read(range(3), last=last))

    page = stage.table.query(("listKey", "execution"), index="executions-by-start", limit=3, filter=Exists("planId"))

    assert len(page.items) == 3
    assert (page.next_start is not None) is has_more
