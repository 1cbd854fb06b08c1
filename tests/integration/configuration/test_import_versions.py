"""Which versions of a document are imported, and where it says its own."""

import pytest

from tests.integration.configuration.conftest import System
from tests.integration.configuration.test_import import Document, document, refused, run, tagged


@pytest.mark.requirement("SRS-I09")
@pytest.mark.parametrize("version", [{"schemaVersion": "1.0"}, {"metadata": {"schemaVersion": "1.1"}}])
def test_older_documents_are_accepted_too(system: System, version: Document) -> None:
    report = system.call("import_configuration", protectionGroups=[tagged("A")], **version)

    assert report["summary"]["created"] == 1


@pytest.mark.parametrize("under", ["", "document"])
def test_a_document_that_says_two_versions_is_refused_by_both_fields(system: System, under: str) -> None:
    body = {**document(tagged("A")), "schemaVersion": "1.1", "metadata": {"schemaVersion": "1.0"}}

    found = refused(system, {under: body} if under else body)

    path = f"{under}." if under else ""
    assert found == {f"{path}schemaVersion": "AMBIGUOUS", f"{path}metadata.schemaVersion": "AMBIGUOUS"}


def test_a_document_may_say_its_version_twice_and_have_one_of_its_own(system: System) -> None:
    body = {**document(), "metadata": {"schemaVersion": "1.1", "version": "42", "author": "ops"}}

    assert "error" not in run(system, body)


@pytest.mark.parametrize("version", [{}, {"schemaVersion": "2.0"}, {"metadata": {"version": 7}}])
def test_a_document_of_no_or_another_version_is_refused(system: System, version: Document) -> None:
    assert refused(system, {"protectionGroups": [], **version}).keys() == {"schemaVersion"}
