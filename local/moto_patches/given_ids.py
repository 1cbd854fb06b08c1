"""Lets a network be made with the ids that an example gives to its subnets and security groups."""

import importlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from local.moto_patches.patches import Patches

_MAKERS: Final = {
    "subnet": ("moto.ec2.models.subnets", "random_subnet_id"),
    "sg": ("moto.ec2.models.security_groups", "random_security_group_id"),
}
_one_at_a_time: Final = threading.Lock()


@contextmanager
def given_id(wanted: str) -> Iterator[None]:
    """AWS invents all ids, moto too; within, the next subnet or security group has this one.

    An example can then name it in documents that are written before any network is.
    """
    module, name = _MAKERS[wanted.partition("-")[0]]
    patches = Patches()
    with _one_at_a_time:
        patches.replace(importlib.import_module(module), name, lambda *_args, **_more: wanted)
        try:
            yield
        finally:
            patches.undo()
