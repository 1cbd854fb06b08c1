"""Runs as an earlier version left them, step by step: the present version must read, replay and finish them.

Importing this package makes the functions importable, so that `python -m tests.histories.record` needs no PYTHONPATH.
"""

import sys
from pathlib import Path
from typing import Final

_LIBRARY: Final = Path(__file__).resolve().parents[2] / "lambda"

for _folder in (_LIBRARY, *(index.parent for index in sorted(_LIBRARY.glob("*/index.py")))):
    if str(_folder) not in sys.path:
        sys.path.append(str(_folder))
