"""The schedule `configuration`: takes up what broke off or waits, and restores what ended executions left of theirs."""

from collections.abc import Mapping
from typing import Any, Protocol

from data_management.app import ConfigurationApp
from data_management.config_runs import take_up_runs
from data_management.extending import take_up_syncs
from data_management.restoring_settings import restore_due
from data_management.tag_sync_app import SyncsTags
from data_management.tag_sync_work import take_up_tag_sync


class TakesUp(ConfigurationApp, SyncsTags, Protocol):
    """A function that does all of that."""


def take_up(_fields: Mapping[str, Any], app: TakesUp) -> Mapping[str, Any]:
    """How many runs and syncs were handed over; of how many servers settings were restored, and of how many not yet."""
    syncs = take_up_syncs(app) + take_up_tag_sync(app)
    return {"takenUp": take_up_runs(app), "syncs": syncs, **restore_due(app)}
