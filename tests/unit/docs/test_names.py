"""Files, routes, operations, fields, tables and variables that documents name are there."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from typing import Any, Final

import pytest
from pydantic.alias_generators import to_snake

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

OTHERS: Final = {
    "get_plan_outline",  # which a guide has one write
    "HeartbeatTimeout",  # which AWS says and the local system does not
    "Area",  # of the bench, which is a test
    "Makefile",
    "breakpoint",  # of Python
    "authenticated",  # what Cognito calls a role
    "price",  # a column
    "sha256sum",
    *re.findall(
        r"\.(\w+)",
        " ".join(
            row["was known as"]
            for row in Document("docs/architecture/LAMBDA_HANDLERS_ARCHITECTURE.md").table("was known as", "is")
        ),
    ),
}
"""Names that are said not to be ours."""

SOURCES: Final = ("*.py", "*.yaml", "*.json", "*.ts", "*.tsx", "*.sh", "Makefile")
ROUTE: Final = re.compile(r"(GET|POST|PUT|PATCH|DELETE|HEAD) (/[a-z][\w/{}-]*)(?:\?.*)?")
CALLED: Final = re.compile(r"\$API_ENDPOINT(/[\w/{}$-]*)")
CAMEL: Final = re.compile(r"[a-z]+[a-z0-9]*(?:[A-Z][a-z0-9]+)+")
PASCAL: Final = re.compile(r"[A-Z][a-z0-9]+(?:[A-Z]+[a-z0-9]*)+")
SNAKE: Final = re.compile(r"[a-z]+(?:_[a-z0-9]+)+")
WORD: Final = re.compile(r"[A-Z]?[a-z][a-z0-9]+")
NAMED: Final = re.compile(r"\"?([\w.\[\]]+)\"?(?:\(\)|(?:=|: ).*)?")
"""A name by itself, a path of fields, or a name with its value."""
RESOURCE: Final = re.compile(r"\baws-drs-orchestration-([a-z0-9-]+?)-(?:dev|test|prod)\b")
IN_A_TEMPLATE: Final = re.compile(r"\$\{ProjectName\}-([a-z0-9-]+)-\$\{Environment\}")


@cache
def _files() -> frozenset[str]:
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    return frozenset(subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0"))


def _texts(*beginnings: str, but: tuple[str, ...] = ()) -> list[str]:
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *SOURCES]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    wanted = [name for name in names if name.startswith(beginnings or "") and not name.startswith(but)]
    return [(ROOT / name).read_text(encoding="utf-8") for name in wanted if name and (ROOT / name).is_file()]


@cache
def _words() -> frozenset[str]:
    """Every word of code, templates and contract; a test may well say what there is not."""
    return frozenset(word for text in _texts(but=("tests/",)) for word in re.findall(r"\w+", text))


@cache
def _tests() -> frozenset[str]:
    """The name of every test of Python."""
    return frozenset(name for text in _texts("tests/") for name in re.findall(r"^ *def (test_\w+)", text, re.MULTILINE))


def _names(span: str) -> set[str]:
    """The names of code in what stands between backticks: of operations, fields, parameters."""
    found = NAMED.fullmatch(span)
    if found is None or span.endswith((".py", ".json", ".yaml", ".md")):
        return set()
    parts = re.split(r"[.\[\]]+", found[1])
    return {one for one in parts if any(shape.fullmatch(one) for shape in (CAMEL, PASCAL, SNAKE, WORD))}


def _unknown(span: str) -> set[str]:
    """Those that nobody defines."""
    return {
        one
        for one in _names(span)
        if not {one, to_snake(one)} & (_tests() if one.startswith("test_") else _words()) and one not in OTHERS
    }


@cache
def _routes() -> frozenset[tuple[str, str]]:
    contract: dict[str, Any] = json.loads((ROOT / "docs/api/openapi.json").read_text(encoding="utf-8"))
    return frozenset((method.upper(), path) for path, methods in contract["paths"].items() for method in methods)


@cache
def _resources() -> frozenset[str]:
    """What the templates name after project and environment: tables, functions, alarms, rules and all others."""
    return frozenset(
        name
        for path in (ROOT / "cfn").glob("*.yaml")
        for name in IN_A_TEMPLATE.findall(path.read_text(encoding="utf-8"))
    )


def _there(path: str) -> bool:
    return path in _files() or any(name.startswith(path.rstrip("/") + "/") for name in _files())


@pytest.mark.parametrize("document", ALL, ids=lambda one: one.path)
def test_every_path_that_is_named_is_there(document: Document) -> None:
    named = {span.partition("#")[0].partition("::")[0] for span in document.spans() if span.startswith(FOLDERS)}
    paths = {one for one in named if re.fullmatch(r"[\w./-]+", one) and not one.startswith(MADE)}

    assert {one for one in paths if not _there(one)} == set()


@pytest.mark.parametrize("document", ALL, ids=lambda one: one.path)
def test_every_file_that_a_command_takes_is_there(document: Document) -> None:
    blocks = [*document.fences("bash"), *document.fences("text"), *document.fences("python")]
    words = {word.strip("'\"@,()") for block in blocks for word in re.split(r"[\s=]+", block)}
    paths = {one.rstrip(".:;") for one in words if one.startswith(FOLDERS) and re.fullmatch(r"[\w./-]+", one)}

    assert {one for one in paths if not one.startswith(MADE) and not _there(one)} == set()


@pytest.mark.parametrize("document", ALL, ids=lambda one: one.path)
def test_every_route_that_is_named_is_one_of_the_contract(document: Document) -> None:
    named = {found.groups() for span in document.spans() if (found := ROUTE.fullmatch(span))}
    called = {path for block in document.fences("bash") for path in CALLED.findall(block)}

    assert {one for one in named if "_simulator" not in one[1]} <= _routes()
    assert called <= {path for _, path in _routes()}


@pytest.mark.parametrize("document", ALL, ids=lambda one: one.path)
def test_every_operation_field_and_parameter_that_is_named_is_one_of_the_code(document: Document) -> None:
    assert {one for span in document.spans() for one in _unknown(span)} == set()


@pytest.mark.parametrize("document", ALL, ids=lambda one: one.path)
def test_every_table_function_and_rule_that_is_named_is_one_of_the_templates(document: Document) -> None:
    assert set(RESOURCE.findall(document.text)) <= _resources()


def test_what_is_not_there_is_found() -> None:
    assert not _there("lambda/shared/nothing.py")
    assert _there("lambda/shared")
    wrong = "_".join(["a", "field", "of", "nobody"])
    for span in (wrong, f"{wrong}=1", f'"{wrong}": true', f"healthChecks[].{wrong}", f"{wrong}()", f"test_{wrong}"):
        assert _unknown(span), span
    assert (
        _unknown("nobodys1word")
        and _unknown("NobodysParameter")
        and _unknown("NobodysParameter=false")
        and _unknown("nobodysField")
    )
    assert not _unknown("EnableWAF=false") and not _unknown("healthChecks[].alarmName")
    assert RESOURCE.findall("aws-drs-orchestration-recovery-plan-dev") == ["recovery-plan"]
    assert "recovery-plan" not in _resources()
    assert {"recovery-plans", "query-handler", "dlq-not-empty"} <= _resources()
    assert ROUTE.fullmatch("PATCH /nothing") and ROUTE.fullmatch("GET /executions?limit=3")
    assert CALLED.findall('curl "$API_ENDPOINT/nothing?a=b"') == ["/nothing"]
