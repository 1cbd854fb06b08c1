"""Undoing: whatever it meets, the caller hears what made it necessary, and the log what could not be undone."""

from collections.abc import Callable

from shared.observability import Observability


def undone(step: str, do: Callable[[], object], observability: Observability, *, left: str) -> bool:
    """Whether this step was carried out; the log has why not, and what is `left` then."""
    try:
        do()
    except Exception as error:
        # Broad, and not raised again: the error that made the undoing necessary is the one to be answered.
        observability.logger.warning("could not undo", step=step, left=left, cause=repr(error), exc_info=True)
        return False
    return True
