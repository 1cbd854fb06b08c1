"""The bill of materials in CycloneDX: what the zips hold of the locks, with hashes, licences, and what needs what."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.metadata import PathDistribution
from io import BytesIO
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from tools.check_licences import declared_licences
from tools.packaging.bundled import Bundled
from tools.packaging.lock import Locked

NAME: Final = "aws-drs-orchestration"


def bill_of_materials(
    packages: Sequence[Locked], wheels: Mapping[str, Sequence[bytes]], bundled: Sequence[Bundled], version: str
) -> str:
    """The document for these packages and the libraries of the console; `wheels` has the one for each architecture.

    The product is said to need each library of the console: its build makes one text of them all.
    """
    product = Component(name=NAME, version=version, type=ComponentType.APPLICATION, bom_ref=NAME)
    hashes = {name: sorted({sha256(one).hexdigest() for one in each}) for name, each in wheels.items()}
    components = {
        package.name: _component(package, hashes[package.name], _licences(wheels[package.name][0]))
        for package in packages
    }
    console = [_library(library) for library in bundled]
    bom = Bom(components=[*components.values(), *console], metadata=BomMetaData(component=product))
    asked_for = [*(components[package.name] for package in packages if not package.needed_by), *console]
    bom.register_dependency(product, asked_for)
    for above in packages:
        needed = [components[package.name] for package in packages if above.name in package.needed_by]
        bom.register_dependency(components[above.name], needed)
    # A number at random and the time of day would make another document of the same packages.
    digests = [*(one for name in sorted(hashes) for one in hashes[name]), *(library.sha512 for library in bundled)]
    bom.serial_number = uuid5(NAMESPACE_URL, " ".join(digests))
    document = json.loads(make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string())
    del document["metadata"]["timestamp"]
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def _component(package: Locked, hashes: Sequence[str], licences: Sequence[str]) -> Component:
    url = PackageURL("pypi", None, package.name, package.version)
    return _named(url, [HashType(alg=HashAlgorithm.SHA_256, content=one) for one in hashes], licences)


def _library(library: Bundled) -> Component:
    scope, _, name = library.name.rpartition("/")
    url = PackageURL("npm", scope or None, name, library.version)
    return _named(url, [HashType(alg=HashAlgorithm.SHA_512, content=library.sha512)], [library.licence])


def _named(url: PackageURL, hashes: Sequence[HashType], licences: Sequence[str]) -> Component:
    make = LicenseFactory().make_from_string
    return Component(
        name=url.name,
        group=url.namespace,
        version=url.version,
        type=ComponentType.LIBRARY,
        bom_ref=str(url),
        purl=url,
        hashes=hashes,
        licenses=[make(licence) for licence in licences],
    )


def _licences(wheel: bytes) -> Sequence[str]:
    """What the wheel's own metadata says of its licence."""
    with zipfile.ZipFile(BytesIO(wheel)) as archive:
        [folder] = {name.split("/")[0] for name in archive.namelist() if name.endswith(".dist-info/METADATA")}
        return declared_licences(PathDistribution(zipfile.Path(archive, f"{folder}/")))
