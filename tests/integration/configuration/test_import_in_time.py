"""An import ends before whoever waits for it is gone, and its report tells what it did not come to."""

from collections.abc import Sequence
from typing import Any

import pytest

from shared.models.drs import SourceServer
from shared.models.targets import Target
from shared.patience import CALL_SECONDS, LONG_CALL_SECONDS, patience, patience_left
from tests.integration.configuration.conftest import System
from tests.integration.configuration.test_import import document, plan_over, reasons, run, tagged
from tests.support.configuration import DATABASE, WEB, server_id
from tests.support.silence import Silence

ONE, TWO = server_id(1), server_id(2)


def listed(name: str, target: Target, *ids: str) -> dict[str, Any]:
    return {"groupName": name, "accountId": target.account_id, "region": target.region, "sourceServerIds": list(ids)}


@pytest.mark.parametrize("dry_run", [True, False])
def test_what_there_was_no_time_for_is_reported_and_nothing_of_it_is_stored(system: System, dry_run: bool) -> None:
    before = system.content()

    with patience(0):
        report = run(system, document(tagged("A"), tagged("B"), plans=(plan_over("A"),)), dryRun=dry_run)

    assert [(item["name"], item["code"]) for item in report["failed"]] == [
        ("A", "THROTTLED"),
        ("B", "THROTTLED"),
        ("Plan", "THROTTLED"),
    ]
    assert reasons(report) == {
        "protectionGroups[0]": "NOT_TRIED",
        "protectionGroups[1]": "NOT_TRIED",
        "recoveryPlans[0]": "NOT_TRIED",
    }
    assert report["summary"]["failed"] == 3
    assert system.content() == before


def test_the_same_import_with_its_token_goes_on_where_there_was_no_time(system: System) -> None:
    body = document(tagged("A"), plans=(plan_over("A"),))
    with patience(0):
        in_vain = run(system, body, clientToken="token-1")

    report = run(system, body, clientToken="token-1")

    assert (in_vain["summary"]["failed"], in_vain["created"]) == (2, [])
    assert [item["name"] for item in report["created"]] == ["A", "Plan"]


def test_the_token_of_an_import_that_ran_out_of_time_is_for_no_other_document(system: System) -> None:
    body = document(tagged("A"))
    with patience(0):
        run(system, body, clientToken="token-1")

    refused = system.call("import_configuration", **document(tagged("B")), clientToken="token-1")

    assert (refused["error"], refused["details"]["field"]) == ("CONFLICT_ERROR", "clientToken")
    assert [item["name"] for item in run(system, body, clientToken="token-1")["created"]] == ["A"]


def test_what_exists_and_stays_as_it_is_needs_no_time(system: System) -> None:
    run(system, document(tagged("A")))

    with patience(0):
        report = run(system, document(tagged("A")))

    assert [item["name"] for item in report["skipped"]] == ["A"]


def test_groups_of_a_silent_place_fail_by_name_and_those_of_others_are_imported(
    system: System, monkeypatch: pytest.MonkeyPatch, silence: Silence
) -> None:
    system.protect(WEB, ONE, TWO)
    real = system.drs.source_servers

    def source_servers(target: Target, ids: Sequence[str] | None = None) -> tuple[SourceServer, ...]:
        if target == DATABASE:
            silence.hold()
        return real(target, ids)

    monkeypatch.setattr(system.drs, "source_servers", source_servers)

    with patience(2):
        report = run(
            system, document(listed("Databases", DATABASE, "s-00000000000000009"), listed("Web", WEB, ONE, TWO))
        )

    assert [item["name"] for item in report["created"]] == ["Web"]
    [failed] = report["failed"]
    assert (failed["name"], failed["code"]) == ("Databases", "DRS_SERVICE_ERROR")
    assert f"{DATABASE} could not be checked: it did not answer" in failed["reasons"][0]["reason"]


def test_an_import_by_direct_invocation_has_the_time_of_its_function_and_by_the_api_that_of_a_call(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    system.protect(DATABASE, ONE)
    lefts: list[float] = []

    def source_servers(target: Target, ids: Sequence[str] | None = None) -> tuple[SourceServer, ...]:
        del target, ids
        lefts.append(patience_left() or 0)
        return ()

    monkeypatch.setattr(system.drs, "source_servers", source_servers)
    group = {"groupName": "A", "accountId": DATABASE.account_id, "region": DATABASE.region, "sourceServerIds": [ONE]}

    system.call("create_protection_group", **group)
    system.by_api(1, "POST /protection-groups", body=group)

    direct, by_api = lefts
    assert CALL_SECONDS < direct <= LONG_CALL_SECONDS
    assert 0 < by_api <= CALL_SECONDS
