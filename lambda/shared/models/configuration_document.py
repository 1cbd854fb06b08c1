"""What an exported document and one to be imported have in common."""

from typing import Final

SCHEMA_VERSIONS: Final = ("1.0", "1.1")
"""Those that can be imported; the last is the one that is exported."""
