"""Parts of which scenarios are made: graphs of waves, faults, troubles and wishes, each drawn anew."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any, Final

from shared.operations import EXECUTION
from tests.proof.ingredients.people import Wish
from tests.proof.ingredients.plans import Quirky, ShortRuns, StaleIndexes, WaveOf
from tests.proof.ingredients.troubles import (
    ACTIONS,
    NOT_OURS,
    TERMINATING,
    AlarmRings,
    Broken,
    CommandsFail,
    DrsFault,
    MailsRefused,
    Misdelivered,
    NothingToLaunch,
    Overtaken,
    RoleGone,
    RunStopped,
    SomebodyElse,
    StrangeAnswer,
    StrangeRun,
    Struck,
    Unavailable,
)
from tests.proof.scenario import Ingredient
from tests.support.world.functions import FORMATTER, ORCHESTRATION, STATE_MACHINE
from tests.support.world.machinery import DATABASE_ACCOUNT, REGION, WEB_ACCOUNT
from tests.support.world.sweep import READS, TROUBLES, WRITES_AND_EFFECTS

Rng = random.Random
ACCOUNTS: Final = (DATABASE_ACCOUNT, DATABASE_ACCOUNT, WEB_ACCOUNT)
REGIONS: Final = (REGION, REGION, REGION, "eu-central-1")
ASKED: Final = ("history.get", "history.query", "history.batch_get", "history.transact", "history.put", "runs.succeed")
"""What operators' requests call."""

CHECKED: Final = 0.2
"""Which part of all waves has health checks of its plan."""

TO_A_POINT: Final = 0.2
"""Which part of all starts goes back in time."""

REPEATED: Final[tuple[dict[str, Any], ...]] = (
    {"nth": 1},
    {"nth": 1, "answer": "throttling"},
    {"nth": 2, "answer": "denied"},
    {"nth": 3, "answer": "quota"},
)
"""Which call arrives twice, and what the second is told."""

OPERATIONS: Final = (
    "StartRecovery",
    "DescribeJobs",
    "DescribeRecoveryInstances",
    "DescribeSourceServers",
    None,
)


def back_in_time(rng: Rng) -> float | None:
    """To how many seconds before its start an execution recovers."""
    return rng.choice((3600.0, 90_000.0)) if rng.random() < TO_A_POINT else None


# -- plans ------------------------------------------------------------------------------------------------------------


def graph(rng: Rng, *, pauses: float, risky: bool) -> tuple[WaveOf, ...]:
    """One to four waves: in a row, at once, or as a graph."""
    count = rng.choice((1, 2, 2, 3, 4))
    shape = rng.choice(("row", "graph"))
    return tuple(_wave(rng, number, shape, pauses, risky) for number in range(count))


def _wave(rng: Rng, number: int, shape: str, pauses: float, risky: bool) -> WaveOf:
    earlier = range(number)
    after = tuple(sorted(rng.sample(earlier, rng.randint(0, min(2, number))))) if shape == "graph" and number else ()
    size = rng.randint(1, 3)
    more: dict[str, Any] = {}
    if risky:
        more = rng.choice(
            (
                {},
                {"minimum": "50%"},
                {"minimum": 1},
                {"optional": 1},
                {"wait_minutes": rng.randint(1, 3)},
                {"deadline_minutes": rng.choice((1, 2, 4, 10)), "drain_minutes": rng.choice((1, 3, 20, 360))},
                {"deadline_minutes": rng.choice((1, 2, 4, 10)), "drain_minutes": rng.choice((1, 3, 20, 360))},
            )
        )
    if rng.random() < CHECKED:
        more["alarm"] = rng.random() < 0.5
        more["commands"] = tuple(rng.choice((30, 600)) for _ in range(rng.randint(0, 2)))
    return WaveOf(
        size=size,
        account=rng.choice(ACCOUNTS),
        region=rng.choice(REGIONS),
        after=after,
        pause=rng.random() < pauses,
        policy=rng.choice(("STOP", "PAUSE", "PAUSE", "CONTINUE")) if risky else "PAUSE",
        **more,
    )


# -- troubles ---------------------------------------------------------------------------------------------------------


def some(rng: Rng, makers: list[Callable[[Rng], Ingredient]], count: int) -> list[Ingredient]:
    return [rng.choice(makers)(rng) for _ in range(count)]


def maybe(rng: Rng, chance: float, *ingredients: Ingredient) -> list[Ingredient]:
    return list(ingredients) if rng.random() < chance else []


def _harmless_fault(rng: Rng) -> Ingredient:
    """A fault of calls or jobs that only makes things late or doubtful."""
    operation, nth, times = (
        rng.choice(OPERATIONS),
        rng.choice((1, 1, 2, 3, rng.randint(1, 20))),
        rng.choice((1, 1, 2, 4)),
    )
    call: dict[str, Any] = {"nth": nth, "times": times} | ({"operation": operation} if operation else {})
    return rng.choice(
        (
            lambda: fault("lostReply", how=rng.choice(("connectionClosed", "readTimeout")), **call),
            lambda: fault("lateReply", seconds=rng.choice((1, 20, 40, 59, 61)), **call),
            lambda: fault(
                "lateEffect", operation="StartRecovery", nth=rng.choice((1, 1, 2, 3)), seconds=rng.choice((5, 70, 90))
            ),
            lambda: fault("serverError", status=rng.choice((500, 503)), takesEffect=rng.random() < 0.5, **call),
            lambda: fault("throttling", **call),
            lambda: fault("unreachable", how=rng.choice(("connectionRefused", "connectTimeout")), **call),
            lambda: fault("expiredCredentials", **call),
            lambda: fault("revokedRole", **call),
            lambda: fault(
                "revokedRole", fromSeconds=rng.uniform(0, 400), untilSeconds=rng.uniform(401, 800), times=None
            ),
            lambda: fault(
                "lateVisibility", seconds=rng.choice((10, 50)), times=rng.choice((1, None)), byId=rng.random() < 0.3
            ),
            lambda: fault("repeatedCall", operation="StartRecovery", **rng.choice(REPEATED)),
            lambda: fault("hiddenTags", times=rng.choice((1, None))),
            lambda: fault("missingInstanceId", times=rng.choice((1, 2))),
            lambda: fault("hiddenInstance", seconds=100),
            lambda: fault("lostEvent", times=rng.choice((1, 3))),
            lambda: fault("stuckPending", launches=True, resolvesAfter=60),
            lambda: fault("stuckJob", seconds=rng.choice((60, 400, 900))),
        )
    )()


def server_fault(rng: Rng) -> Ingredient:
    """A fault with which a server may fail."""
    where = {"plan": "one", "wave": rng.randint(0, 3), "server": rng.randint(0, 2)}
    times = rng.choice((1, 1, 1, 2))
    stage = rng.choice(("snapshot", "conversion", "launch"))
    return rng.choice(
        (
            lambda: fault("launchFailure", where, stage=stage, times=times),
            lambda: fault("launchFailure", where, stage=stage, times=times),
            lambda: fault("impairedStatus", where, times=times),
            lambda: fault("hiddenInstance", where, seconds=900, times=times),
            lambda: fault("stuckPending", where, times=times),
            lambda: fault("stuckPending", where, launches=True, resolvesAfter=rng.choice((100, 600)), times=times),
            lambda: fault("missingInstanceId", where, times=times),
            lambda: fault("rejectedServer", where, times=rng.choice((1, None))),
            lambda: fault("stuckJob", where, seconds=rng.choice((400, 1500, 5000))),
            lambda: fault("foreignJob", {}, operation="StartRecovery", nth=rng.randint(1, 3), tags=NOT_OURS),
            lambda: SomebodyElse("one", rng.randint(0, 3), rng.uniform(1, 500)),
            lambda: NothingToLaunch("one", rng.randint(0, 3), rng.randint(0, 2), rng.uniform(1, 500)),
            lambda: AlarmRings(rng.choice(ACCOUNTS), rng.uniform(50, 900), rng.choice((60, 600, 3000))),
            lambda: CommandsFail(rng.uniform(100, 900), rng.random() < 0.5),
        )
    )()


def lurking(rng: Rng) -> list[Ingredient]:
    """A server that DRS says was not launched, although its instance is there and shows up in the end."""
    where = {"plan": "one", "wave": 0, "server": 0}
    return [
        fault("stuckPending", where, launches=True),
        fault("hiddenInstance", where, seconds=rng.choice((330, 400, 500))),
    ]


def fault_at_the_end(rng: Rng) -> Ingredient:
    call: dict[str, Any] = {"operation": TERMINATING}
    return rng.choice(
        (
            lambda: fault("terminateFailure"),
            lambda: fault("lostReply", **call),
            lambda: fault("serverError", takesEffect=rng.random() < 0.5, **call),
            lambda: fault("lateEffect", seconds=rng.choice((5, 70)), **call),
            lambda: fault("throttling", **call),
            lambda: fault("lateReply", seconds=61, **call),
        )
    )()


def fault(kind: str, where: Mapping[str, Any] | None = None, /, **more: Any) -> DrsFault:
    """A fault that may harm says where, be it anywhere."""
    ordered = tuple(sorted(more.items(), key=lambda pair: pair[0]))
    return DrsFault(kind, ordered, is_harmless=where is None, **(where or {}))


def struck(rng: Rng, function: str = ORCHESTRATION) -> Ingredient:
    """A function that dies, or stands still, at any of its calls."""
    seconds = rng.choice((3.0, 25.0, 45.0, 45.0, 100.0, 400.0))
    if function == EXECUTION:
        return Struck(function, rng.choice(ASKED), rng.randint(1, 8), rng.choice(TROUBLES), min(seconds, 100.0))
    if function == FORMATTER:
        verb = rng.choice(("topic.publish", "history.*"))
        return Struck(function, verb, rng.randint(1, 4), rng.choice(TROUBLES), min(seconds, 100.0))
    verb = rng.choice((*WRITES_AND_EFFECTS, *WRITES_AND_EFFECTS, *READS, "*"))
    return Struck(function, verb, rng.choice((1, 2, 3, rng.randint(1, 40))), rng.choice(TROUBLES), seconds)


def _unavailable(rng: Rng) -> Ingredient:
    function, verb = rng.choice(
        (
            (ORCHESTRATION, "history.*"),
            (ORCHESTRATION, "history.transact"),
            (ORCHESTRATION, "history.update"),
            (ORCHESTRATION, "runs.*"),
            (ORCHESTRATION, "functions.invoke_later"),
            (STATE_MACHINE, "history.update"),
            (FORMATTER, "history.*"),
            (EXECUTION, "history.*"),
            (EXECUTION, "runs.*"),
        )
    )
    return Unavailable(function, verb, rng.randint(1, 60), rng.choice((1, 2, 5, 30)))


def gate_trouble(rng: Rng) -> Ingredient:
    return rng.choice(
        (
            lambda: MailsRefused(rng.uniform(0, 600), rng.randint(1, 4)),
            lambda: RunStopped(rng.uniform(10, 900), rng.randint(0, 3)),
            lambda: struck(rng, FORMATTER),
            lambda: Struck(
                ORCHESTRATION, rng.choice(("runs.*", "functions.*")), rng.randint(1, 6), rng.choice(TROUBLES)
            ),
            lambda: Misdelivered(0.25),
            lambda: Overtaken("awaitDecision", rng.randint(1, 2), rng.choice((5.0, 20.0, 40.0))),
        )
    )()


def _broken(rng: Rng) -> Ingredient:
    return Broken(
        rng.choice(ACTIONS), rng.choice((1, 1, 2, rng.randint(1, 20))), rng.choice((1, 2, 4)), rng.random() < 0.5
    )


def wish(rng: Rng, plan: str) -> Ingredient:
    verbs = ("pause", "pause", "cancel", "retry", "relaunch", "skip", "approve", "old mail")
    return Wish(plan, rng.choice(verbs), rng.uniform(5, 1200), rng.randint(0, 3))


def _rare(rng: Rng) -> Ingredient:
    return rng.choice(
        (
            lambda: RunStopped(rng.uniform(10, 900), rng.randint(0, 3)),
            lambda: StrangeAnswer(rng.randint(1, 30)),
            lambda: StrangeRun(rng.uniform(1, 900)),
            StaleIndexes,
            lambda: ShortRuns(rng.randint(4, 12)),
            lambda: MailsRefused(rng.uniform(0, 600), rng.randint(1, 4)),
            lambda: RoleGone(rng.choice(ACCOUNTS), rng.uniform(5, 600), rng.uniform(30, 600)),
            lambda: Quirky(
                event_loss=rng.choice((0, 0.5, 1)),
                participants_hidden=rng.choice((0, 20)),
                held_after_job=rng.choice((0, 0, 30)),
                cleanup=rng.choice(("first", "before_launch")),
                throttled=rng.random() < 0.3,
            ),
        )
    )()


BENIGN: Final[list[Callable[[Rng], Ingredient]]] = [
    _harmless_fault,
    _harmless_fault,
    struck,
    struck,
    lambda rng: struck(rng, FORMATTER),
    lambda rng: Misdelivered(rng.choice((0.03, 0.1, 0.2))),
    _unavailable,
    _broken,
    _rare,
]
TROUBLED: Final = [*BENIGN, server_fault]
