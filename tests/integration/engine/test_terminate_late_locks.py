"""The operation that asks for a termination stands still before it locks: a termination that began without it ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Event, Thread
from typing import Any

import pytest

from shared.stores.table import PutItem
from tests.integration.engine.terminations import launched
from tests.support.asl.functions import Crash
from tests.support.world import World
from tests.support.world.rest import check_at_rest, held_locks

HANDLER = "execution-handler"


def is_locking(verb: str, arguments: Sequence[Any]) -> bool:
    """Whether the call takes locks."""
    writes = arguments[0] if verb == "history.transact" else ()
    return any(isinstance(one, PutItem) and str(one.item["executionId"]).startswith("lock#") for one in writes)


def is_ending(verb: str, arguments: Sequence[Any]) -> bool:
    """Whether the call writes down that a termination is over."""
    return verb == "history.put" and arguments[0].get("status") == "COMPLETED"


def woken_before_the_end(world: World, execution_id: str, then: Callable[[], None] = lambda: None) -> None:
    """The operation wakes, locks and returns after a round has let all servers go, before that writes the end.

    `then` happens when it wakes.
    """
    asleep, awake = Event(), Event()

    def stand_still(verb: str, arguments: Sequence[Any]) -> None:
        if is_locking(verb, arguments) and not asleep.is_set():
            asleep.set()
            assert awake.wait(60)

    def ask() -> None:
        with suppress(Crash):
            world.terminate(execution_id)

    operation = Thread(target=ask)

    def wake(verb: str, arguments: Sequence[Any]) -> None:
        if is_ending(verb, arguments) and not awake.is_set():
            then()
            awake.set()
            operation.join(60)
            assert not operation.is_alive()

    world.seams[HANDLER].listen(stand_still)
    world.orchestration.listen(wake)
    operation.start()
    assert asleep.wait(60)
    world.run_until_terminated(execution_id)
    assert awake.is_set()


def test_an_operation_that_wakes_between_the_last_unlocking_and_the_end_leaves_no_lock_behind() -> None:
    world, execution_id, _ = launched(2)

    woken_before_the_end(world, execution_id)

    assert held_locks(world.history.scan()) == []
    check_at_rest(world, execution_id)


@pytest.mark.parametrize("verb", ["history.get", "history.transact"])
def test_nor_does_one_that_dies_when_it_has_woken(verb: str) -> None:
    world, execution_id, _ = launched(2)

    woken_before_the_end(world, execution_id, lambda: world.seams[HANDLER].crash(verb))

    assert held_locks(world.history.scan()) == []
    check_at_rest(world, execution_id)
