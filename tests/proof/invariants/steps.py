"""6. Stop the shell anywhere, repeat the step, let the stopped one go on: same end state, same jobs.

Each step is taken by one: whoever is overtaken writes nothing more. That the end is the same is seen by comparing whole
runs (`tests.proof.proving`).
"""

from __future__ import annotations

from tests.proof.facts import HEADER, Written
from tests.proof.invariants.reading import Invariant


class OneStepAtATime(Invariant):
    """The claims and commits in headers."""

    number = 6

    def wrote(self, write: Written) -> None:
        if write.noun != HEADER or write.before is None or write.after is None:
            return
        claimed = write.moved("step")
        if claimed is not None and claimed[1] != claimed[0] + 1:
            self.broken(f"{write.partition} goes from step {claimed[0]} to {claimed[1]}")
        committed = write.moved("committedStep")
        if committed is not None and (committed[1] <= (committed[0] or 0) or committed[1] != write.after["step"]):
            self.broken(f"{write.partition} commits step {committed[1]} in step {write.after['step']}")
        if committed is None and write.moved("status") and write.after["status"] not in ("PENDING", "FAILED"):
            self.broken(f"{write.partition} becomes {write.after['status']} without a commit of its step")
        if committed is None and write.moved("seen"):
            self.broken(f"{write.partition} commits step {write.after['step']} for a second time")
