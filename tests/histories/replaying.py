"""One recorded step, taken again by the present version from what the table held and what it was told then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from orchestration.application import build
from shared.models.event import EventType
from shared.stores.execution_store import ExecutionStore
from shared.stores.memory_table import MemoryTable
from shared.stores.schemas import EXECUTION_HISTORY
from tests.histories.history import History, Rows, Step
from tests.histories.ports import EFFECTS, PORTS, Prompter, essence
from tests.support.asl.templates import Json
from tests.support.world import World
from tests.support.world.rest import held_locks, reservations

TOLD = (EventType.EXECUTION_STATUS, EventType.WAVE_STATUS, EventType.SERVER_LAUNCH, EventType.SERVER_HEALTH)


@dataclass(frozen=True)
class Outcome:
    """What can be compared of a step: its word to the state machine, what it did, and what it left."""

    word: str
    effects: Sequence[tuple[str, Mapping[str, Json]]]
    left: Mapping[str, Json]


def recorded(history: History, step: Step, world: World) -> Outcome:
    """The outcome as it was written down."""
    effects = [essence(asked) for asked in step.asked if asked.verb in EFFECTS]
    return Outcome(step.answer["next"], effects, what_is_left(history, step.after, world))


def replayed(history: History, step: Step, world: World) -> Outcome:
    """The outcome of the present version; NotAskedError if it asks what nobody asked then."""
    world.clock.advance_to(step.at)
    put_rows(world, step.before)
    prompter = Prompter(world.clock, list(step.asked))
    ports: dict[str, Any] = {name: prompter.port(name) for name in PORTS}
    application = build(replace(world.parts._orchestration(), **ports))
    answer = application.handle(dict(step.call))
    effects = [essence(asked) for asked in prompter.asked if asked.verb in EFFECTS]
    rows = {(str(row["executionId"]), str(row["planId"])): row for row in world.history.scan()}
    return Outcome(answer["next"], effects, what_is_left(history, rows, world))


def put_rows(world: World, rows: Rows) -> None:
    """Let the table hold these rows and no others."""
    for row in world.history.scan():
        world.history.delete({"executionId": row["executionId"], "planId": row["planId"]})
    for row in rows.values():
        world.history.put(dict(row))


def what_is_left(history: History, rows: Rows, world: World) -> dict[str, Json]:
    """Everything with a state, as the present version reads it."""
    table = MemoryTable(EXECUTION_HISTORY)
    for row in rows.values():
        table.put(dict(row))
    store = ExecutionStore(table, world.clock)
    header = store.get_header(history.execution_id, history.plan_id)
    waves = store.all_waves(header)
    requests = [row for (_, sort_key), row in rows.items() if "#REQUEST#" in sort_key]
    events = [event for event in store.events(header, 1000).items if event.type in TOLD]
    return {
        "execution": header.status.value,
        "waves": {
            one.wave_number: (one.status.value, waves[one.wave_number].status.value, one.draining)
            for one in header.waves
        },
        "servers": {
            str(one.server): (one.launch.value, one.health.value, one.attempt, one.job_id)
            for one in store.servers(header)
        },
        "launches": {one.launch_id: (one.state.value, one.job_id) for one in store.launches(header)},
        "gates": {one.run_name: (one.status.value, one.run_closed) for one in store.gates(header)},
        "requests": {row["planId"]: (row["kind"], row["state"]) for row in requests},
        "terminations": _terminations(store, header),
        "told": sorted((event.type.value, str(event.details.get("status"))) for event in events),
        "locks": sorted(held_locks(rows.values())),
        "room": sorted(reservations(rows.values())),
    }


def _terminations(store: ExecutionStore, header: Any) -> dict[str, Json]:
    latest = store.latest_termination(header)
    return (
        {} if latest is None else {latest.run_name: (latest.status.value, min(latest.clean_reads.values(), default=0))}
    )
