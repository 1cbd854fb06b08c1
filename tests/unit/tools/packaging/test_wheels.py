"""A wheel is taken if it is there and has a hash of the lock; pip is asked for what is not there."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.wheels_of_test import wheel
from tools.packaging.errors import PackagingError
from tools.packaging.lock import Locked
from tools.packaging.wheels import ARCHITECTURES, fetch, open_wheels

WHEEL = wheel({"thing/__init__.py": b""})
LOCKED = [Locked("the-thing", "1.0", frozenset({hashlib.sha256(WHEEL).hexdigest()}))]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A wheel for each architecture."""
    for architecture in ARCHITECTURES:
        (tmp_path / architecture).mkdir()
        (tmp_path / architecture / "the_thing-1.0-py3-none-any.whl").write_bytes(WHEEL)
    return tmp_path


def test_wheels_are_opened_by_architecture_and_package(folder: Path) -> None:
    assert open_wheels(LOCKED, folder) == {"arm64": {"the-thing": WHEEL}, "x86_64": {"the-thing": WHEEL}}


@pytest.mark.requirement("SRS-S10")
def test_a_wheel_with_another_hash_is_named(folder: Path) -> None:
    (folder / "arm64/the_thing-1.0-py3-none-any.whl").write_bytes(b"tampered with")

    with pytest.raises(PackagingError, match=r"the_thing-1\.0-py3-none-any\.whl has not the hash that is locked"):
        open_wheels(LOCKED, folder)


@pytest.mark.parametrize("locked", [[Locked("the-thing", "2.0", frozenset("a"))], [Locked("a", "1", frozenset("a"))]])
def test_a_wheel_that_is_missing_is_named_with_what_to_do(folder: Path, locked: Sequence[Locked]) -> None:
    with pytest.raises(PackagingError, match=f"no wheel for arm64 of {locked[0].name}: run make wheels"):
        open_wheels(locked, folder)


def test_nothing_is_fetched_that_is_there(folder: Path) -> None:
    fetch(LOCKED, folder)

    assert open_wheels(LOCKED, folder)["arm64"] == {"the-thing": WHEEL}


def test_what_pip_cannot_fetch_is_fatal_and_names_the_architecture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")

    with pytest.raises(PackagingError, match="pip cannot fetch the wheels for arm64: .*the-thing"):
        fetch(LOCKED, tmp_path)
