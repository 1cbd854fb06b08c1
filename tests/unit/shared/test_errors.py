"""What errors name: wrong fields that are called otherwise by who sent them, and servers in the way."""

import json

import pytest

from shared.errors import MOST_FIELDS, MOST_SERVERS, ConflictError, ConflictReason, ValidationError, servers_in_the_way
from shared.response_utils import error_object


def wrong(count: int, name: str) -> ValidationError:
    return ValidationError.of(
        {"field": f"{name}[{number}]", "reason": "is wrong", "code": "WRONG_FORMAT"} for number in range(count)
    )


def test_fields_that_are_called_otherwise_are_as_many_as_before() -> None:
    for count in (1, MOST_FIELDS, MOST_FIELDS + 7):
        renamed, expected = (
            wrong(count, "ids").renamed(lambda path: path.replace("ids", "names")),
            wrong(count, "names"),
        )

        assert (renamed.message, renamed.details) == (expected.message, expected.details)


@pytest.mark.parametrize(("count", "more"), [(0, None), (1, None), (MOST_SERVERS, None), (MOST_SERVERS + 7, 7)])
def test_servers_in_the_way_are_named_up_to_a_hundred_and_the_others_counted(count: int, more: int | None) -> None:
    servers = [{"server": f"s-{number:017d}"} for number in range(count)]

    details = servers_in_the_way(servers)

    assert details["servers"] == servers[:100]
    assert details.get("moreServers") == more


def test_a_conflict_over_twenty_thousand_servers_is_a_small_answer() -> None:
    named = {"executionId": "exec-" + "0" * 26, "planName": "ñ" * 64, "status": "RUNNING", "accountId": "1" * 12}
    servers = [{"server": f"s-{number:017d}", **named} for number in range(20_000)]

    error = ConflictError("taken", reason=ConflictReason.SERVER_CONFLICT, **servers_in_the_way(servers))

    assert len(json.dumps(error_object(error, "r-1")).encode()) < 100_000
