"""What of a request is taken out, and what of it is told by the positions of the request."""

from collections.abc import Mapping
from typing import Any

from shared.models.base import Model, read_strictly
from shared.well_formed import well_formed


class Asked(Model):
    name: str


def test_what_cannot_be_read_at_all_is_not_judged() -> None:
    def refuse(_fields: Mapping[str, Any]) -> Asked:
        return read_strictly(Asked, {})

    assert well_formed(refuse, {"name": "plan"}, {}) is None
