"""Little stories that tests of the engine's failures begin with, on the stage of values."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from shared.models.execution import ExecutionStatus
from shared.models.gate import Gate, GateKind, GateStatus
from shared.models.launch import LaunchRecord, LaunchState
from shared.models.recovery_plan import FailurePolicy
from shared.models.request import Request, RequestKind
from shared.models.targets import Target
from shared.models.wave_record import WaveStatus
from tests.support.planned_wave import PlannedWave
from tests.support.stage import BOUNDS, START, TARGET, Stage, server_key, stage

MINUTE = 60
ONE, TWO, THREE, FOUR = (server_key(number) for number in range(1, 5))


def wave_of(*servers: int, policy: FailurePolicy = FailurePolicy.PAUSE, **more: Any) -> PlannedWave:
    """A wave of these servers, by number."""
    return PlannedWave(tuple(server_key(number) for number in servers), policy=policy, **more)


def lost_and_not_checked(here: Target, there: Target, **more: Any) -> tuple[Stage, LaunchRecord, str]:
    """A launch was lost here, and the next has recovered its server; there an instance has not passed its checks.

    Answers the lost launch and that instance too.
    """
    made = stage(PlannedWave((server_key(1, here), server_key(2, there)), **more))
    made.refuse[here] = LaunchState.OPEN
    made.settle()
    (lost,) = [launch for launch in made.launches.values() if launch.target == here]
    made.refuse.clear()
    made.step(300)
    made.settle()
    for job in made.running_jobs():
        place, _ = made.jobs[job]
        hidden = [server_key(2, there)] if place == there else []
        made.finish_job(job, without_instance=hidden)
        if hidden:
            slow = made.add_instance(hidden[0], job, checks="initializing")
    made.settle(6)
    made.step(300)
    assert [str(server.health) for server in made.waves[0].servers] == ["HEALTHY", "UNKNOWN"]
    return made, made.launches[lost.launch_id], slow


def launched(*waves: PlannedWave) -> tuple[Stage, str]:
    """The first wave's job runs; answers it too."""
    made = stage(*waves)
    made.settle()
    (job,) = made.running_jobs()
    return made, job


def failed(*waves: PlannedWave, bad: Iterable[int] = (1,)) -> Stage:
    """The first wave has run, and these of its servers have failed."""
    made, job = launched(*waves)
    made.finish_job(job, failed=[server_key(number) for number in bad])
    made.settle()
    return made


def unhealthy(wave: PlannedWave) -> tuple[Stage, str]:
    """The first server is launched and not healthy, the others are well; the wave has failed."""
    made, job = launched(wave)
    made.finish_job(job, without_instance=[ONE])
    instance = made.add_instance(ONE, job, checks="impaired")
    made.settle()
    made.step(900)
    made.settle()
    assert made.wave(0) is WaveStatus.FAILED
    return made, instance


def heal(made: Stage, instance: str) -> None:
    """The instance passes its checks."""
    made.health[instance] = made.health[instance].model_copy(update={"system_status": "ok", "instance_status": "ok"})


def open_gate(made: Stage, kind: GateKind = GateKind.FAILURE) -> Gate:
    """The one open gate of that kind; AssertionError if there is none or another."""
    (gate,) = [gate for gate in made.gates.values() if gate.status is GateStatus.OPEN and gate.kind is kind]
    return gate


def at_gate(made: Stage, kind: RequestKind, gate: Gate, **facts: Any) -> Request:
    """A request that names a gate."""
    return made.ask(kind, scope=gate.scope, number=gate.number, **facts)


def outcome(made: Stage, request: Request) -> tuple[str, str]:
    """What became of a request, and the words."""
    stored = made.requests[request.request_id]
    return stored.state.value, stored.outcome


def finish_running(made: Stage, *, but: str = "") -> None:
    """Every running job ends well, but one."""
    for job in made.running_jobs():
        if job != but:
            made.finish_job(job)
    made.settle()


def open_gates(made: Stage) -> list[tuple[str, str]]:
    """The kinds and scopes of the gates that wait."""
    return [(gate.kind.value, gate.scope) for gate in made.gates.values() if gate.status is GateStatus.OPEN]


def minutes(made: Stage) -> float:
    """Since the start."""
    return (made.now - START) / timedelta(minutes=1)


def run_out(made: Stage, limit: int = 20_000) -> float:
    """Go on as the engine says until it ends; answers the minutes it took."""
    for _ in range(limit):
        decision = made.step(0)
        if made.header.is_terminal:
            return minutes(made)
        made.now += timedelta(seconds=decision.wait_seconds)
    raise AssertionError(f"it does not end: {made.status()} {made.header.status_reason}")


def drained(made: Stage, seconds: float) -> None:
    """So much later, and settled."""
    made.step(seconds)
    made.settle()


def proved(made: Stage) -> None:
    """Let it come out that launches that were refused for now have no job."""
    made.settle()
    made.step((BOUNDS.not_after + BOUNDS.doubt).total_seconds())
    made.settle()


def recovered_at_an_approval(made: Stage) -> None:
    """What was lost is proved so, the first wave has recovered its servers, and nothing is awaited but an approval."""
    proved(made)
    finish_running(made)
    made.step(130)
    made.settle()
    assert made.status() is ExecutionStatus.PAUSED


def in_doubt(**more: Any) -> Stage:
    """A launch that may have come about, in an account that does not answer any more."""
    made = stage(wave_of(1, 2, policy=FailurePolicy.STOP, deadline_minutes=60, drain_minutes=30, **more))
    made.refuse[TARGET] = LaunchState.OPEN
    made.settle()
    made.unreachable[TARGET] = "the role is gone"
    return made
