"""Holds what a whole run of the tests has called against what is kept; `--write` keeps it.

python -m tests.least_privilege FOLDER [--write]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.least_privilege.calls import differences, keep, kept, merged


def main(arguments: list[str]) -> int:
    """0 if the run called what is kept and nothing else."""
    parser = argparse.ArgumentParser(prog="tests.least_privilege", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true", help="keep what was called")
    options = parser.parse_args(arguments)
    seen = merged(options.folder)
    if not seen:
        sys.stderr.write(f"{options.folder}: no call was noted\n")
        return 1
    if options.write:
        keep(seen)
        return 0
    found = differences(seen, kept())
    for each in found:
        sys.stderr.write(f"{each}\n")
    if found:
        sys.stderr.write("once looked at, the same with --write keeps what is called now\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
