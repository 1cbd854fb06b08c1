"""Zips are served as they were built, with the runtime's own libraries beside them and no others."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from local import packages
from local.aws_runtime import link_runtime
from local.packages import PackagesError, unpacked
from tools.packaging.archive import zipped

KEY = "lambda/read-handler-0123456789abcdef.zip"
MACHINE = "state-machine/state-machine-0123456789abcdef.asl.json"
TEMPLATE = "templates/database-stack-0123456789abcdef.yaml"
CONTENTS = {KEY: zipped({"index.py": b"", "reading/__init__.py": b""}), MACHINE: b"{}", TEMPLATE: b"Resources: {}\n"}


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A build of one function."""
    manifest = {
        "functions": {"read-handler": KEY},
        "stateMachine": MACHINE,
        "artefacts": [{"key": key, "sha256": hashlib.sha256(content).hexdigest()} for key, content in CONTENTS.items()],
    }
    for key, content in CONTENTS.items():
        (tmp_path / key).parent.mkdir()
        (tmp_path / key).write_bytes(content)
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path


@pytest.fixture(autouse=True)
def this_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever runs the tests is the Python that the zips are for."""
    monkeypatch.setattr(packages, "RUNTIME", tuple(sys.version_info[:2]))


def test_a_zip_is_unpacked_and_gone_afterwards(build: Path) -> None:
    with unpacked(build) as found:
        folder = found.functions["read-handler"]
        assert sorted(path.name for path in folder.iterdir()) == ["index.py", "reading"]
        assert found.runtime.is_dir()

    assert not folder.exists()


def test_templates_lie_beside_one_another_and_the_definition_of_the_state_machine_beside_them(build: Path) -> None:
    with unpacked(build) as found:
        files = {path.name: path.read_bytes() for path in found.templates.iterdir()}

    assert files == {"database-stack-0123456789abcdef.yaml": CONTENTS[TEMPLATE], "state-machine.asl.json": b"{}"}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("manifest.json", "holds no packages: run make package"),
        *((key, f"{key} is missing: run make package") for key in CONTENTS),
    ],
)
def test_what_is_missing_is_named_with_what_to_do(build: Path, name: str, why: str) -> None:
    (build / name).unlink()

    with pytest.raises(PackagesError, match=why), unpacked(build):
        pass


@pytest.mark.parametrize("key", CONTENTS)
def test_what_is_not_what_was_built_is_refused(build: Path, key: str) -> None:
    (build / key).write_bytes(zipped({"index.py": b"other"}))

    with pytest.raises(PackagesError, match="is not what was built: run make package"), unpacked(build):
        pass


def test_another_python_than_the_one_in_aws_is_refused(build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "RUNTIME", (3, 1))

    with pytest.raises(PackagesError, match=r"the packages are for Python 3\.1, this is 3\.\d+"), unpacked(build):
        pass


def test_the_runtime_brings_its_client_and_boto3_and_nothing_that_must_be_in_the_zip(tmp_path: Path) -> None:
    runtime = link_runtime(tmp_path / "runtime")

    asked = "import awslambdaric, boto3, sys\ntry:\n    import pydantic\nexcept ImportError:\n    print('alone')"
    ran = subprocess.run(
        [sys.executable, "-S", "-c", asked],
        env={"PYTHONPATH": str(runtime)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.stdout, ran.stderr) == ("alone\n", "")
