"""What the audit log says of a call: what was asked for, what was made, and whether it was a rehearsal."""

import base64
import json
import logging
from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests.functional.contract.seeded import DATABASES, REGION, Seeded
from tests.support.doors import api_event, claims_of
from tests.support.world import wave

_LOGS: Final = ("data-management-handler", "execution-handler", "query-handler")


class Listening(logging.Handler):
    """Keeps the audit lines as they are written."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Read one line."""
        assert self.formatter is not None
        self.lines.append(json.loads(self.formatter.format(record)))

    def last(self) -> dict[str, Any]:
        """The last line, which is the only one of its call."""
        return self.lines[-1]


@pytest.fixture
def seeded() -> Seeded:
    return Seeded()


@pytest.fixture
def audit(seeded: Seeded) -> Iterator[Listening]:
    """The audit lines of the three functions, which have answered a call each."""
    doors, listening = seeded.doors, Listening()
    for operation in ("list_executions", "get_protection_group", "health"):
        for home in _LOGS:
            doors.direct(operation, seeded.good(operation), home=home)
    logs = [logging.getLogger(f"world-{name}-audit") for name in _LOGS]
    for log in logs:
        listening.setFormatter(log.handlers[0].formatter)
        log.addHandler(listening)
    yield listening
    for log in logs:
        log.removeHandler(listening)


@pytest.mark.requirement("PRD-25")
def test_a_drill_is_told_from_its_rehearsal_and_names_its_execution(seeded: Seeded, audit: Listening) -> None:
    server = seeded.world.add_servers(DATABASES, 1)
    plan = seeded.world.create_plan("Second", wave(0, seeded.world.create_group("Second", server)))
    asked = {"planId": plan, "executionType": "DRILL"}

    assert seeded.doors.api("start_execution", {**asked, "dryRun": True}).code is None
    assert audit.last()["dryRun"] is True
    assert audit.last()["subjects"] == {"planId": plan, "planName": "Second"}

    started = seeded.doors.api("start_execution", {"PlanId": plan, "ExecutionType": "DRILL"})
    assert audit.last()["dryRun"] is False
    assert audit.last()["subjects"] == {
        "planId": plan,
        "planName": "Second",
        "executionId": started.value["executionId"],
    }


def test_what_is_created_is_named_by_its_new_id(seeded: Seeded, audit: Listening) -> None:
    group = seeded.doors.api("create_protection_group", seeded.good("create_protection_group"))
    assert audit.last()["subjects"]["groupId"] == group.value["groupId"]
    assert audit.last()["subjects"]["groupName"] == "Web"

    plan = seeded.doors.direct("create_recovery_plan", {"planName": "Web", "waves": [wave(0, group.value["groupId"])]})
    assert audit.last()["subjects"] == {"planName": "Web", "planId": plan.value["planId"]}

    seeded.doors.direct("add_target_account", seeded.good("add_target_account"))
    assert audit.last()["subjects"] == {
        "accountId": "777788889999",
        "accountName": "777788889999",
        "externalId": "[redacted]",
    }


@pytest.mark.parametrize("dry_run", [True, False])
def test_an_import_is_told_by_its_counts_and_what_it_made(seeded: Seeded, audit: Listening, dry_run: bool) -> None:
    tags = {"accountId": DATABASES, "region": REGION, "serverSelectionTags": {"Tier": "cache"}}
    document = {"schemaVersion": "1.1", "protectionGroups": [{"groupName": "Cache", **tags}]}

    answer = seeded.doors.api("import_configuration", {**document, "dryRun": dry_run})

    ids = {} if dry_run else {"createdIds": answer.value["created"][0]["id"]}
    assert (audit.last()["dryRun"], audit.last()["subjects"]) == (dry_run, ids)
    assert audit.last()["counts"] == {"created": 1, "updated": 0, "skipped": 0, "failed": 0}


@pytest.mark.requirement("PRD-25")
@pytest.mark.parametrize(
    ("operation", "parameters", "subjects"),
    [
        ("delete_recovery_plan", {"planId": "p-1", "version": 1}, {"planId": "p-1"}),
        ("start_execution", {"planId": "p-1", "executionType": "DRILL"}, {"planId": "p-1"}),
        ("start_execution", {"PlanId": "p-1"}, {"planId": "p-1"}),
        ("delete_executions", {"executionIds": ["exec-1", "exec-2"]}, {"executionIds": "exec-1, exec-2"}),
        ("create_protection_group", {"groupName": "Web", "colour": "red"}, {"groupName": "Web"}),
    ],
)
def test_a_call_that_is_denied_names_what_it_was_about(
    seeded: Seeded, audit: Listening, operation: str, parameters: dict[str, Any], subjects: dict[str, str]
) -> None:
    answer = seeded.doors.api(operation, parameters, claims=claims_of("DRSReadOnly"))

    assert answer.status == 403
    assert (audit.last()["outcome"], audit.last()["subjects"]) == ("AUTHORIZATION_ERROR", subjects)


def test_a_body_in_base64_as_api_gateway_sends_it_is_named_too(seeded: Seeded, audit: Listening) -> None:
    event = api_event("start_execution", {"planId": "p-1"}, claims=claims_of("DRSReadOnly"))
    event |= {"body": base64.b64encode(event["body"].encode()).decode(), "isBase64Encoded": True}

    seeded.doors.api_event("start_execution", event)

    assert audit.last()["subjects"] == {"planId": "p-1"}
