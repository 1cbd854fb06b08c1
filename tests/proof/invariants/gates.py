"""10. A gate is approved by its own token or by name, by nothing else; decided: no run; open: a run and a live mail."""

from __future__ import annotations

from typing import Final

from shared.stores.table import Item
from tests.proof.facts import Written, instant
from tests.proof.invariants.reading import Invariant, Rest

_ANSWERS: Final = {"APPROVED": "approve", "REJECTED": "reject"}


class OwnKeyOnly(Invariant):
    """The GATE items, who decided them, and their runs."""

    number = 10

    def wrote(self, write: Written) -> None:
        moved = write.moved("status") if write.noun == "GATE" else None
        if moved is None or moved[0] is None:
            return
        if moved[0] != "OPEN":
            self.broken(f"{_words(write.row)} was {moved[0]} and becomes {moved[1]}")
        if moved[1] in _ANSWERS:
            self._check_answer(write, _ANSWERS[moved[1]])
        if moved[1] == "EXPIRED" and write.at < instant(write.row["expiresAt"]):
            self.broken(f"{_words(write.row)} is EXPIRED at {write.at}, before {write.row['expiresAt']}")

    def _check_answer(self, write: Written, verb: str) -> None:
        gate = write.row
        acts = self.ledger.acts_of(write.partition, verb, gate["scope"])
        if not any(act.decides(gate) for act in acts):
            self.broken(f"{_words(gate)} is {gate['status']} by {gate.get('decidedBy')}, and nobody did that")

    def at_rest(self, rest: Rest) -> None:
        for (execution_id, _, _), gate in self.ledger.gates.items():
            name = f"{execution_id}-gate-{gate['scope']}-{gate['number']}"
            if not rest.is_settled(gate["openedAt"]) or not rest.is_settled(gate.get("decidedAt")):
                continue
            if gate["status"] != "OPEN":
                if name in rest.running:
                    self.broken(f"{_words(gate)} is {gate['status']}, and its run goes on")
            elif rest.is_over:
                self.broken(f"{_words(gate)} is OPEN, and its execution has ended")
            elif name not in rest.running:
                self.broken(f"{_words(gate)} is OPEN and has no run")
            elif rest.running[name] is None or rest.running[name] != rest.mailed.get(name):
                self.broken(
                    f"{_words(gate)} is OPEN, and its latest mail does not tell the token that its run waits for"
                )


def _words(gate: Item) -> str:
    return f"gate {gate['scope']} {gate['number']} of {gate['executionId']}"
