"""Builds what is deployed into build/.

python -m tools.packaging [--prefix FOLDER] | wheels
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from tools.packaging.build import Sources, build, write
from tools.packaging.errors import PackagingError
from tools.packaging.wheels import fetch

ROOT: Final = Path(__file__).resolve().parents[2]
PREFIX: Final = "aws-drs-orchestration"


def main(arguments: list[str]) -> int:
    """0 if everything is built, 1 with the reason otherwise; what was built before is left then."""
    parser = argparse.ArgumentParser(prog="python -m tools.packaging", description=__doc__.partition("\n")[0])
    parser.add_argument("--prefix", default=PREFIX, help="folder of the bucket that the artefacts are put into")
    parser.add_argument("only", nargs="?", choices=["wheels"], help="fetch the wheels of the lock, and build nothing")
    options = parser.parse_args(arguments)
    sources = Sources(ROOT, ROOT / "build/wheels")
    try:
        fetch(sources.lock, sources.wheels)
        if options.only is None:
            _build(sources, options.prefix)
    except PackagingError as error:
        sys.stderr.write(f"make package: {error}\n")
        return 1
    return 0


def _build(sources: Sources, prefix: str) -> None:
    built = build(sources, prefix)
    write(built, ROOT / "build")
    for artefact in built.artefacts:
        sys.stdout.write(f"{len(artefact.content):>10,}  build/{artefact.key}\n")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
