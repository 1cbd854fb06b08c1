"""The house rules that no linter sees are found, and only they."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tools.check_tree import main, size_violations, trace_violations


def test_a_long_file_and_a_long_function_are_named_with_their_limits() -> None:
    source = "def long():\n" + "    x = 1\n" * 500

    assert list(size_violations("lambda/shared/long.py", source)) == [
        "lambda/shared/long.py: 501 lines, the limit is 500; split it by room",
        "lambda/shared/long.py:1: long has 501 lines, the limit is 80",
    ]


def test_a_function_of_eighty_lines_and_a_long_document_pass() -> None:
    assert list(size_violations("a.py", "def f():\n" + "    x = 1\n" * 79)) == []
    assert list(size_violations("README.md", "line\n" * 2000)) == []


def test_a_template_that_cannot_be_passed_inline_is_named() -> None:
    assert list(size_violations("cfn/large.yaml", "x" * 51_201)) == [
        "cfn/large.yaml: 51201 bytes, CloudFormation takes 51200 inline"
    ]


@pytest.mark.parametrize("path", ["root", "work", "home/somebody", "Users/somebody"])
def test_a_path_of_one_machine_is_found(path: str) -> None:
    assert len(list(trace_violations("docs/guide.md", f"see /{path}/main for more"))) == 1


@pytest.mark.parametrize("text", ["https://example.org/work/item", "lambda/root/x", "/tmp/drill", "docs/home/page/"])
def test_other_paths_are_left_alone(text: str) -> None:
    assert list(trace_violations("docs/guide.md", text)) == []


@pytest.mark.parametrize("line", ["--index-url " + "x", "--find-links wheels", "a @ https" + "://example.org/a.whl"])
def test_a_lock_that_names_a_registry_is_found(line: str) -> None:
    assert len(list(trace_violations("requirements-dev.txt", f"{line}\n"))) == 1


def test_files_that_git_ignores_are_not_looked_at(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text("ignored.py\n")
    (tmp_path / "ignored.py").write_text("x = 1\n" * 600)
    written: list[str] = []

    assert main(tmp_path, written.append) == 0

    (tmp_path / "new.py").write_text("x = 1\n" * 600)
    assert main(tmp_path, written.append) == 1
    assert "new.py: 600 lines, the limit is 500; split it by room\n" in written
