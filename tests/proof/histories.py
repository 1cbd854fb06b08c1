"""Short histories by hand, for the proof of the proof: each is legal, or breaks exactly one invariant."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from local.drs_simulator.record import Record
from shared.clock import VirtualClock
from shared.stores.schemas import EXECUTION_HISTORY
from shared.stores.table import Item
from tests.proof.checker import Checker
from tests.proof.facts import Act, Plan, PlannedWave, Verb, WatchedTable
from tests.proof.invariants.reading import Rest
from tests.proof.witness import Witness
from tests.support.oracle import EXECUTION_TAG, LAUNCH_TAG

START: Final = datetime(2026, 1, 29, 2, 47, 18, tzinfo=UTC)
ACCOUNT: Final = "111122223333"
REGION: Final = "us-west-2"
ONE, TWO, THREE = "s-1", "s-2", "s-3"
EXECUTION: Final = "exec-1"


def wave(*servers: str, **more: Any) -> PlannedWave:
    """A wave that needs all of its servers."""
    return PlannedWave(servers=frozenset(servers), required=frozenset(servers), needed=len(servers), **more)


PLANS: Final[dict[str, Plan]] = {
    "plan-1": {0: wave(ONE, TWO), 1: wave(THREE, after=frozenset({0}), pause=True, commands=1)},
    "plan-2": {0: wave(ONE)},
}


def _reservation(name: str) -> Item:
    return {"reservationId": name, "executionId": EXECUTION, "serverCount": 1}


@dataclass
class History:
    """Facts by hand, checked as they come; `tick` lets a second pass before each."""

    clock: VirtualClock = field(default_factory=lambda: VirtualClock(START))
    record: Record = field(default_factory=Record)
    table: WatchedTable = field(default_factory=lambda: WatchedTable(EXECUTION_HISTORY))
    steps: dict[str, int] = field(default_factory=dict)
    witness: Witness = field(default_factory=Witness)

    def __post_init__(self) -> None:
        self.checker = Checker(self.record, self.table, self.clock, dict(PLANS), self.witness)

    @property
    def now(self) -> str:
        """The present moment as rows tell it."""
        return self.clock.now().isoformat()

    # -- our rows -------------------------------------------------------------------------------------------------

    def row(self, execution_id: str, sort: str, **more: Any) -> History:
        """Write a row over what is there."""
        self.clock.advance(1)
        key = {"executionId": execution_id, "planId": sort}
        before: Item = self.table.get(key) or {}
        self.table.put(before | key | more)
        self.checker.look()
        return self

    def header(self, status: str, execution_id: str = EXECUTION, plan: str = "plan-1", **more: Any) -> History:
        """The header becomes this in a step of its own."""
        step, more = self.steps.get(execution_id, 0), {"headerPlanId": plan} | more
        if status not in ("PREPARING", "PENDING"):
            step += 1
            self.steps[execution_id] = step
            self.row(execution_id, plan, step=step)
        return self.row(execution_id, plan, **({"status": status, "step": step, "committedStep": step} | more))

    def started(self, execution_id: str = EXECUTION, plan: str = "plan-1", **more: Any) -> History:
        """An execution that runs and holds its servers."""
        self.header("PREPARING", execution_id, plan, **more)
        for planned in PLANS[plan].values():
            for server in sorted(planned.servers):
                self.lock(server, f"execution#{execution_id}")
        return self.header("PENDING", execution_id, plan).header("RUNNING", execution_id, plan)

    def lock(self, server: str, owner: str | None) -> History:
        """The lock of a server goes to an owner, or to nobody."""
        partition = f"lock#{ACCOUNT}#{REGION}#{server}"
        if owner is not None:
            return self.row(partition, "lock", ownerKey=owner)
        self.table.delete({"executionId": partition, "planId": "lock"})
        self.checker.look()
        return self

    def intent(self, launch_id: str, *servers: str, attempt: int = 1, state: str = "OPEN") -> History:
        """The LAUNCH item of a call, and the room it takes."""
        self.reserve(launch_id)
        named = [f"{server}#{attempt}" for server in servers]
        return self.row(EXECUTION, f"plan-1#LAUNCH#{launch_id}", launchId=launch_id, servers=named, state=state)

    def reserve(self, *launch_ids: str) -> History:
        """The quota row holds exactly this and what it held, or with nothing given, nothing."""
        key = {"executionId": f"quota#{ACCOUNT}#{REGION}", "planId": "quota"}
        held = (self.table.get(key) or {}).get("reservations", []) if launch_ids else []
        return self.row(key["executionId"], "quota", reservations=[*held, *(_reservation(one) for one in launch_ids)])

    def waits(self, *holders: str) -> History:
        """Executions stand in the queue for room, each with one server."""
        tickets = [{"holder": holder, "serverCount": 1, "renewedAt": self.now} for holder in holders]
        return self.row(f"quota#{ACCOUNT}#{REGION}", "quota", tickets=tickets)

    def gate(self, status: str, scope: str = "1", number: int = 1, **more: Any) -> History:
        """A gate of the execution."""
        kind = "PAUSE" if scope == "all" else "APPROVAL"
        facts = {"scope": scope, "number": number, "status": status, "kind": kind}
        times = {"openedAt": START.isoformat(), "expiresAt": (START + timedelta(days=364)).isoformat()}
        return self.row(EXECUTION, f"plan-1#GATE#{scope.zfill(4)}#{number:04d}", **(facts | times | more))

    def wave(self, number: int, status: str, **more: Any) -> History:
        """A wave of the execution."""
        return self.row(EXECUTION, f"plan-1#WAVE#{number:04d}", waveNumber=number, status=status, **more)

    def ends(self, status: str = "FAILED", *waves: str, **more: Any) -> History:
        """The execution ends, its waves as they are named; else they all have failed."""
        for number, ended in enumerate(waves or ("FAILED", "FAILED")):
            self.wave(number, ended)
        return self.header(status, **more)

    def begins(self, number: int) -> History:
        """A wave begins in a step that is committed."""
        return self.wave(number, "PENDING").wave(number, "LAUNCHING").header("RUNNING")

    def server(self, server: str, **more: Any) -> History:
        """A server of the execution."""
        place = {"accountId": ACCOUNT, "region": REGION, "sourceServerId": server}
        return self.row(EXECUTION, f"plan-1#SERVER#{server}", server=place, **more)

    def well(self, launch_id: str, *servers: str) -> History:
        """Servers whose launch has come to its end are LAUNCHED, and some minutes later HEALTHY."""
        for server in servers:
            more = {"launchId": launch_id, "jobId": f"job-{launch_id}", "recoveryInstanceId": f"i-{launch_id}-{server}"}
            self.server(server, launch="LAUNCHED", health="UNKNOWN", **more)
        self.minutes(5)
        for server in servers:
            self.server(server, health="HEALTHY")
        return self

    def command_runs(self, launch_id: str, server: str) -> History:
        """The command of its wave has run on the instance of a server."""
        self.witness.ran[f"i-{launch_id}-{server}"] = 1
        return self

    def planned(self, number: int, **more: Any) -> History:
        """The plan has a wave otherwise."""
        plans = self.checker.ledger.plans
        plans["plan-1"] = {**plans["plan-1"], number: replace(plans["plan-1"][number], **more)}
        return self

    def asleep(self, minutes: float) -> History:
        """Nothing happens for so long."""
        self.clock.advance(60 * minutes)
        return self

    def minutes(self, minutes: float) -> History:
        """Nothing happens for so long, until a step is claimed and commits nothing new."""
        return self.asleep(minutes).header("RUNNING")

    def request(self, state: str, kind: str = "CANCEL", **more: Any) -> History:
        """A request of somebody."""
        facts = {"requestId": "r-1", "kind": kind, "state": state, "requestedAt": START.isoformat()}
        return self.row(EXECUTION, "plan-1#REQUEST#r-1", **(facts | more))

    # -- DRS ------------------------------------------------------------------------------------------------------

    def call(self, operation: str, outcome: str = "success", **more: Any) -> History:
        """A call of DRS."""
        more.setdefault("parameters", {})
        self.record.add_call(self.clock.now(), ACCOUNT, REGION, operation, outcome=outcome, status=200, **more)
        self.checker.look()
        return self

    def effect(self, kind: str, **more: Any) -> History:
        """Something becomes true in DRS."""
        self.clock.advance(1)
        self.record.add_effect(self.clock.now(), ACCOUNT, REGION, kind, **more)
        self.checker.look()
        return self

    def job(
        self, launch_id: str, *servers: str, execution_id: str = EXECUTION, called: bool = True, **more: Any
    ) -> History:
        """StartRecovery is called and makes a job, whose id is `job-<launch id>`."""
        tags = {LAUNCH_TAG: launch_id, EXECUTION_TAG: execution_id} if launch_id else {}
        detail = {"type": "LAUNCH", "servers": list(servers), "tags": tags} | more
        self.effect("jobCreated", job_id=f"job-{launch_id}", detail=detail)
        return self.start_call(launch_id, *servers, execution_id=execution_id) if called else self

    def start_call(
        self, launch_id: str, *servers: str, execution_id: str = EXECUTION, snapshot: str = "", **more: Any
    ) -> History:
        """StartRecovery is called, for launches from a snapshot if one is named."""
        tags = {LAUNCH_TAG: launch_id, EXECUTION_TAG: execution_id}
        point = {"recoverySnapshotID": snapshot} if snapshot else {}
        wanted = [{"sourceServerID": server} | point for server in servers]
        return self.call("StartRecovery", parameters={"sourceServers": wanted, "tags": tags}, **more)

    def launch(self, launch_id: str, *servers: str, attempt: int = 1) -> History:
        """A launch from its intent to its job, which is recorded."""
        self.intent(launch_id, *servers, attempt=attempt).job(launch_id, *servers)
        return self.row(EXECUTION, f"plan-1#LAUNCH#{launch_id}", state="STARTED", jobId=f"job-{launch_id}")

    def launched(self, launch_id: str, *servers: str, attempt: int = 1) -> History:
        """A launch from its intent to the end of its job, which somebody looks at."""
        self.launch(launch_id, *servers, attempt=attempt)
        for server in servers:
            instance = f"i-{launch_id}-{server}"
            self.effect("instanceLaunched", job_id=f"job-{launch_id}", server_id=server, instance_id=instance)
        return self.ended(launch_id)

    def ended(self, launch_id: str) -> History:
        """The job ends, and somebody looks at it."""
        self.effect("jobEnded", job_id=f"job-{launch_id}")
        return self.call("DescribeJobs", parameters={"filters": {"jobIDs": [f"job-{launch_id}"]}})

    # -- people ---------------------------------------------------------------------------------------------------

    def act(self, verb: Verb, scope: str = "", **more: Any) -> History:
        """Somebody does something."""
        self.checker.act(Act(self.clock.now(), verb, EXECUTION, scope, **more))
        self.checker.look()
        return self

    def rest(self, *, is_over: bool = True, **more: Any) -> History:
        """Nothing happens for ten minutes."""
        self.clock.advance(600)
        self.checker.rest(Rest(self.clock.now(), is_over=is_over, **more))
        return self

    def free(self) -> History:
        """Everything is released."""
        for server in (ONE, TWO, THREE):
            self.lock(server, None)
        return self.reserve()
