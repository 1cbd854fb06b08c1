"""The bill of materials names what is packaged, what needs what, and is the same document each time."""

from __future__ import annotations

import json
from typing import Any

from tools.packaging.lock import Locked
from tools.packaging.sbom import bill_of_materials

PACKAGES = [Locked("models", "2.0", frozenset("ab")), Locked("core", "1.0", frozenset("c"), frozenset({"models"}))]
HASHES = {"models": ["a" * 64, "a" * 64], "core": ["c" * 64, "d" * 64]}


def document() -> dict[str, Any]:
    """The document of two packages."""
    parsed: dict[str, Any] = json.loads(bill_of_materials(PACKAGES, HASHES, "1.2.3"))
    return parsed


def test_each_package_is_named_with_the_hashes_of_the_wheels_that_were_taken() -> None:
    components = {component["purl"]: component for component in document()["components"]}

    assert set(components) == {"pkg:pypi/models@2.0", "pkg:pypi/core@1.0"}
    assert [one["content"] for one in components["pkg:pypi/models@2.0"]["hashes"]] == ["a" * 64]
    assert [one["content"] for one in components["pkg:pypi/core@1.0"]["hashes"]] == ["c" * 64, "d" * 64]


def test_it_says_what_needs_what_from_the_product_down() -> None:
    needs = {one["ref"]: one.get("dependsOn", []) for one in document()["dependencies"]}

    assert needs == {
        "aws-drs-orchestration": ["pkg:pypi/models@2.0"],
        "pkg:pypi/models@2.0": ["pkg:pypi/core@1.0"],
        "pkg:pypi/core@1.0": [],
    }


def test_it_is_a_document_of_cyclonedx_about_this_version_and_always_the_same() -> None:
    whole = document()

    assert (whole["bomFormat"], whole["specVersion"]) == ("CycloneDX", "1.6")
    assert whole["metadata"] == {
        "component": {
            "bom-ref": "aws-drs-orchestration",
            "name": "aws-drs-orchestration",
            "type": "application",
            "version": "1.2.3",
        }
    }
    assert bill_of_materials(PACKAGES, HASHES, "1.2.3") == bill_of_materials(PACKAGES, HASHES, "1.2.3")
