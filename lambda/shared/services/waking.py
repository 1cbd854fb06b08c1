"""Waking the engine: a signal is already counted, now the wait that has a token ends early."""

from shared.aws.ports import RunsPort
from shared.models.inbox import Inbox


def wake(inbox: Inbox, runs: RunsPort) -> bool:
    """End the engine's wait; False if it was awake already, which is just as good.

    ExecutionError if Step Functions could not be reached: the signal stays counted, and the reconciler wakes it.
    """
    return inbox.token is not None and runs.succeed(inbox.token, {})
