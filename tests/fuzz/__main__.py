"""python -m tests.fuzz [--seconds 60] [--seed 1] [--report FILE] [--state FOLDER]; see `make fuzz`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.fuzz.estate import running
from tests.fuzz.playing import labels, play

SECONDS: Final = 60


def main() -> int:
    """0 if every operation was called and every call answered as the contract says."""
    asked = _arguments()
    # Whoever ends us leaves no process of the system behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # Nobody's AWS account is meant, whatever the terminal has.
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing", AWS_EC2_METADATA_DISABLED="true")
    with tempfile.TemporaryDirectory() as folder, running(asked.state or Path(folder)) as estate:
        tally = play(estate, asked.seed, asked.seconds)
    if asked.report is not None:
        tally.write(asked.report)
    missing = tally.not_called(labels())
    print(tally, *(f"never called: {operation}" for operation in missing), sep="\n")  # noqa: T201 - for people
    return 1 if tally.failures or tally.errors or missing else 0


def _arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__, allow_abbrev=False)
    parser.add_argument("--seconds", type=int, default=SECONDS, help="how long calls are made (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="what is sent (default %(default)s)")
    parser.add_argument("--report", type=Path, help="write what was met into this file too")
    parser.add_argument("--state", type=Path, help="where logs and mails stay")
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main())
