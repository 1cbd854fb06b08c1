"""The kinds of worlds that seeds stand for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tests.proof.composing import compose
from tests.proof.composing_settings import compose_settings
from tests.proof.scenario import ALL, SETTINGS, Scenario

WORLDS: Final[Mapping[str, Callable[[int], Scenario]]] = {ALL: compose, SETTINGS: compose_settings}
"""By name, what makes a world out of a seed."""
