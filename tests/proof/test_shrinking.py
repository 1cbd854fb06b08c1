"""A failing scenario is shrunk to what it needs, and says how to play it again."""

from __future__ import annotations

from dataclasses import dataclass

from tests.proof.composing import compose
from tests.proof.facts import Violation
from tests.proof.ingredients.plans import PlanOf, Restless, StaleIndexes, Started, WaveOf
from tests.proof.proving import play
from tests.proof.scenario import Ingredient, Scenario
from tests.proof.shrinking import command, shrink
from tests.proof.stage import Stage


@dataclass(frozen=True)
class Bad(Ingredient):
    """Breaks an invariant a minute after somebody started the plan."""

    def put_on(self, stage: Stage) -> None:
        def break_it() -> None:
            if stage.executions:
                raise Violation(7, "as the ingredient says")

        stage.later(60, break_it)


WHOLE = Scenario(
    3,
    (
        Restless(0.2, 0.1, 0),
        PlanOf("one", (WaveOf(), WaveOf())),
        StaleIndexes(),
        Started("one"),
        Bad(),
        Started("one", at=40),
        PlanOf("two", (WaveOf(),)),
    ),
)


def test_what_a_failure_does_not_need_is_left_out() -> None:
    smallest = shrink(play(WHOLE))

    assert smallest.violation is not None and smallest.violation.number == 7
    assert smallest.scenario.numbers in ((1, 3, 4), (1, 4, 5))
    assert command(smallest.scenario).startswith('make prove ARGS="--seed 3 --only 1,')


def test_a_seed_always_makes_the_same_scenario_and_seeds_differ() -> None:
    assert compose(5) == compose(5)
    assert len({str(compose(seed)).partition("\n")[2] for seed in range(50)}) == 50


def test_a_shrunken_scenario_is_named_by_its_positions_in_the_whole() -> None:
    again = WHOLE.only([1, 3, 4, 6]).only([3, 4])

    assert again.numbers == (3, 4)
    assert again.ingredients == (WHOLE.ingredients[3], WHOLE.ingredients[4])
