"""2. No wave starts before its dependencies and its approval allow it."""

from __future__ import annotations

from datetime import timedelta

from local.drs_simulator.record import Effect
from tests.proof.facts import PlannedWave
from tests.proof.invariants.reading import Invariant
from tests.proof.ledger import Job


class InOrder(Invariant):
    """Looks back from every job at the jobs of the waves before its own, and at what people decided."""

    number = 2

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
        running = [one.job_id for one in jobs if one.is_live]
        if running and not is_late:
            return f"{running} of wave {number} still run"
        launched = {server for one in jobs for server in one.launched} & wave.required
        if len(launched) >= wave.needed or wave.policy == "CONTINUE":
            return ""
        if any(self.ledger.acts_of(job.execution_id, "approve", str(number))):
            return ""
        return f"wave {number} has launched {len(launched)} of the {wave.needed} servers that it needs"
