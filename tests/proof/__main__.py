"""python -m tests.proof --seed 17 [--only 0,3,5] [--shrink], or --seeds 0:300 [--processes 2]; see `make prove`."""

from __future__ import annotations

import argparse
import sys

from rich.console import Console

from tests.proof.arguments import read_arguments
from tests.proof.catching import catch, show
from tests.proof.mutants import MUTANTS
from tests.proof.proving import play
from tests.proof.running import Report, play_many, play_seeds, tell
from tests.proof.shrinking import command, shrink
from tests.proof.worlds import WORLDS
from tests.support.garbage import look_for_garbage_seldom

WIDTH = 160


def main() -> int:
    """0 if every invariant holds."""
    look_for_garbage_seldom()
    asked, console = read_arguments(), Console(width=WIDTH, soft_wrap=True)
    if asked.mutant is not None:
        caught = {mutant.name: catch(mutant) for mutant in MUTANTS if mutant.name == asked.mutant}
        show(caught, console)
        return 0 if all(caught.values()) else 1
    if asked.seed is not None:
        return _play_one(asked, console)
    report = _play_all(asked)
    if asked.report is not None:
        report.write(asked.report)
    if asked.report is None or (report.failures and asked.until is None):
        tell(report, console, asked.worlds)
    return 1 if report.failures else 0


def _play_one(asked: argparse.Namespace, console: Console) -> int:
    scenario = WORLDS[asked.worlds](asked.seed)
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
    if asked.until is None:
        return play_many(seeds, asked.processes, asked.worlds)
    return play_seeds(seeds, asked.worlds, until=asked.until)


if __name__ == "__main__":
    sys.exit(main())
