"""What CI runs fails with the tests, with the checks, and if one of them changes what is committed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def clone(folder: Path, recipe: str) -> None:
    """A clean clone of a project whose `make test` does this and whose `make check` does nothing."""
    (folder / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/run", folder / ".ci/run")
    (folder / "Makefile").write_text(f"test:\n\t@{recipe}\ncheck:\n\t@true\n")
    (folder / "kept").write_text("as it was\n")
    author = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
    for command in (["init", "--quiet"], ["add", "."], [*author, "commit", "--quiet", "-m", "all"]):
        subprocess.run(["git", "-C", str(folder), *command], check=True)


@pytest.mark.parametrize(
    ("recipe", "passes"),
    [
        pytest.param("true", True, id="all is well"),
        pytest.param("false", False, id="a test fails"),
        pytest.param("echo a result > results", True, id="a test leaves a file"),
        pytest.param("echo new > kept", False, id="a test changes what is committed"),
        pytest.param("rm kept", False, id="a test deletes what is committed"),
    ],
)
def test_ci_fails_if_a_test_fails_or_changes_what_is_committed(tmp_path: Path, recipe: str, passes: bool) -> None:
    clone(tmp_path, recipe)

    run = subprocess.run([tmp_path / ".ci/run"], capture_output=True, text=True, check=False, timeout=60)

    assert (run.returncode == 0) is passes, run.stdout
    assert run.stdout.rstrip().endswith("+ done") is passes
