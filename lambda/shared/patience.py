"""Questions end, however long AWS takes: when patience is over no page, and no further try of one, is begun.

A read has as many pages as AWS likes, and the SDK tries each of them several times; its time-outs bound a single try.
Where somebody waits for the answer, at one of the API's doors, the try under way is no longer waited for either.
These are bounds on our own slowness, so they count real seconds.
"""

import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from botocore.exceptions import BotoCoreError

from shared.errors import THROTTLED

Client = TypeVar("Client")
Answer = TypeVar("Answer")
Question = TypeVar("Question", bound=Hashable)

READ_SECONDS: Final = 30
"""Of one read; together with the try that was begun last, less than a minute."""

CALL_SECONDS: Final = 20
"""Of one call at the API's doors, for everything that it asks of AWS but its tables: API Gateway waits 29 s for all."""

LONG_CALL_SECONDS: Final = 45
"""The same of a call whose function has 60 s, where API Gateway is not in between."""

PREFLIGHT_SECONDS: Final = 9
"""Of a preflight, all its questions together.

A start has 25 for everything (`execution.pace`), of which its writes need 16 where it is largest (`make bench`).
"""

REPORT_SECONDS: Final = 18
"""Of a preflight that nothing follows: nearly all that a call has."""

RUN_SECONDS: Final = 3
"""Of Step Functions while a caller waits: what is not begun or woken then is so by the reconciler, within two minutes.

A start that took its 25 s has 4 left until API Gateway gives up.
"""

HAND_OVER_SECONDS: Final = 5
"""Of Lambda, which takes work for later: it is handed over when all else is done, so when patience may be over."""

MAIL_SECONDS: Final = 6
"""Of SNS, each time it is told of the address of a plan: a save may tell it of two, and an import has many plans.

Of its own at the end of an import, for the addresses that were given plans to which it did not come.
"""


@dataclass(frozen=True, slots=True)
class _Patience:
    """Until when; `is_awaited`: what is asked within is no longer waited for then."""

    until: float
    is_awaited: bool = False


_patience: ContextVar[_Patience | None] = ContextVar("patience", default=None)
_seconds: ContextVar[Callable[[], float]] = ContextVar("seconds", default=time.monotonic)
_throttles: ContextVar[list[str] | None] = ContextVar("throttles", default=None)


class OutOfPatienceError(BotoCoreError):
    """The question was given up."""

    fmt = "it took too long"


def why_unanswered(error: BotoCoreError) -> str:
    """For the words of an error: that it took too long, or what the SDK calls it, which is no code of AWS's."""
    return str(error) if isinstance(error, OutOfPatienceError) else type(error).__name__


@contextmanager
def measured_by(seconds: Callable[[], float]) -> Iterator[None]:
    """Within, every patience goes by these seconds, and not by those of the machine."""
    token = _seconds.set(seconds)
    try:
        yield
    finally:
        _seconds.reset(token)


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Within, nothing is asked any more after so many seconds; a shorter patience around this one stays."""
    around = _patience.get()
    with _set(_Patience(_until(seconds), is_awaited=around is not None and around.is_awaited)):
        yield


@contextmanager
def somebody_waits(seconds: float, *, anew: bool = False) -> Iterator[None]:
    """The same where somebody waits: after so many seconds `answer_of` raises, whatever is under way.

    `anew`: for what is still to be done when the patience around it is over.
    """
    until = _now() + seconds if anew else _until(seconds)
    with _set(_Patience(until, is_awaited=True)):
        yield


def _now() -> float:
    return _seconds.get()()


def _until(seconds: float) -> float:
    """So many seconds from now, or until the patience around this is over."""
    until, around = _now() + seconds, _patience.get()
    return until if around is None else min(until, around.until)


@contextmanager
def _set(bound: _Patience) -> Iterator[None]:
    token = _patience.set(bound)
    try:
        yield
    finally:
        _patience.reset(token)


def patience_left() -> float | None:
    """Real seconds until the patience around this is over, 0 or less if it is; None if nothing bounds it."""
    around = _patience.get()
    return None if around is None else around.until - _now()


def is_time_for(seconds: float) -> bool:
    """Whether something may be begun that takes so many real seconds."""
    left = patience_left()
    return left is None or left >= seconds


def is_out_of_patience() -> bool:
    """Whether there was patience, and it is over."""
    left = patience_left()
    return left is not None and left <= 0


def part_of_patience(*, is_last: bool) -> float:
    """The real seconds that one of several questions may take: half of what is left, so that there is some for each."""
    left = patience_left()
    whole = READ_SECONDS if left is None else max(left, 0)
    return whole if is_last else whole / 2


def answer_of(ask: Callable[[], Answer]) -> Answer:
    """What it answers; where somebody waits, OutOfPatienceError as soon as patience is over.

    What was sent goes on in a thread of its own, and nobody sees what comes of it. So this is for reads, and for what
    may be done although nobody was told; no further try of it is begun by a `patient` client.
    """
    around = _patience.get()
    if around is None or not around.is_awaited:
        return ask()
    answered = answers_of({None: ask}, workers=1, seconds=around.until - _now())
    if None not in answered:
        raise OutOfPatienceError
    return answered[None]


def answers_of(
    questions: Mapping[Question, Callable[[], Answer]], *, workers: int, seconds: float
) -> dict[Question, Answer]:
    """Those answers that come in time, asked side by side; what has none by then is no longer waited for.

    Raises what a question raised. The patience around it holds for each of them.
    """
    until = _until(seconds)
    pool = ThreadPoolExecutor(max_workers=workers)
    try:
        with _set(_Patience(until)):
            asked = {name: pool.submit(copy_context().run, ask) for name, ask in questions.items()}
        answered, _ = wait(asked.values(), timeout=max(until - _now(), 0))
        return {name: answer.result() for name, answer in asked.items() if answer in answered}
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def hearing_throttles(heard: list[str]) -> Iterator[None]:
    """Within, it is noted here when AWS wants fewer calls of a `patient` client: by operation and code, try by try.

    The SDK tells nobody before it has given up, and by then patience may be over.
    """
    token = _throttles.set(heard)
    try:
        yield
    finally:
        _throttles.reset(token)


def patient(client: Client) -> Client:
    """The client, whose requests are refused right before they are sent once the patience around them is over."""
    meta: Any = client.meta  # type: ignore[attr-defined]
    service = meta.service_model.service_name
    meta.events.register_first(f"before-send.{service}", _refuse_when_over, unique_id="patience")
    meta.events.register(f"response-received.{service}", _note_throttle, unique_id="throttles")
    return client


def _refuse_when_over(**_request: Any) -> None:
    if is_out_of_patience():
        raise OutOfPatienceError


def _note_throttle(event_name: str, parsed_response: Mapping[str, Any] | None = None, **_response: Any) -> None:
    heard = _throttles.get()
    code = ((parsed_response or {}).get("Error") or {}).get("Code")
    if heard is not None and code in THROTTLED:
        heard.append(f"{event_name.rpartition('.')[-1]} ({code})")
