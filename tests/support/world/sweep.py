"""One story of a drill with everything in it, told again and again with one thing going wrong at one call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from shared.models.gate import GateStatus
from tests.support.world.machinery import HOUR
from tests.support.world.rest import QUICK, check_at_rest, launched_once
from tests.support.world.world import World

WRITES_AND_EFFECTS: Final = (
    "drs.start_recovery",
    "drs.terminate",
    "functions.invoke_later",
    "history.put",
    "history.transact",
    "history.update",
    "runs.fail",
    "runs.start_run",
    "runs.succeed",
)
READS: Final = (
    "drs.ended_launches",
    "drs.job_log",
    "drs.jobs",
    "drs.recovery_instances",
    "drs.source_servers",
    "ec2.instance_health",
    "ec2.open_to_launches",
    "history.batch_get",
    "history.get",
    "history.query",
    "limits.limits",
    "runs.run_status",
)
Trouble = Literal["dies before", "dies after", "stands still before", "stands still after"]
TROUBLES: Final[tuple[Trouble, ...]] = ("dies before", "dies after", "stands still before", "stands still after")
STILL: Final = 45.0
"""Seconds that a function stands still: longer than an intent may wait for its call."""


@dataclass(frozen=True)
class Mishap:
    """What goes wrong at which call of a verb."""

    verb: str
    nth: int
    trouble: Trouble

    def __str__(self) -> str:
        return f"{self.trouble} call {self.nth} of {self.verb}"

    def arrange(self, world: World) -> None:
        """Let it happen."""
        moment: Literal["before", "after"] = "before" if self.trouble.endswith("before") else "after"
        if self.trouble.startswith("dies"):
            world.orchestration.crash(self.verb, nth=self.nth, moment=moment)
        else:
            world.stall(self.verb, STILL, nth=self.nth, moment=moment)


def mishaps(calls: Counter[str], verbs: Sequence[str], troubles: Sequence[Trouble]) -> Iterator[Mishap]:
    """Every call of the verbs with every trouble."""
    for verb in verbs:
        for nth in range(1, calls[verb] + 1):
            for trouble in troubles:
                yield Mishap(verb, nth, trouble)


class Story(Protocol):
    """Tells itself in a world, in which something was arranged to go wrong; AssertionError if it ends differently."""

    def __call__(self, world: World, arrange: Callable[[World], None] = ..., /) -> str:
        """The id of its execution."""
        ...


def calls_of(story: Story) -> Counter[str]:
    """How often each verb is called when nothing goes wrong."""
    world = World(settings=QUICK)
    story(world)
    return Counter(world.orchestration.calls)


def tell_failure(world: World, arrange: Callable[[World], None] = lambda _world: None) -> str:
    """Two waves of which the first loses a server, is retried at its gate, and completes; checked at the end."""
    plan_id = world.plan_of(2, 1)
    first = world.expected_waves(plan_id)[0].servers
    lost = min(first)
    world.fault("launchFailure", servers=[lost], rawError="no capacity")
    arrange(world)
    execution_id = world.start(plan_id)
    retry_when_asked(world, execution_id)
    status = world.run_until_end(execution_id, limit=6 * HOUR)
    assert status == "COMPLETED", f"{status}: {[event['message'] for event in world.events(execution_id)[-4:]]}"
    jobs = Counter(server for job in world.oracle.jobs_of(execution_id) for server in job.servers)
    attempts = {server["sourceServerId"]: server["attempt"] for server in world.servers(execution_id)}
    assert attempts[lost] >= 2, "it was retried"
    assert all(jobs[server] <= attempts[server] for server in attempts), f"launched {dict(jobs)}"
    check_at_rest(world, execution_id)
    return execution_id


def retry_when_asked(world: World, execution_id: str) -> None:
    """Press retry at every failure gate that opens, until the first wave has completed."""
    for _ in range(240):
        world.advance(30)
        shown = world.execution(execution_id)
        if shown["waves"][0]["status"] == "COMPLETED":
            return
        if any(gate["kind"] == "FAILURE" and gate["status"] == "OPEN" for gate in shown["gates"]):
            world.call("retry_wave", executionId=execution_id, waveNumber=0)
    raise AssertionError(f"nobody could retry: {[event['message'] for event in world.events(execution_id)[-4:]]}")


def tell(world: World, arrange: Callable[[World], None] = lambda _world: None) -> str:
    """Two waves, a gate between them, approved by its latest mail, then the termination; checked at every end."""
    plan_id = world.plan_of(2, 1, pauses=[1])
    arrange(world)
    execution_id = world.start(plan_id)
    approve_by_latest_mail(world, execution_id)
    status = world.run_until_end(execution_id, limit=6 * HOUR)
    assert status == "COMPLETED", f"{status}: {[event['message'] for event in world.events(execution_id)[-4:]]}"
    expected = world.expected_waves(plan_id)
    world.oracle.check_order(execution_id, expected)
    launched_once(world, execution_id, [server for wave in expected.values() for server in wave.servers])
    world.terminate(execution_id)
    world.run_until_terminated(execution_id, limit=6 * HOUR)
    world.oracle.check_gone(execution_id)
    world.oracle.check_terminated_only([execution_id])
    assert world.instances() == []
    assert world.termination(execution_id)["status"] == "COMPLETED"
    check_at_rest(world, execution_id)
    return execution_id


def approve_by_latest_mail(world: World, execution_id: str) -> None:
    """Run the newest mail's command until the gate is decided; a mail that was replaced by a newer one may fail."""
    header = world.header(execution_id)

    def decided() -> bool:
        mails = world.mails("pause", execution_id)
        if mails:
            world.approve_by_mail(mails[-1])
        return any(gate.status is GateStatus.APPROVED for gate in world.executions.gates(header))

    for _ in range(240):
        if decided():
            return
        world.advance(30)
    raise AssertionError("nobody could approve the gate")
