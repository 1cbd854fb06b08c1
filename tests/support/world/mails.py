"""The notification topic, read as its subscribers read it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shared.aws.ports import HandOverError
from shared.clock import Clock

_PIECE: Final = re.compile(r"^T\+?='([^']*)' #\r?$", re.MULTILINE)
_EXECUTION: Final = re.compile(r"^Execution:\s+(\S+)", re.MULTILINE)


@dataclass(frozen=True)
class SentMail:
    """One published mail."""

    at: datetime
    subject: str
    message: str
    attributes: Mapping[str, str]

    @property
    def type(self) -> str:
        """Its event type: start, pause, complete, fail, cancel."""
        return self.attributes["eventType"]

    @property
    def execution_id(self) -> str:
        """The execution it tells of."""
        found = _EXECUTION.search(self.message)
        assert found is not None, "a mail names its execution"
        return found.group(1)

    @property
    def token(self) -> str:
        """The task token that its first block puts together; AssertionError in a mail without commands."""
        block, *_ = self.message.split("aws stepfunctions send-task-", 1)
        token = "".join(_PIECE.findall(block))
        assert token, f"there is no token in the mail {self.subject!r}"
        return token


class CapturingTopic:
    """Keeps what is published; refuses as many mails as it is told to."""

    def __init__(self, clock: Clock) -> None:
        self.mails: list[SentMail] = []
        self.refusals = 0
        self._clock = clock

    def publish(self, subject: str, message: str, attributes: Mapping[str, str]) -> None:
        """Keep one mail, or refuse it as a throttled SNS does."""
        if self.refusals:
            self.refusals -= 1
            raise HandOverError("SNS did not take the mail: Throttling")
        self.mails.append(SentMail(self._clock.now(), subject, message, dict(attributes)))
