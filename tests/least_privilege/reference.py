"""What AWS says of an action: which resources it takes, and what it does in its caller's name."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

REFERENCE: Final = Path(__file__).with_name("actions.json")
_PART: Final = re.compile(r"\$\{\w+\}")


@dataclass(frozen=True)
class Action:
    """One row: the ARNs that must and may be named, and what AWS does for it with the caller's rights."""

    required: tuple[str, ...]
    optional: tuple[str, ...]
    dependent: tuple[str, ...]

    def takes(self, resource: str) -> bool:
        """Whether this is a resource of one of its kinds; `*` if it needs to be about none."""
        if resource == "*":
            return not self.required
        return any(_form(one).fullmatch(resource) for one in (*self.required, *self.optional))


@cache
def reference() -> Mapping[str, Action]:
    """Every action that a role names."""
    rows = json.loads(REFERENCE.read_text(encoding="utf-8"))["actions"]
    parts = ("required", "optional", "dependent")
    return {name: Action(*(tuple(row[part]) for part in parts)) for name, row in rows.items()}


@cache
def _form(arn: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, _PART.split(arn))))
