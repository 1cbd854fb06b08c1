"""Stand-ins for what a request must have and may lack as its rules are judged (well_formed); no rule is about them."""

from types import MappingProxyType
from typing import Final

NAME: Final = "?"
ID: Final = "none"
CHANGE: Final = MappingProxyType({"version": 1})
"""Of every change."""
