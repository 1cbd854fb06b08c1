"""The SDK in tests: what it works out anew for each of a million calls although it is always the same is kept."""

from __future__ import annotations

from functools import cache

from botocore import useragent


def keep_what_is_always_the_same() -> None:
    """Clean each part of the user agent once: of a world's time with the engine, one part in twenty went there."""
    useragent.sanitize_user_agent_string_component = cache(useragent.sanitize_user_agent_string_component)
