"""What the guide to direct invocation promises of a client that moves from the API: docs/guides/MIGRATION_GUIDE.md."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from tests.functional.contract.seeded import Seeded
from tests.support.doors import Answer

KEY: Final = "drill-of-monday"
Start = Callable[[Seeded, dict[str, Any]], Answer]


def _by_api(seeded: Seeded, drill: dict[str, Any]) -> Answer:
    return seeded.doors.api("start_execution", drill, headers={"Idempotency-Key": KEY})


def _directly(seeded: Seeded, drill: dict[str, Any]) -> Answer:
    return seeded.doors.direct("start_execution", {**drill, "clientToken": KEY})


@pytest.mark.requirement("SRS-I01", "SRS-I04")
@pytest.mark.parametrize(("first", "second"), [(_by_api, _directly), (_directly, _by_api)])
def test_a_start_by_one_door_that_is_repeated_by_the_other_is_one_start(first: Start, second: Start) -> None:
    seeded = Seeded()
    seeded.world.run_until_end(seeded.execution)
    drill = {"planId": seeded.plan, "executionType": "DRILL"}

    begun = first(seeded, drill)
    again = second(seeded, drill)

    assert begun.code is None
    assert again.value == begun.value
    assert len(seeded.doors.direct("list_executions", {"planId": seeded.plan}).value["items"]) == 2


def test_a_read_with_its_parameters_answers_the_same_by_both_doors() -> None:
    seeded = Seeded()

    direct = seeded.doors.direct("list_recovery_plans", {"limit": 50})
    by_api = seeded.doors.api("list_recovery_plans", {"limit": 50})

    assert direct.code is None and direct.value["items"]
    assert by_api.value == direct.value
