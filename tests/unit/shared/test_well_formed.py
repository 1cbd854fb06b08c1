"""What of a request is taken out, and what of it is told by the positions of the request."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from shared.json_input import UNREADABLE
from shared.models.base import Model, read_strictly
from shared.well_formed import WellFormed, well_formed


class Asked(Model):
    number: int = 0
    anything: dict[str, Any] = {}


def asked(fields: Mapping[str, Any]) -> WellFormed[Asked]:
    well = well_formed(partial(read_strictly, Asked), fields, {})
    assert well is not None
    return well


def test_what_cannot_be_read_at_all_is_not_judged() -> None:
    def refuse(_fields: Mapping[str, Any]) -> Asked:
        return read_strictly(Asked, {"number": "one"})

    assert well_formed(refuse, {"number": 1}, {}) is None


def test_what_no_reader_takes_is_lacking_also_where_a_field_takes_any_value() -> None:
    well = asked({"number": 5, "anything": {"a": [1, {"b": UNREADABLE}], "c": 2}})

    assert well.read.number == 5
    assert [well.lacks(path) for path in ("anything.a[1].b", "anything.a[1].b.c", "anything.a[*].b", "anything…")] == [
        True
    ] * 4
    assert not [path for path in ("anything", "anything.c", "anything.a[0]", "number") if well.lacks(path)]


def test_nothing_is_lacking_for_an_unknown_field_whatever_it_is_called_and_holds() -> None:
    well = asked({"anything.a": "x", "anything.b": UNREADABLE, "anything.c": {"d": [UNREADABLE]}})

    assert not [path for path in ("anything.a", "anything.b", "anything.c.d[0]", "anything.c…") if well.lacks(path)]
