"""2. No wave starts before its dependencies and its approval allow it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from local.drs_simulator.record import Effect
from tests.proof.facts import HEADER, PlannedWave, Written, instant
from tests.proof.invariants.reading import Invariant
from tests.proof.ledger import Job, Ledger

NOT_BEGUN: Final = frozenset({"PENDING", "AWAITING_APPROVAL"})
JUDGED: Final = frozenset({"COMPLETED", "PARTIAL", "FAILED", "TIMEOUT", "SKIPPED"})
SOON: Final = timedelta(minutes=5)
"""A failure's own gate opened no longer than this before the wave's row said that it failed: in the same step."""


class InOrder(Invariant):
    """Looks back from every wave that begins, every intent and every job at what came before, and what people decided.

    Whatever a step writes of its waves is held together once all of it is written: at its commit, or at the next claim.
    """

    number = 2

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._begun: set[tuple[str, int]] = set()
        """The waves that the present step has begun."""
        self._failed_at: dict[tuple[str, int], datetime] = {}
        self._judged_at: dict[tuple[str, int], datetime] = {}
        """When the step was claimed that gave a wave its latest verdict."""

    def wrote(self, write: Written) -> None:
        if write.after is None:
            return
        if write.noun == "WAVE" and write.moved("status"):
            self._wave(write)
        elif write.noun == "LAUNCH" and write.before is None:
            self._check_intent(write)
        elif write.noun == HEADER and (write.moved("step") or write.moved("committedStep")):
            for execution_id, number in [one for one in self._begun if one[0] == write.partition]:
                self._begun.discard((execution_id, number))
                self._check_turn(execution_id, number, self.ledger.plan_of(execution_id)[number])

    def _wave(self, write: Written) -> None:
        key, (before, after) = (write.partition, write.row["waveNumber"]), write.moved("status") or ("", "")
        if after in ("FAILED", "TIMEOUT"):
            self._failed_at[key] = write.at
        if after in JUDGED:
            self._judged_at[key] = self.ledger.executions[key[0]].claimed_at
        else:
            self._judged_at.pop(key, None)
        if before in NOT_BEGUN and after == "LAUNCHING":
            self._begun.add(key)
            self._check_pause(write.partition, f"wave {key[1]} of {key[0]} begins")

    def _check_intent(self, write: Written) -> None:
        self._check_pause(write.partition, f"{write.row['launchId']} is about to be called")
        for number in {self.ledger.wave_of(write.partition, one.partition("#")[0]) for one in write.row["servers"]}:
            # a history by hand may leave the waves out
            status = self.ledger.waves.get((write.partition, number), {"status": "LAUNCHING"})["status"]
            if status != "LAUNCHING":
                self.broken(f"{write.row['launchId']} is about to be called, and wave {number} is {status}")

    def _check_pause(self, execution_id: str, what: str) -> None:
        for gate in self.ledger.gates_of(execution_id, "all", "PAUSE"):
            if gate["status"] == "OPEN" and not self.ledger.is_let_go_on(gate):
                self.broken(f"{what}, and {execution_id} is paused since {gate['openedAt']}")

    def _check_turn(self, execution_id: str, number: int, wave: PlannedWave) -> None:
        """Every wave before one that begins has succeeded, or somebody, or its policy, lets the plan go on."""
        for before in sorted(wave.after):
            planned, row = self.ledger.plan_of(execution_id)[before], self.ledger.waves[execution_id, before]
            words = f"wave {number} of {execution_id} begins, and wave {before} is {row['status']}"
            match row["status"]:
                case "COMPLETED" | "PARTIAL":
                    pass
                case "SKIPPED" if any(self.ledger.acts_of(execution_id, "skip", str(before))):
                    self._check_turn(execution_id, number, planned)
                case "FAILED" | "TIMEOUT" if planned.policy == "CONTINUE":
                    pass
                case "FAILED" | "TIMEOUT" if planned.policy == "PAUSE":
                    if not self._is_gone_on_from(execution_id, before):
                        self.broken(f"{words}, and nobody has decided at the gate of that failure")
                case _:
                    self.broken(words)

    def _is_gone_on_from(self, execution_id: str, number: int) -> bool:
        """Whether the latest failure of the wave has a gate, and somebody has approved it."""
        gates = self.ledger.gates_of(execution_id, str(number), "FAILURE")
        since = self._failed_at[execution_id, number] - SOON
        return any(instant(gate["openedAt"]) >= since and self.ledger.is_let_go_on(gate) for gate in gates)

    def became(self, effect: Effect) -> None:
        job = self.ledger.jobs.get(effect.job_id)
        if effect.kind != "jobCreated" or job is None or job.execution_id not in self.ledger.executions:
            return
        for number in sorted({self.ledger.wave_of(job.execution_id, server) for server in job.servers}):
            self._check_approval(job, number)
            self._check_dependencies(job, number, self.ledger.plan_of(job.execution_id)[number])

    def _check_approval(self, job: Job, number: int) -> None:
        if not self.ledger.plan_of(job.execution_id)[number].pause:
            return
        if not any(self.ledger.acts_of(job.execution_id, "approve", str(number))):
            self.broken(f"{job.job_id} of wave {number} of {job.execution_id} begins, and nobody has approved it")

    def _check_dependencies(self, job: Job, number: int, wave: PlannedWave) -> None:
        for before in sorted(wave.after):
            if any(self.ledger.acts_of(job.execution_id, "skip", str(before))):
                # a skipped wave stands for those before it
                self._check_dependencies(job, number, self.ledger.plan_of(job.execution_id)[before])
                continue
            reason = self._why_not_yet(job, before, self.ledger.plan_of(job.execution_id)[before])
            if reason:
                self.broken(f"{job.job_id} of wave {number} of {job.execution_id} begins, but {reason}")

    def _why_not_yet(self, job: Job, number: int, wave: PlannedWave) -> str:
        """Why the wave does not let others begin; nothing if it has come to its end, or somebody let the plan go on."""
        execution = self.ledger.executions[job.execution_id]
        is_late = job.created_at - execution.started_at >= timedelta(minutes=wave.deadline_minutes)
        jobs = [one for one in self.ledger.jobs_of(job.execution_id) if one.servers & wave.servers]
        running = [one.job_id for one in jobs if one.is_live and not self._came_after_the_verdict(one, number)]
        if running and not is_late:
            return f"{running} of wave {number} still run"
        launched = {server for one in jobs for server in one.launched} & wave.required
        if len(launched) >= wave.needed or wave.policy == "CONTINUE":
            return ""
        if any(self.ledger.acts_of(job.execution_id, "approve", str(number))):
            return ""
        return f"wave {number} has launched {len(launched)} of the {wave.needed} servers that it needs"

    def _came_after_the_verdict(self, job: Job, number: int) -> bool:
        """Whether nobody could wait for the job any more, nor know of it, when its wave was judged."""
        judged_at = self._judged_at.get((job.execution_id, number))
        return judged_at is not None and self.ledger.is_belated(job) and job.listed_from > judged_at
