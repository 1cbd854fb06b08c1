"""Work that nobody waits for: found by its name, by the direct door only, and an error is Lambda's to see."""

import io
import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest

from data_management import background
from data_management.app import ConfigurationApp
from data_management.background import SCHEDULES, WORKS, run, work_later, work_of
from shared.errors import ValidationError
from shared.invocation import ScheduleInvocation, WorkInvocation
from shared.observability import observe
from shared.patience import HAND_OVER_SECONDS, LONG_CALL_SECONDS, patience, patience_left
from tests.support.functions import OWN_FUNCTION, FunctionsOfTest

HERE = {"count": f"{__name__}:count"}


def count(fields: Mapping[str, Any], app: ConfigurationApp) -> Mapping[str, Any]:
    """Answers what it was told, and whose app it got."""
    if fields.get("breaks"):
        raise KeyError("it broke")
    return {"told": dict(fields), "left": patience_left(), "region": app.partition}


def _app(log: io.StringIO | None = None) -> Any:
    # Powertools keeps one logger, and its stream, for each service
    watching = observe("background" if log is None else f"background-{id(log)}", "INFO", log or io.StringIO())
    functions = FunctionsOfTest()
    return SimpleNamespace(partition="aws", observability=watching, functions=functions, own_function=OWN_FUNCTION)


def test_a_work_gets_the_rest_of_its_event_and_a_bounded_time() -> None:
    answer = run(WorkInvocation("count", {"runId": "r-1"}), _app(), works=HERE)

    assert (answer["told"], answer["region"]) == ({"runId": "r-1"}, "aws")
    assert LONG_CALL_SECONDS - 5 < answer["left"] <= LONG_CALL_SECONDS


def test_a_schedule_brings_its_name_only() -> None:
    assert run(ScheduleInvocation("count"), _app(), schedules=HERE)["told"] == {}


@pytest.mark.parametrize(
    ("invocation", "field"),
    [(WorkInvocation("sweep", {}), "work"), (ScheduleInvocation("hourly"), "schedule")],
)
def test_an_unknown_name_is_refused_by_name(invocation: WorkInvocation | ScheduleInvocation, field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        run(invocation, _app(), works=HERE, schedules=HERE)

    [wrong] = refused.value.details["fields"]
    assert (wrong["field"], wrong["code"]) == (field, f"UNKNOWN_{field.upper()}")
    assert "count" in wrong["reason"]


def test_what_breaks_off_is_logged_and_fails_the_invocation() -> None:
    log = io.StringIO()

    with pytest.raises(KeyError):
        run(WorkInvocation("count", {"breaks": "yes"}), _app(log), works=HERE)

    [line] = [json.loads(each) for each in log.getvalue().splitlines()]
    assert (line["message"], line["function"]) == ("background work broke off", HERE["count"])


def test_work_is_handed_to_the_function_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "WORKS", HERE)
    app = _app()

    work_later(cast(ConfigurationApp, app), "count", runId="r-1")

    assert list(app.functions.waiting) == [(OWN_FUNCTION, {"work": "count", "runId": "r-1"})]


def test_no_work_is_handed_over_that_nobody_knows() -> None:
    with pytest.raises(ValidationError, match="sweep"):
        work_later(cast(ConfigurationApp, _app()), "sweep")


def test_every_name_of_both_tables_leads_to_a_function() -> None:
    for where in (*WORKS.values(), *SCHEDULES.values()):
        assert callable(work_of(where)), where


def test_work_is_handed_over_although_time_is_over_for_anything_else() -> None:
    app = _app()
    left: list[float | None] = []
    app.functions = SimpleNamespace(invoke_later=lambda *_: left.append(patience_left()))

    with patience(-1):
        work_later(cast(ConfigurationApp, app), "tag-sync", hop="1")

    assert left[0] is not None
    assert 0 < left[0] <= HAND_OVER_SECONDS
