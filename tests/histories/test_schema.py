"""What a later version wrote is left to it: the run waits, says so and alarms, and nothing is written."""

from __future__ import annotations

import pytest

from shared.errors import NewerSchemaError
from shared.models.execution import SCHEMA_VERSION
from shared.stores.table import Item
from tests.histories.history import History, histories
from tests.histories.replaying import put_rows, what_is_left
from tests.support.world import Refused, World
from tests.support.world.rest import QUICK, check_at_rest


def header_item(world: World, execution_id: str) -> Item:
    header = world.header(execution_id)
    item = world.history.get({"executionId": execution_id, "planId": header.plan_id})
    assert item is not None
    return item


def running() -> tuple[World, str]:
    """An execution in the middle of a wave."""
    world = World(settings=QUICK)
    execution_id = world.start(world.plan_of(1, 1))
    world.advance(40)
    return world, execution_id


def test_an_execution_of_a_later_version_waits_untouched_and_goes_on_when_that_version_is_back() -> None:
    world, execution_id = running()
    mine = header_item(world, execution_id)
    world.history.put({**mine, "schemaVersion": SCHEMA_VERSION + 1, "unheardOf": {"by": "anyone"}})
    world.events_on = False
    before = [row for row in world.history.scan() if "#INBOX" not in row["planId"]]

    world.advance(900)

    assert [row for row in world.history.scan() if "#INBOX" not in row["planId"]] == before
    run = world.run(execution_id)
    assert run.is_running
    assert run.states.count("Backoff") > 10
    errors = {type(failure.error) for failure in world.functions.failures}
    assert errors == {NewerSchemaError}, "which is what the alarm on the function's errors counts"

    world.events_on = True
    world.history.put(mine)
    assert world.run_until_end(execution_id) == "COMPLETED"
    told = [event["message"] for event in world.events(execution_id) if event["type"] == "WAITING"]
    assert "the step before this one broke off with NewerSchemaError" in told
    check_at_rest(world, execution_id)


def test_whoever_asks_about_such_an_execution_is_told_why_there_is_no_answer() -> None:
    world, execution_id = running()
    world.history.put({**header_item(world, execution_id), "schemaVersion": 7})

    for ask in (world.execution, world.cancel, world.pause):
        with pytest.raises(Refused, match=r"later version of this software \(schema 7; this one knows 1\)"):
            ask(execution_id)


def test_such_an_execution_keeps_no_other_from_being_looked_after() -> None:
    world, later = running()
    other = world.start(world.plan_of(1, name="other"))
    world.advance(5)
    world.history.put({**header_item(world, later), "schemaVersion": 7})
    world.runs.stop_run(other)

    assert world.run_until_end(other) == "COMPLETED"
    assert world.header(other).run_seq == 2


def test_a_header_that_knows_of_no_version_and_of_nothing_new_is_read_with_what_was_meant_by_that() -> None:
    history = History.load(histories("v1")[0])
    step = history.steps[3]
    world = World()
    rows = {
        key: {name: value for name, value in row.items() if name != "schemaVersion"} for key, row in step.before.items()
    }

    put_rows(world, rows)

    assert world.header(history.execution_id).schema_version == 1
    assert what_is_left(history, rows, world) == what_is_left(history, step.before, world)
