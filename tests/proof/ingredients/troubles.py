"""What goes wrong: in DRS, in the functions and their deliveries, in the tables, with roles, mails and runs."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal

from local.drs_simulator.errors import DrsError
from local.drs_simulator.estate import ReplicationSpec
from shared.aws.ports import HandOverError
from shared.errors import ExecutionError
from shared.models.targets import Target
from shared.stores.table import Item, Throttled
from tests.proof.scenario import Ingredient
from tests.proof.stage import Stage
from tests.support.asl.functions import (
    LOST_AFTER,
    LOST_BEFORE,
    THROTTLE,
    TWICE,
    Delivery,
    Handler,
    Invocation,
)
from tests.support.asl.templates import Json
from tests.support.world.functions import ORCHESTRATION, function_arn
from tests.support.world.sweep import Trouble

TERMINATING: Final = "TerminateRecoveryInstances"
TAGS_READ: Final = "ListTagsForResource"
NOT_OURS: Final = {"owner": "somebody else"}
"""Tags of jobs that are not ours. Without any, one that begins with our call may be ours: no record tells."""
ACTIONS: Final = ("advance", "finalize", "openGate", "awaitDecision", "recordDecision", "terminate", "continueAsNew")
AFTERWARDS: Final = frozenset({"continueAsNew", "recordDecision", "terminate"})
"""What is called when all is calm: after the wait of a year, or after the end."""

DELIVERIES: Final = {
    "lost before": LOST_BEFORE,
    "lost after": LOST_AFTER,
    "twice": TWICE,
    "throttled": THROTTLE,
    "again later": Delivery((0.0, 40.0)),
    "late, and given up": Delivery((15.0,), "Lambda.Unknown"),
    "twice, and timed out": Delivery((0.0, 3.0), "Sandbox.Timedout"),
}


@dataclass(frozen=True)
class DrsFault(Ingredient):
    """A fault of the simulator, at a server of a plan if one is named; a harmless one makes no server fail."""

    kind: str
    more: tuple[tuple[str, Any], ...] = ()
    plan: str = ""
    wave: int = 0
    server: int = 0
    is_harmless: bool = True

    @property
    def benign(self) -> bool:  # type: ignore[override]  # a matter of the kind and of its numbers
        return self.is_harmless

    @property
    def at_end(self) -> bool:
        """Whether it belongs to the time when instances are terminated."""
        return self.kind == "terminateFailure" or dict(self.more).get("operation") == TERMINATING

    def put_on(self, stage: Stage) -> None:
        if not self.at_end:
            self.arm(stage)

    def arm(self, stage: Stage) -> None:
        """Put it in force."""
        where: dict[str, Any] = {}
        if self.plan:
            servers = stage.servers.get((self.plan, self.wave), [])
            if not servers:
                return
            where["servers"] = [servers[self.server % len(servers)]]
        stage.world.fault(self.kind, **dict(self.more), **where)
        if self.kind == "hiddenInstance":
            hit = where.get("servers") or [one for servers in stage.servers.values() for one in servers]
            for server in hit:
                known = stage.checker.ledger.hidden.get(server, 0)
                stage.checker.ledger.hidden[server] = max(known, dict(self.more)["seconds"])


@dataclass(frozen=True)
class Struck(Ingredient):
    """A function dies, or stands still and is given up, at one of its calls."""

    function: str
    verb: str
    nth: int
    trouble: Trouble
    seconds: float = 45.0

    def put_on(self, stage: Stage) -> None:
        seam = stage.world.seams[self.function]
        moment: Literal["before", "after"] = "before" if self.trouble.endswith("before") else "after"
        if self.trouble.startswith("dies"):
            seam.on(self.verb, partial(stage.count, f"{self.function} {self.trouble}"), nth=self.nth, moment=moment)
            seam.crash(self.verb, nth=self.nth, moment=moment)
        else:
            seam.on(self.verb, partial(self._stand_still, stage), nth=self.nth, moment=moment)

    def _stand_still(self, stage: Stage) -> None:
        stage.count(f"{self.function} {self.trouble}")
        if self.seconds < stage.world.functions.timeouts[function_arn(ORCHESTRATION)]:
            # else AWS gives it up by itself
            stage.world.functions.give_up()
        stage.world.let_pass(self.seconds)


@dataclass(frozen=True)
class SlowAdoption(Ingredient):
    """Whoever adopts the first job that came late, or suspects it, is slow between the reservation of its room and its
    record; or stands still there and is given up, so that other steps go on beside it.
    """

    seconds: float
    is_given_up: bool = False

    def put_on(self, stage: Stage) -> None:
        history, tell, is_met = stage.world.history, stage.world.history.on_write, [False]

        def write(partition: str, sort: str, before: Item | None, after: Item | None) -> None:
            tell(partition, sort, before, after)
            if not is_met[0] and not stage.is_calm and _is_reserved_anew(partition, before, after):
                is_met[0] = True
                stage.count("slow adoption")
                stage.world.seams[ORCHESTRATION].on("history.*", partial(self._be_slow, stage), moment="after")

        history.on_write = write

    def _be_slow(self, stage: Stage) -> None:
        if self.is_given_up:
            stage.world.functions.give_up()
        stage.world.let_pass(self.seconds)


def _is_reserved_anew(partition: str, before: Item | None, after: Item | None) -> bool:
    """Whether the row of a quota reserves room for a job that has none; that of a call is reserved before its job."""
    if not partition.startswith("quota#"):
        return False
    known = {one["reservationId"] for one in (before or {}).get("reservations", ())}
    rooms = (after or {}).get("reservations", ())
    return any(one.get("jobId") and one["reservationId"] not in known for one in rooms)


@dataclass(frozen=True)
class Misdelivered(Ingredient):
    """A share of all invocations is lost, doubled, throttled or late."""

    share: float

    def put_on(self, stage: Stage) -> None:
        rng = random.Random(f"{stage.seed}/deliveries")

        def fault(_invocation: Invocation) -> Delivery | None:
            if stage.is_calm or rng.random() >= self.share:
                return None
            how = rng.choice(sorted(DELIVERIES))
            stage.count(f"invocation {how}")
            return DELIVERIES[how]

        stage.deliveries.append(fault)


@dataclass(frozen=True)
class Broken(Ingredient):
    """Some calls of one action of the state machine end with an error of the function, done or not."""

    action: str
    nth: int
    times: int
    is_done: bool

    def put_on(self, stage: Stage) -> None:
        seen = [0]

        def fault(invocation: Invocation) -> Delivery | None:
            if invocation.payload.get("action") != self.action or (stage.is_calm and self.action not in AFTERWARDS):
                return None
            seen[0] += 1
            if not self.nth <= seen[0] < self.nth + self.times:
                return None
            stage.count(f"{self.action} broken")
            return Delivery((0.0,) if self.is_done else (), "Throttled")

        stage.deliveries.insert(0, fault)


@dataclass(frozen=True)
class Overtaken(Ingredient):
    """One call of an action is given up at once, and carried out so many seconds later, after others."""

    action: str
    nth: int
    seconds: float

    def put_on(self, stage: Stage) -> None:
        seen = [0]

        def fault(invocation: Invocation) -> Delivery | None:
            if invocation.payload.get("action") != self.action or stage.is_calm:
                return None
            seen[0] += 1
            if seen[0] != self.nth:
                return None
            stage.count(f"{self.action} overtaken")
            return Delivery((self.seconds,), "Lambda.Unknown")

        stage.deliveries.insert(0, fault)


@dataclass(frozen=True)
class Unavailable(Ingredient):
    """Some calls of a function in a row are refused for load by whatever they go to."""

    function: str
    verb: str
    nth: int
    times: int

    def put_on(self, stage: Stage) -> None:
        seam = stage.world.seams[self.function]
        for number in range(self.times):
            seam.on(self.verb, partial(self._refuse, stage), nth=self.nth + number)

    def _refuse(self, stage: Stage) -> None:
        port = self.verb.partition(".")[0]
        stage.count(f"{port} unavailable")
        match port:
            case "runs":
                raise ExecutionError("Step Functions did not answer")
            case "functions" | "topic":
                raise HandOverError("it was not taken")
            case _:
                raise Throttled("DynamoDB has no capacity left")


@dataclass(frozen=True)
class RoleGone(Ingredient):
    """The role of an account is missing for a while."""

    account: str
    at: float
    seconds: float

    def put_on(self, stage: Stage) -> None:
        stage.later(self.at, lambda: self._go(stage), "the role goes")

    def _go(self, stage: Stage) -> None:
        stage.count("role missing")
        stage.world.remove_role(self.account)
        stage.later(self.seconds, lambda: stage.world.restore_role(self.account), "the role is back")


@dataclass(frozen=True)
class AlarmRings(Ingredient):
    """The alarm of the waves of an account is in ALARM for a while."""

    benign = False
    account: str
    at: float
    seconds: float

    def put_on(self, stage: Stage) -> None:
        stage.later(self.at, lambda: self._ring(stage), "an alarm rings")

    def _ring(self, stage: Stage) -> None:
        stage.count("alarm rings")
        alarms = stage.world.cloud.cloudwatch
        mine = [(target, name) for target, name in alarms.known if target.account_id == self.account]
        for target, name in mine:
            alarms.put(target, name, "ALARM", "too many errors")
            stage.witness.ringing.setdefault((target.account_id, target.region), stage.world.clock.now())
            stage.world.agenda.after(self.seconds, partial(self._stop, stage, target, name), background=True)

    def _stop(self, stage: Stage, target: Target, name: str) -> None:
        stage.world.cloud.cloudwatch.put(target, name)
        stage.witness.ringing.pop((target.account_id, target.region), None)


@dataclass(frozen=True)
class CommandsFail(Ingredient):
    """The commands on some instances fail from a moment on, or their agents are never there."""

    benign = False
    at: float
    offline: bool

    def put_on(self, stage: Stage) -> None:
        stage.later(self.at, lambda: self._fail(stage), "commands fail")

    def _fail(self, stage: Stage) -> None:
        instances = sorted(stage.checker.ledger.instances)[:2]
        for instance in instances:
            stage.count("agent offline" if self.offline else "command fails")
            if self.offline:
                stage.world.cloud.ssm.offline.add(instance)
            else:
                stage.world.cloud.ssm.failing[instance] = "no such service"
                stage.witness.failing.setdefault(instance, stage.world.clock.now())


@dataclass(frozen=True)
class NothingToLaunch(Ingredient):
    """The replication of a server begins anew, so that there is nothing it could be launched from."""

    benign = False
    plan: str
    wave: int
    server: int
    at: float

    def put_on(self, stage: Stage) -> None:
        stage.later(self.at, lambda: self._lose(stage), "a server loses its points in time")

    def _lose(self, stage: Stage) -> None:
        servers = stage.servers.get((self.plan, self.wave), [])
        group = stage.world.tables.protection_groups.get({"groupId": f"group-{self.plan}-{self.wave}"})
        if not servers or group is None:
            return
        server = servers[self.server % len(servers)]
        anew = ReplicationSpec(state="INITIAL_SYNC")
        stage.world.simulator.set_replication(group["accountId"], group["region"], server, anew)
        stage.count("nothing to launch from")


@dataclass(frozen=True)
class MailsRefused(Ingredient):
    """SNS refuses some mails from a moment on."""

    at: float
    count: int

    def put_on(self, stage: Stage) -> None:
        def refuse() -> None:
            stage.count("mails refused")
            stage.world.topic.refusals += self.count

        stage.later(self.at, refuse, "SNS refuses")


@dataclass(frozen=True)
class RunStopped(Ingredient):
    """Somebody stops a run of the state machine from outside."""

    at: float
    which: int

    def put_on(self, stage: Stage) -> None:
        def stop() -> None:
            running = stage.world.runs.running
            if running:
                stage.count("run stopped")
                stage.world.runs.stop_run(running[self.which % len(running)].name)

        stage.later(self.at, stop, "a run is stopped")


@dataclass(frozen=True)
class SomebodyElse(Ingredient):
    """Somebody else launches a server of ours from the console."""

    benign = False
    plan: str
    wave: int
    at: float

    def put_on(self, stage: Stage) -> None:
        stage.later(self.at, lambda: self._launch(stage), "somebody else launches")

    def _launch(self, stage: Stage) -> None:
        plan = stage.plan_ids.get(self.plan, "")
        servers = stage.servers.get((self.plan, self.wave), [])[:1]
        if not servers:
            return
        wave = stage.world.tables.protection_groups.get({"groupId": f"group-{self.plan}-{self.wave}"})
        assert wave is not None, f"the plan {plan} has a group for each wave"
        try:
            stage.world.simulator.start_foreign_job(wave["accountId"], wave["region"], servers, tags=NOT_OURS)
        except DrsError:
            return
        stage.count("somebody else launched")


@dataclass(frozen=True)
class StrangeAnswer(Ingredient):
    """One answer of the orchestration function has a word of another version, which the state machine does not know."""

    nth: int

    def put_on(self, stage: Stage) -> None:
        handlers = stage.world.functions.handlers
        handlers[function_arn(ORCHESTRATION)] = self._once(handlers[function_arn(ORCHESTRATION)], stage)

    def _once(self, handler: Handler, stage: Stage) -> Callable[[Json], Json]:
        left = [self.nth]

        def answer(payload: Json) -> Json:
            answered = handler(payload)
            if isinstance(answered, dict) and "next" in answered and not stage.is_calm:
                left[0] -= 1
                if left[0] == 0:
                    stage.count("answer of another version")
                    return {**answered, "next": "MEANWHILE"}
            return answered

        return answer


@dataclass(frozen=True)
class StrangeRun(Ingredient):
    """Somebody starts the state machine by hand, with an input that means nothing to it."""

    at: float

    def put_on(self, stage: Stage) -> None:
        def start() -> None:
            stage.count("run of an unknown kind")
            stage.world.runs.start_run(f"by-hand-{self.at}", {"schema": 1, "kind": "UNKNOWN"})

        stage.later(self.at, start, "a run by hand")
