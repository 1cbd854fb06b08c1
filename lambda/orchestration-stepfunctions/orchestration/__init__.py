"""The orchestration function: the shell around the engine, the gates, the terminations and the reconciler."""
