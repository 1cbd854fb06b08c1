"""Ten minutes of schemathesis against the published contract, over HTTP, every broken edge of every field among it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.bench.areas import Area, Line, at_least, exactly
from tests.bench.findings import Findings
from tests.fuzz.elsewhere import played
from tests.fuzz.playing import labels

SECONDS: Final = 600

FUZZ: Final = Area(
    "Ten minutes of schemathesis over the local gateway, by the published contract, along its links",
    (
        Line("calls", varies=True),
        Line("calls answered 2xx", at_least(30), "%", varies=True),
        Line("calls answered 4xx", unit="%", varies=True),
        Line("calls answered 502, about accounts that let nobody in", unit="%", varies=True),
        Line("calls answered 500, 503 or 504", exactly(0)),
        Line("kinds of answer that the contract does not have", exactly(0)),
        Line("what could not be played", exactly(0)),
        Line("operations that were never called", exactly(0)),
        Line("operations that never succeeded", varies=True),
    ),
)


def test_ten_minutes_of_calls_are_answered_as_the_contract_says(tmp_path: Path, report: Findings) -> None:
    tally = played(SECONDS, tmp_path)

    print(tally)  # noqa: T201 - counts per status and operation
    away = tally.with_status(502, 502)
    report(
        FUZZ,
        {
            "calls": tally.total,
            "calls answered 2xx": 100 * tally.succeeded,
            "calls answered 4xx": 100 * tally.with_status(400, 499) / tally.total,
            "calls answered 502, about accounts that let nobody in": 100 * away / tally.total,
            "calls answered 500, 503 or 504": tally.with_status(500) - away,
            "kinds of answer that the contract does not have": len(tally.failures),
            "what could not be played": len(tally.errors),
            "operations that were never called": len(tally.not_called(labels())),
            "operations that never succeeded": len(tally.never_succeeded()),
        },
        why=str(tally),
    )
