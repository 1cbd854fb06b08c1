"""The rule of everything that people write and a table keeps as one item: it has to fit."""

from collections.abc import Iterator
from typing import Final

from shared.models.base import Model
from shared.models.violation import Violation

ITEM_BYTES: Final = 380_000
"""Of what people wrote, as JSON: DynamoDB takes 400 KB an item, names included, and the stamps are ours."""


def check_item_size(written: Model, noun: str, field: str, way_out: str) -> Iterator[Violation]:
    """A violation if it is too large; `field` is what makes it so, `way_out` what its author may do about it."""
    size = written.json_bytes
    if size > ITEM_BYTES:
        reason = f"the {noun} has {size} bytes as JSON, at most {ITEM_BYTES} are allowed: {way_out}"
        yield Violation(field, reason, "TOO_LARGE")
