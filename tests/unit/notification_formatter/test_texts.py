"""Subjects, durations, and texts that cannot break out of their line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notification_formatter.texts import duration, one_line, subject, to_ascii


@pytest.mark.requirement("SRS-I11")
@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Three-Tier App", "[DRS] Three-Tier App - pause"),
        ("Größe – “Zürich”", '[DRS] Grosse - "Zurich" - pause'),
        ("Ærø & Łódź", "[DRS] AEro & Lodz - pause"),
        ("東京", "[DRS] ?? - pause"),
        ("two\nlines\tand\u00a0more", "[DRS] two lines and more - pause"),
        ("x" * 120, "[DRS] " + "x" * 86 + " - pause"),
    ],
)
def test_a_subject_names_plan_and_event_in_ascii(name: str, written: str) -> None:
    assert subject(name, "pause") == written


@given(st.text(), st.sampled_from(["start", "pause", "complete", "fail", "cancel"]))
def test_sns_takes_every_subject(name: str, event: str) -> None:
    written = subject(name, event)

    assert written.isascii()
    assert written.isprintable()
    assert len(written) <= 100
    assert written.startswith("[DRS]")
    assert written.endswith(f" - {event}")


@given(st.text())
def test_a_text_of_somebody_stays_on_its_line(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1
    assert one_line(text).isprintable()
    assert len(one_line(text)) <= 300


def test_a_long_text_is_cut_visibly() -> None:
    assert one_line("x" * 400) == "x" * 299 + "…"


def test_ascii_is_left_as_it_is() -> None:
    assert to_ascii("plain ~text~ #1") == "plain ~text~ #1"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (60, "1 min 00 s"),
        (725.6, "12 min 06 s"),
        (3600, "1 h 00 min 00 s"),
        (90061, "25 h 01 min 01 s"),
    ],
)
def test_a_duration_is_said_in_hours_minutes_and_seconds(seconds: float, words: str) -> None:
    assert duration(seconds) == words
