"""The bill of materials in CycloneDX: what the zips hold of the lock, with hashes, licences, and what needs what."""

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
from tools.packaging.lock import Locked

NAME: Final = "aws-drs-orchestration"


def bill_of_materials(packages: Sequence[Locked], wheels: Mapping[str, Sequence[bytes]], version: str) -> str:
    """The document for these packages; `wheels` has the one that was taken for each architecture."""
    product = Component(name=NAME, version=version, type=ComponentType.APPLICATION, bom_ref=NAME)
    hashes = {name: sorted({sha256(one).hexdigest() for one in each}) for name, each in wheels.items()}
    components = {
        package.name: _component(package, hashes[package.name], _licences(wheels[package.name][0]))
        for package in packages
    }
    bom = Bom(components=components.values(), metadata=BomMetaData(component=product))
    asked_for = [components[package.name] for package in packages if not package.needed_by]
    bom.register_dependency(product, asked_for)
    for above in packages:
        needed = [components[package.name] for package in packages if above.name in package.needed_by]
        bom.register_dependency(components[above.name], needed)
    # A number at random and the time of day would make another document of the same packages.
    bom.serial_number = uuid5(NAMESPACE_URL, " ".join(one for name in sorted(hashes) for one in hashes[name]))
    document = json.loads(make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string())
    del document["metadata"]["timestamp"]
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def _component(package: Locked, hashes: Sequence[str], licences: Sequence[str]) -> Component:
    url = PackageURL("pypi", None, package.name, package.version)
    make = LicenseFactory().make_from_string
    return Component(
        name=package.name,
        version=package.version,
        type=ComponentType.LIBRARY,
        bom_ref=str(url),
        purl=url,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one) for one in hashes],
        licenses=[make(licence) for licence in licences],
    )


def _licences(wheel: bytes) -> Sequence[str]:
    """What the wheel's own metadata says of its licence."""
    with zipfile.ZipFile(BytesIO(wheel)) as archive:
        [folder] = {name.split("/")[0] for name in archive.namelist() if name.endswith(".dist-info/METADATA")}
        return declared_licences(PathDistribution(zipfile.Path(archive, f"{folder}/")))
