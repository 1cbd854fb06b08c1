"""What follows from the declarations is written whole, the same each time, and is what is committed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.contract.__main__ import documents, main, stale

MADE = documents()


@pytest.mark.parametrize("path", MADE)
def test_what_is_committed_is_what_the_declarations_say(path: str) -> None:
    assert stale({path: MADE[path]}) == []


def test_the_same_declarations_give_the_same_bytes() -> None:
    assert documents() == MADE


@pytest.mark.parametrize("path", MADE)
def test_what_is_generated_says_so_and_ends_its_last_line(path: str) -> None:
    text = MADE[path]

    assert "make contract" in text[:1000]
    assert text.endswith("\n") and not text.endswith("\n\n")
    assert "\r" not in text


def test_what_differs_or_is_not_there_is_stale(tmp_path: Path) -> None:
    (tmp_path / "same.md").write_text("as it is\n")
    (tmp_path / "other.md").write_text("by hand\n")
    made = {"same.md": "as it is\n", "other.md": "as it is\n", "missing.md": "as it is\n"}

    assert stale(made, tmp_path) == ["other.md", "missing.md"]


def test_the_check_passes_on_what_is_committed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0
    assert capsys.readouterr().err == ""
