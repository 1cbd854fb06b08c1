"""The site of the documents has each of them in its navigation, and every file to which one leads."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.unit.docs.markdown import ROOT, Document, documents
from tools.docs_site.__main__ import SCRIPT, lay_out, linked


class _Loader(yaml.SafeLoader):
    """Reads the configuration without making what its tags name."""


_Loader.add_multi_constructor("", lambda loader, _suffix, node: None)

SITE: Final[dict[str, Any]] = yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 (a safe loader)


def _named(entry: Any) -> Iterator[str]:
    if isinstance(entry, str):
        yield entry
    else:
        for below in entry.values() if isinstance(entry, dict) else entry:
            yield from _named(below)


@pytest.mark.requirement("PRD-34")
def test_every_document_stands_in_the_navigation_once() -> None:
    named = list(_named(SITE["nav"]))

    assert sorted(named) == [one.path for one in documents()]


def test_a_warning_about_a_document_a_link_or_an_anchor_fails_the_build() -> None:
    rules = SITE["validation"]

    make = (ROOT / "Makefile").read_text(encoding="utf-8")

    # A quiet build writes no warnings, and those are what it counts.
    assert re.search(r"mkdocs build --strict$", make, re.MULTILINE)
    assert SITE["strict"] is True
    assert {rules["nav"][rule] for rule in ("omitted_files", "not_found")} == {"warn"}
    assert {rules["links"][rule] for rule in ("not_found", "anchors", "unrecognized_links")} == {"warn"}


@pytest.mark.parametrize("document", documents(), ids=lambda one: one.path)
def test_a_step_is_no_part_of_the_paragraph_before_it(document: Document) -> None:
    paragraphs = [block.splitlines() for block in re.split(r"\n\s*\n", document.prose) if block.strip()]

    swallowed = [
        line
        for lines in paragraphs
        for line in lines[1:]
        if re.match(r"\d+\. ", line) and not re.match(r"\d+\. ", lines[0])
    ]

    assert swallowed == []
    assert "sane_lists" in (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), "else each part of a list begins at 1"


def test_the_site_loads_nothing_from_elsewhere() -> None:
    assert SITE["theme"]["font"] is False
    assert SITE["extra_javascript"] == [SCRIPT]
    assert "://" not in str(SITE.get("extra_css", ""))


def test_mermaid_is_one_package_and_the_folder_of_the_site_is_not_committed() -> None:
    lock = json.loads((ROOT / "tools/docs_site/package-lock.json").read_text(encoding="utf-8"))

    assert set(lock["packages"]) == {"", "node_modules/@mermaid-js/tiny"}
    assert re.search(r"^/build/$", (ROOT / ".gitignore").read_text(), re.MULTILINE)
    assert {SITE["docs_dir"], SITE["site_dir"]} == {"build/documents", "build/site"}


@pytest.mark.parametrize(
    ("document", "leads_to"),
    [("README.md", "cfn/master-template.yaml"), ("docs/README.md", "docs/api/openapi.json"), ("README.md", ".ci/run")],
)
def test_what_a_document_links_lies_beside_it(tmp_path: Path, document: str, leads_to: str) -> None:
    (tmp_path / "mermaid.js").write_text("")

    lay_out(tmp_path / "made", tmp_path / "mermaid.js")

    assert leads_to in linked(document)
    assert (tmp_path / "made" / document).read_bytes() == (ROOT / document).read_bytes()
    assert (tmp_path / "made" / leads_to).read_bytes() == (ROOT / leads_to).read_bytes()


def test_every_picture_is_there_small_and_shown() -> None:
    shown = {
        ((ROOT / one.path).parent / picture).resolve()
        for one in documents()
        for picture in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", one.prose)
    }
    kept = {path.resolve() for path in (ROOT / "docs").rglob("*") if path.suffix in {".webp", ".png", ".svg"}}

    assert shown == kept
    assert {path.name for path in kept if path.stat().st_size > 200_000} == set()
