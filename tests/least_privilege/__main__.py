"""Holds what a whole run of the tests has called against what is kept; `--write` keeps it, `--add` keeps it too.

python -m tests.least_privilege FOLDER [--write | --add]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from tests.least_privilege.calls import differences, keep, kept, merged, together

ADVICE: Final = """\
What is new is to be looked at. Is it meant, then
- the same command with --add keeps it (with --write it keeps this run alone, and so forgets what is no longer called);
- pytest tests/least_privilege says whether the roles allow it: a right that is missing belongs into the statement of
  its area in cfn/master-template.yaml or cfn/cross-account-role-stack.yaml; and if the function's own role lacks what
  the role of all has, the function's share into tools/roles/declared.py; then make contract.
"""


def main(arguments: list[str]) -> int:
    """0 if the run called what is kept and nothing else."""
    parser = argparse.ArgumentParser(prog="tests.least_privilege", description=__doc__)
    parser.add_argument("folder", type=Path)
    keeping = parser.add_mutually_exclusive_group()
    keeping.add_argument("--write", action="store_true", help="keep what was called")
    keeping.add_argument("--add", action="store_true", help="keep it beside what is kept, as a part of the tests needs")
    options = parser.parse_args(arguments)
    seen = merged(options.folder)
    if not seen:
        sys.stderr.write(f"{options.folder}: no call was noted\n")
        return 1
    if options.write or options.add:
        keep(together(seen, kept()) if options.add else seen)
        return 0
    found = differences(seen, kept())
    for each in found:
        sys.stderr.write(f"{each}\n")
    if found:
        sys.stderr.write(ADVICE)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
