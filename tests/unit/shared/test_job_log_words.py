"""The sentences of job logs."""

from typing import Any

import botocore.session
import pytest

from shared.job_log_words import sentence_of
from shared.models.drs import JobLogEntry
from tests.support.configuration import NOW, server_id

_EVENT: Any = botocore.session.get_session().get_service_model("drs").shape_for("JobLogEvent")
EVENTS: list[str] = _EVENT.enum
NAMES = {server_id(1): "db-1"}


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_of_drs_has_a_sentence_of_its_own(event: str) -> None:
    sentence = sentence_of(JobLogEntry(time=NOW, event=event, source_server_id=server_id(1)), NAMES)

    assert sentence != sentence_of(JobLogEntry(time=NOW, event="SOMETHING_NEW"), NAMES)
    assert "{" not in sentence
    assert event.replace("_", " ").capitalize() != sentence


def test_an_event_that_drs_adds_later_is_shown_as_it_is_with_its_server() -> None:
    entry = JobLogEntry(time=NOW, event="MOON_PHASE_CHANGED", source_server_id=server_id(1))

    assert sentence_of(entry, NAMES) == f"Moon phase changed: db-1 ({server_id(1)})"


def test_a_server_without_a_known_name_is_its_id_and_one_without_an_id_is_the_server() -> None:
    named = JobLogEntry(time=NOW, event="CONVERSION_END", source_server_id=server_id(2))
    nameless = JobLogEntry(time=NOW, event="CONVERSION_END")

    assert sentence_of(named, NAMES) == f"Converted {server_id(2)}"
    assert sentence_of(nameless, NAMES) == "Converted the server"


def test_the_helpers_and_the_reason_that_drs_names_are_in_the_sentence() -> None:
    conversion = JobLogEntry(
        time=NOW, event="CONVERSION_START", source_server_id=server_id(1), conversion_server_id="i-0c0ffee"
    )
    launch = JobLogEntry(time=NOW, event="LAUNCH_START", source_server_id=server_id(1), target_instance_id="i-0facade")
    failure = JobLogEntry(time=NOW, event="LAUNCH_FAILED", source_server_id=server_id(1), raw_error="no capacity")

    assert sentence_of(conversion, NAMES).endswith("on i-0c0ffee")
    assert sentence_of(launch, NAMES).endswith("as i-0facade")
    assert sentence_of(failure, NAMES).endswith(": no capacity")
