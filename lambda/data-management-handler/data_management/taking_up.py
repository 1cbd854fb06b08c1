"""The schedule `configuration`: restores what ended executions left of theirs, and takes up what broke off or waits."""

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
    """Of how many servers the settings were restored, of how many not yet; how many runs and syncs were handed over.

    The settings first, for which recoveries wait. Whichever breaks off, the others are done.
    """
    try:
        restored = restore_due(app)
    finally:
        try:
            taken_up = take_up_runs(app)
        finally:
            try:
                syncs = take_up_syncs(app)
            finally:
                tag_syncs = take_up_tag_sync(app)
    return {"takenUp": taken_up, "syncs": syncs + tag_syncs, **restored}
