"""Whatever befalls one group or plan of a document, the others are imported and the report tells of each."""

import io
import json
from collections.abc import Collection
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from data_management.app import ConfigurationApp
from data_management.import_report import Kind
from data_management.import_trying import tried
from shared.observability import observe
from shared.operations import Context
from tests.integration.configuration.conftest import System
from tests.integration.configuration.test_import import Document, document, plan_over, tagged


def two_plans() -> Document:
    """A plan with an address, which SNS is asked for, before one without."""
    mailed = plan_over("A", planName="Mailed", notificationEmail="ops@example.com")
    return document(tagged("A"), plans=(mailed, plan_over("A", planName="Quiet")))


def refusing_for_another_reason(*_: object) -> Any:
    """What SNS answers if the role of the function may not subscribe, which no use case foresees."""
    raise ClientError({"Error": {"Code": "AuthorizationError", "Message": "no"}}, "Subscribe")


@pytest.fixture
def forbidden(system: System, monkeypatch: pytest.MonkeyPatch) -> System:
    monkeypatch.setattr(system.topic, "subscribe", refusing_for_another_reason)
    return system


def test_an_error_that_nobody_foresaw_fails_its_plan_and_no_other(forbidden: System) -> None:
    report = forbidden.call("import_configuration", **two_plans())

    assert [item["name"] for item in report["created"]] == ["A", "Quiet"]
    [failed] = report["failed"]
    assert (failed["name"], failed["path"], failed["code"]) == ("Mailed", "recoveryPlans[0]", "INTERNAL_ERROR")
    [reason] = failed["reasons"]
    assert (reason["field"], reason["code"]) == ("recoveryPlans[0]", "INTERNAL_ERROR")
    assert "reference: request-1" in reason["reason"]
    assert "AuthorizationError" not in str(report)


def test_the_log_has_the_stack_of_it() -> None:
    log = io.StringIO()
    watched = SimpleNamespace(observability=observe("an-import", "INFO", log))
    context = Context("ann", frozenset(), "request-1", cast(ConfigurationApp, watched))

    failed = tried(refusing_for_another_reason, Kind.RECOVERY_PLAN, "Mailed", "recoveryPlans[0]", context)

    assert failed is not None
    line = json.loads(log.getvalue().splitlines()[0])
    assert (line["message"], line["requestId"], line["path"]) == ("unforeseen error", "request-1", "recoveryPlans[0]")
    assert "AuthorizationError" in line["exception"]


def test_an_error_that_nobody_foresaw_fails_its_group_and_the_plans_over_it(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = system.tables["groups"].transact

    def transact(writes: Collection[Any]) -> None:
        if any("'A'" in str(write) for write in writes):
            raise RuntimeError("what nobody foresaw")
        put(list(writes))

    monkeypatch.setattr(system.tables["groups"], "transact", transact)
    report = system.call("import_configuration", **document(tagged("A"), tagged("B"), plans=(plan_over("A"),)))

    assert [item["name"] for item in report["created"]] == ["B"]
    assert [(item["name"], item["code"]) for item in report["failed"]] == [
        ("A", "INTERNAL_ERROR"),
        ("Plan", "CASCADE_FAILURE"),
    ]


def test_with_the_same_token_such_an_import_goes_on(forbidden: System, monkeypatch: pytest.MonkeyPatch) -> None:
    forbidden.call("import_configuration", **two_plans(), clientToken="token-1")
    monkeypatch.undo()

    report = forbidden.call("import_configuration", **two_plans(), clientToken="token-1")

    assert [item["name"] for item in report["created"]] == ["Mailed"]
    assert report["failed"] == []
