"""Every block of shell in documents is run, by `tests/e2e/test_document_blocks.py` or as it says itself."""

import re
from pathlib import Path

import pytest

from tests.unit.docs.markdown import ROOT, Block, Document, documents

NOTED = [(one.path, block) for one in documents() for block in one.shell_blocks() if block.note]


@pytest.mark.parametrize(("path", "block"), NOTED)
def test_what_is_run_elsewhere_names_a_test_and_what_is_not_run_says_why(path: str, block: Block) -> None:
    assert block.note is not None
    kind, _, rest = block.note.partition(" by " if block.note.startswith("run by ") else ": ")

    if kind == "run":
        assert (ROOT / rest).is_file(), f"{path} names {rest}"
        assert rest.startswith("tests/")
    else:
        assert kind == "not run"
        assert len(rest.split()) >= 4, f"{path}: {rest} is no reason"


def test_every_note_stands_right_before_a_block_of_shell() -> None:
    for document in documents():
        written = len(re.findall(r"^ *<!-- (?:not run|run by)", document.text, re.MULTILINE))

        assert written == sum(block.note is not None for block in document.shell_blocks()), document.path


def test_a_note_belongs_to_the_block_that_follows_it(tmp_path: Path) -> None:
    text = "<!-- not run: it takes a whole day -->\n```bash\nsleep 1d\n```\n\n```bash\ntrue\n```\n"
    (tmp_path / "a.md").write_text(text)

    first, second = Document(str(tmp_path / "a.md")).shell_blocks()

    assert (first.note, second.note) == ("not run: it takes a whole day", None)
    assert second.text == "true\n"


def test_blocks_of_make_are_run_by_ci() -> None:
    """They have no note: what CI runs is in its own files."""
    ci = (ROOT / ".ci/run").read_text() + (ROOT / ".github/workflows/check.yaml").read_text()
    demo = (ROOT / "tests/e2e/test_demo.py").read_text()

    targets = {
        target
        for document in documents()
        for block in document.shell_blocks()
        if not block.note
        for target in re.findall(r"^make (\w+)", block.text, re.MULTILINE)
    }

    assert targets
    for target in targets - {"run"}:
        assert f"make {target}" in ci, target
    assert '"local.demo"' in demo, "what `make run` starts"
