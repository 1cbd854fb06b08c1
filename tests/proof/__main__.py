"""python -m tests.proof --seed 17 [--only 0,3,5] [--shrink], or --seeds 0:300 [--processes 2]; see `make prove`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console

from tests.proof.composing import compose
from tests.proof.mutants import MUTANTS, catch, show
from tests.proof.proving import play
from tests.proof.running import Report, play_many, play_seeds, tell
from tests.proof.shrinking import command, shrink

WIDTH = 160


def main() -> int:
    """0 if every invariant holds."""
    asked, console = _arguments(), Console(width=WIDTH, soft_wrap=True)
    if asked.mutant is not None:
        caught = {mutant.name: catch(mutant) for mutant in MUTANTS if mutant.name == asked.mutant}
        show(caught, console)
        return 0 if all(caught.values()) else 1
    if asked.seed is not None:
        return _play_one(asked, console)
    report = _play_all(asked)
    if asked.report is not None:
        report.write(asked.report)
    if asked.report is None or (report.failures and not asked.stop):
        tell(report, console)
    return 1 if report.failures else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.proof", description=__doc__)
    parser.add_argument("--seed", type=int, help="play this one and tell what it breaks")
    parser.add_argument("--only", type=_numbers, help="with these of its ingredients: 0,3,5")
    parser.add_argument("--record", action="store_true", help="print what DRS recorded and what our table holds then")
    parser.add_argument("--shrink", action="store_true", help="leave out what it does not need to fail")
    parser.add_argument("--seeds", type=_range, default=range(300), help="first:last, the last not included")
    parser.add_argument("--first", type=_numbers, default=[], help="seeds to play before all others")
    parser.add_argument("--stop", action="store_true", help="stop at the first seed that fails, in one process")
    parser.add_argument("--mutant", choices=[mutant.name for mutant in MUTANTS], help="search a seed that catches it")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--report", type=Path, help="write what was met into this file instead of printing it")
    return parser.parse_args()


def _play_one(asked: argparse.Namespace, console: Console) -> int:
    scenario = compose(asked.seed)
    played = play(scenario if asked.only is None else scenario.only(asked.only), keeps_record=asked.record)
    for line in played.record:
        console.print(line, markup=False)
    if asked.shrink and played.violation is not None:
        played = shrink(played)
    console.print(str(played.scenario), markup=False)
    console.print(f"ends {', '.join(played.ended)}; breaks {played.violation or 'nothing'}", markup=False)
    if played.violation is not None:
        console.print(command(played.scenario), markup=False)
    return 0 if played.violation is None else 1


def _play_all(asked: argparse.Namespace) -> Report:
    seeds = [*asked.first, *(seed for seed in asked.seeds if seed not in set(asked.first))]
    return play_seeds(seeds, stops=True) if asked.stop else play_many(seeds, asked.processes)


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",") if number]


def _range(text: str) -> range:
    first, _, last = text.partition(":")
    return range(int(first), int(last))


if __name__ == "__main__":
    sys.exit(main())
