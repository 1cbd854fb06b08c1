"""The schedule `configuration`: restores what ended executions left of theirs, and takes up runs that broke off."""

from collections.abc import Mapping
from typing import Any

from data_management.app import ConfigurationApp
from data_management.config_runs import take_up_runs
from data_management.restoring_settings import restore_due


def take_up(_fields: Mapping[str, Any], app: ConfigurationApp) -> Mapping[str, Any]:
    """Of how many servers the settings were restored, of how many not yet, and how many runs were handed over.

    The settings first, for which recoveries wait. Whichever of both breaks off, the other is done.
    """
    try:
        restored = restore_due(app)
    finally:
        taken_up = take_up_runs(app)
    return {"takenUp": taken_up, **restored}
