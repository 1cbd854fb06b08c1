"""The invariants of the engine by their numbers, each a reader of facts that raises Violation.

1 to 10 are those of engine.md §9. 11: what is called launched, healthy or completed is so. 12: who recovers to a point
in time is launched from its snapshot. 13, that a termination removes what was launched and nothing else, is looked at
when a play is over (`tests.proof.ending`).
"""
