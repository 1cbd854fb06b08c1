"""An import that is repeated with its client token is the first one."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from shared.errors import ThrottledError
from shared.stores.table import Write
from tests.integration.configuration.conftest import System

DAY = 24 * 3600


def tagged(name: str) -> dict[str, Any]:
    return {"groupName": name, "region": "us-west-2", "serverSelectionTags": {"name": name}}


def run(system: System, *names: str, token: str | None = "token-1", **options: Any) -> dict[str, Any]:
    document = {"schemaVersion": "1.1", "protectionGroups": [tagged(name) for name in names]}
    with_token = {} if token is None else {"clientToken": token}
    return system.call("import_configuration", **document, **with_token, **options)


def names(system: System) -> list[str]:
    return [item["groupName"] for item in system.ask("list_protection_groups")["items"]]


def after_the_claim(system: System, rival: Callable[[], object]) -> None:
    """Let this happen right before the write that follows the claim of the token: that of the first group."""
    table = system.tables["groups"]

    def answered(_: Sequence[Write]) -> None:
        table.before_write, table.answers = rival, lambda _: None

    table.answers = answered


@pytest.mark.requirement("SRS-I04")
@pytest.mark.parametrize("count", [1, 60])
def test_the_same_token_is_the_same_answer_for_a_day(system: System, count: int) -> None:
    groups = [f"Group {number}" for number in range(count)]
    first = run(system, *groups)
    before = system.content()

    system.clock.advance(DAY - 1)
    second = run(system, *groups)

    assert first["summary"]["created"] == count
    assert second == first
    assert system.content() == before


def test_after_a_day_a_token_is_new(system: System) -> None:
    run(system, "A")
    system.clock.advance(DAY + 1)

    assert run(system, "A")["summary"]["skipped"] == 1


def test_a_token_of_another_request_is_a_conflict_and_imports_nothing(system: System) -> None:
    run(system, "A")

    refused = run(system, "B")

    assert (refused["error"], refused["details"]["reason"]) == ("CONFLICT_ERROR", "IN_USE")
    assert refused["details"]["field"] == "clientToken"
    assert names(system) == ["A"]


def test_a_dry_run_takes_no_token(system: System) -> None:
    before = system.content()

    dry = run(system, "A", dryRun=True)

    assert system.content() == before
    assert run(system, "A")["summary"]["created"] == dry["summary"]["created"] == 1


def test_an_import_that_broke_off_can_be_repeated_at_once(system: System) -> None:
    def throttled() -> None:
        raise ThrottledError("too busy", retryAfterSeconds=1)

    after_the_claim(system, throttled)
    broken = run(system, "A", "B")

    assert [item["code"] for item in broken["failed"]] == ["THROTTLED"]
    repeated = run(system, "A", "B")
    assert [item["name"] for item in repeated["created"]] == ["A"]
    assert [item["name"] for item in repeated["skipped"]] == ["B"]
    assert run(system, "A", "B") == repeated


def test_an_import_that_something_unknown_stopped_can_be_repeated_at_once(system: System) -> None:
    def stopped() -> None:
        raise RuntimeError("nobody knows")

    after_the_claim(system, stopped)
    broken = run(system, "A")

    assert [item["code"] for item in broken["failed"]] == ["INTERNAL_ERROR"]
    assert run(system, "A")["summary"]["created"] == 1


def test_while_the_first_import_runs_the_same_one_is_asked_to_wait(system: System) -> None:
    answers: list[dict[str, Any]] = []

    def ask_again(_: Sequence[Write]) -> None:
        if not answers:
            answers.append(run(system, "A"))

    system.tables["groups"].answers = ask_again

    first = run(system, "A")

    assert first["summary"]["created"] == 1
    assert (answers[0]["error"], answers[0]["details"]["retryAfterSeconds"]) == ("THROTTLED", 1)


def test_a_refused_document_leaves_its_token_free(system: System) -> None:
    refused = system.call("import_configuration", schemaVersion="1.1", protectionGroups=[{}], clientToken="token-1")

    assert refused["error"] == "VALIDATION_ERROR"
    assert run(system, "A")["summary"]["created"] == 1


@pytest.mark.parametrize("token", ["", "two words", "x" * 129, 7])
def test_a_token_that_is_none_is_refused_by_its_field(system: System, token: Any) -> None:
    refused = run(system, "A", token=token)

    assert [field["field"] for field in refused["details"]["fields"]] == ["clientToken"]
    assert names(system) == []


def test_imports_without_a_token_are_each_their_own(system: System) -> None:
    run(system, "A", token=None)

    assert run(system, "A", token=None)["summary"]["skipped"] == 1


def test_the_header_of_the_api_is_the_client_token(system: System) -> None:
    document = {"schemaVersion": "1.1", "protectionGroups": [tagged("A")]}
    key = {"Idempotency-Key": "token-1"}

    status, first = system.by_api(1, "POST /config/import", body=document, headers=key)
    again = system.by_api(1, "POST /config/import", body=document, headers=key)
    refused, _ = system.by_api(1, "POST /config/import", body={**document, "protectionGroups": []}, headers=key)

    assert (status, first["summary"]["created"]) == (200, 1)
    assert again == (status, first)
    assert refused == 409
    assert run(system, "A") == first
