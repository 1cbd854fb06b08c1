"""Calls that meet: each in a thread of its own, all begun at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


def at_once(*calls: Callable[[], object]) -> list[Any]:
    """What each call answered or raised."""
    barrier = threading.Barrier(len(calls))
    answers: list[Any] = [None] * len(calls)

    def make(position: int, call: Callable[[], object]) -> None:
        barrier.wait()
        try:
            answers[position] = call()
        except Exception as error:  # the test looks at every answer, errors included
            answers[position] = error

    threads = [threading.Thread(target=make, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers
