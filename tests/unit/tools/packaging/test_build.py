"""A whole build: the same bytes each time, and a change is seen where it is and nowhere else."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path

import botocore
import pytest

from tests.support.wheels_of_test import wheel
from tools.packaging import build as building
from tools.packaging.build import Build, Sources, build, write
from tools.packaging.errors import PackagingError
from tools.packaging.wheels import ARCHITECTURES

LIBRARY = wheel(
    {"models/__init__.py": b"# a library\n", "the_models-1.0.dist-info/METADATA": b"Name: the-models\nLicense: MIT\n"}
)
TEMPLATE = """\
Parameters:
  SourcePrefix:
    Type: String
  ReadHandlerKey:
    Type: String
  WriteHandlerKey:
    Type: String
  StateMachineKey:
    Type: String
Resources:
  Stack:
    Parameters: !Sub "${ReadHandlerKey} ${WriteHandlerKey} ${StateMachineKey}"
"""
FILES = {
    "lambda/shared/__init__.py": "",
    "lambda/read-handler/index.py": "import shared\n",
    "lambda/write-handler/index.py": "import shared\n",
    "cfn/state-machine.asl.json": "{}",
    "cfn/master-template.yaml": TEMPLATE,
    "pyproject.toml": '[project]\nversion = "1.2.3"\n',
}
CONSOLE = {
    "lambda/frontend-deployer/index.py": "import shared\n",
    "lambda/frontend-deployer/console/index.html": "the page of the sources",
    "frontend/dist/index.html": '<script src="/assets/main-0a1b2c3d.js">',
    "frontend/dist/assets/main-0a1b2c3d.js": "code",
    "frontend/dist/licences.md": "# Licenses\n\n## views - 19.0 (MIT)\n",
    "frontend/package-lock.json": json.dumps(
        {"packages": {"": {}, "node_modules/views": {"version": "19.0", "integrity": "sha512-qrs="}}}
    ),
}


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    """A small product of two functions with one library."""
    for name, text in FILES.items():
        _write(tmp_path / name, text)
    pins = {"the-models": ("1.0", LIBRARY), "botocore": (botocore.__version__, b"")}
    lock = "".join(
        f"{name}=={version} \\\n    --hash=sha256:{hashlib.sha256(content).hexdigest()}\n    # via {above}\n"
        for (name, (version, content)), above in zip(pins.items(), ("-r requirements.in", "boto3"), strict=True)
    )
    _write(tmp_path / "requirements-lambda.txt", lock)
    for architecture in ARCHITECTURES:
        (tmp_path / "wheels" / architecture).mkdir(parents=True)
        (tmp_path / "wheels" / architecture / "the_models-1.0-py3-none-any.whl").write_bytes(LIBRARY)
    return Sources(tmp_path, tmp_path / "wheels")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def with_a_console(sources: Sources) -> None:
    """Beside the two functions the one that publishes the console, and the console as it is built."""
    template = sources.root / "cfn/master-template.yaml"
    template.write_text(
        TEMPLATE.replace("Resources:", "  FrontendDeployerKey:\n    Type: String\nResources:").replace(
            "${ReadHandlerKey}", "${FrontendDeployerKey} ${ReadHandlerKey}"
        )
    )
    for name, text in CONSOLE.items():
        _write(sources.root / name, text)


def changed(before: Build, after: Build) -> set[str]:
    """What has another key in the second build."""
    keys = {name: artefact.key for name, artefact in before.functions.items()} | {"machine": before.state_machine.key}
    then = {name: artefact.key for name, artefact in after.functions.items()} | {"machine": after.state_machine.key}
    return {name for name, key in keys.items() if then[name] != key}


@pytest.mark.requirement("SRS-Q06")
def test_twice_is_the_same_bytes(sources: Sources, tmp_path: Path) -> None:
    for name in ("first", "second"):
        write(build(sources, "folder"), tmp_path / name)

    first, second = (
        {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
        for folder in (tmp_path / "first", tmp_path / "second")
    )
    assert first == second
    assert {"manifest.json", "sbom.cdx.json", "templates/master-template.yaml"} <= first.keys()


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("lambda/read-handler/index.py", {"read-handler"}),
        ("lambda/shared/__init__.py", {"read-handler", "write-handler"}),
        ("cfn/state-machine.asl.json", {"machine"}),
        ("cfn/master-template.yaml", set()),
    ],
)
def test_a_changed_line_changes_the_keys_of_those_that_hold_it_alone(
    sources: Sources, name: str, seen: set[str]
) -> None:
    before = build(sources, "folder")
    with (sources.root / name).open("a") as text:
        text.write("\n")

    assert changed(before, build(sources, "folder")) == seen


def test_a_zip_holds_the_function_the_library_and_the_description_of_drs(sources: Sources) -> None:
    with zipfile.ZipFile(io.BytesIO(build(sources, "folder").functions["read-handler"].content)) as archive:
        names = archive.namelist()

    assert {"index.py", "shared/__init__.py", "models/__init__.py"} <= set(names)
    assert any(name.startswith("models/drs/") and name.endswith("/service-2.json.gz") for name in names)
    assert not [name for name in names if name.startswith(("boto3/", "botocore/"))]


def test_the_function_that_publishes_the_console_has_it_built_in_its_zip(sources: Sources) -> None:
    with_a_console(sources)

    built = build(sources, "folder")

    with zipfile.ZipFile(io.BytesIO(built.functions["frontend-deployer"].content)) as archive:
        assert archive.read("console/index.html") == b'<script src="/assets/main-0a1b2c3d.js">'
        assert "console/assets/main-0a1b2c3d.js" in archive.namelist()
    with zipfile.ZipFile(io.BytesIO(built.functions["read-handler"].content)) as archive:
        assert not [name for name in archive.namelist() if name.startswith("console/")]
    assert "pkg:npm/views@19.0" in built.sbom


def test_a_changed_page_changes_the_key_of_the_function_that_publishes_it_alone(sources: Sources) -> None:
    with_a_console(sources)
    before = build(sources, "folder")
    _write(sources.console / "assets/main-0a1b2c3d.js", "other code")

    assert changed(before, build(sources, "folder")) == {"frontend-deployer"}


def test_nothing_is_built_without_the_console(sources: Sources) -> None:
    with_a_console(sources)
    (sources.console / "index.html").unlink()

    with pytest.raises(PackagingError, match="the console is not built into .*: run make frontend"):
        build(sources, "folder")


def test_the_manifest_says_what_to_upload_and_which_zip_is_whose(sources: Sources, tmp_path: Path) -> None:
    built = build(sources, "folder")
    write(built, tmp_path / "build")

    manifest = json.loads((tmp_path / "build/manifest.json").read_text())

    assert manifest["sourcePrefix"] == "folder"
    assert manifest["functions"] == {name: artefact.key for name, artefact in built.functions.items()}
    assert manifest["stateMachine"] == built.state_machine.key
    for artefact in manifest["artefacts"]:
        content = (tmp_path / "build" / artefact["key"]).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (artefact["sha256"], artefact["bytes"])


def test_what_was_built_before_is_not_uploaded_again(sources: Sources, tmp_path: Path) -> None:
    write(build(sources, "folder"), tmp_path / "build")
    _write(sources.root / "lambda/read-handler/index.py", "import shared  # anew\n")
    built = build(sources, "folder")
    write(built, tmp_path / "build")

    zips = {path.relative_to(tmp_path / "build").as_posix() for path in (tmp_path / "build/lambda").iterdir()}
    assert zips == {artefact.key for artefact in built.functions.values()}


def test_a_zip_that_is_too_large_is_named(sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "MOST_BYTES", 10)

    with pytest.raises(PackagingError, match=r"the zip of read-handler has \d+ bytes, 10 are allowed"):
        build(sources, "folder")


def test_a_file_of_a_function_never_hides_one_of_a_library(sources: Sources) -> None:
    _write(sources.root / "lambda/read-handler/models/__init__.py", "")

    with pytest.raises(PackagingError, match=r"models/__init__\.py of read-handler has the name of a library's file"):
        build(sources, "folder")


def test_another_botocore_than_the_locked_one_is_refused(sources: Sources) -> None:
    path = sources.root / "requirements-lambda.txt"
    path.write_text(path.read_text().replace(f"botocore=={botocore.__version__}", "botocore==0.0.1"))

    with pytest.raises(PackagingError, match=r"botocore 0\.0\.1 is locked"):
        build(sources, "folder")
