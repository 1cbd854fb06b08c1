"""The README's document can be pasted into the README's running system."""

import json
from typing import Any

from local.demo.configuration import read_sample
from tests.integration.configuration.conftest import System
from tests.integration.configuration.test_import import run, without_ids
from tests.unit.docs.markdown import Document


def document() -> dict[str, Any]:
    """What the one JSON block of the README imports."""
    [text] = Document("README.md").fences("json")
    found: dict[str, Any] = json.loads(text)
    assert found.pop("operation") == "import_configuration"
    assert found.pop("dryRun") is True
    return found


def test_it_is_imported_beside_the_demos_own_configuration(system: System) -> None:
    sample = read_sample()
    system.simulator.load_estate(sample.estate)
    assert run(system, sample.document, mappings=sample.mappings)["failed"] == []

    dry = run(system, document(), dryRun=True)
    real = run(system, document())

    assert real["failed"] == []
    assert real["summary"]["created"] == 3
    assert without_ids(dry) == without_ids(real)
