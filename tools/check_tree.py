"""Fails on what the house rules forbid and no linter sees: large files and functions, traces of one machine.

python -m tools.check_tree [root]
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

FILE_LINES: Final = 500
FUNCTION_LINES: Final = 80
TEMPLATE_BYTES: Final = 51_200  # CloudFormation's limit for a template that is passed inline
CODE: Final = {".py", ".ts", ".tsx", ".sh"}

# Home and scratch folders, and registries: a clone must work on any machine and against any mirror.
MACHINE_PATH: Final = re.compile(r"(?<![\w.:/-])/(?:root|work|farm|home/[a-z]\w+|Users/\w+|tmp/(?:studio|plan))/")
REGISTRY: Final = re.compile(r"^\s*(?:--(?:extra-)?index-url|--find-links|--trusted-host|-i\s)|https?://", re.MULTILINE)


def tracked_files(root: Path) -> list[Path]:
    """Every text file that git would commit, new ones included."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [path for name in sorted(set(listing.split("\0"))) if name and (path := root / name).is_file()]


def large_functions(source: str) -> Iterator[tuple[int, str, int]]:
    """Line, name and length of every function that is over the limit."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            length = node.end_lineno - node.lineno + 1
            if length > FUNCTION_LINES:
                yield node.lineno, node.name, length


def size_violations(name: str, text: str) -> Iterator[str]:
    """What is too large in one file."""
    suffix = Path(name).suffix
    lines = text.count("\n")
    if suffix in CODE and lines > FILE_LINES:
        yield f"{name}: {lines} lines, the limit is {FILE_LINES}; split it by room"
    if suffix == ".py":
        for line, function, length in large_functions(text):
            yield f"{name}:{line}: {function} has {length} lines, the limit is {FUNCTION_LINES}"
    if name.startswith("cfn/") and len(text.encode()) > TEMPLATE_BYTES:
        yield f"{name}: {len(text.encode())} bytes, CloudFormation takes {TEMPLATE_BYTES} inline"


def trace_violations(name: str, text: str) -> Iterator[str]:
    """What in one file names this machine or a package registry."""
    for number, line in enumerate(text.splitlines(), start=1):
        if match := MACHINE_PATH.search(line):
            yield f"{name}:{number}: a path of one machine ({match.group(0).strip()})"
    if Path(name).name.startswith("requirements") and (match := REGISTRY.search(text)):
        yield f"{name}: names a package registry ({match.group(0).strip()}); pip's own configuration chooses it"


def violations(root: Path) -> list[str]:
    """Every broken house rule in the tree, a sentence each."""
    found: list[str] = []
    for path in tracked_files(root):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        name = path.relative_to(root).as_posix()
        found += [*size_violations(name, text), *trace_violations(name, text)]
    return found


def main(root: Path, write: Callable[[str], object] = sys.stdout.write) -> int:
    """Checks the tree and answers the exit status."""
    found = violations(root)
    for sentence in found:
        write(f"{sentence}\n")
    write(f"tree: {len(found)} broken rules\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()))
