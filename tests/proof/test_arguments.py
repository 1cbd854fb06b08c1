"""`make prove` never looks green for what it did not play: a mistyped argument is refused with the rule it broke."""

from __future__ import annotations

import pytest

from tests.proof.arguments import read_arguments
from tests.proof.composing import compose
from tests.proof.composing_settings import compose_settings
from tests.proof.shrinking import command

SEED = 17
LAST = compose(SEED).numbers[-1]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (f"--seed {SEED} --only 99", f"argument --only: seed {SEED} has the ingredients 0 to {LAST}, not 99"),
        (f"--seed {SEED} --only 0,99", f"argument --only: seed {SEED} has the ingredients 0 to {LAST}, not 99"),
        ("--seed 20017 --only 0,2", "argument --only: without a plan nothing is played; seed 20017 has one at 1"),
        (f"--seed {SEED} --only=", "argument --only: '' is no list of numbers like 0,3,5"),
        (f"--seed {SEED} --only 1,", "argument --only: '1,' is no list of numbers like 0,3,5"),
        ("--only 0,1", "argument --only: it goes with --seed, the one that is played"),
        ("--seeds 0:10 --shrink", "argument --shrink: it goes with --seed, the one that is played"),
        ("--record", "argument --record: it goes with --seed, the one that is played"),
        ("--seed 1 --seeds 0:10", "argument --seeds: not allowed with argument --seed"),
        ("--seeds 5:3", "argument --seeds: no seed is in it; first:last is without the last"),
        ("--seeds 5:5", "argument --seeds: no seed is in it; first:last is without the last"),
        ("--seeds 5", "argument --seeds: '5' is not first:last, like 0:300, the last not included"),
        ("--seeds a:b", "argument --seeds: 'a:b' is not first:last, like 0:300, the last not included"),
        ("--processes 0", "argument --processes: '0' is not a number of processes, 1 or more"),
        ("--processes two", "argument --processes: 'two' is not a number of processes, 1 or more"),
    ],
)
def test_what_would_play_nothing_or_something_else_is_refused_with_its_rule(
    words: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        read_arguments(words.split(" "))

    assert ended.value.code == 2
    assert told in capsys.readouterr().err


def test_what_can_be_played_is_read() -> None:
    assert read_arguments(["--seed", str(SEED), "--only", "0,1", "--shrink"]).only == [0, 1]
    assert read_arguments([]).seeds == range(300)
    assert read_arguments(["--first", "", "--seeds", "0:3"]).first == []
    assert read_arguments(["--first", "3,5", "--seeds", "0:0", "--processes", "1"]).first == [3, 5]


def test_seeds_of_other_worlds_are_played_as_those() -> None:
    assert read_arguments(["--worlds", "settings", "--seeds", "0:3"]).worlds == "settings"
    assert command(compose_settings(3)) == 'make prove ARGS="--seed 3 --worlds settings"'
    assert command(compose(3)) == 'make prove ARGS="--seed 3"'
