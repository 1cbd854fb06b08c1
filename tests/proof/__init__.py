"""The proof: random worlds, every function side by side, and the invariants of the engine after every step."""
