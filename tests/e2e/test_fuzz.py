"""A minute of schemathesis against the published contract, over HTTP, on a system of its own."""

from __future__ import annotations

from typing import Final

import pytest

from tests.fuzz.elsewhere import played
from tests.fuzz.playing import labels
from tests.fuzz.tally import Tally

SECONDS: Final = 60
LEAST: Final = 0.30
"""The share of calls that must be answered 2xx: what only ever refuses shows nothing of the rest."""


@pytest.fixture(scope="module", autouse=True)
def old_execution() -> None:
    """There is none: the system of the other stories need not be there."""


@pytest.fixture(scope="module")
def tally(tmp_path_factory: pytest.TempPathFactory) -> Tally:
    """What the minute brought."""
    met = played(SECONDS, tmp_path_factory.mktemp("fuzz"))
    print(met)  # noqa: T201 - shown with whatever fails
    return met


@pytest.mark.requirement("SRS-I07")
def test_every_answer_is_as_the_contract_says(tally: Tally) -> None:
    assert (list(tally.failures.values()), tally.errors) == ([], []), str(tally)


@pytest.mark.requirement("SRS-I07")
def test_every_operation_is_called_and_enough_of_them_succeed(tally: Tally) -> None:
    assert tally.not_called(labels()) == []
    assert tally.succeeded >= LEAST, str(tally)


def test_no_server_error_but_of_accounts_that_let_nobody_in(tally: Tally) -> None:
    assert tally.with_status(500) == tally.with_status(502, 502)
