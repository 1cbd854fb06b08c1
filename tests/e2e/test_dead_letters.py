"""Mails that cannot be sent for a while: they come later, and nobody approves in their place."""

import json
from typing import Any

from local.system import LocalSystem
from tests.e2e.accounts import DATABASE
from tests.e2e.hub import Hub, Part, Wave
from tests.e2e.waiting import eventually

TRIES = 3
"""Lambda tries an asynchronous event three times."""
CALLS_PER_TRY = 4
"""The SDK repeats a throttled call three times."""


def test_a_throttled_mail_comes_later_and_approves_nothing(hub: Hub, system: LocalSystem) -> None:
    first, second = hub.drs.protect(DATABASE, "throttled-1", "throttled-2")
    execution_id = hub.start(Wave([Part(DATABASE, [first])]), Wave([Part(DATABASE, [second])]))
    hub.last_mail(execution_id, "start")
    system.refuse("sns", "Publish", "Throttled", CALLS_PER_TRY)

    hub.ask("pause_execution", executionId=execution_id)
    mail = hub.pause_mail(execution_id)

    paused = hub.until(execution_id, lambda seen: seen["status"] == "PAUSED", "it should pause")
    assert [gate["status"] for gate in paused["gates"]] == ["OPEN"]
    assert [job.servers for job in hub.drs.jobs_of(execution_id)] == [{first}]
    assert _dead_letters(system) == []
    hub.paste(mail, "cancel")
    assert hub.ended(execution_id)["status"] == "PARTIAL"
    assert len(hub.mails(execution_id, "pause")) == 1


def test_a_mail_that_dies_is_sent_by_the_reconciler_and_only_the_latest_one_decides(
    hub: Hub, system: LocalSystem, old_execution: str
) -> None:
    stale = hub.pause_mail(old_execution)
    eventually(hub.is_quiet, "the stories before this one should have ended")
    system.refuse("sns", "Publish", "AuthorizationError", TRIES)
    gate_run = hub.run_arn(f"{old_execution}-gate-0-1")
    system.client("stepfunctions").stop_execution(executionArn=gate_run, cause="somebody was curious")

    (letter,) = eventually(lambda: _dead_letters(system), "the mail's event should land in the dead-letter queue")
    waiting = hub.execution(old_execution)
    fresh = hub.pause_mail(old_execution, number=2)

    assert (letter["eventType"], letter["executionId"]) == ("pause", old_execution)
    assert [gate["status"] for gate in waiting["gates"] if gate["number"] == 2] == ["OPEN"]
    assert waiting["status"] == "PAUSED"
    assert "This mail replaces the one before" in fresh.body
    late = hub.paste(stale, "resume")
    assert (late.code, late.output.split()[0]) == (0, "PAUSED"), late
    assert hub.drs.jobs_of(old_execution) == []
    used = hub.paste(fresh, "resume")
    assert (used.code, used.errors) == (0, "")
    assert hub.ended(old_execution)["status"] == "COMPLETED"
    assert len(hub.drs.jobs_of(old_execution)) == 1


def _dead_letters(system: LocalSystem) -> list[dict[str, Any]]:
    """The mails of the failure records in the dead-letter queue, read by an outside client and left there.

    Stories that kill functions leave records of schedules there too.
    """
    sqs = system.client("sqs")
    url = sqs.get_queue_url(QueueName=system.blueprint.name("dlq"))["QueueUrl"]
    answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
    letters = [json.loads(message["Body"])["requestPayload"] for message in answer.get("Messages", [])]
    return [letter for letter in letters if "eventType" in letter]
