"""The whole built console goes into its zip, and the bill of materials names what was built into it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools.packaging.bundled import Bundled, bundled, read_bundled
from tools.packaging.console import console_files, with_console
from tools.packaging.errors import PackagingError

FILES = {
    "index.html": '<link rel="preload" href="/aws-config.json"><script src="/assets/main-0a1b2c3d.js?v"></script>',
    "assets/main-0a1b2c3d.js": "code",
    "assets/tests/.hidden.h": "whatever the build calls its files",
}
NOTICES = "# Licenses\n\n## views - 19.0.0 (MIT)\n\nMIT License\n\n## @scope/parts - 3.1.0-beta.1 (Apache-2.0)\n"
LOCK = {
    "packages": {
        "": {"name": "console"},
        "node_modules/views": {"version": "18.0.0", "integrity": "sha512-AAA="},
        "node_modules/other/node_modules/views": {"version": "19.0.0", "integrity": "sha512-qrs="},
        "node_modules/@scope/parts": {"version": "3.1.0-beta.1", "integrity": "sha512-zN0="},
    }
}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A built console."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_every_file_goes_in_whatever_it_is_called(built: Path) -> None:
    assert console_files(built) == {name: text.encode() for name, text in FILES.items()}


def test_the_page_of_the_sources_is_replaced(built: Path) -> None:
    own = {"index.py": b"", "console/index.html": b"no pages", "console/left-over.js": b""}

    files = with_console(own, built)

    assert set(files) == {"index.py", *(f"console/{name}" for name in FILES)}
    assert files["console/index.html"] == FILES["index.html"].encode()


def test_a_console_of_which_a_part_is_missing_is_refused(built: Path) -> None:
    (built / "assets/main-0a1b2c3d.js").unlink()

    with pytest.raises(PackagingError, match=r"no assets/main-0a1b2c3d\.js, which its index\.html names"):
        console_files(built)


def test_a_link_is_refused(built: Path) -> None:
    (built / "assets/outside.js").symlink_to("/etc/hostname")

    with pytest.raises(PackagingError, match="is a link"):
        console_files(built)


def test_a_library_is_known_by_its_notice_and_the_lock() -> None:
    assert bundled(NOTICES, LOCK) == [
        Bundled("@scope/parts", "3.1.0-beta.1", "Apache-2.0", "ccdd"),
        Bundled("views", "19.0.0", "MIT", "aabb"),
    ]


@pytest.mark.parametrize(
    ("notices", "why"),
    [
        ("# Licenses\n", "names no library"),
        ("# Licenses\n\n## views of somebody\n\n## views - 19.0.0 (MIT)\n", "names no library"),
        ("# Licenses\n\n## views - 20.0.0 (MIT)\n", r"views 20\.0\.0 is in the console and not in its lock"),
    ],
)
def test_a_library_that_nobody_knows_is_refused(notices: str, why: str) -> None:
    with pytest.raises(PackagingError, match=why):
        bundled(notices, LOCK)


def test_a_console_without_notices_is_refused(built: Path) -> None:
    (built / "package-lock.json").write_text(json.dumps(LOCK))

    with pytest.raises(PackagingError, match=r"the console has no licences\.md: run make frontend"):
        read_bundled(built, built / "package-lock.json")
