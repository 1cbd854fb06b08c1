"""A scenario is a small value: a seed for every order, and a list of ingredients. To shrink it is to leave some out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Final

from local.drs_simulator import Settings
from tests.proof.stage import Stage
from tests.support.scheduler import Temper
from tests.support.world.rest import QUICK

ALL: Final = "all"
SETTINGS: Final = "settings"
"""The worlds whose groups have launch settings."""


@dataclass
class Setting:
    """What must be known before there is a world."""

    settings: Settings = QUICK
    temper: Temper = field(default_factory=Temper)
    stale_indexes: bool = False
    rounds: int | None = None


class Ingredient:
    """One thing that there is, goes wrong, or is done by somebody.

    A `benign` one changes nothing of how an execution ends: whatever it does is put right.
    """

    benign = True

    def set_up(self, setting: Setting) -> None:
        """Before there is a world."""

    def put_on(self, stage: Stage) -> None:
        """Before anything happens."""


@dataclass(frozen=True)
class Scenario:
    """`kept` are the positions of the ingredients that a shrunken scenario still has, of all that its seed gave it.

    `worlds` is of which kind it is: in another the same seed stands for something else.
    """

    seed: int
    ingredients: tuple[Ingredient, ...]
    kept: tuple[int, ...] | None = None
    worlds: str = ALL

    @property
    def is_benign(self) -> bool:
        """Whether every execution must end as if nothing had gone wrong."""
        return all(ingredient.benign for ingredient in self.ingredients)

    def stage(self) -> Stage:
        """A new world with everything in it."""
        setting = Setting()
        for ingredient in self.ingredients:
            ingredient.set_up(setting)
        stage = Stage(self.seed, setting.settings, setting.temper, setting.stale_indexes, setting.rounds)
        for ingredient in self.ingredients:
            ingredient.put_on(stage)
        return stage

    def only(self, positions: Collection[int]) -> Scenario:
        """The scenario with these of its seed's ingredients."""
        whole = self.kept or tuple(range(len(self.ingredients)))
        kept = tuple(position for position in whole if position in positions)
        ingredients = tuple(self.ingredients[whole.index(position)] for position in kept)
        return replace(self, ingredients=ingredients, kept=kept)

    def __str__(self) -> str:
        lines = [f"  {number}: {one}" for number, one in zip(self.numbers, self.ingredients, strict=True)]
        return "\n".join([f"seed {self.seed} with", *lines])

    @property
    def numbers(self) -> tuple[int, ...]:
        """The positions of its ingredients among those that its seed gave."""
        return self.kept if self.kept is not None else tuple(range(len(self.ingredients)))
