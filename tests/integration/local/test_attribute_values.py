"""What DynamoDB answers is what moto would have answered, whatever an item holds."""

import importlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.moto_patches import attribute_values
from local.moto_patches.patches import Patches

NAMES = st.text(min_size=1)
LEAVES = st.one_of(
    st.fixed_dictionaries({"S": st.text()}),
    st.fixed_dictionaries({"N": st.integers().map(str)}),
    st.fixed_dictionaries({"BOOL": st.booleans()}),
    st.just({"NULL": True}),
    st.fixed_dictionaries({"SS": st.lists(st.text(min_size=1), min_size=1)}),
    st.fixed_dictionaries({"NS": st.lists(st.integers().map(str), min_size=1)}),
    st.fixed_dictionaries({"B": st.binary(min_size=1)}),
)
VALUES = st.recursive(
    LEAVES,
    lambda values: (
        st.fixed_dictionaries({"L": st.lists(values)}) | st.fixed_dictionaries({"M": st.dictionaries(NAMES, values)})
    ),
)


@pytest.fixture(scope="module")
def patches() -> Iterator[Patches]:
    """Where the patch is put and taken back."""
    made = Patches()
    yield made
    made.undo()


@pytest.fixture(scope="module")
def answers() -> Any:
    """moto's own way of writing the answer of GetItem."""
    module = importlib.import_module("moto.core.serialize")
    model = importlib.import_module("moto.core.utils").get_service_model("dynamodb").operation_model("GetItem")
    picker = module.XFormedAttributePicker()
    return lambda item: module.JSONSerializer(model, value_picker=picker).serialize({"Item": item})


@given(st.dictionaries(NAMES, VALUES))
def test_an_item_goes_out_as_moto_itself_would_write_it(patches: Patches, answers: Any, item: dict[str, Any]) -> None:
    patches.undo()
    expected = answers(item)
    attribute_values.install(patches)

    written = answers(item)

    assert json.loads(written["body"]) == json.loads(expected["body"])
    assert written["headers"] == expected["headers"]
