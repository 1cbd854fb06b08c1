"""The table and the document of the bench: each figure once, each beside its limit, nothing that was not measured."""

from __future__ import annotations

from io import StringIO
from typing import Final

import pytest
from rich.console import Console

from tests.bench.areas import Area, Limit, Line, at_least, at_most, below, exactly
from tests.bench.findings import FIRST_LINE, Findings, sections

CALLS: Final = Area("Calls of a step", (Line("reads", at_most(9)), Line("pages")))
TIMES: Final = Area("Time of a step", (Line("for each server", at_most(4), "×", varies=True),))
HEADING: Final = "| what | unit | measured | allowed |\n|---|---|---:|---:|"


@pytest.mark.parametrize(
    ("limit", "kept", "broken"),
    [(at_most(5), 5, 5.1), (below(5), 4.9, 5), (at_least(5), 5, 4), (exactly(5), 5, 6)],
    ids=str,
)
def test_a_limit_says_what_a_figure_may_be(limit: Limit, kept: float, broken: float) -> None:
    assert limit.is_kept_by(kept)
    assert not limit.is_kept_by(broken)


def test_a_figure_beyond_its_limit_fails_and_everything_measured_with_it_is_shown() -> None:
    report = Findings()

    with pytest.raises(AssertionError, match=r"Calls of a step: reads: 10, allowed ≤ 9\nthe index was stale"):
        report(CALLS, {"reads": 10, "pages": 1234}, why="the index was stale")

    shown = printed(report)
    assert "!! 10" in shown
    assert "1,234" in shown


def test_a_figure_is_measured_once_and_only_if_it_was_declared() -> None:
    report = Findings()
    report(CALLS, {"reads": 1})

    with pytest.raises(ValueError, match="measured twice"):
        report(CALLS, {"reads": 1})
    with pytest.raises(ValueError, match="nobody declared 'writes'"):
        report(CALLS, {"writes": 1})


def test_an_area_names_no_figure_twice() -> None:
    with pytest.raises(ValueError, match="names a figure twice"):
        Area("Calls", (Line("reads"), Line("reads")))


def test_the_document_quotes_what_every_machine_finds_and_only_limits_of_the_rest() -> None:
    report = Findings()
    report(CALLS, {"reads": 8, "pages": 2.5})
    report(TIMES, {"for each server": 3.17})

    document = report.document((CALLS, TIMES), before="")

    assert document.splitlines()[0] == FIRST_LINE
    assert sections(document) == {
        "Calls of a step": f"{HEADING}\n| reads |  | 8 | ≤ 9 |\n| pages |  | 2.50 |  |",
        "Time of a step": f"{HEADING}\n| for each server | × | varies | ≤ 4 |",
    }


def test_an_area_of_which_not_everything_was_measured_stays_as_it_was() -> None:
    earlier, report = Findings(), Findings()
    earlier(CALLS, {"reads": 8, "pages": 2})
    before = earlier.document((CALLS, TIMES), before="")
    report(CALLS, {"reads": 7})
    report(TIMES, {"for each server": 3})

    document = report.document((CALLS, TIMES), before)

    assert report.missing(CALLS) == ["pages"]
    assert list(sections(document)) == ["Calls of a step", "Time of a step"]
    assert sections(document)["Calls of a step"] == sections(before)["Calls of a step"]


def test_an_area_that_nobody_measures_any_more_is_dropped() -> None:
    earlier = Findings()
    earlier(CALLS, {"reads": 8, "pages": 2})
    before = earlier.document((CALLS,), before="")

    assert sections(Findings().document((TIMES,), before)) == {}


def printed(report: Findings) -> str:
    """The table as a person sees it."""
    shown = StringIO()
    Console(width=120, file=shown).print(report.table((CALLS, TIMES)))
    return shown.getvalue()
