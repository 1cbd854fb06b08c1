"""What `make prove` may be asked; whatever would play nothing, or something else than was meant, is refused."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from tests.proof.ingredients.plans import PlanOf
from tests.proof.mutants import MUTANTS
from tests.proof.scenario import ALL
from tests.proof.worlds import WORLDS

OF_ONE_SEED = ("only", "record", "shrink")


def read_arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The arguments, those of the process unless told; a wrong one ends the process with 2 and the rule that it broke.

    `--only` names ingredients that the seed has: a mistyped one would play a smaller world, which breaks nothing.
    """
    parser = _parser()
    asked = parser.parse_args(words)
    if asked.seed is None:
        for name in OF_ONE_SEED:
            if getattr(asked, name) not in (None, False):
                parser.error(f"argument --{name}: it goes with --seed, the one that is played")
    elif asked.only is not None:
        scenario = WORLDS[asked.worlds](asked.seed)
        there = scenario.numbers
        missing = sorted(set(asked.only) - set(there))
        if missing:
            parser.error(f"argument --only: seed {asked.seed} has the ingredients 0 to {there[-1]}, not {missing[0]}")
        plans = [number for number, one in zip(there, scenario.ingredients, strict=True) if isinstance(one, PlanOf)]
        if not set(asked.only) & set(plans):
            parser.error(f"argument --only: without a plan nothing is played; seed {asked.seed} has one at {plans[0]}")
    if not asked.seeds and not asked.first:
        parser.error("argument --seeds: no seed is in it; first:last is without the last, so last must be the larger")
    return asked


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.proof",
        description="python -m tests.proof --seed 17 [--only 0,3,5] [--shrink], or --seeds 0:300 [--processes 2]",
        allow_abbrev=False,
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--seed", type=int, help="play this one and tell what it breaks")
    which.add_argument("--seeds", type=_range, default=range(300), help="first:last, the last not included")
    which.add_argument("--mutant", choices=[mutant.name for mutant in MUTANTS], help="search a seed that catches it")
    parser.add_argument(
        "--worlds", choices=WORLDS, default=ALL, help="which worlds the seeds are of (default %(default)s)"
    )
    parser.add_argument("--only", type=_numbers, help="with these of the seed's ingredients: 0,3,5")
    parser.add_argument("--record", action="store_true", help="print what DRS recorded and what our table holds then")
    parser.add_argument("--shrink", action="store_true", help="leave out what the seed does not need to fail")
    parser.add_argument("--first", type=_maybe_numbers, default=[], help="seeds to play before all others")
    parser.add_argument("--until", type=_count, help="stop at the first seed that breaks this one, in one process")
    parser.add_argument("--processes", type=_count, default=2, help="how many play at once (default 2)")
    parser.add_argument("--report", type=Path, help="write what was met into this file instead of printing it")
    return parser


def _numbers(text: str) -> list[int]:
    try:
        return [int(number) for number in text.split(",")]
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no list of numbers like 0,3,5") from error


def _maybe_numbers(text: str) -> list[int]:
    return _numbers(text) if text else []


def _range(text: str) -> range:
    first, _, last = text.partition(":")
    try:
        return range(int(first), int(last))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not first:last, like 0:300, the last not included") from error


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of processes, 1 or more")
    return int(text)
