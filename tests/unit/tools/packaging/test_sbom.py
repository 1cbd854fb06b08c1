"""The bill of materials names what is packaged, what needs what, and is the same document each time."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from tests.support.wheels_of_test import wheel
from tools.packaging.bundled import Bundled
from tools.packaging.lock import Locked
from tools.packaging.sbom import bill_of_materials

PACKAGES = [Locked("models", "2.0", frozenset("ab")), Locked("core", "1.0", frozenset("c"), frozenset({"models"}))]
MODELS = wheel({"models-2.0.dist-info/METADATA": b"Name: models\nLicense-Expression: MIT\n"})
ARM = wheel({"core-1.0.dist-info/METADATA": b"Name: core\nClassifier: License :: OSI Approved :: BSD License\n"})
INTEL = wheel({"core-1.0.dist-info/METADATA": b"Name: core\n"})
BUNDLED = [Bundled("@scope/parts", "3.1", "ISC", "ab" * 64), Bundled("views", "19.0", "MIT", "cd" * 64)]
WHEELS = {"models": [MODELS, MODELS], "core": [ARM, INTEL]}


def document() -> dict[str, Any]:
    """The document of two packages."""
    parsed: dict[str, Any] = json.loads(bill_of_materials(PACKAGES, WHEELS, BUNDLED, "1.2.3"))
    return parsed


@pytest.mark.requirement("SRS-S10")
def test_each_package_is_named_with_the_hashes_of_the_wheels_that_were_taken() -> None:
    components = {component["purl"]: component for component in document()["components"]}

    assert set(components) == {
        "pkg:pypi/models@2.0",
        "pkg:pypi/core@1.0",
        "pkg:npm/%40scope/parts@3.1",
        "pkg:npm/views@19.0",
    }
    for purl, wheels in (("pkg:pypi/models@2.0", {MODELS}), ("pkg:pypi/core@1.0", {ARM, INTEL})):
        hashes = [one["content"] for one in components[purl]["hashes"]]
        assert hashes == sorted(hashlib.sha256(one).hexdigest() for one in wheels)


def test_each_library_of_the_console_is_named_with_the_hash_of_its_package_and_its_licence() -> None:
    parts = next(one for one in document()["components"] if one["purl"] == "pkg:npm/%40scope/parts@3.1")

    assert (parts["group"], parts["name"]) == ("@scope", "parts")
    assert parts["hashes"] == [{"alg": "SHA-512", "content": "ab" * 64}]
    assert parts["licenses"] == [{"license": {"id": "ISC"}}]


def test_each_package_is_named_with_the_licence_that_its_metadata_tells() -> None:
    licences = {
        component["name"]: component["licenses"]
        for component in document()["components"]
        if "pypi" in component["purl"]
    }

    assert licences == {"models": [{"license": {"id": "MIT"}}], "core": [{"license": {"name": "BSD License"}}]}


def test_it_says_what_needs_what_from_the_product_down() -> None:
    needs = {one["ref"]: one.get("dependsOn", []) for one in document()["dependencies"]}

    assert needs == {
        "aws-drs-orchestration": ["pkg:npm/%40scope/parts@3.1", "pkg:npm/views@19.0", "pkg:pypi/models@2.0"],
        "pkg:npm/%40scope/parts@3.1": [],
        "pkg:npm/views@19.0": [],
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
    assert bill_of_materials(PACKAGES, WHEELS, BUNDLED, "1.2.3") == bill_of_materials(
        PACKAGES, WHEELS, BUNDLED, "1.2.3"
    )
