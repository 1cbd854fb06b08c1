"""Files, routes, operations, fields, tables and variables that documents name are there."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from typing import Any, Final

import pytest
from pydantic.alias_generators import to_snake

from tests.support.templates import load_template
from tests.unit.docs.markdown import ROOT, Document, documents

ALL: Final = [one for one in documents() if one.path != "CHANGELOG.md"]
"""What changed may be gone again."""

FOLDERS: Final = (
    "lambda/",
    "local/",
    "cfn/",
    "docs/",
    "tests/",
    "tools/",
    "examples/",
    "frontend/",
    ".github/",
    ".ci/",
)
"""What a path begins with that is one of the repository."""

MADE: Final = (
    "frontend/dist",
    "frontend/artefacts",
    "frontend/node_modules",
    "build/",
    "tests/histories/v3",
    "lambda/query-handler/query/plan_outline.py",
    "tests/functional/test_plan_outline.py",
)
"""What a command makes, or would, and what the guide for developers has one write."""

SOURCES: Final = ("*.py", "*.yaml", "*.json", "*.ts", "*.tsx", "*.sh", "Makefile")
ROUTE: Final = re.compile(r"(GET|POST|PUT|DELETE) (/[a-z][\w/{}-]*)")
CAMEL: Final = re.compile(r"[a-z]+[a-z0-9]*(?:[A-Z][a-z0-9]+)+")
SNAKE: Final = re.compile(r"[a-z]+(?:_[a-z0-9]+)+")
TABLE: Final = re.compile(r"aws-drs-orchestration-((?:[a-z]+-)*(?:groups|plans|history|accounts))-(?:dev|test|prod)")


@cache
def _files() -> frozenset[str]:
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    return frozenset(subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0"))


@cache
def _words() -> frozenset[str]:
    """Every word of code, templates and contract."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *SOURCES]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in names if name and (ROOT / name).is_file()]
    return frozenset(word for text in texts for word in re.findall(r"\w+", text))


def _there(path: str) -> bool:
    return path in _files() or any(name.startswith(path.rstrip("/") + "/") for name in _files())


@pytest.mark.parametrize("document", ALL, ids=lambda one: one.path)
def test_every_path_that_is_named_is_there(document: Document) -> None:
    named = {span.partition("#")[0].partition("::")[0] for span in document.spans() if span.startswith(FOLDERS)}
    paths = {one for one in named if re.fullmatch(r"[\w./-]+", one) and not one.startswith(MADE)}

    assert {one for one in paths if not _there(one)} == set()


@pytest.mark.parametrize("document", ALL, ids=lambda one: one.path)
def test_every_route_that_is_named_is_one_of_the_contract(document: Document) -> None:
    contract: dict[str, Any] = json.loads((ROOT / "docs/api/openapi.json").read_text(encoding="utf-8"))
    routes = {(method.upper(), path) for path, methods in contract["paths"].items() for method in methods}

    named = {found.groups() for span in document.spans() if (found := ROUTE.fullmatch(span))}

    assert {one for one in named if "_simulator" not in one[1]} <= routes


@pytest.mark.parametrize("document", ALL, ids=lambda one: one.path)
def test_every_operation_field_and_parameter_that_is_named_is_one_of_the_code(document: Document) -> None:
    named = {span for span in document.spans() if CAMEL.fullmatch(span) or SNAKE.fullmatch(span)}

    assert {one for one in named if not {one, to_snake(one)} & _words()} == set()


@pytest.mark.parametrize("document", ALL, ids=lambda one: one.path)
def test_every_table_that_is_named_is_one_of_the_template(document: Document) -> None:
    tables = {one["TableName"] for one in load_template("database-stack.yaml").of_type("AWS::DynamoDB::Table").values()}

    named = {f"aws-drs-orchestration-{found}-dev" for found in TABLE.findall(document.text)}

    assert named <= tables


def test_what_is_not_there_is_found() -> None:
    assert not _there("lambda/shared/nothing.py")
    assert _there("lambda/shared")
    assert "_".join(["a", "field", "of", "nobody"]) not in _words()
