"""What the fuzz makes of a run: no count and no failure is lost, and what it prints can be pasted."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

from shared.roles import Role
from tests.fuzz.calling import check_reach
from tests.fuzz.playing import CHECKS, Round, is_too_long, labels, pasteable, rounds
from tests.fuzz.tally import Failure, Tally

URL = "http://127.0.0.1:1/dev"
THERE, AWAY = "111122223333", "999900001111"


def failure(words: str = "an undocumented status") -> Failure:
    return Failure("status_code_conformance", "GET /health", 1, words, "curl …", "418")


@pytest.fixture
def tally() -> Tally:
    made = Tally(seed=1, seconds=60, errors=["could not be loaded"])
    for status, times in ((200, 3), (201, 1), (404, 5), (502, 1)):
        for _ in range(times):
            made.add_call("GET /executions", "fuzzing", status)
    made.add_call("GET /health", "examples", 500)
    for words in ("one", "another", "one"):
        made.add_failure(failure(words))
    return made


def test_calls_are_counted_and_failures_told_once_a_kind(tally: Tally) -> None:
    assert (tally.total, tally.with_status(500), tally.with_status(502, 502)) == (11, 2, 1)
    assert tally.succeeded == pytest.approx(4 / 11)
    assert tally.not_called(["GET /executions", "GET /health", "POST /executions"]) == ["POST /executions"]
    assert tally.never_succeeded() == ["GET /health"]
    assert [(each.words, each.times) for each in tally.failures.values()] == [("one", 2), ("another", 1)]


def test_another_process_reads_what_was_met(tally: Tally, tmp_path: Path) -> None:
    tally.write(tmp_path / "report.json")

    read = Tally.read(tmp_path / "report.json")
    assert (read.calls, read.phases, read.errors) == (tally.calls, tally.phases, tally.errors)
    assert (list(read.failures.values()), str(read)) == (list(tally.failures.values()), str(tally))


def test_a_run_without_a_call_has_succeeded_in_nothing() -> None:
    assert Tally(seed=1, seconds=60).succeeded == 0


@pytest.mark.parametrize(
    ("status", "code", "account"),
    [
        (500, "INTERNAL_ERROR", AWAY),
        (504, "CROSS_ACCOUNT_ERROR", AWAY),
        (502, "EXECUTION_ERROR", AWAY),
        (502, "DRS_SERVICE_ERROR", AWAY),
        (502, "CROSS_ACCOUNT_ERROR", THERE),
    ],
)
def test_a_server_error_is_right_only_about_an_account_that_lets_nobody_in(
    status: int, code: str, account: str
) -> None:
    def error(account: str) -> dict[str, Any]:
        return {"error": code, "details": {"accountId": account}}

    with pytest.raises(AssertionError):
        check_reach(status, error(account), THERE.__eq__)
    check_reach(502, {**error(AWAY), "error": "CROSS_ACCOUNT_ERROR"}, THERE.__eq__)


@pytest.mark.parametrize("path", [f"{URL}/health", f"'{URL}/executions?limit=1&status=FAILED'"])
def test_commands_are_for_any_system_and_any_token(path: str) -> None:
    told = pasteable(f"curl -X GET -H 'Authorization: Bearer t0k3n' {path}", URL, {Role.READ_ONLY: "t0k3n"})

    *_, header, address = shlex.split(told)
    assert header == "Authorization: Bearer $READ_ONLY_TOKEN"
    assert address == path.strip("'").replace(URL, "$API_ENDPOINT")
    assert '"$API_ENDPOINT"' in told


def test_every_operation_is_among_the_labels() -> None:
    assert {"GET /health", "POST /accounts/target", "POST /executions/{executionId}/waves/{waveNumber}/retry"} <= set(
        labels()
    )


def test_no_check_of_the_issue_is_off() -> None:
    assert not {"status_code", "content_type", "response_schema", "response_headers"} & {
        name.removesuffix("_conformance") for name in CHECKS
    }
    assert {"negative_data_rejection", "ignored_auth", "use_after_free", "missing_required_header"}.isdisjoint(CHECKS)


def test_a_long_run_is_played_in_rounds_and_ends_with_the_broken_edges() -> None:
    assert rounds(3, 60) == [Round(3, 60)]
    assert rounds(1, 90) == [Round(1, 60), Round(2, 30)]
    assert rounds(1, 600)[-2:] == [Round(8, 60), Round(9, 120, edges=True)]
    assert sum(each.seconds for each in rounds(1, 600)) == 600


@pytest.mark.parametrize(
    ("status", "length", "excused"), [(414, 70_000, True), (414, 2_000, False), (400, 70_000, False)]
)
def test_only_an_address_that_no_gateway_takes_is_nobodys_answer(status: int, length: int, excused: bool) -> None:
    assert is_too_long(status, "x" * length) is excused
