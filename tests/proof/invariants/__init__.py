"""The ten invariants of engine.md §9, each a reader of facts that raises Violation."""
