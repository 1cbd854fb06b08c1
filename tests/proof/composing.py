"""Makes a scenario of a seed: a theme, its plans, and troubles and people that go with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from shared.operations import EXECUTION
from tests.proof.ingredients.people import DECIDED, FICKLE, PATIENT, Absent, Cleaned, Decider, Wish
from tests.proof.ingredients.plans import Narrow, PlanOf, Quirky, Restless, Started, WaveOf
from tests.proof.ingredients.troubles import (
    TAGS_READ,
    AlarmRings,
    Broken,
    CommandsFail,
    NothingToLaunch,
    RoleGone,
    SlowAdoption,
    SomebodyElse,
)
from tests.proof.parts import (
    BENIGN,
    TROUBLED,
    Rng,
    back_in_time,
    fault,
    fault_at_the_end,
    gate_trouble,
    graph,
    lurking,
    maybe,
    server_fault,
    some,
    struck,
    wish,
)
from tests.proof.scenario import Ingredient, Scenario
from tests.support.world.machinery import DATABASE_ACCOUNT, WEB_ACCOUNT


def compose(seed: int) -> Scenario:
    """The scenario of a seed, always the same."""
    rng = Rng(f"scenario {seed}")
    theme = rng.choices(list(THEMES), weights=list(THEMES.values()))[0]
    ingredients: list[Ingredient] = [Restless(rng.uniform(0, 0.5), rng.uniform(0, 0.4), rng.choice((0, 0.002, 0.01)))]
    ingredients += theme(rng)
    return Scenario(seed, tuple(ingredients))


# -- themes -----------------------------------------------------------------------------------------------------------


def _benign(rng: Rng) -> list[Ingredient]:
    """Much goes wrong, and all of it is put right: the end is as if nothing had happened."""
    return [
        PlanOf("one", graph(rng, pauses=0.3, risky=False)),
        Started("one", rng.uniform(0, 30), back=back_in_time(rng)),
        Decider("one", rng.uniform(20, 90), PATIENT),
        *some(rng, BENIGN, rng.randint(3, 8)),
        *maybe(
            rng, 0.3, Cleaned("one"), fault_at_the_end(rng), Broken("terminate", rng.randint(1, 4), 1, is_done=True)
        ),
    ]


def _failing(rng: Rng) -> list[Ingredient]:
    """Servers fail in every way, and people decide what becomes of their waves."""
    return [
        PlanOf("one", graph(rng, pauses=0.2, risky=True)),
        Started("one", rng.uniform(0, 30), kind=rng.choice(("DRILL", "DRILL", "RECOVERY")), back=back_in_time(rng)),
        Decider("one", rng.uniform(20, 120), rng.choice((DECIDED, DECIDED, FICKLE))),
        *(server_fault(rng) for _ in range(rng.randint(1, 4))),
        *maybe(rng, 0.1, *lurking(rng)),
        *(wish(rng, "one") for _ in range(rng.randint(0, 3))),
        *some(rng, TROUBLED, rng.randint(0, 5)),
        *maybe(rng, 0.25, Wish("one", "terminate", rng.uniform(300, 1400))),
    ]


def _contested(rng: Rng) -> list[Ingredient]:
    """Two plans want one server, at the same moment or one after the other; starts are repeated."""
    at, token = rng.uniform(0, 20), rng.choice(("", "token-1"))
    later = rng.choice((at, at, at + rng.uniform(0, 0.5), at + rng.uniform(0, 600)))
    return [
        PlanOf("one", graph(rng, pauses=0.2, risky=False)),
        PlanOf("two", graph(rng, pauses=0.1, risky=False), shares_with="one"),
        Started("one", at, token),
        Started(rng.choice(("one", "two", "two")), later, token=rng.choice(("", "", token))),
        Started(rng.choice(("one", "two")), rng.uniform(at, 900)),
        Decider("one", rng.uniform(20, 90), DECIDED),
        Decider("two", rng.uniform(20, 90), DECIDED),
        *maybe(rng, 0.6, struck(rng, EXECUTION)),
        *maybe(rng, 0.3, Wish("one", "cancel", rng.uniform(30, 600)), Wish("one", "terminate", rng.uniform(300, 1400))),
        *some(rng, TROUBLED, rng.randint(0, 4)),
    ]


def _gated(rng: Rng) -> list[Ingredient]:
    """Gates everywhere, and everything around gates unreliable: mails, runs, tokens, several people at once."""
    return [
        PlanOf("one", graph(rng, pauses=0.8, risky=rng.random() < 0.5)),
        Started("one", rng.uniform(0, 30), back=back_in_time(rng)),
        Decider("one", rng.uniform(30, 200), rng.choice((PATIENT, DECIDED, FICKLE))),
        *maybe(rng, 0.5, Decider("one", rng.uniform(30, 200), rng.choice((PATIENT, DECIDED)))),
        *(wish(rng, "one") for _ in range(rng.randint(0, 4))),
        *some(rng, [*TROUBLED, gate_trouble, gate_trouble], rng.randint(2, 6)),
    ]


def _absent(rng: Rng) -> list[Ingredient]:
    """Gates open, and nobody comes for more than a year."""
    return [
        PlanOf("one", (WaveOf(pause=rng.random() < 0.5), WaveOf(size=2, pause=True))),
        Started("one", rng.uniform(0, 30)),
        Absent(),
        *maybe(rng, 0.5, Broken("continueAsNew", 1, rng.choice((1, 3, 40)), is_done=rng.random() < 0.5)),
        *maybe(rng, 0.3, Broken("recordDecision", 1, rng.randint(1, 3), is_done=rng.random() < 0.5)),
        *some(rng, [*BENIGN, gate_trouble], rng.randint(0, 3)),
    ]


def _survived(rng: Rng) -> list[Ingredient]:
    """A server is launched anew, which fails before DRS has removed what the launch before it had brought."""
    where = {"plan": "one", "wave": 0, "server": 0}
    return [
        Quirky(cleanup="before_launch"),
        PlanOf("one", (WaveOf(size=rng.randint(1, 2)), *graph(rng, pauses=0.2, risky=False)[:1])),
        Started("one"),
        fault("impairedStatus", where),
        fault("launchFailure", where, nth=2, times=3, stage=rng.choice(("snapshot", "conversion"))),
        Wish("one", "relaunch", rng.uniform(1080, 1120)),
        Wish("one", "approve", rng.uniform(1260, 1340)),
        Cleaned("one"),
        *some(rng, BENIGN, rng.randint(0, 2)),
    ]


def _appeared(rng: Rng) -> list[Ingredient]:
    """A server that DRS says was not launched is tried again when its instance has appeared."""
    return [
        PlanOf("one", graph(rng, pauses=0, risky=False)),
        Started("one"),
        *lurking(rng),
        Wish("one", "retry", rng.uniform(650, 900)),
        *some(rng, BENIGN, rng.randint(0, 2)),
    ]


def _narrow(rng: Rng) -> list[Ingredient]:
    """Executions of several plans want more room than there is, in one account and region."""
    jobs, servers = rng.choice(((1, 3), (2, 4), (3, 3), (20, 4)))
    plans = ("one", "two", "three")[: rng.randint(2, 3)]
    return [
        Narrow(jobs, servers),
        *(
            PlanOf(plan, tuple(WaveOf(size=rng.randint(1, 3), policy="CONTINUE") for _ in range(rng.randint(1, 2))))
            for plan in plans
        ),
        *(Started(plan, rng.uniform(0, 40)) for plan in plans),
        *maybe(rng, 0.5, Wish("one", "pause", rng.uniform(20, 120)), Decider("one", rng.uniform(200, 400), PATIENT)),
        *maybe(rng, 0.5, fault("stuckJob", seconds=rng.choice((60, 300)))),
        *some(rng, BENIGN, rng.randint(0, 2)),
    ]


def _checked(rng: Rng) -> list[Ingredient]:
    """What was launched is not well: its alarm rings, its commands fail, or its status checks never pass."""
    checks = rng.choice(({"alarm": True}, {"commands": (600,)}, {"commands": (600, 600)}, {"alarm": True}, {}))
    first = WaveOf(size=rng.randint(1, 2), policy=rng.choice(("PAUSE", "PAUSE", "CONTINUE")), **checks)
    where = {"plan": "one", "wave": 0, "server": 0}
    return [
        PlanOf("one", (first, WaveOf(), *graph(rng, pauses=0.2, risky=False)[:1])),
        Started("one", back=back_in_time(rng)),
        *maybe(rng, 0.5, Decider("one", rng.uniform(200, 500), DECIDED)),
        AlarmRings(DATABASE_ACCOUNT, rng.uniform(20, 120), rng.choice((600, 3000, 9000))),
        CommandsFail(rng.uniform(140, 240), rng.random() < 0.2),
        *maybe(rng, 0.4, fault("impairedStatus", where)),
        *some(rng, BENIGN, rng.randint(0, 1)),
    ]


def _late(rng: Rng) -> list[Ingredient]:
    """A job that hardly ends outlives its wave's deadline, and its drain; the last wave waits before it begins."""
    where = {"plan": "one", "wave": 0, "server": 0}
    slow = WaveOf(
        size=rng.randint(1, 2),
        policy=rng.choice(("CONTINUE", "PAUSE", "STOP")),
        deadline_minutes=rng.choice((1, 4, 10)),
        drain_minutes=rng.choice((1, 3, 20)),
    )
    return [
        PlanOf("one", (slow, WaveOf(wait_minutes=rng.randint(1, 3)))),
        Started("one"),
        Decider("one", rng.uniform(100, 400), DECIDED),
        fault("stuckJob", where, seconds=rng.choice((1500, 5000, 9000))),
        *maybe(rng, 0.3, Wish("one", rng.choice(("cancel", "pause")), rng.uniform(100, 900))),
        *some(rng, BENIGN, rng.randint(0, 1)),
    ]


def _untold(rng: Rng) -> list[Ingredient]:
    """A late job of a lost launch has ended, and what it has done to servers of a wave that goes on is not told yet."""
    return rng.choice((_unreadable, _doubted))(rng)


def _unreadable(rng: Rng) -> list[Ingredient]:
    """It has taken the instance of a server that is well away, and nobody could read whose it was."""
    where = {"plan": "one", "wave": 0, "server": 1}
    return [
        PlanOf("one", (WaveOf(size=2, policy="CONTINUE"), WaveOf(wait_minutes=14))),
        Started("one"),
        fault("hiddenTags", times=None),
        fault("lateEffect", {}, operation="StartRecovery", seconds=rng.choice((480, 500, 520))),
        fault("impairedStatus", where, times=2),
        fault(rng.choice(("revokedRole", "serverError")), operation=TAGS_READ, times=None),
    ]


def _doubted(rng: Rng) -> list[Ingredient]:
    """A newer launch of its server is in doubt, whose call has its effect after the deadline, before a cancel."""
    late = {"operation": "StartRecovery"}
    return [
        Quirky(cleanup="before_launch"),
        PlanOf("one", (WaveOf(deadline_minutes=10), WaveOf(wait_minutes=20))),
        Started("one"),
        fault("lateEffect", {}, nth=1, seconds=600, **late),
        fault("lateEffect", {}, nth=2, seconds=400, **late),
        fault("lateEffect", {}, nth=3, seconds=400, **late),
        fault("launchFailure", {"plan": "one", "wave": 0, "server": 0}, nth=2, stage="snapshot"),
        Wish("one", "cancel", rng.uniform(960, 1000)),
        *some(rng, BENIGN, rng.randint(0, 1)),
    ]


def _unasked(rng: Rng) -> list[Ingredient]:
    """A lost call has its effect about the end, and nobody may look for it then."""
    return rng.choice((_unheard, _interrupted))(rng)


def _unheard(rng: Rng) -> list[Ingredient]:
    """Its account may not be asked, and what is left is in another."""
    wait = rng.choice((8, 12, 14))
    end = 570 + 60 * wait
    first = WaveOf(size=rng.randint(1, 2), drain_minutes=rng.choice((1, 1, 360)))
    return [
        PlanOf("one", (first, WaveOf(account=WEB_ACCOUNT, wait_minutes=wait))),
        Started("one"),
        fault("lateEffect", {}, operation="StartRecovery", seconds=end - rng.choice((20, 60, 130, 200, 230, 400))),
        RoleGone(DATABASE_ACCOUNT, end - rng.choice((10, 60, 120, 250, 500)), rng.choice((300, 900, 4000))),
        *maybe(rng, 0.6, fault("stuckJob", {}, nth=3, seconds=rng.choice((600, 3000)))),
        *maybe(rng, 0.3, fault("hiddenTags", times=None)),
        *maybe(rng, 0.2, Wish("one", "cancel", end - rng.choice((30, 90)))),
        *some(rng, BENIGN, rng.randint(0, 1)),
    ]


def _interrupted(rng: Rng) -> list[Ingredient]:
    """Everything is in one account, and for a minute about the end no job is listed."""
    wait = rng.choice((4, 8, 12))
    end = 670 + 60 * wait
    listings: dict[str, Any] = {"operation": "DescribeJobs", "times": None}
    how = rng.choice(("serverError", "throttling", "revokedRole"))
    return [
        PlanOf("one", (WaveOf(size=2), WaveOf(wait_minutes=wait))),
        Started("one"),
        fault("lateEffect", {}, operation="StartRecovery", seconds=end - rng.choice((40, 70, 90))),
        fault(how, {}, fromSeconds=end - 35, untilSeconds=end + rng.choice((25, 25, 200)), **listings),
        *some(rng, BENIGN, rng.randint(0, 1)),
    ]


def _belated(rng: Rng) -> list[Ingredient]:
    """A call has its effect long after its launch was lost and made again, and no listing shows whose job that is."""
    belated: list[Ingredient] = [
        PlanOf("one", (WaveOf(size=rng.randint(1, 2)), WaveOf(wait_minutes=rng.choice((40, 60))))),
        Started("one"),
        fault("hiddenTags", times=None),
        fault("lateEffect", {}, operation="StartRecovery", seconds=rng.choice((1200, 1800, 2400))),
        *maybe(rng, 0.3, fault("stuckJob", nth=2, seconds=rng.choice((400, 1500)))),
        *maybe(rng, 0.3, SomebodyElse("one", 0, rng.uniform(1300, 2000))),
        *some(rng, BENIGN, rng.randint(0, 1)),
    ]
    if rng.random() < 0.5:
        return _unread(rng)
    return _brief(rng) if rng.random() < 0.7 else belated


def _brief(rng: Rng) -> list[Ingredient]:
    """Such a job ends of itself within minutes of the end of all else; whoever has found it may stand still until then.

    Or its tags tell whose it is, and the account cannot be asked when the steps go on beside the one that stands still.
    """
    wait = rng.choice((4, 8, 12))
    # when the last wave has its verdict, as nothing else goes wrong
    end = 330 + wait * 60 + 240
    how = rng.choice(("revokedRole", "serverError"))
    hidden = [fault("hiddenTags", times=None), fault(how, operation=TAGS_READ, times=None)]
    return [
        PlanOf("one", (WaveOf(size=rng.randint(1, 2)), WaveOf(wait_minutes=wait))),
        Started("one"),
        fault("lateEffect", {}, operation="StartRecovery", seconds=end - rng.choice((130, 180, 230, 300))),
        *maybe(rng, 0.8, *hidden),
        *maybe(rng, 0.5, SlowAdoption(rng.choice((100, 200, 250, 290)), is_given_up=True)),
        *some(rng, BENIGN, rng.randint(0, 1)),
    ]


def _unread(rng: Rng) -> list[Ingredient]:
    """Nobody can read whose job that is either, which still runs when everything else is over."""
    seconds, wait = rng.choice(((600, 4), (600, 5), (900, 9)))
    how = rng.choice(("revokedRole", "revokedRole", "serverError", "throttling", "unreachable"))
    where = {"plan": "one", "wave": 0, "server": 0}
    return [
        PlanOf(
            "one", (WaveOf(size=rng.randint(1, 2), drain_minutes=rng.choice((1, 1, 360))), WaveOf(wait_minutes=wait))
        ),
        Started("one"),
        fault("hiddenTags", times=None),
        fault("lateEffect", {}, operation="StartRecovery", seconds=seconds),
        fault("stuckJob", where, nth=2, seconds=rng.choice((600, 600, 3000))),
        fault(how, operation=TAGS_READ, times=None),
        *some(rng, BENIGN, rng.randint(0, 1)),
    ]


def _lost(rng: Rng) -> list[Ingredient]:
    """Launch after launch is lost, and their calls have their effect when the next are in doubt, held back, or over."""
    calls = rng.randint(2, 3)
    late = [
        fault("lateEffect", {}, operation="StartRecovery", nth=nth, seconds=rng.choice((240, 400, 400, 480, 600, 900)))
        for nth in range(1, calls + 1)
    ]
    where = {"plan": "one", "wave": 0, "server": 0}
    first = WaveOf(
        size=rng.choice((1, 2, 2)),
        policy=rng.choice(("PAUSE", "CONTINUE")),
        minimum=rng.choice((None, 1)),
        deadline_minutes=rng.choice((120, 120, 120, 10, 15)),
        drain_minutes=rng.choice((20, 360)),
    )
    lost: list[Ingredient] = [
        Quirky(cleanup=rng.choice(("first", "before_launch"))),
        PlanOf("one", (first, WaveOf(wait_minutes=rng.choice((20, 30))))),
        Started("one"),
        *late,
        *maybe(rng, 0.3, fault("hiddenTags", times=None)),
        *maybe(
            rng, 0.6, fault("launchFailure", where, nth=rng.choice((1, 2, 2)), stage=rng.choice(("snapshot", "launch")))
        ),
        *maybe(rng, 0.6, fault("impairedStatus", where | {"server": 1})),
        *maybe(rng, 0.2, fault("stuckJob", nth=rng.choice((1, 2)), seconds=rng.choice((200, 700)))),
        *maybe(rng, 0.3, Wish("one", rng.choice(("retry", "relaunch", "pause")), rng.uniform(300, 1400))),
        *maybe(rng, 0.3, Decider("one", rng.uniform(100, 400), DECIDED)),
        *some(rng, BENIGN, rng.randint(0, 1)),
        *maybe(rng, 0.7, SlowAdoption(rng.choice((20, 70, 100)))),
    ]
    return rng.choice((_sought, _suspected))(rng) if rng.random() < 0.4 else lost


def _sought(rng: Rng) -> list[Ingredient]:
    """A late job replaces the instance of a healthy server, whose wave has failed, and a retry looks for it in vain."""
    instances: dict[str, Any] = {"operation": "DescribeRecoveryInstances", "times": None}
    return [
        PlanOf("one", (WaveOf(size=2), WaveOf())),
        Started("one"),
        fault("lateEffect", {}, operation="StartRecovery", seconds=rng.choice((600, 640, 700))),
        fault("launchFailure", {"plan": "one", "wave": 0, "server": 0}, stage=rng.choice(("snapshot", "launch"))),
        fault("revokedRole", {}, fromSeconds=rng.uniform(860, 900), untilSeconds=rng.uniform(1200, 1500), **instances),
        Wish("one", "retry", rng.uniform(900, 1000)),
        Wish("one", "cancel", rng.uniform(1020, 1150)),
        *some(rng, BENIGN, rng.randint(0, 1)),
    ]


def _suspected(rng: Rng) -> list[Ingredient]:
    """The job of a launch that was lost runs, and nobody can read whose it is, when its server may be called for."""
    return [
        PlanOf("one", (WaveOf(size=rng.randint(1, 2)), WaveOf(wait_minutes=20))),
        Started("one"),
        fault("hiddenTags", times=None),
        fault("lateEffect", {}, operation="StartRecovery", seconds=rng.choice((400, 440, 480))),
        fault("lateEffect", {}, operation="StartRecovery", nth=2, seconds=rng.choice((900, 1200))),
        fault("stuckJob", {}, seconds=rng.choice((600, 900, 1200))),
        fault(rng.choice(("revokedRole", "serverError", "unreachable")), operation=TAGS_READ, times=None),
        *some(rng, BENIGN, rng.randint(0, 1)),
    ]


def _denied(rng: Rng) -> list[Ingredient]:
    """A call that was carried out is answered with a no, and nothing of its wave may start any more."""
    refused = WaveOf(size=rng.randint(1, 2), policy="CONTINUE", deadline_minutes=rng.choice((1, 120, 120)))
    return [
        PlanOf("one", (WaveOf(policy="CONTINUE"), refused, WaveOf(after=(0, 1)))),
        Started("one"),
        fault("repeatedCall", operation="StartRecovery", nth=2, answer=rng.choice(("throttling", "denied", "quota"))),
        fault("stuckJob", nth=1, seconds=rng.choice((300, 600))),
        fault("stuckJob", nth=2, seconds=rng.choice((300, 600, 900))),
        *maybe(rng, 0.5, fault("lateVisibility", seconds=rng.choice((20, 50)), times=None, byId=False)),
        Wish("one", rng.choice(("cancel", "cancel", "skip", "pause")), rng.uniform(16, 60), 1),
        *some(rng, BENIGN, rng.randint(0, 1)),
        *maybe(rng, 0.4, SlowAdoption(rng.choice((20, 70, 100)))),
    ]


def _forsaken(rng: Rng) -> list[Ingredient]:
    """A call that was carried out is answered with a no, its server cannot be launched any more, and its wave goes on,
    for another account keeps it waiting: nobody calls for the server again.
    """
    here: dict[str, Any] = {"operation": "StartRecovery", "account": DATABASE_ACCOUNT}
    there: dict[str, Any] = {"operation": "StartRecovery", "account": WEB_ACCOUNT, "times": None}
    return [
        PlanOf("other", (WaveOf(account=WEB_ACCOUNT),)),
        PlanOf(
            "one",
            (WaveOf(policy="CONTINUE"), WaveOf(size=rng.randint(1, 2)), WaveOf(account=WEB_ACCOUNT, after=(0,))),
            shares_with="other",
        ),
        Started("one"),
        fault("repeatedCall", answer=rng.choice(("throttling", "denied", "quota")), **here),
        fault("revokedRole", {}, untilSeconds=rng.uniform(300, 700), **there),
        fault("lateVisibility", seconds=rng.choice((30, 50)), times=None, byId=False),
        fault("stuckJob", nth=2, seconds=rng.choice((300, 600))),
        NothingToLaunch("one", 0, 0, rng.uniform(8, 28)),
        *some(rng, BENIGN, rng.randint(0, 1)),
    ]


def _paused(rng: Rng) -> list[Ingredient]:
    """An operator pauses whatever goes on, and takes his time."""
    return [
        PlanOf("one", graph(rng, pauses=0.1, risky=False)),
        Started("one", back=back_in_time(rng)),
        *(Wish("one", "pause", rng.uniform(5, 250)) for _ in range(2)),
        Decider("one", rng.uniform(300, 600), PATIENT),
        *some(rng, BENIGN, rng.randint(0, 2)),
    ]


def _crowded(rng: Rng) -> list[Ingredient]:
    """More launches at once than DRS takes in one account and region."""
    return [
        PlanOf("one", tuple(WaveOf(policy="CONTINUE", after=() if n < 24 else (0,)) for n in range(25))),
        Started("one", rng.uniform(0, 5)),
        *some(rng, BENIGN, rng.randint(1, 4)),
    ]


THEMES: Final[Mapping[Callable[[Rng], list[Ingredient]], float]] = {
    _benign: 23,
    _untold: 3,
    _unasked: 4,
    _failing: 30,
    _contested: 17,
    _gated: 16,
    _lost: 5,
    _survived: 2,
    _appeared: 2,
    _crowded: 2,
    _narrow: 4,
    _checked: 4,
    _late: 4,
    _paused: 3,
    _belated: 3,
    _denied: 2,
    _forsaken: 2,
    _absent: 2,
}
