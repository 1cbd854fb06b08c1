"""A package of npm is judged by what its lock says, and doubt is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools.check_npm_licences import is_permissive, main, violations


@pytest.mark.parametrize("licence", ["MIT", "ISC", "(MIT OR GPL-3.0)", "MIT AND ISC", "BlueOak-1.0.0", "Apache-2.0"])
def test_permissive_licences_may_be_used(licence: str) -> None:
    assert is_permissive(licence)


@pytest.mark.parametrize("licence", ["GPL-3.0", "MIT AND AGPL-3.0", "unknown", "SEE LICENSE IN LICENSE"])
def test_others_may_not(licence: str) -> None:
    assert not is_permissive(licence)


def test_the_project_itself_is_no_package_of_its_lock() -> None:
    assert violations({"packages": {"": {"license": "secret"}, "node_modules/a": {"license": "MIT"}}}) == []


def test_a_package_without_a_licence_fails_by_name(tmp_path: Path) -> None:
    lock = tmp_path / "package-lock.json"
    lock.write_text(json.dumps({"packages": {"": {}, "node_modules/a/node_modules/@b/c": {"version": "1.0.0"}}}))
    said: list[str] = []

    assert main(lock, said.append) == 1
    assert said[0] == "@b/c 1.0.0: licence unknown is not allowed\n"
