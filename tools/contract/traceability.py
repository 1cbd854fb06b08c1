"""Which tests prove which requirement: by the marks of the tests, read without running them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tools.contract.markdown import code, generated, table
from tools.contract.requirements import CONSOLE, PRODUCT, SOFTWARE, Requirements

PATH: Final = "docs/requirements/TRACEABILITY.md"
PREFIXES: Final = {"PRD": PRODUCT, "SRS": SOFTWARE, "UX": CONSOLE}

_INTRO: Final = """What proves that a requirement is met: a test of Python carries a mark,
`@pytest.mark.requirement("SRS-E01")`, one of the console a comment on the line before, `// requirement: UX-01`. What
has no test says what holds it instead. Tests in `frontend/e2e` run by `make test-console`, those in `tests/bench` by
`make bench`, all others by `make test`."""

_COMMENT: Final = re.compile(r"^\s*// requirement: (.+)$")
_NAME: Final = re.compile(r'(?:\b(?:it|describe)\(|\]\)\(|^\s+)"((?:[^"\\]|\\.)+)",', re.MULTILINE)


def marks(root: Path) -> dict[str, list[str]]:
    """The tests by the requirement that they name, each as `path::name`, in the order of their paths."""
    found: dict[str, list[str]] = {}
    for path in _files(root):
        text = (root / path).read_text(encoding="utf-8")
        for name, required in _marked_in_python(text) if path.endswith(".py") else _marked_in_console(text):
            found.setdefault(required, []).append(f"{path}::{name}")
    return found


def text(requirements: Requirements, tests: Mapping[str, list[str]]) -> str:
    """The document; what has neither test nor reason says so, and fails the tests of the documents."""
    blocks = []
    for prefix, document in PREFIXES.items():
        rows = [
            (one, said, _proof(one, requirements, tests))
            for one, said in sorted(requirements.every.items())
            if one.startswith(f"{prefix}-")
        ]
        blocks += [f"## {prefix}", f"Of [{Path(document).name}]({Path(document).name})."]
        blocks.append(table(("id", "required", "proved by"), rows))
    proved = sum(one in tests for one in requirements.built)
    distinct = {test for each in tests.values() for test in each}
    count = (
        f"{len(requirements.built)} requirements, {proved} of them proved by {len(distinct)} tests; "
        f"{len(requirements.held_otherwise)} are held otherwise; {len(requirements.not_built)} more are not built."
    )
    return generated("# Requirements and their tests", _INTRO, count, *blocks)


def gaps(requirements: Requirements, tests: Mapping[str, list[str]]) -> Iterator[str]:
    """A sentence for each mark of no requirement, and for each requirement that nothing holds, or two things."""
    for one, marked in tests.items():
        if one not in requirements.built:
            yield f"{marked[0]} names {one}, which is no requirement that is built"
    for one in requirements.built:
        if (one in tests) == (one in requirements.held_otherwise):
            yield f"{one} needs a test, or else a line of what holds it otherwise"


def _proof(one: str, requirements: Requirements, tests: Mapping[str, list[str]]) -> str:
    if one in requirements.not_built:
        return "not built"
    if one in requirements.held_otherwise:
        return f"no test: {requirements.held_otherwise[one]}"
    return ", ".join(code(test) for test in tests.get(one, ())) or "nothing"


def _files(root: Path) -> list[str]:
    patterns = (
        "tests/**/test_*.py",
        "frontend/[sb]*/**/*.test.ts",
        "frontend/src/**/*.test.tsx",
        "frontend/e2e/*.e2e.ts",
    )
    return sorted({path.relative_to(root).as_posix() for pattern in patterns for path in root.glob(pattern)})


def _marked_in_python(text: str) -> Iterator[tuple[str, str]]:
    if "mark.requirement(" not in text:
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.requirement":
                    yield from ((node.name, str(ast.literal_eval(argument))) for argument in decorator.args)


def _marked_in_console(text: str) -> Iterator[tuple[str, str]]:
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if found := _COMMENT.match(line):
            name = _NAME.search("\n".join(lines[number + 1 : number + 8]))
            if name is None:
                raise ValueError(f"no test follows {line.strip()}")
            yield from ((name[1], one.strip()) for one in found[1].split(","))
