"""9. No request is lost: each is consumed, or refused with the state that refused it."""

from __future__ import annotations

from typing import Final

from tests.proof.facts import Written
from tests.proof.invariants.reading import Invariant, Rest

_DECISIONS: Final = {"APPROVE": "APPROVED", "REJECT": "REJECTED", "EXPIRED": "EXPIRED"}


class NothingLost(Invariant):
    """The REQUEST items."""

    number = 9

    def wrote(self, write: Written) -> None:
        if write.noun != "REQUEST":
            return
        name = f"{write.row['kind']} {write.row['requestId']} of {write.partition}"
        if write.after is None:
            self.broken(f"{name} is deleted")
        moved = write.moved("state")
        if moved is None or moved[0] is None:
            return
        if moved[0] != "NEW":
            self.broken(f"{name} was {moved[0]} and becomes {moved[1]}")
        if moved[1] != "NEW" and not write.row.get("outcome"):
            self.broken(f"{name} is {moved[1]}, and nothing says why")

    def at_rest(self, rest: Rest) -> None:
        for (execution_id, request_id), row in self.ledger.requests.items():
            if row["state"] == "NEW" and rest.is_settled(row["requestedAt"]):
                self.broken(f"nobody has taken up {row['kind']} {request_id} of {execution_id}")
            if rest.is_settled(row["requestedAt"]):
                self._check_decision(execution_id, row)

    def _check_decision(self, execution_id: str, row: dict[str, object]) -> None:
        """What was applied to a gate is what the gate says."""
        wanted = _DECISIONS.get(str(row["kind"]))
        number = row.get("number")
        if wanted is None or row["state"] != "APPLIED" or not isinstance(number, int):
            return
        gate = self.ledger.gates.get((execution_id, str(row.get("scope")), number))
        if gate is None or gate["status"] != wanted:
            words = f"{row['kind']} {row['requestId']} of {execution_id} was applied"
            self.broken(f"{words}, and its gate is {gate['status'] if gate else 'not there'}")
