"""Stamps EC2 instances with engine time."""

import importlib
from datetime import datetime
from typing import Any

from local.clock import LocalClock
from local.moto_patches.patches import Patches


def install(patches: Patches, clock: LocalClock) -> None:
    """moto's LaunchTime is real time, and stays when an instance is started again.

    AWS knows one time only, which locally is the engine's, and stamps each start.
    """
    if not patches.begin(__name__):
        return
    module = importlib.import_module("moto.ec2.models.instances")

    def utcnow() -> datetime:
        return clock.now().replace(tzinfo=None)

    def start(self: Any) -> Any:
        before = real_start(self)
        self.launch_time = utcnow()
        return before

    patches.replace(module, "utcnow", utcnow)
    real_start = patches.replace(module.Instance, "start", start)
