"""The functions and shared names of LAMBDA_HANDLERS_ARCHITECTURE.md are those of templates and code."""

from __future__ import annotations

import importlib
import re
from typing import Any, Final

import pytest

from tests.support.templates import load_template
from tests.unit.docs.markdown import Document

DOCUMENT: Final = Document("docs/architecture/LAMBDA_HANDLERS_ARCHITECTURE.md")
SHARED: Final = DOCUMENT.table("was known as", "is")


def test_every_function_is_told_with_its_time_and_its_memory() -> None:
    stacks = (load_template("lambda-stack.yaml"), load_template("frontend-stack.yaml"))
    made: dict[str, Any] = {
        one["FunctionName"].removeprefix("aws-drs-orchestration-").removesuffix("-dev"): (
            str(one["Timeout"]),
            str(one["MemorySize"]),
        )
        for stack in stacks
        for one in stack.of_type("AWS::Lambda::Function").values()
    }

    rows = DOCUMENT.table("function", "is invoked by")

    assert {row["function"].strip("`"): (row["seconds"], row["MB"]) for row in rows} == made


def _named() -> list[str]:
    return [name for row in SHARED for name in re.findall(r"`((?:shared|query)\.[\w.]+)`", row["is"])]


@pytest.mark.parametrize("name", _named())
def test_what_is_said_to_live_somewhere_lives_there(name: str) -> None:
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        for part in parts[cut:]:
            found = getattr(found, part)
        return
    raise AssertionError(f"{name} is nowhere")


def test_every_name_has_a_home() -> None:
    assert len(SHARED) == 18
    assert all("`" in row["is"] for row in SHARED)
