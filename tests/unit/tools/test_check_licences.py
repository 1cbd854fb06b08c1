"""A licence is judged by what the package declares, and doubt is refused."""

from __future__ import annotations

from email.message import Message
from importlib.metadata import Distribution
from os import PathLike
from pathlib import Path
from typing import Any

import pytest

from tools.check_licences import declared_licences, is_allowed, main, violations


class Package(Distribution):
    """An installed package that exists only as metadata."""

    def __init__(self, *fields: tuple[str, str]) -> None:
        message = Message()
        for key, value in (("Name", "some-package"), ("Version", "1.0"), *fields):
            message[key] = value
        self._message = message

    @property
    def metadata(self) -> Any:
        return self._message

    def read_text(self, filename: str) -> str | None:
        return None

    def locate_file(self, path: str | PathLike[str]) -> Any:
        return Path(path)


@pytest.mark.parametrize(
    "licence",
    [
        "MIT",
        "MIT-0",
        "BSD-3-Clause",
        "BSD 2-Clause License",
        "Apache License 2.0",
        "Apache Software License",
        "Mozilla Public License 2.0 (MPL 2.0)",
        "Apache-2.0 OR GPL-3.0-only",
        "MIT AND BSD-2-Clause",
    ],
)
def test_permissive_licences_and_mpl_are_allowed(licence: str) -> None:
    assert is_allowed(licence)


@pytest.mark.parametrize(
    "licence",
    ["GPL-3.0-only", "AGPL-3.0-or-later", "GNU Lesser General Public License v3 (LGPLv3)", "MIT AND GPL-3.0-only", ""],
)
def test_other_licences_and_silence_are_refused(licence: str) -> None:
    assert not is_allowed(licence)


def test_an_spdx_expression_outranks_classifiers_and_free_text() -> None:
    package = Package(("License-Expression", "MIT"), ("Classifier", "License :: Other"), ("License", "see file"))

    assert declared_licences(package) == ["MIT"]


def test_every_classifier_counts_but_the_general_one() -> None:
    package = Package(
        ("Classifier", "License :: OSI Approved"),
        ("Classifier", "License :: OSI Approved :: BSD License"),
        ("Classifier", "License :: OSI Approved :: GNU General Public License (GPL)"),
    )

    assert violations([package]) == [
        "some-package 1.0: licence BSD License / GNU General Public License (GPL) is not allowed"
    ]


def test_a_package_that_declares_nothing_is_refused_unless_it_is_excepted() -> None:
    assert violations([Package()]) == ["some-package 1.0: licence unknown is not allowed"]
    assert violations([Package()], exceptions={"some-package": "a reason"}) == []


def test_an_empty_folder_is_an_error_because_nothing_was_checked(tmp_path: Path) -> None:
    written: list[str] = []

    assert main([str(tmp_path)], written.append) == 1
    assert written == ["licences: 0 packages, 0 not allowed\n"]


@pytest.mark.requirement("SRS-S10")
def test_what_is_installed_here_is_allowed() -> None:
    assert main([], lambda _: None) == 0
