"""The answer to CloudFormation, which waits for one: sent once, in time, whatever happened."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from frontend_deployer.requests import StackRequest

LOG: Final = logging.getLogger(__name__)

BEFORE_THE_END_SECONDS: Final = 20.0
"""So long before its end the function tells that it had no time: an answer is tried three times."""

NOTHING: Final = "nothing-published"
"""The resource of a creation that failed."""

LONGEST_REASON: Final = 2_000
"""Characters of a reason."""

LARGEST_ANSWER: Final = 4_096
"""Bytes of an answer that CloudFormation takes; of a larger one it goes on waiting."""


class OutOfTimeError(Exception):
    """CloudFormation was told meanwhile that there was no time for all of it."""


@dataclass(frozen=True)
class Result:
    """What is told: `physical_id` names the resource from now on, `reason` says why it failed, if it did."""

    physical_id: str
    data: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


class Waiting:
    """CloudFormation, waiting for the answer to one request; safe from any thread.

    After `seconds` it is told that there was no time, unless it was answered before.
    """

    def __init__(self, event: Mapping[str, Any], physical_id: str, seconds: float, send: Callable[[str, bytes], None]):
        self._event = event
        self._send = send
        self._answered = False
        self._lock = threading.Lock()
        late = Result(physical_id, reason="the function ran out of time; its log says how far it came")
        self._timer = threading.Timer(max(0.0, seconds), self.answer, [late])
        self._timer.daemon = True

    def __enter__(self) -> Waiting:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def check(self) -> None:
        """Raise OutOfTimeError if CloudFormation was answered already."""
        if self._answered:
            raise OutOfTimeError

    def answer(self, result: Result) -> bool:
        """Tell the result, if nothing was told yet; whether this was it. OSError if it could not be sent."""
        with self._lock:
            if self._answered:
                return False
            self._send(str(self._event["ResponseURL"]), _body(self._event, result))
            self._answered = True
            return True


def tell(
    event: Mapping[str, Any],
    seconds_left: float,
    send: Callable[[str, bytes], None],
    work: Callable[[Waiting], Result],
) -> dict[str, str]:
    """Do the work and tell how it went, in the seconds that are left; an error of any kind is told as one.

    pydantic's ValidationError for an event that nobody waits for.
    """
    if "ResponseURL" not in event:
        StackRequest.model_validate(event)
    physical_id = str(event.get("PhysicalResourceId") or NOTHING)
    with Waiting(event, physical_id, seconds_left - BEFORE_THE_END_SECONDS, send) as waiting:
        try:
            result = work(waiting)
        except OutOfTimeError:
            return {"told": "no time"}
        except Exception as error:
            # the outermost catch: CloudFormation would wait for an answer that does not come
            LOG.exception("the request %s of CloudFormation failed", event.get("RequestId"))
            result = Result(physical_id, reason=f"{type(error).__name__}: {error}")
        waiting.answer(result)
    return {"told": result.reason or "done"}


def _body(event: Mapping[str, Any], result: Result) -> bytes:
    answer: dict[str, Any] = {
        "Status": "FAILED" if result.reason else "SUCCESS",
        "Reason": result.reason[:LONGEST_REASON],
        "PhysicalResourceId": result.physical_id,
        "StackId": event.get("StackId"),
        "RequestId": event.get("RequestId"),
        "LogicalResourceId": event.get("LogicalResourceId"),
        "Data": dict(result.data),
    }
    while len(body := json.dumps(answer).encode()) > LARGEST_ANSWER and answer["Reason"]:
        # a quotation mark is two bytes there, and a letter of another alphabet six
        answer["Reason"] = answer["Reason"][: len(answer["Reason"]) // 2]
    return body
