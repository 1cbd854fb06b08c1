"""An item of DynamoDB goes out as it lies there."""

import importlib
from typing import Any, Final

from local.moto_patches.patches import Patches

_AS_IT_IS: Final = {"S": str, "N": str, "BOOL": bool, "NULL": bool}


class _OtherError(Exception):
    """A value that moto itself has to write."""


def install(patches: Patches) -> None:
    """moto looks for each kind that a value may have under each name that it may go by, for every value of every item.

    That is most of what a system that reads its tables costs. An item is kept in the form in which it is sent, so it is
    copied; bytes, and what moto keeps in a form of its own, are left to it.
    """
    if not patches.begin(__name__):
        return
    serializer = importlib.import_module("moto.core.serialize").BaseJSONSerializer

    def serialize_type_structure(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if shape.name == "AttributeValue" and key and self.service_model.service_name == "dynamodb":
            try:
                self._default_serialize(serialized, _copy(value), shape, key)
            except _OtherError:
                real_serialize(self, serialized, value, shape, key)
        else:
            real_serialize(self, serialized, value, shape, key)

    real_serialize = patches.replace(serializer, "_serialize_type_structure", serialize_type_structure)


def _copy(value: Any) -> dict[str, Any]:
    if type(value) is not dict or len(value) != 1:
        raise _OtherError
    ((kind, held),) = value.items()
    if kind in _AS_IT_IS and type(held) is _AS_IT_IS[kind]:
        return {kind: held}
    if kind == "M" and type(held) is dict:
        return {kind: {name: _copy(part) for name, part in held.items()}}
    if kind == "L" and type(held) is list:
        return {kind: [_copy(part) for part in held]}
    raise _OtherError
