"""A sample of a sweep is always the same, is some of it, and touches nothing else."""

from __future__ import annotations

import pytest

from tests.support.sampling import EVERY, sample

pytest_plugins = ["pytester"]

SWEEP = """
import pytest

@pytest.mark.sweep
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("nth", range(30))
def test_sweep(nth, moment): ...

@pytest.mark.sweep
@pytest.mark.parametrize("nth", [1, 2])
def test_short(nth): ...

@pytest.mark.parametrize("nth", range(5))
def test_other(nth): ...
"""


@pytest.fixture
def items(pytester: pytest.Pytester) -> list[pytest.Item]:
    pytester.makeini("[pytest]\nmarkers =\n    sweep: of the test")
    return pytester.getitems(SWEEP)


def names(items: list[pytest.Item], of: str) -> list[str]:
    return [item.name for item in items if item.name.startswith(of)]


def test_about_a_third_of_a_sweep_is_played_of_both_moments(items: list[pytest.Item]) -> None:
    kept, left = sample(items)

    played = names(kept, "test_sweep")
    assert 60 / EVERY / 2 < len(played) < 60 / EVERY * 2
    assert {name.rpartition("-")[2] for name in played} == {"before]", "after]"}
    assert sorted(kept + left, key=items.index) == items


def test_of_a_short_sweep_one_is_played_and_of_what_is_none_everything(items: list[pytest.Item]) -> None:
    kept, _ = sample(items)

    assert names(kept, "test_short")
    assert len(names(kept, "test_other")) == 5


def test_a_second_sample_is_the_first(items: list[pytest.Item]) -> None:
    assert sample(items) == sample(list(items))
