"""What `make run` may be asked; a wrong argument is refused with the rule that it broke."""

import argparse
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from local.function_process import ROOT

FASTEST: Final = 10_000.0
"""Engine seconds per real second; an engine day is nine real seconds then, and no function keeps up any more."""

BUILD: Final = ROOT / "build"
"""Where `make package` builds."""


def parser() -> argparse.ArgumentParser:
    """The parser of `make run`."""
    made = argparse.ArgumentParser(prog="make run ARGS=…", description="A three-tier drill on one machine")
    made.add_argument("--attended", action="store_true", help="wait for a person to paste the commands of the mails")
    made.add_argument("--serve", action="store_true", help="keep the system up after the drill")
    made.add_argument(
        "--region-loss",
        action="store_true",
        help="lose the hub's region before the drill, and hold it by a second system elsewhere",
    )
    made.add_argument("--scale", type=_scale, default=60.0, help="engine seconds per real second (default 60)")
    made.add_argument("--state", type=Path, default=None, help="folder for mails and logs (default: temporary)")
    made.add_argument(
        "--zips",
        type=Path,
        nargs="?",
        const=BUILD,
        default=None,
        metavar="FOLDER",
        help="serve the zips that `make package` built instead of the sources (default: build)",
    )
    return made


def read_arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The arguments, those of the process unless told; a wrong one ends the process with 2."""
    asked = parser().parse_args(words)
    if asked.region_loss and (asked.attended or asked.serve):
        parser().error("argument --region-loss: it rehearses by itself, and ends: not with --attended or --serve")
    return asked


def _scale(text: str) -> float:
    try:
        scale = float(text)
    except ValueError:
        scale = math.nan
    if not 0 < scale <= FASTEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0 and at most {FASTEST:g}")
    return scale
