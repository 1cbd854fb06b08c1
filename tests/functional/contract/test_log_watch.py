"""The watch over the logs sees what it is to see; that no test's log has a secret is checked when the session ends."""

import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from shared.observability import observe
from tests.support.doors import Doors
from tests.support.log_watch import EXTERNAL_IDS, LogWatch, secrets_in
from tests.support.world import World

TASK_TOKEN = "AQC8AAAAKgAAAAMAAAAAAAAAAQ" * 12


@pytest.mark.requirement("SRS-S04")
@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('{"message": "Bearer eyJraWQiOiJkdW1teSJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"}', "an ID token or another JWT"),
        (f'{{"token": "{TASK_TOKEN}"}}', "a long token"),
        ('{"key": "ASIAIOSFODNN7EXAMPLE"}', "an access key"),
        ("aws stepfunctions send-task-success --task-token short", "a task token in a command"),
        ('{"taskToken": "short"}', "a task token"),
        ('{"event": "{\\"TaskToken\\": \\"short\\"}"}', "a task token"),
        ("{'task_token': 'short'}", "a task token"),
        ('{"ExternalId": "12345678"}', "an external id"),
        ("TargetAccount(external_id='12345678')", "an external id"),
        *((f"could not assume with {external_id}", "an external id") for external_id in EXTERNAL_IDS),
        ('{"claims": {"sub": "7d1f"}}', "a claim"),
        ('{"who": {"cognito:groups": "DRSReadOnly"}}', "a claim"),
        ("{'token_use': 'id'}", "a claim"),
    ],
)
def test_a_secret_is_found(line: str, what: str) -> None:
    assert what in secrets_in(line)


@pytest.mark.parametrize(
    "line",
    [
        '{"taskToken": "[redacted]", "externalId": "[redacted]", "claims": "[redacted]", "token": null}',
        '{"externalId": null, "hasExternalId": true, "nextToken": "page-2", "clientToken": "mine"}',
        '{"field": "externalId", "reason": "is not in the expected form"}',
        '{"arn": "arn:aws:states:us-east-1:123456789012:execution:drs:01JEXECUTION-gate-0001-1"}',
        "sign in: the request carries no token",
    ],
)
def test_what_is_no_secret_is_let_by(line: str) -> None:
    assert secrets_in(line) == []


@pytest.mark.requirement("SRS-S04")
def test_every_line_of_a_function_in_a_world_is_read(log_watch: LogWatch) -> None:
    before = log_watch.lines

    Doors(World(seed=1).parts.invoke).direct("health", {})

    assert log_watch.lines > before


def test_a_line_is_read_as_it_is_written(log_watch: LogWatch) -> None:
    before, stream = log_watch.lines, io.StringIO()

    observe("watched", "INFO", stream).logger.info("called", extra={"externalId": "an-external-id"})

    assert "[redacted]" in stream.getvalue()
    assert log_watch.lines == before + 1


def test_the_files_of_a_local_system_are_read() -> None:
    watch = LogWatch()

    with TemporaryDirectory() as folder:  # the watch of this session reads what is in pytest's
        logs = Path(folder) / "system" / "logs"
        logs.mkdir(parents=True)
        (logs / "query-handler.log").write_bytes(b'all is well\n{"ExternalId": "12345678"}\n\xff\n')
        watch.read_files(Path(folder))

    assert watch.lines == 3
    assert len(watch.found) == 1
    assert "system/logs/query-handler.log" in watch.found[0]
    with pytest.raises(pytest.fail.Exception, match="1 secrets in logs"):
        watch.check()
