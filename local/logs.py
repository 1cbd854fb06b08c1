"""Keeps what moto and the local system log in a file: moto calls every time-out of a state an error."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_LOGGERS: Final = ("moto", "werkzeug", "local")


@contextmanager
def logged_to(path: Path) -> Iterator[None]:
    """While it lasts, warnings and errors of moto, its web server and the local system go to that file only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(_WithReason("%(asctime)s %(levelname)s %(name)s %(message)s"))
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [(logger.propagate, logger.level) for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.propagate = False
        logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        for logger, (propagate, level) in zip(loggers, before, strict=True):
            logger.removeHandler(handler)
            logger.propagate = propagate
            logger.setLevel(level)
        handler.close()


class _WithReason(logging.Formatter):
    """Names the exception that is being handled: of a task that fails moto says only that it did."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, with the reason if it has none."""
        line, error = super().format(record), sys.exc_info()[1]
        return line if error is None or record.exc_info else f"{line} {type(error).__name__}: {error}"
