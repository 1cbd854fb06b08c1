"""Lets moto forget what it needs no more."""

import importlib
from typing import Any, Final

from local.moto_patches.patches import Patches

STILL_READ: Final = "moto.s3.models"
"""A reset of S3 closes the files of every key that it ever had, overwritten ones too, by what was tracked."""


def install(patches: Patches) -> None:
    """moto keeps every instance of every model that it ever made, for a page of its dashboard; AWS just forgets.

    An item that was overwritten, an event of a history, a message that was read: all would stay in memory, gigabytes
    within minutes.
    """
    if not patches.begin(__name__):
        return
    base = importlib.import_module("moto.core.common_models").BaseModel

    def new(cls: Any, *args: Any, **kwargs: Any) -> Any:
        if cls.__module__ == STILL_READ:
            return tracked(cls, *args, **kwargs)
        return super(base, cls).__new__(cls)

    tracked = patches.replace(base, "__new__", staticmethod(new))
