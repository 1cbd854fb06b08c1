"""Launches that were refused for now: the call may have been sent twice on its way, so a job may appear."""

from collections.abc import Sequence
from datetime import datetime

from shared.models.launch import LaunchRecord
from shared.models.targets import ServerKey


def unproven_launches(launches: Sequence[LaunchRecord]) -> frozenset[str]:
    """The ids of those that were refused for now, and of which nothing proves that they have no job.

    A later launch of one of their servers that got a job proves it: a server is in one job at a time, and the jobs were
    listed before that call.
    """
    postponed = [launch for launch in launches if launch.is_postponed]
    latest: dict[ServerKey, datetime] = {}
    for launch in launches if postponed else ():
        if launch.job_id is not None:
            latest |= {key: max(launch.intent_at, latest.get(key, launch.intent_at)) for key, _ in launch.members}
    return frozenset(
        launch.launch_id
        for launch in postponed
        if not any(latest.get(key, launch.intent_at) > launch.intent_at for key, _ in launch.members)
    )
