"""The schedule `configuration`: takes up what broke off or waits, and restores what ended executions left of theirs."""

from collections.abc import Mapping
from typing import Any

from data_management.app import ConfigurationApp
from data_management.config_runs import take_up_runs
from data_management.extending import take_up_syncs
from data_management.restoring_settings import restore_due


def take_up(_fields: Mapping[str, Any], app: ConfigurationApp) -> Mapping[str, Any]:
    """How many runs and syncs were handed over; of how many servers settings were restored, and of how many not yet."""
    return {"takenUp": take_up_runs(app), "syncs": take_up_syncs(app), **restore_due(app)}
