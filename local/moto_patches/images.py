"""Each region of EC2 has the images that moto has for all regions, and none of its own."""

import importlib
from typing import Any

from local.moto_patches.patches import Patches


def install(patches: Patches) -> None:
    """moto makes some six hundred more for a region, most of them of ECS, before it answers the first call there.

    That is half a second of a processor, for images that no server is launched from.
    """
    if not patches.begin(__name__):
        return

    def load_resource(filename: str) -> Any:
        raise FileNotFoundError(filename)

    patches.replace(importlib.import_module("moto.ec2.models.amis"), "load_resource", load_resource)
