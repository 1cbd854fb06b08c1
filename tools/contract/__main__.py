"""Writes what follows from the declarations, or says what would change.

python -m tools.contract [--check]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tools.contract import deployment, endpoints, error_codes, index, listing, openapi, reference, templates
from tools.contract.collect import operations
from tools.contract.markdown import between_markers
from tools.contract.schemas import schemas_of

ROOT: Final = Path(__file__).resolve().parents[2]
README: Final = "README.md"


def documents() -> Mapping[str, str]:
    """The text of every generated file, by its path."""
    declared = operations()
    schemas = schemas_of(declared)
    stacks = dict(templates.texts(declared))
    return {
        index.PATH: index.text(declared),
        error_codes.PATH: error_codes.text(),
        openapi.PATH: openapi.text(declared, schemas),
        listing.PATH: listing.text(declared),
        endpoints.PATH: endpoints.text(declared),
        **dict(reference.texts(declared, schemas)),
        README: between_markers(_read(ROOT / README), "operations", endpoints.readme_section(declared)),
        **stacks,
        deployment.PATH: deployment.text(
            _read(ROOT / deployment.PATH), [_read(ROOT / deployment.CORE), *stacks.values()]
        ),
    }


def stale(made: Mapping[str, str], root: Path = ROOT) -> list[str]:
    """The paths of files that are not as they would be written."""
    return [path for path, text in made.items() if _read(root / path) != text]


def main(arguments: list[str]) -> int:
    """0 if everything is as it should be, or is now."""
    parser = argparse.ArgumentParser(prog="python -m tools.contract", description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, and fail if anything would change")
    options = parser.parse_args(arguments)
    made = documents()
    changed = stale(made)
    if options.check:
        for path in changed:
            sys.stderr.write(f"{path} is not what the declarations say: run make contract\n")
        return 1 if changed else 0
    for path in changed:
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(made[path])
        sys.stdout.write(f"wrote {path}\n")
    return 0


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
