"""The folder of mails and logs: temporary, or a person's, which no two systems use at once."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class StateFolderError(Exception):
    """The folder cannot be used, and why."""


@contextmanager
def state_folder(folder: Path | None) -> Iterator[Path]:
    """The folder, made if need be and held while it lasts; a temporary one, gone afterwards, if none is named.

    StateFolderError if it is no folder, may not be used, or a system that runs has it. Whoever dies holds it no longer.
    """
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="local-system-") as temporary:
            yield Path(temporary)
        return
    held = _hold(folder)
    try:
        yield folder
    finally:
        os.close(held)


def _hold(folder: Path) -> int:
    """Lock the folder itself, so that nothing is left in it; answers the descriptor that holds it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise StateFolderError(f"{folder} must be a folder, or be one that can be made: {error.strerror}") from error
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(held)
        raise StateFolderError(f"{folder} is in use by a system that runs: end that one, or name another") from error
    except OSError as error:
        os.close(held)
        raise StateFolderError(f"{folder} cannot be locked: {error.strerror}") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        os.close(held)
        raise StateFolderError(f"{folder} may not be written to")
    return held
