"""Reading what a preflight or a start has found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SAID_OF_EVERY_PLACE = "LAUNCH_RIGHTS"
"""What only a launch can prove is told of every account and region, and has tests of its own."""


def telling(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The findings of an answer or of a refusal, without what is said of every place."""
    found = answer["findings"] if "findings" in answer else answer["details"]["findings"]
    return [each for each in found if each["code"] != SAID_OF_EVERY_PLACE]


def preventing(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Those that prevent the start."""
    return [each for each in telling(answer) if each["outcome"] in ("FAIL", "UNKNOWN") and not each.get("overridden")]
