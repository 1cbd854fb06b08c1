"""CloudFormation is answered once, in time, whatever happens."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import ValidationError

from frontend_deployer.answering import BEFORE_THE_END_SECONDS, Result, Waiting, tell

EVENT = {
    "RequestType": "Update",
    "ResponseURL": "https://answers.example.com/signed",
    "StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/web/1",
    "RequestId": "request-1",
    "LogicalResourceId": "Pages",
    "PhysicalResourceId": "console-of-web",
}


@dataclass
class Mailbox:
    """Where answers arrive."""

    answers: list[dict[str, Any]] = field(default_factory=list)
    refusals: int = 0

    def send(self, address: str, body: bytes) -> None:
        """Take an answer, or refuse it as often as it was told."""
        assert address == EVENT["ResponseURL"]
        if self.refusals:
            self.refusals -= 1
            raise OSError("no route")
        self.answers.append(json.loads(body))


def test_what_was_done_is_told_with_everything_that_cloudformation_wants_to_know() -> None:
    mailbox = Mailbox()

    tell(EVENT, 300, mailbox.send, lambda _: Result("console-of-web", {"FileCount": "3"}))

    assert mailbox.answers == [
        {
            "Status": "SUCCESS",
            "Reason": "",
            "PhysicalResourceId": "console-of-web",
            "StackId": EVENT["StackId"],
            "RequestId": "request-1",
            "LogicalResourceId": "Pages",
            "Data": {"FileCount": "3"},
        }
    ]


@pytest.mark.parametrize("known", ["console-of-web", ""])
def test_an_error_is_told_as_one_and_the_resource_keeps_its_id(known: str) -> None:
    mailbox = Mailbox()

    def work(_: Waiting) -> Result:
        raise KeyError("nobody thought of this")

    tell({**EVENT, "PhysicalResourceId": known}, 300, mailbox.send, work)

    (answer,) = mailbox.answers
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", known or "nothing-published")
    assert "nobody thought of this" in answer["Reason"]


@pytest.mark.parametrize("character", ["x", '"', "\n", "é", "\N{WASTEBASKET}", "\N{FIRE}"])
def test_a_long_reason_fits_into_what_cloudformation_takes_whatever_it_is_written_in(character: str) -> None:
    bodies: list[bytes] = []

    def work(_: Waiting) -> Result:
        raise ValueError(character * 10_000)

    tell(EVENT, 300, lambda _, body: bodies.append(body), work)

    (body,) = bodies
    assert len(body) <= 4096
    assert json.loads(body)["Reason"].startswith(f"ValueError: {character * 100}")


def test_who_runs_out_of_time_is_told_to_have_failed_while_he_still_works_and_then_stops() -> None:
    mailbox, told = Mailbox(), threading.Event()
    stopped_by: list[str] = []

    def send(address: str, body: bytes) -> None:
        mailbox.send(address, body)
        told.set()

    def work(waiting: Waiting) -> Result:
        assert told.wait(10)
        try:
            waiting.check()
        except Exception as error:
            stopped_by.append(type(error).__name__)
            raise
        return Result("console-of-web")

    tell(EVENT, BEFORE_THE_END_SECONDS + 0.05, send, work)

    assert stopped_by == ["OutOfTimeError"]
    (answer,) = mailbox.answers
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "console-of-web")
    assert "ran out of time" in answer["Reason"]


def test_who_is_done_just_as_the_time_is_over_tells_nothing_a_second_time() -> None:
    mailbox = Mailbox()
    with Waiting(EVENT, "console-of-web", 300, mailbox.send) as waiting:
        first = waiting.answer(Result("console-of-web"))

        second = waiting.answer(Result("console-of-web", reason="too late"))

    assert (first, second) == (True, False)
    assert [answer["Status"] for answer in mailbox.answers] == ["SUCCESS"]


def test_an_event_that_nobody_waits_for_is_refused() -> None:
    mailbox = Mailbox()

    with pytest.raises(ValidationError, match="ResponseURL"):
        tell({"operation": "no_such_operation"}, 300, mailbox.send, lambda _: Result("nothing"))

    assert mailbox.answers == []


def test_an_answer_that_could_not_be_sent_is_an_error_of_the_invocation_which_lambda_repeats() -> None:
    mailbox = Mailbox(refusals=1)

    with pytest.raises(OSError, match="no route"):
        tell(EVENT, 300, mailbox.send, lambda _: Result("console-of-web"))
