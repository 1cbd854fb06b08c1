"""What a function writes about itself, and what it never writes."""

import io
import json
import subprocess
import sys
from typing import Any

import pytest

from shared.observability import REDACTED, AuditEntry, observe, redact

TOKEN = "AQC8AAAAKgAAAAMAAAAAAAAAAQ" * 12


@pytest.mark.parametrize(
    "name",
    ["token", "taskToken", "TaskToken", "externalId", "ExternalId", "external_id", "claims", "Authorization"]
    + [
        "roleExternalId",
        "externalIds",
        "EXTERNAL-ID-2",
        "oldTaskTokens",
        "dbPassword",
        "myCredentials",
        "secretAccessKey",
    ],
)
def test_a_secret_is_black_by_its_name_however_deep(name: str) -> None:
    assert redact({"outer": [{name: "a secret"}]}) == {"outer": [{name: REDACTED}]}


@pytest.mark.parametrize(
    "text",
    [
        f"sent {TOKEN} away",
        "key ASIAIOSFODNN7EXAMPLE",
        "Bearer eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl",
        "aws stepfunctions send-task-success --task-token short-one",
    ],
)
def test_a_secret_is_black_by_its_shape_within_text(text: str) -> None:
    assert REDACTED in redact(text)
    assert text.rsplit(maxsplit=1)[-1] not in redact(text) or TOKEN not in redact(text)


@pytest.mark.parametrize(
    "harmless",
    [
        {"nextToken": "page-2", "clientToken": "mine", "tokenCount": 3, "hasExternalId": True},
        {"arn": "arn:aws:states:us-east-1:123456789012:execution:drs:01JEXECUTION-gate-0001-1"},
        {"server": "s-0123456789abcdef0", "job": "drsjob-0123456789abcdef0", "token": None},
    ],
)
def test_what_is_no_secret_stays_readable(harmless: dict[str, Any]) -> None:
    assert redact(harmless) == harmless


def test_log_lines_are_json_and_redacted_with_their_stacks() -> None:
    stream = io.StringIO()
    logger = observe("test-redaction", "INFO", stream).logger

    try:
        raise ValueError(f"token was {TOKEN}")
    except ValueError:
        logger.exception("it failed", taskToken="secret-one", executionId="01J")

    line = json.loads(stream.getvalue())
    assert line["message"] == "it failed"
    assert line["executionId"] == "01J"
    assert line["taskToken"] == REDACTED
    assert TOKEN not in stream.getvalue()
    assert "ValueError" in line["exception"]


def test_a_value_that_json_does_not_know_is_written_as_text_and_still_redacted() -> None:
    stream = io.StringIO()

    observe("test-values", "INFO", stream).logger.info("odd", value=ValueError(TOKEN))

    assert TOKEN not in stream.getvalue()


def test_half_a_surrogate_pair_in_a_line_is_escaped_and_the_line_is_written() -> None:
    stream = io.StringIO()

    observe("test-surrogates", "INFO", stream).logger.info("seen", place="half of \ud83d")

    assert json.loads(stream.getvalue().encode())["place"] == "half of \ud83d"


def test_the_audit_line_says_who_did_what_and_how_it_ended() -> None:
    stream = io.StringIO()
    audit = observe("test-audit", "INFO", stream).audit

    audit.record(
        AuditEntry(
            door="direct",
            operation="start_execution",
            actor="direct invocation r-1",
            roles={"DRSOperator"},
            request_id="r-1",
            source_ip="",
            user_id="7d1f",
            permission="start_recovery",
            subjects={"planId": "p-1"},
            outcome="OK",
            duration_ms=12,
        )
    )

    line = json.loads(stream.getvalue())
    assert line["audit"] is True
    assert (line["operation"], line["actor"], line["outcome"]) == ("start_execution", "direct invocation r-1", "OK")
    assert line["userId"] == "7d1f"
    assert (line["roles"], line["subjects"]) == (["DRSOperator"], {"planId": "p-1"})
    assert (line["door"], line["durationMs"], "sourceIp" in line) == ("direct", 12, False)


def test_the_audit_log_is_written_whatever_the_log_level_is() -> None:
    stream = io.StringIO()
    audit = observe("test-quiet", "CRITICAL", stream).audit

    audit.record(AuditEntry("api", "get_execution", "Ann", {"DRSOperator"}, "r-1", "192.0.2.1"))

    line = json.loads(stream.getvalue())
    assert (line["operation"], line["sourceIp"], line["outcome"]) == ("get_execution", "192.0.2.1", "INTERNAL_ERROR")


def test_nothing_reaches_for_the_network_at_import_or_at_start() -> None:
    script = """
import socket
def refuse(*args, **kwargs):
    raise AssertionError("the network was touched")
socket.socket.connect = socket.socket.connect_ex = socket.socket.sendto = socket.getaddrinfo = refuse
from shared.observability import observe
observe("a-function", "INFO").logger.info("started")
"""
    ran = subprocess.run(  # the path of this interpreter, our own script
        [sys.executable, "-c", script], env={"PYTHONPATH": "lambda"}, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stderr
    assert '"message":"started"' in ran.stdout.replace(" ", "")


def test_x_rays_sdk_is_imported_when_the_tracer_is_asked_for() -> None:
    script = """
import sys
from shared.observability import observe
watching = observe("a-function", "INFO")
before = "aws_xray_sdk.core" in sys.modules
print(before, watching.tracer is watching.tracer, watching.tracer.service, "aws_xray_sdk.core" in sys.modules)
"""
    ran = subprocess.run(  # the path of this interpreter, our own script
        [sys.executable, "-c", script], env={"PYTHONPATH": "lambda"}, capture_output=True, text=True, check=False
    )

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == ["False", "True", "a-function", "True"]
