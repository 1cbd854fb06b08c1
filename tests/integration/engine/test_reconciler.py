"""The reconciler: what it takes up, what it leaves alone, and that nothing keeps it from the next execution."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import Any, Final

import pytest

from orchestration import reconciling
from orchestration.reconciling import reconcile
from shared.aws.ports import HandOverError
from shared.models.base import format_instant
from shared.models.execution import ExecutionStatus
from shared.models.gate import GateStatus
from shared.observability import observe
from tests.support.store_contract.samples import NOW, header
from tests.support.world import World
from tests.support.world.rest import QUICK, check_at_rest

LONG_AGO: Final = NOW - timedelta(hours=25)


def two_at_their_gates() -> tuple[World, list[str]]:
    """Two executions that wait for approval, and no reconciler but the one that the test calls."""
    world = World(settings=QUICK)
    both = [world.start(world.plan_of(1, pauses=[0], name=name)) for name in ("one", "two")]
    world.run_until_mail("pause", 2)
    world.settle()
    world.reconcile_every = None
    world.orchestration.forget()
    return world, both


def forget_the_mail(world: World, execution_id: str) -> None:
    """As if nobody had noted that the gate's mail was sent."""
    plan_id = world.header(execution_id).plan_id
    item = dict(world.history.get({"executionId": execution_id, "planId": f"{plan_id}#GATE#0000#0001"}) or {})
    del item["notifiedAt"]
    world.history.put(item)


def gate_events(world: World, execution_id: str) -> list[tuple[str, str, dict[str, Any]]]:
    """What the timeline tells of gates."""
    told = [event for event in world.events(execution_id) if event["type"] in ("GATE_OPENED", "GATE_DECIDED")]
    return [(event["type"], event["actor"], event["details"]) for event in told]


def test_an_execution_that_cannot_be_looked_after_keeps_none_of_the_others_waiting() -> None:
    world, both = two_at_their_gates()
    for execution_id in both:
        forget_the_mail(world, execution_id)
    world.advance(120)

    def refuse() -> None:
        raise HandOverError("TooManyRequestsException")

    world.orchestration.on("functions.invoke_later", refuse)
    assert reconcile(world.parts._orchestration()) == 2
    world.settle()

    assert len(world.mails("pause")) == 3, "the other execution's mail went out"


@pytest.mark.parametrize(
    ("more", "is_stuck"),
    [
        ({"started_at": LONG_AGO}, True),
        ({"started_at": LONG_AGO, "seconds_at_gates": 7200}, False),
        ({"started_at": LONG_AGO, "paused_since": LONG_AGO + timedelta(hours=1)}, False),
        ({"started_at": NOW - timedelta(hours=23)}, False),
        ({"started_at": LONG_AGO, "status": ExecutionStatus.COMPLETED}, False),
    ],
)
def test_what_runs_for_more_than_a_day_without_a_gate_is_stuck(more: dict[str, Any], is_stuck: bool) -> None:
    running = header("exec-1", status=ExecutionStatus.RUNNING)

    assert reconciling.is_stuck(running.model_copy(update=more), NOW) is is_stuck


def test_a_stuck_execution_is_counted_in_each_round(capsys: pytest.CaptureFixture[str]) -> None:
    world, both = two_at_their_gates()
    deps = replace(world.parts._orchestration(), observability=observe("reconciler-of-the-stuck", "ERROR", StringIO()))
    plan_id = world.header(both[0]).plan_id
    item = dict(world.history.get({"executionId": both[0], "planId": plan_id}) or {})
    item.pop("pausedSince")
    world.history.put({**item, "startedAt": format_instant(world.clock.now() - timedelta(hours=25))})

    assert reconcile(deps) == 2

    deps.observability.flush()
    written = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    [counted] = [line for line in written if "StuckExecutions" in line]
    assert (counted["service"], counted["StuckExecutions"]) == ("reconciler-of-the-stuck", [1.0])


def test_a_start_that_left_no_row_but_is_still_listed_is_no_failure() -> None:
    world = World(settings=QUICK, stale_indexes=True)
    world.reconcile_every = None
    lost = header("exec-lost")
    world.executions.create(lost)
    world.history.settle()
    world.executions.discard(lost)
    told = StringIO()
    deps = replace(world.parts._orchestration(), observability=observe("reconciler-of-the-lost", "ERROR", told))

    assert list(world.executions.list_open()) == [("exec-lost", lost.plan_id)]
    assert reconcile(deps) == 1

    assert told.getvalue() == ""


def test_a_gate_that_is_decided_while_the_reconciler_looks_at_it_is_left_alone() -> None:
    world, both = two_at_their_gates()
    for execution_id in both:
        world.runs.stop_run(f"{execution_id}-gate-0-1")
    world.settle()

    def decide() -> None:
        for execution_id in both:
            gate = world.executions.gate(world.header(execution_id), "0", 1)
            assert gate is not None
            world.executions.decide_gate(gate, GateStatus.APPROVED, "engine", world.clock.now())

    world.orchestration.on("history.transact", decide)

    assert reconcile(world.parts._orchestration()) == 2
    assert [len(world.executions.gates(world.header(one))) for one in both] == [1, 1]


def test_a_replaced_gate_tells_who_closed_it_when_and_why() -> None:
    world, (execution_id, _) = two_at_their_gates()
    world.runs.stop_run(f"{execution_id}-gate-0-1")
    world.advance(100)

    reconcile(world.parts._orchestration())

    old, new = world.executions.gates(world.header(execution_id))
    assert (old.status, old.decided_by, old.decided_at) == (GateStatus.CLOSED, "reconciler", world.clock.now())
    assert "its run ended" in old.reason
    assert new.opened_at == old.opened_at
    assert [(type_, actor) for type_, actor, _ in gate_events(world, execution_id)] == [
        ("GATE_OPENED", "engine"),
        ("GATE_DECIDED", "reconciler"),
        ("GATE_OPENED", "reconciler"),
    ]
    world.reconcile_every = 60.0


def test_an_approval_of_a_gate_that_is_replaced_meanwhile_approves_what_takes_its_place() -> None:
    world, (execution_id, _) = two_at_their_gates()
    world.runs.stop_run(f"{execution_id}-gate-0-1")
    world.settle()

    def approve() -> None:
        world.clock.advance(1)
        world.resume(execution_id, 0)

    # the reconciler has seen no approval, and replaces the gate that the approval names
    world.orchestration.on("history.transact", approve)

    reconcile(world.parts._orchestration())
    world.reconcile_every = 60.0

    assert world.run_until_end(execution_id) == "COMPLETED"
    assert [gate["status"] for gate in world.execution(execution_id)["gates"]] == ["CLOSED", "APPROVED"]


def test_an_execution_whose_run_ends_well_while_the_reconciler_looks_at_it_gets_no_other_run() -> None:
    world = World(settings=QUICK)
    execution_id = world.start(world.plan_of(1))
    world.run_until_status(execution_id, "RUNNING")
    world.reconcile_every = None
    world.orchestration.forget()

    def end() -> None:
        world.run_until_end(execution_id)

    world.orchestration.on("runs.run_status", end)

    reconcile(world.parts._orchestration())

    assert world.header(execution_id).run_seq == 1
    check_at_rest(world, execution_id)


def test_a_run_whose_wait_is_older_than_its_last_step_is_woken() -> None:
    world, (execution_id, _) = two_at_their_gates()
    header = world.header(execution_id)
    key = {"executionId": execution_id, "planId": f"{header.plan_id}#INBOX"}
    world.history.put({**(world.history.get(key) or {}), "waitStep": header.committed_step - 1})

    reconcile(world.parts._orchestration())
    world.advance(1)

    assert world.header(execution_id).step == header.step + 1


def test_a_run_that_waits_as_it_should_is_left_asleep() -> None:
    world, both = two_at_their_gates()
    steps = [world.header(one).step for one in both]

    reconcile(world.parts._orchestration())
    world.advance(1)

    assert [world.header(one).step for one in both] == steps
