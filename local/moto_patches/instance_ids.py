"""Gives an instance the id that whoever runs it has chosen."""

import importlib
import threading
from typing import Any

from local.moto_patches.patches import Patches


def install(patches: Patches, prefix: str) -> None:
    """moto draws every id, and an estate names the instances that its source servers come from.

    A ClientToken that begins with `prefix` ends with the id of the instance; any other is moto's own affair.
    """
    if not patches.begin(__name__):
        return
    module = importlib.import_module("moto.ec2.models.instances")
    chosen = threading.local()

    def run_instances(self: Any, *args: Any, **kwargs: Any) -> Any:
        token = str(kwargs.get("client_token") or "")
        chosen.id = token.removeprefix(prefix) if token.startswith(prefix) else ""
        try:
            return real_run(self, *args, **kwargs)
        finally:
            chosen.id = ""

    def random_instance_id() -> str:
        return getattr(chosen, "id", "") or str(real_id())

    real_run = patches.replace(module.InstanceBackend, "run_instances", run_instances)
    real_id = patches.replace(module, "random_instance_id", random_instance_id)
