"""The console on this machine: the built pages, as frontend-deployer publishes them and CloudFront serves them.

Importing this package makes the rules importable by which pages are published.
"""

import sys
from pathlib import Path
from typing import Final

_PUBLISHER: Final = str(Path(__file__).resolve().parents[2] / "lambda/frontend-deployer")

if _PUBLISHER not in sys.path:
    sys.path.append(_PUBLISHER)
