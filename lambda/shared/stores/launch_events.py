"""Launch events: counted by job, remembered by account and region."""

from __future__ import annotations

from datetime import datetime

from shared.models.base import format_instant
from shared.models.launch import LaunchRecord
from shared.models.launch_events import JobReport
from shared.models.targets import Target
from shared.stores import keys
from shared.stores.items import model_of
from shared.stores.table import Changes, Table


class LaunchEvents:
    """The REPORT items of executions, and the rows of who is heard."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def expect_reports(self, launch: LaunchRecord, job_id: str) -> None:
        """Say how many servers a job has; events may have come before."""
        self._change(launch.execution_id, launch.plan_id, job_id, Changes(set={"expected": len(launch.servers)}))

    def count_report(self, execution_id: str, plan_id: str, job_id: str) -> JobReport:
        """Count one event of a job; answers what is known of it then."""
        return self._change(execution_id, plan_id, job_id, Changes(add={"reported": 1}))

    def hear(self, target: Target, at: datetime) -> None:
        """Remember that an event came from there; of two at once either may stay."""
        self._remember(target, "heardAt", at)

    def note_silence(self, target: Target, at: datetime) -> None:
        """Remember that a job ended there of which no event told."""
        self._remember(target, "silentAt", at)

    def _remember(self, target: Target, what: str, at: datetime) -> None:
        self._table.update(keys.hearing(target), Changes(set={"target": target.wire(), what: format_instant(at)}))

    def _change(self, execution_id: str, plan_id: str, job_id: str, changes: Changes) -> JobReport:
        key = keys.item_key(execution_id, keys.report(plan_id, job_id))
        named = Changes(set={**changes.set, "jobId": job_id}, add=changes.add)
        return model_of(JobReport, self._table.update(key, named))
