"""The parameters of the deployment guide are those of the master template, with their defaults."""

from __future__ import annotations

import re
from typing import Final

from tests.support.templates import load_template
from tests.unit.docs.markdown import Document

GUIDE: Final = Document("docs/guides/DEPLOYMENT_FLEXIBILITY_GUIDE.md")
MASTER: Final = load_template("master-template.yaml")
WRITTEN_BY_THE_BUILD: Final = {name for name in MASTER.body["Parameters"] if name.endswith("Key")}
"""A built template has the keys of zips and state machine in it."""

DIFFERS: Final = {"SourcePrefix"}
"""What the build gives another default."""


def _rows() -> list[tuple[list[str], list[str]]]:
    return [
        (re.findall(r"`(\w+)`", row["parameter"]), [word.strip("`") for word in row["default"].split(", ")])
        for row in GUIDE.table("parameter", "default", "says")
    ]


def test_the_guide_has_every_parameter_once() -> None:
    named = [name for names, _ in _rows() for name in names]

    assert len(named) == len(set(named))
    assert set(named) == set(MASTER.body["Parameters"]) - WRITTEN_BY_THE_BUILD


def test_the_defaults_are_those_of_the_template() -> None:
    for names, told in _rows():
        defaults = [str(MASTER.body["Parameters"][name].get("Default", "")) or "none" for name in names]
        wanted = [default for name, default in zip(names, defaults, strict=True) if name not in DIFFERS]

        assert [one for one in told if one != "the build's"] in (wanted, list(dict.fromkeys(wanted))), names
