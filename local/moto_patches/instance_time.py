"""Stamps EC2 instances with engine time."""

import importlib
from datetime import datetime

from local.clock import LocalClock
from local.moto_patches.patches import Patches


def install(patches: Patches, clock: LocalClock) -> None:
    """moto's LaunchTime is real time; AWS knows one time only, which locally is the engine's."""
    if not patches.begin(__name__):
        return

    def utcnow() -> datetime:
        return clock.now().replace(tzinfo=None)

    patches.replace(importlib.import_module("moto.ec2.models.instances"), "utcnow", utcnow)
