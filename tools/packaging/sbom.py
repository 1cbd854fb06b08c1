"""The bill of materials in CycloneDX: what the lock names and the zips hold, with hashes and with what needs what."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from tools.packaging.lock import Locked

NAME: Final = "aws-drs-orchestration"


def bill_of_materials(packages: Sequence[Locked], hashes: Mapping[str, Sequence[str]], version: str) -> str:
    """The document for these packages; `hashes` has those of the wheels that were taken, of each architecture."""
    product = Component(name=NAME, version=version, type=ComponentType.APPLICATION, bom_ref=NAME)
    components = {package.name: _component(package, hashes[package.name]) for package in packages}
    bom = Bom(components=components.values(), metadata=BomMetaData(component=product))
    asked_for = [components[package.name] for package in packages if not package.needed_by]
    bom.register_dependency(product, asked_for)
    for above in packages:
        needed = [components[package.name] for package in packages if above.name in package.needed_by]
        bom.register_dependency(components[above.name], needed)
    # A number at random and the time of day would make another document of the same packages.
    bom.serial_number = uuid5(NAMESPACE_URL, " ".join(sorted(one for each in hashes.values() for one in each)))
    document = json.loads(make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string())
    del document["metadata"]["timestamp"]
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def _component(package: Locked, hashes: Sequence[str]) -> Component:
    url = PackageURL("pypi", None, package.name, package.version)
    return Component(
        name=package.name,
        version=package.version,
        type=ComponentType.LIBRARY,
        bom_ref=str(url),
        purl=url,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one) for one in sorted(set(hashes))],
    )
