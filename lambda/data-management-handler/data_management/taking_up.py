"""The schedule `configuration`: takes up runs that broke off, and restores what ended executions left of theirs."""

from collections.abc import Mapping
from typing import Any

from data_management.app import ConfigurationApp
from data_management.config_runs import take_up_runs
from data_management.restoring_settings import restore_due


def take_up(_fields: Mapping[str, Any], app: ConfigurationApp) -> Mapping[str, Any]:
    """How many runs were handed over, and of how many servers the settings were restored, and of how many not yet."""
    return {"takenUp": take_up_runs(app), **restore_due(app)}
