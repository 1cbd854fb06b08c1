"""Identifiers that fit the patterns of DRS and repeat for the same seed."""

import hashlib
import random
from uuid import UUID


class Ids:
    """Draws identifiers from one seeded generator."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def resource(self, prefix: str) -> str:
        """`prefix` and 17 hexadecimal digits: a source server, a job, an instance, a snapshot."""
        return f"{prefix}-{self._rng.getrandbits(68):017x}"

    def uuid(self) -> str:
        """A random UUID, as in request ids and events."""
        return str(UUID(int=self._rng.getrandbits(128), version=4))


def derived(prefix: str, *parts: str) -> str:
    """The identifier that always belongs to these parts: `prefix` and 17 hexadecimal digits."""
    return f"{prefix}-{hashlib.blake2b('/'.join(parts).encode(), digest_size=9).hexdigest()[:17]}"
