"""11, of ends: an execution and its waves end as what became of their servers says, and as people have decided.

Judged from the rows of waves and gates, and from what DRS has launched, never from what the header sums up. Of what was
launched and nobody had to find, by a job that was given up or an instance that DRS did not show, the rows of servers
tell whether it was found.
"""

from __future__ import annotations

from typing import Final

from tests.proof.facts import HEADER, NEVER_BEGUN, Written
from tests.proof.invariants.reading import Invariant
from tests.proof.invariants.verdicts import contradiction
from tests.proof.ledger import TERMINAL, Ledger

ENDED: Final = frozenset({"COMPLETED", "PARTIAL", "FAILED", "SKIPPED", "CANCELLED", "TIMEOUT"})
GONE_WRONG: Final = frozenset({"FAILED", "TIMEOUT"})


class TrueEnds(Invariant):
    """The header when it becomes terminal, against everything that was written below it."""

    number = 11

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._launched: dict[str, set[str]] = {}
        """By execution, the servers that ever were said to be LAUNCHED; TrueVerdicts tells whether they were."""

    def wrote(self, write: Written) -> None:
        if write.noun == "SERVER" and write.moved("launch") and write.row["launch"] == "LAUNCHED":
            self._launched.setdefault(write.partition, set()).add(str(write.row["server"]["sourceServerId"]))
        elif write.noun == HEADER and write.moved("status") and write.row["status"] in TERMINAL:
            execution = self.ledger.executions.get(write.partition)
            if execution is not None and not execution.is_dead_start:
                self._check_end(write)

    def _check_end(self, write: Written) -> None:
        statuses = self._statuses(write.partition)
        expected = self._end_of(write, statuses)
        if write.row["status"] != expected:
            launched = sorted(self._has_launched(write.partition))
            words = f"{write.partition} ends {write.row['status']} ({write.row.get('statusReason')})"
            self.broken(f"{words}, not {expected}: its waves are {statuses}, and it has launched {launched}")
        for number, status in statuses.items():
            self._check_wave(write, number, status)

    def _has_launched(self, execution_id: str) -> set[str]:
        return self._launched.get(execution_id, set()) | self.ledger.must_have_launched(execution_id)

    def _statuses(self, execution_id: str) -> dict[int, str]:
        rows = {number: self.ledger.waves.get((execution_id, number)) for number in self.ledger.plan_of(execution_id)}
        return {number: "unknown" if row is None else str(row["status"]) for number, row in rows.items()}

    def _end_of(self, write: Written, statuses: dict[int, str]) -> str:
        """What it must be: nobody's word counts for more than that something was launched, or was not."""
        has_launched = bool(self._has_launched(write.partition))
        if _never_began(write):
            return "FAILED"
        if write.row.get("cancelledBy") is not None:
            return "PARTIAL" if has_launched else "CANCELLED"
        if self._has_expired(write.partition):
            return "PARTIAL" if has_launched else "TIMEOUT"
        if set(statuses.values()) == {"COMPLETED"}:
            return "COMPLETED"
        return "PARTIAL" if has_launched else "FAILED"

    def _has_expired(self, execution_id: str) -> bool:
        gates = self.ledger.gates.items()
        return any(owner == execution_id and gate["status"] == "EXPIRED" for (owner, _, _), gate in gates)

    def _check_wave(self, write: Written, number: int, status: str) -> None:
        execution_id, words = write.partition, f"wave {number} of {write.partition} ends {status}"
        if status not in ENDED:
            self.broken(words)
        if status == "CANCELLED" and write.row.get("cancelledBy") is None:
            self.broken(f"{words}, and nobody has cancelled it")
        if status == "SKIPPED" and not list(self.ledger.acts_of(execution_id, "skip", str(number))):
            wave = self.ledger.plan_of(execution_id)[number]
            launched = self._has_launched(execution_id) & wave.servers
            stopped = self._has_stopped(execution_id) or self._has_expired(execution_id) or _never_began(write)
            if launched or not stopped:
                self.broken(f"{words}: nobody skipped it, nothing stopped the plan, or {sorted(launched)} is launched")
        wrong = contradiction(self.ledger, execution_id, number, status)
        # of a wave of optional servers only, one that is launched late may have been enough
        if wrong and not (self.ledger.plan_of(execution_id)[number].all_optional and status in GONE_WRONG):
            self.broken(f"at the end {wrong}")

    def _has_stopped(self, execution_id: str) -> bool:
        """Whether a wave that went wrong stops the plan."""
        statuses = self._statuses(execution_id)
        plan = self.ledger.plan_of(execution_id)
        return any(wave.policy == "STOP" and statuses[number] in GONE_WRONG for number, wave in plan.items())


def _never_began(write: Written) -> bool:
    return str(write.row.get("statusReason", "")).startswith(NEVER_BEGUN)
