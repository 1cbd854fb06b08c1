"""LAMBDA_HANDLERS_COMPLETE_ANALYSIS.md is about every function, and what was recorded of it."""

import json
from typing import Final

from tests.support.templates import load_template
from tests.unit.docs.markdown import ROOT, Document
from tools.contract.collect import operations
from tools.contract.handlers import CALLS, ENTRIES, PATH
from tools.contract.requirements import FUNCTIONS

NOBODY: Final = {"product", "state-machine"}
"""Callers in the record that are no function."""


def test_every_function_of_the_templates_has_its_chapter() -> None:
    stacks = (load_template("lambda-stack.yaml"), load_template("frontend-stack.yaml"))
    made = {
        one["FunctionName"].removeprefix("aws-drs-orchestration-").removesuffix("-dev")
        for stack in stacks
        for one in stack.of_type("AWS::Lambda::Function").values()
    }

    assert set(ENTRIES) == made
    assert set(ENTRIES) <= Document(PATH).anchors()


def test_every_caller_that_was_recorded_is_told_of() -> None:
    calls = json.loads((ROOT / CALLS).read_text(encoding="utf-8"))

    assert {by for call in calls for by in call["by"]} - NOBODY == set(ENTRIES)


def test_every_operation_is_told_in_each_function_that_answers_it_with_its_tests() -> None:
    lines = Document(PATH).text.splitlines()

    for one in operations():
        rows = [line for line in lines if line.startswith(f"| `{one.name}` |")]
        assert len(rows) == len(one.homes), one.name
        assert all("`tests/" in row for row in rows), f"{one.name}, number {FUNCTIONS.index(one.name) + 1}"
