"""Every block of shell in documents is run, by `tests/e2e/test_document_blocks.py` or as it says itself."""

import re
from pathlib import Path
from typing import Final

import pytest

from tests.unit.docs.markdown import ROOT, Block, Document, documents

LANGUAGES: Final = {"bash", "json", "mermaid", "python", "text", "tsx"}
"""Who writes a block of another, `sh` or `console`, has one that nobody runs."""

COMMAND: Final = re.compile(
    r"^(?:\$ )?(?:[A-Z_]+=\S+ )*(?:sudo )?(?:aws|make|drs|curl|jq|git|gh|cd|export|source|bash|sh|pip3?"
    r"|python3?|npm|npx|node|docker|java|mvn|cdk|sam|zip|unzip|\S*/(?:python|pytest|aws|bash)|\./\S+)"
    r"(?= +[\w./$\"'-]+(?:\s|$))",
    re.MULTILINE,
)
"""A line by which a shell begins something."""

PRINTED: Final = re.compile(r"\A[^$].*^\$ ", re.MULTILINE | re.DOTALL)
"""What a program prints may have a command in it, after something else."""

NOTED = [(one.path, block) for one in documents() for block in one.shell_blocks() if block.note]


@pytest.mark.parametrize(("path", "block"), NOTED)
def test_what_is_run_elsewhere_names_a_test_and_what_is_not_run_says_why(path: str, block: Block) -> None:
    assert block.note is not None
    kind, _, rest = block.note.partition(" by " if block.note.startswith("run by ") else ": ")

    if kind == "run":
        assert rest.startswith("tests/")
        assert path in (ROOT / rest).read_text(encoding="utf-8"), f"{rest} does not read {path}"
    else:
        assert kind == "not run"
        assert len(rest.split()) >= 4, f"{path}: {rest} is no reason"


def hidden_commands(document: Document) -> list[str]:
    """Commands that stand in a block of something else than shell, where nobody runs them."""
    return [
        text.splitlines()[0]
        for name, text in document.languages()
        if name in {"text", ""} and COMMAND.search(text) and not PRINTED.search(text)
    ]


@pytest.mark.parametrize("document", documents(), ids=lambda one: one.path)
def test_what_is_to_be_typed_stands_in_a_block_of_shell(document: Document) -> None:
    assert {name for name, _ in document.languages()} <= LANGUAGES, "a block without a language is none of shell"
    assert not re.search(r"^ *(?:~~~|````)", document.text, re.MULTILINE), "a fence that the tests do not read"
    assert len(re.findall(r"^ *```", document.text, re.MULTILINE)) == 2 * len(document.languages()), (
        "a fence that the tests do not read"
    )
    assert hidden_commands(document) == []


@pytest.mark.parametrize(
    ("text", "is_hidden"),
    [
        ("aws sts get-caller-identity\n", True),
        ("$ aws sts get-caller-identity\n123456789012\n", True),
        ("First:\nmake deploy ENV=dev\n", True),
        ("PLAN_NAME=a examples/bash/dr.sh\n", False),
        ("MODE=api make deploy\n", True),
        (".venv/bin/python -m tests\n", True),
        ("make deploy: this would not keep what must be kept:\n", False),
        ("RUNNING\n$ aws stepfunctions send-task-success\n  RUNNING\n", False),
    ],
)
def test_a_command_in_a_block_of_text_is_found(tmp_path: Path, text: str, is_hidden: bool) -> None:
    (tmp_path / "a.md").write_text(f"```text\n{text}```\n")

    assert bool(hidden_commands(Document(str(tmp_path / "a.md")))) is is_hidden


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
        for target in re.findall(r"^make ([\w-]+)", block.text, re.MULTILINE)
    }

    assert targets
    for target in targets - {"run"}:
        assert f"make {target}" in ci, target
    assert '"local.demo"' in demo, "what `make run` starts"
