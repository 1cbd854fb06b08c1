"""`docs/guides/API_DEVELOPMENT_QUICK_REFERENCE.md`, followed to the letter in a copy of the repository."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.unit.docs.markdown import ROOT, Document

GUIDE: Final = Document("docs/guides/API_DEVELOPMENT_QUICK_REFERENCE.md")
NOT_NEEDED: Final = ("frontend/e2e/", "tests/histories/", "tests/bench/", "tests/proof/")
LINKED: Final = (".venv", ".venv-awscli")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone, with the environments of this one."""
    folder = tmp_path_factory.mktemp("clone")
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in names:
        if name and (ROOT / name).is_file() and not name.startswith((*NOT_NEEDED, *LINKED)):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
            shutil.copymode(ROOT / name, folder / name)
    for name in LINKED:
        (folder / name).symlink_to(ROOT / name)
    return folder


def _files() -> dict[str, str]:
    """The files that the guide has one write, by their paths."""
    return dict(re.findall(r"`([\w/.-]+\.py)`:\n\n```python\n(.*?)^```", GUIDE.text, re.MULTILINE | re.DOTALL))


def _add_line(path: Path, after: str, comes: str) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    (place,) = [number for number, line in enumerate(lines) if line.strip() == after]
    indent = lines[place][: len(lines[place]) - len(lines[place].lstrip())]
    lines.insert(place + 1, f"{indent}{comes}\n")
    path.write_text("".join(lines), encoding="utf-8")


def test_who_follows_the_guide_has_an_operation(copy: Path) -> None:
    for name, text in _files().items():
        assert not (copy / name).exists()
        (copy / name).write_text(text, encoding="utf-8")
    for row in GUIDE.table("file", "after", "comes"):
        file, after, comes = (row[column].strip("`") for column in ("file", "after", "comes"))
        _add_line(copy / file, after, comes)
    (block,) = GUIDE.shell_blocks()

    done = subprocess.run(
        ["bash", "-euc", block.text],
        cwd=copy,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert len(_files()) == 2
    assert '"operationId": "get_plan_outline"' in (copy / "docs/api/openapi.json").read_text(encoding="utf-8")
    assert "`get_plan_outline`" in (copy / "README.md").read_text(encoding="utf-8")
