"""Every requirement is proved by a test, or says what holds it; every mark names one that there is."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.unit.docs.markdown import ROOT
from tools.contract.collect import operations
from tools.contract.requirements import DOCUMENTS, FUNCTIONS, Requirements, functions_section, read
from tools.contract.traceability import gaps, marks, text

REQUIRED: Final = read((ROOT / path).read_text(encoding="utf-8") for path in DOCUMENTS)
TESTS: Final = marks(ROOT)


def test_every_requirement_has_a_test_or_its_reason_and_every_mark_a_requirement() -> None:
    assert list(gaps(REQUIRED, TESTS)) == []


def test_a_mark_of_nothing_and_a_requirement_without_a_test_are_found() -> None:
    required = Requirements(
        built={"UX-01": "it", "UX-02": "more", "UX-03": "most"}, held_otherwise={"UX-03": "the compiler"}
    )
    marked = {"UX-01": ["a.py::b"], "UX-03": ["a.py::b"], "UX-99": ["a.py::c"]}

    found = list(gaps(required, marked))

    assert [sentence.split()[0] for sentence in found] == ["a.py::c", "UX-02", "UX-03"]
    assert "| UX-02 | more | nothing |" in text(required, marked)


def test_every_operation_has_its_number_and_keeps_it() -> None:
    rows = functions_section(operations()).splitlines()[2:]

    assert sorted(FUNCTIONS) == sorted(one.name for one in operations())
    assert len(rows) == len(FUNCTIONS)
    # Numbers of the contract: who cites one must find the same under it.
    numbered = {row.split(" | ")[0].removeprefix("| "): row.split("`")[1] for row in rows}
    assert {one: numbered[one] for one in ("SRS-F01", "SRS-F23", "SRS-F43", "SRS-F60", "SRS-F65")} == {
        "SRS-F01": "list_protection_groups",
        "SRS-F23": "start_execution",
        "SRS-F43": "add_target_account",
        "SRS-F60": "export_configuration",
        "SRS-F65": "health",
    }


def test_ids_are_there_once_and_what_holds_one_otherwise_is_about_one_that_there_is() -> None:
    table = "| id | requirement |\n|---|---|\n| UX-01 | it |\n"

    with pytest.raises(ValueError, match="UX-01 is there twice"):
        read([table, table])
    with pytest.raises(ValueError, match="UX-02"):
        read([table, "| held otherwise | by |\n|---|---|\n| UX-02 | the compiler |\n"])
    with pytest.raises(ValueError, match="built and not built"):
        read([table, "| not built | required | instead |\n|---|---|---|\n| UX-01 | it | nothing |\n"])


def test_marks_are_read_as_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_a.py").write_text('@pytest.mark.requirement("PRD-01", "UX-01")\ndef test_it():\n    ...\n')
    (tmp_path / "frontend/src").mkdir(parents=True)
    (tmp_path / "frontend/src/a.test.ts").write_text(
        '  // requirement: UX-01, UX-02\n  it.each([\n    ["x", 1],\n  ])(\n    "opens %s",\n    () => {},\n  );\n'
        '  // requirement: UX-03\n  it.each([\n    ["y", 2],\n  ])("shuts %s", () => {});\n'
    )

    assert marks(tmp_path) == {
        "PRD-01": ["tests/test_a.py::test_it"],
        "UX-01": ["frontend/src/a.test.ts::opens %s", "tests/test_a.py::test_it"],
        "UX-02": ["frontend/src/a.test.ts::opens %s"],
        "UX-03": ["frontend/src/a.test.ts::shuts %s"],
    }


@pytest.mark.requirement("PRD-22")
def test_the_console_calls_every_operation() -> None:
    listing = ["git", "ls-files", "-z", "frontend/src"]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    sources = [name for name in names if name.endswith((".ts", ".tsx")) and ".test." not in name]
    code = "\n".join((ROOT / one).read_text(encoding="utf-8") for one in sources if not _is_made_or_a_mock(one))

    called = {name for name in FUNCTIONS if f'"{name}"' in code}

    assert set(FUNCTIONS) - called == set()


def _is_made_or_a_mock(path: str) -> bool:
    return "/mocks/" in path or "/generated/" in path or "/testing/" in path
