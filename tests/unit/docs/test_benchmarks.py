"""The document that `make bench` writes tells of what the bench measures, with the limits that it holds today."""

from __future__ import annotations

from typing import Final

import pytest

from tests.bench.areas import Area, declared
from tests.bench.findings import FIRST_LINE, VARIES, sections
from tests.unit.docs.markdown import Document, cells

BENCHMARKS: Final = Document("docs/benchmarks.md")
AREAS: Final = declared()
HOW: Final = "run the bench that measures it with --document (make bench runs all of them) and commit the document"


def test_the_document_says_first_that_it_is_generated() -> None:
    assert BENCHMARKS.text.splitlines()[0] == FIRST_LINE


def test_the_document_has_the_areas_of_the_bench() -> None:
    assert list(sections(BENCHMARKS.text)) == [area.title for area in AREAS], HOW


@pytest.mark.parametrize("area", AREAS, ids=lambda area: area.title)
def test_an_area_of_the_document_has_the_figures_that_are_measured_and_their_limits(area: Area) -> None:
    heading, _, *rows = [cells(line) for line in sections(BENCHMARKS.text).get(area.title, "\n").splitlines() or [""]]

    assert heading == ["what", "unit", "measured", "allowed"], HOW
    assert [(what, unit, allowed) for what, unit, _, allowed in rows] == [
        (line.what.strip(), line.unit, str(line.allowed or "")) for line in area.lines
    ], HOW


@pytest.mark.parametrize("area", AREAS, ids=lambda area: area.title)
def test_every_figure_that_is_quoted_is_within_its_limit(area: Area) -> None:
    _, _, *rows = [cells(line) for line in sections(BENCHMARKS.text)[area.title].splitlines()]

    for line, (what, _, measured, _) in zip(area.lines, rows, strict=True):
        assert (measured == VARIES) == line.varies, f"{what}: {HOW}"
        if line.allowed is not None and not line.varies:
            assert line.allowed.is_kept_by(float(measured.replace(",", ""))), f"{what}: {measured}, {line.allowed}"
