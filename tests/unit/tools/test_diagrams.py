"""The pictures of the architecture are of what the templates make now."""

from __future__ import annotations

import zlib

import pytest

from tools.diagrams.__main__ import ROOT, fingerprint, origin, with_origin
from tools.diagrams.facts import facts
from tools.diagrams.pictures import BACKEND_ONLY, COMPREHENSIVE, drawings

FACTS = facts()
DRAWINGS = drawings(FACTS)


@pytest.mark.parametrize("path", DRAWINGS)
def test_a_picture_was_made_of_the_drawing_of_today(path: str) -> None:
    assert origin((ROOT / path).read_bytes()) == fingerprint(DRAWINGS[path]), "run make pictures"


@pytest.mark.parametrize("path", DRAWINGS)
def test_a_picture_names_what_the_templates_make(path: str) -> None:
    named = (*FACTS.functions, *FACTS.tables, *FACTS.rules, FACTS.role)

    missing = {name for name in named if f">{name}<" not in DRAWINGS[path]}

    assert missing == (set() if path == COMPREHENSIVE else {"frontend-deployer"})


def test_the_templates_are_read_whole() -> None:
    assert (len(FACTS.functions), len(FACTS.tables), len(FACTS.groups), FACTS.web_acls) == (6, 4, 5, 2)
    assert "${" not in "".join((*FACTS.functions, *FACTS.tables, *FACTS.rules))


def test_without_a_console_nothing_of_it_is_drawn() -> None:
    assert "CloudFront" in DRAWINGS[COMPREHENSIVE]
    assert "CloudFront" not in DRAWINGS[BACKEND_ONLY]


def test_a_picture_keeps_what_it_was_drawn_from_and_stays_a_picture() -> None:
    png = (ROOT / COMPREHENSIVE).read_bytes()
    length = int.from_bytes(png[33:37], "big")
    plain = png[:33] + png[33 + 12 + length :]

    made = with_origin(plain, "another drawing")

    assert origin(plain) is None
    assert origin(made) == fingerprint("another drawing")
    added = made[33 : 33 + 12 + length]
    assert int.from_bytes(added[-4:], "big") == zlib.crc32(added[4:-4])
