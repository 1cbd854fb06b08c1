"""What a zip holds: a function's own files, the shared library, and libraries for both processors."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.wheels_of_test import wheel
from tools.packaging.contents import function_names, library_files, own_files, service_model
from tools.packaging.errors import PackagingError


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Two functions and a shared library, with what a person's tools leave beside them."""
    for name in (
        "shared/__init__.py",
        "shared/__pycache__/__init__.cpython-312.pyc",
        "shared/.ruff_cache/x",
        "read/index.py",
        "read/reading/__init__.py",
        "read/console/index.html",
        "write/index.py",
        "write/__pycache__/index.cpython-312.pyc",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


def test_every_folder_with_an_entry_is_a_function(source: Path) -> None:
    assert function_names(source) == ["read", "write"]


def test_a_function_has_its_own_files_and_the_shared_library_and_nothing_that_tools_left(source: Path) -> None:
    assert own_files(source, "write") == {"index.py": b"write/index.py", "shared/__init__.py": b"shared/__init__.py"}
    assert set(own_files(source, "read")) == {
        "index.py",
        "reading/__init__.py",
        "console/index.html",
        "shared/__init__.py",
    }


def test_a_link_is_refused_because_nobody_knows_what_is_behind_it(source: Path) -> None:
    (source / "write/linked.py").symlink_to(source / "read/index.py")

    with pytest.raises(PackagingError, match=r"linked\.py is a link"):
        own_files(source, "write")


def test_what_is_compiled_for_either_processor_lies_side_by_side() -> None:
    arm = wheel({"core/__init__.py": b"same", "core/_core.cpython-312-aarch64-linux-gnu.so": b"arm"})
    intel = wheel({"core/__init__.py": b"same", "core/_core.cpython-312-x86_64-linux-gnu.so": b"intel"})

    assert library_files({"arm64": {"core": arm}, "x86_64": {"core": intel}}) == {
        "core/__init__.py": b"same",
        "core/_core.cpython-312-aarch64-linux-gnu.so": b"arm",
        "core/_core.cpython-312-x86_64-linux-gnu.so": b"intel",
    }


def test_a_file_that_differs_between_the_processors_is_named() -> None:
    with pytest.raises(PackagingError, match=r"core/_core\.abi3\.so of core for x86_64 is there already"):
        library_files(
            {
                "arm64": {"core": wheel({"core/_core.abi3.so": b"arm"})},
                "x86_64": {"core": wheel({"core/_core.abi3.so": b"intel"})},
            }
        )


def test_of_a_library_its_licence_and_version_are_kept_and_no_test_or_record() -> None:
    library = wheel(
        {
            "lib/__init__.py": b"",
            "lib/tests/test_lib.py": b"",
            "lib/py.typed": b"",
            "lib/__init__.pyi": b"",
            "lib-1.dist-info/METADATA": b"",
            "lib-1.dist-info/RECORD": b"",
            "lib-1.dist-info/WHEEL": b"",
            "lib-1.dist-info/licenses/LICENSE": b"",
            "old-1.dist-info/LICENSE.txt": b"",
        }
    )

    assert set(library_files({"arm64": {"lib": library}})) == {
        "lib/__init__.py",
        "lib-1.dist-info/METADATA",
        "lib-1.dist-info/licenses/LICENSE",
        "old-1.dist-info/LICENSE.txt",
    }


def test_a_wheel_that_installs_elsewhere_is_refused() -> None:
    with pytest.raises(PackagingError, match="lib has files that belong elsewhere"):
        library_files({"arm64": {"lib": wheel({"lib-1.data/scripts/run": b""})}})


def test_a_service_model_lies_where_the_loader_looks_without_its_examples(tmp_path: Path) -> None:
    folder = tmp_path / "drs/2020-02-26"
    folder.mkdir(parents=True)
    (folder / "service-2.json.gz").write_bytes(b"model")
    (folder / "examples-1.json").write_bytes(b"examples")

    assert service_model(tmp_path, "drs") == {"models/drs/2020-02-26/service-2.json.gz": b"model"}
    with pytest.raises(PackagingError, match="botocore knows no service mgn"):
        service_model(tmp_path, "mgn")
