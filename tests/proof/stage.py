"""Where a scenario is played: a world whose functions work side by side, watched by all invariants."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from local.drs_simulator import Settings, SourceServerSpec
from shared.engine.verdicts import required_successes
from shared.models.health_checks import commands_of
from shared.models.launch_config_state import DriftPolicy
from shared.models.prepared_instance import LaunchIntoMatching
from shared.models.protection_group import ProtectionGroup
from shared.models.recovery_plan import RecoveryPlan
from shared.stores.memory_table import MemoryTable
from shared.stores.protection_group_store import ProtectionGroupStore
from shared.stores.recovery_plan_store import RecoveryPlanStore
from shared.stores.schemas import EXECUTION_HISTORY
from tests.proof.checker import Checker
from tests.proof.facts import Act, Plan, PlannedWave, Verb, WatchedTable, Way
from tests.proof.invariants.reading import Rest
from tests.proof.ledger import Execution
from tests.proof.witness import WorldWitness
from tests.support.asl.functions import Delivery, Invocation
from tests.support.scheduler import Scheduler, Temper
from tests.support.world.world import World

SETTINGS: Final = {"copy_tags": True}
"""The launch settings of groups that have some."""

DRILL_SETTINGS: Final = {"recovery_mode": "OPTIMAL"}
"""Those of groups that have others for drills."""

_PEOPLE: Final = "people"


class ProofWorld(World):
    """A world that tells of every row it writes."""

    history: WatchedTable

    def make_history(self, stale_indexes: bool) -> MemoryTable:
        return WatchedTable(EXECUTION_HISTORY, stale_indexes=stale_indexes)


@dataclass(frozen=True)
class StartOutcome:
    """What became of somebody's wish to start a plan: `answer` is OK, a code of an error, or CRASHED."""

    plan: str
    began_at: datetime
    ended_at: datetime
    answer: str
    execution_id: str = ""
    reason: str = ""


@dataclass
class Stage:
    """A world under construction and at work; `seed` decides every order and every choice of people."""

    seed: int
    settings: Settings
    temper: Temper
    stale_indexes: bool = False
    rounds: int | None = None
    plans: dict[str, Plan] = field(default_factory=dict)
    plan_ids: dict[str, str] = field(default_factory=dict)
    servers: dict[tuple[str, int], list[str]] = field(default_factory=dict)
    starts: list[StartOutcome] = field(default_factory=list)
    met: dict[str, int] = field(default_factory=dict)
    deliveries: list[Callable[[Invocation], Delivery | None]] = field(default_factory=list)
    """What becomes of an invocation: the first that has a word on it is heard."""
    is_calm: bool = False
    settled: dict[str, bool] = field(default_factory=dict)
    """The servers with launch settings, and whether somebody ever changes those in DRS."""
    drilled: set[str] = field(default_factory=set)
    """The servers that have other settings in drills."""
    prepared: set[str] = field(default_factory=set)
    """The servers that are launched into instances which are there already."""

    def __post_init__(self) -> None:
        self.world = ProofWorld(
            seed=self.seed,
            settings=self.settings,
            stale_indexes=self.stale_indexes,
            temper=self.temper,
            rounds=self.rounds,
        )
        self.rng = random.Random(f"{self.seed}/{_PEOPLE}")
        self.witness = WorldWitness(self.settings.timings, self.settings.quotas, world=self.world)
        self.checker = Checker(
            self.world.simulator_record, self.world.history, self.world.clock, self.plans, self.witness
        )
        self.world.agenda.after_step = self.checker.look
        self.world.functions.fault = self._deliver
        self._groups = ProtectionGroupStore(self.world.tables.protection_groups)
        self._stored_plans = RecoveryPlanStore(self.world.tables.recovery_plans)

    @property
    def scheduler(self) -> Scheduler:
        """Where people and functions work side by side."""
        assert self.world.scheduler is not None
        return self.world.scheduler

    @property
    def executions(self) -> list[Execution]:
        """All executions, oldest first."""
        return list(self.checker.ledger.executions.values())

    def executions_of(self, plan: str) -> list[Execution]:
        """The executions of a plan by its name."""
        return [one for one in self.executions if one.plan_id == self.plan_ids.get(plan)]

    @property
    def is_over(self) -> bool:
        """Whether every execution has ended, nobody looks after one any more, and DRS has ended what they left."""
        ended = all(one.is_terminal for one in self.executions) and not self.world.runs.running
        return ended and not any(job.execution_id for job in self.checker.ledger.live.values())

    @property
    def reconciled(self) -> int:
        """How often the reconciler was asked to look after everything."""
        return sum(invocation.payload.get("schedule") == "reconcile" for invocation in self.world.functions.invocations)

    def _deliver(self, invocation: Invocation) -> Delivery | None:
        return next((found for each in self.deliveries if (found := each(invocation)) is not None), None)

    def count(self, what: str) -> None:
        """One more of a kind of trouble was met."""
        self.met[what] = self.met.get(what, 0) + 1

    def later(self, seconds: float, action: Callable[[], object], what: str = "") -> None:
        """Let something happen so many seconds from now, if the time of trouble is not over by then."""
        self.world.agenda.after(seconds, lambda: None if self.is_calm else action(), label=what, background=True)

    def begin(self, work: Callable[[], None], name: str) -> None:
        """Let a person begin something: a process like any other."""
        self.scheduler.begin(work, name)

    def act(
        self,
        verb: Verb,
        execution_id: str,
        scope: str = "",
        number: int | None = None,
        way: Way = "name",
        *,
        relaunch: bool = False,
    ) -> None:
        """Note what a person sets out to do."""
        self.count(f"{verb} by {way}")
        self.checker.act(Act(self.world.clock.now(), verb, execution_id, scope, number, way, relaunch))

    def rest(self, *, is_over: bool) -> None:
        """Hold everything against the invariants of a system at rest."""
        running = {run.name: run.visits[-1].token if run.visits else None for run in self.world.runs.running}
        mailed = {self.world.runs.owner_of(mail.token): mail.token for mail in self.world.mails("pause")}
        self.checker.rest(Rest(self.world.clock.now(), running, mailed, is_over))
        self.checker.sizes.check_payload(self.world.runs.largest_input)

    # -- what there is to recover ---------------------------------------------------------------------------------

    def block(self, plan: str, wave: int) -> None:
        """Let the group of a wave want that nothing of its launch settings is repaired."""
        stored = self._groups.get(f"group-{plan}-{wave}")
        blocking = stored.model_copy(update={"launch_config_policy": DriftPolicy.BLOCK})
        self._groups.put(blocking, stored.version)
        for server in self.servers[plan, wave]:
            self.checker.settings_first.blocked[server] = self.world.clock.now()

    def protect(self, account: str, region: str, count: int, name: str) -> list[str]:
        """Let DRS protect that many servers."""
        return [
            self.world.simulator.add_source_server(account, region, SourceServerSpec(hostname=f"{name}-{number}"))
            for number in range(count)
        ]

    def store_plan(
        self, name: str, waves: Sequence[dict[str, Any]], servers: Sequence[Sequence[str]], shares_with: str = ""
    ) -> None:
        """Store a plan whose waves each recover one group of these servers; ids come from names.

        One that shares recovers the first group of another plan too, in its first wave.
        """
        now, plan_id = self.world.clock.now(), f"plan-{name}"
        stamps: dict[str, Any] = {"created_at": now, "updated_at": now, "created_by": "somebody"}
        members = [list(one) for one in servers]
        for number, (wave, own) in enumerate(zip(waves, members, strict=True)):
            group_id = f"group-{name}-{number}"
            place = {"account_id": wave.pop("account"), "region": wave.pop("region")}
            settings = SETTINGS if wave.pop("settings", False) else None
            if settings is not None:
                self.settled |= dict.fromkeys(own, False)
            drill_settings = DRILL_SETTINGS if wave.pop("drill", False) else None
            if drill_settings is not None:
                self.drilled |= set(own)
            matching = LaunchIntoMatching.NAME if wave.pop("into", False) else None
            if matching is not None:
                self.prepared |= set(own)
            self._groups.put_new(
                ProtectionGroup.model_validate(
                    {
                        "group_id": group_id,
                        "group_name": group_id,
                        "source_server_ids": tuple(own),
                        "launch_config": settings,
                        "drill_launch_config": drill_settings,
                        "launch_into_matching": matching,
                    }
                    | place
                    | stamps
                )
            )
            wave |= {"wave_name": f"wave {number}", "protection_group_ids": (group_id,)}
            self.servers[name, number] = list(own)
        shared = self.servers.get((shares_with, 0), [])
        if shared:
            waves[0]["protection_group_ids"] += (f"group-{shares_with}-0",)
            members[0] += shared
        stored = RecoveryPlan.model_validate({"plan_id": plan_id, "plan_name": name, "waves": waves, **stamps})
        self._stored_plans.put_new(stored)
        self.plan_ids[name] = plan_id
        self.plans[plan_id] = _planned(stored, members)


def _planned(plan: RecoveryPlan, servers: Sequence[Sequence[str]]) -> Plan:
    """The plan as the invariants read it: no wave that names another means one after the other."""
    is_graph = any(wave.depends_on_waves for wave in plan.waves)
    planned = {}
    for position, (wave, members) in enumerate(zip(plan.waves, servers, strict=True)):
        before = frozenset(() if position == 0 else (plan.waves[position - 1].wave_number,))
        # of a wave of optional servers one must be launched, whichever
        required = frozenset(members) - frozenset(wave.optional_server_ids) or frozenset(members)
        has_required = not required <= frozenset(wave.optional_server_ids)
        minimum = wave.minimum_success if has_required else 1
        planned[wave.wave_number] = PlannedWave(
            servers=frozenset(members),
            required=required,
            needed=len(required) if minimum is None else required_successes(minimum, len(required)),
            all_optional=not has_required,
            commands=len(commands_of(wave.health_checks or ())),
            after=frozenset(wave.depends_on_waves) if is_graph else before,
            pause=wave.pause_before_wave,
            policy=wave.failure_policy.value,
            wait_minutes=wave.wait_minutes or 0,
            deadline_minutes=wave.deadline_minutes,
            drain_minutes=wave.drain_minutes,
        )
    return planned
