"""Puts an answer to the address that CloudFormation gave, which is signed for it."""

import time
import urllib.request
from typing import Final

_TRIES: Final = 3
_SECONDS: Final = 5.0
_PAUSE: Final = 1.0


def put(address: str, body: bytes) -> None:
    """Put the body there, trying three times; OSError if it was not taken."""
    for left in reversed(range(_TRIES)):
        # the signature of the address counts on an empty content type
        request = urllib.request.Request(address, data=body, method="PUT", headers={"Content-Type": ""})
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS):
                return
        except OSError:
            if not left:
                raise
            time.sleep(_PAUSE)
