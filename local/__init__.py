"""The whole system on one machine.

Importing this package makes the source root `lambda/` importable, so that `python -m local.…` needs no PYTHONPATH.
"""

import sys
from pathlib import Path
from typing import Final

_LIBRARY: Final = str(Path(__file__).resolve().parents[1] / "lambda")

if _LIBRARY not in sys.path:
    sys.path.append(_LIBRARY)
