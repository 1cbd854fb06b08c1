"""Service Quotas as tests have it: the documented values, unless a test says otherwise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from shared.drs_limits import DOCUMENTED, DrsQuotas
from shared.models.targets import Target


def _enter_nothing(_target: Target) -> None:
    """Nobody counts."""


@dataclass
class LimitsOfTest:
    """The same limits in every account and region; `enter` is told whose are asked for, once each."""

    value: DrsQuotas = DOCUMENTED
    enter: Callable[[Target], None] = _enter_nothing

    def __post_init__(self) -> None:
        self.entered: set[Target] = set()

    def named(self, _purpose: str) -> LimitsOfTest:
        """The same for another purpose."""
        return self

    def limits(self, target: Target) -> DrsQuotas:
        """What Service Quotas would say."""
        if target not in self.entered:
            self.enter(target)
            self.entered.add(target)
        return self.value
