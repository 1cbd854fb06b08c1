"""Launches: intent before effect, the job id never lost."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from shared.errors import NotFoundError
from shared.models.base import format_instant
from shared.models.event import ExecutionEvent
from shared.models.execution import ExecutionHeader
from shared.models.launch import LIVE_LAUNCH_STATES, LaunchRecord, LaunchState
from shared.models.quota import QuotaRow
from shared.stores import keys
from shared.stores.conditions import And, Condition, Equals, Exists, In, NotExists
from shared.stores.items import child_item, model_of
from shared.stores.quota_store import quota_put
from shared.stores.refusals import AlreadyExistsError, QuotaRowChangedError, StepLostError
from shared.stores.requests import EVENT_PLACES, event_put
from shared.stores.table import (
    TRANSACTION_LIMIT,
    Changes,
    CheckItem,
    ConditionFailed,
    DeleteItem,
    Key,
    PutItem,
    Table,
    Throttled,
    TransactionRefused,
    UpdateItem,
    chunks,
)

_IS_IN_DOUBT: Final = And(Equals("state", LaunchState.OPEN), NotExists("abandonedAt"))
"""Of an abandoned launch only the reconciler says what became of it: it frees the servers that its job holds."""

_HAS_NO_JOB: Final = And(Exists(keys.PARTITION), NotExists("jobId"))

_CAME_TO_NOTHING: Final = And(Equals("state", LaunchState.REFUSED), NotExists("jobId"))
"""A late answer of DRS may still give a refused launch its job."""


class Launches:
    """The LAUNCH items of an execution."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def launches(self, header: ExecutionHeader) -> list[LaunchRecord]:
        """Every launch that the header lists, in its order."""
        items = self._table.batch_get(
            [keys.item_key(header.execution_id, keys.launch(header.plan_id, one)) for one in header.launch_ids]
        )
        return [model_of(LaunchRecord, item) for item in items]

    def launch(self, execution_id: str, plan_id: str, launch_id: str) -> LaunchRecord | None:
        """One launch, or None."""
        item = self._table.get(keys.item_key(execution_id, keys.launch(plan_id, launch_id)))
        return None if item is None else model_of(LaunchRecord, item)

    def open_launch(self, header: ExecutionHeader, launch: LaunchRecord, quota_row: QuotaRow) -> ExecutionHeader:
        """Admission and intent at once: quota row on its version, the LAUNCH item, its id in the header.

        Answers the header with the id. StepLostError, QuotaRowChangedError, or AlreadyExistsError: nothing is written.
        """
        update = UpdateItem(
            keys.item_key(header.execution_id, header.plan_id),
            Changes(append={"launchIds": [launch.launch_id]}),
            Equals("step", header.step),
        )
        put = PutItem(child_item(launch, keys.launch(launch.plan_id, launch.launch_id)), NotExists(keys.PARTITION))
        try:
            self._table.transact([update, put, quota_put(quota_row)])
        except TransactionRefused as refused:
            if refused.failed(0):
                raise StepLostError(f"step {header.step} of {header.execution_id}") from refused
            if refused.failed(1):
                raise AlreadyExistsError(launch.launch_id) from refused
            raise QuotaRowChangedError(str(quota_row.target)) from refused
        return header.model_copy(update={"launch_ids": (*header.launch_ids, launch.launch_id)})

    def forget_launches(self, header: ExecutionHeader, launch_ids: Collection[str]) -> ExecutionHeader:
        """Delete refused launches and take them off the header's list, before the step opens any.

        Answers the header without them. StepLostError, and no more written, if the step is not ours any more, the list
        is another, or one of them is not REFUSED without a job any more: a job that nobody lists would be nobody's.
        """
        left = header
        for chunk in chunks((one for one in header.launch_ids if one in launch_ids), TRANSACTION_LIMIT - 1):
            left = self._forget(left, chunk)
        return left

    def _forget(self, header: ExecutionHeader, launch_ids: Collection[str]) -> ExecutionHeader:
        left = tuple(one for one in header.launch_ids if one not in launch_ids)
        update = UpdateItem(
            keys.item_key(header.execution_id, header.plan_id),
            Changes(set={"launchIds": list(left)}),
            And(Equals("step", header.step), Equals("launchIds", list(header.launch_ids))),
        )
        deletions = [
            DeleteItem(keys.item_key(header.execution_id, keys.launch(header.plan_id, one)), _CAME_TO_NOTHING)
            for one in launch_ids
        ]
        try:
            self._table.transact([update, *deletions])
        except TransactionRefused as refused:
            raise StepLostError(f"step {header.step} of {header.execution_id}") from refused
        return header.model_copy(update={"launch_ids": left})

    def record_job(self, launch: LaunchRecord, job_id: str, step: ExecutionHeader | None = None) -> LaunchRecord:
        """Record the job and STARTED, whatever the state, unless a job is recorded; answers what is stored then.

        What DRS has answered is recorded whenever it comes. What a step concludes from a listing is so in that `step`
        only, else StepLostError: the execution may have ended without the job, and nobody would watch it.
        """
        changes = Changes(set={"jobId": job_id, "state": LaunchState.STARTED.value}, remove=["endedAt"])
        if step is not None:
            return self._update_in_step(step, launch, changes)
        return self._update(launch, changes, _HAS_NO_JOB)

    def refuse_launch(self, refused: LaunchRecord) -> LaunchRecord:
        """Record that the call surely started nothing, and what follows, if the launch is OPEN and not abandoned.

        Answers what is stored then.
        """
        wire = refused.model_copy(update={"state": LaunchState.REFUSED}).wire()
        facts = ("state", "reason", "servers", "failsServers", "splits", "neverSent", "endedAt")
        return self._update(
            refused,
            Changes(set={fact: wire[fact] for fact in facts if fact in wire}),
            _IS_IN_DOUBT,
        )

    def lose_launch(self, launch: LaunchRecord, reason: str, *, fails_servers: bool = False) -> LaunchRecord:
        """Record that no job is known to be the launch's, if it is OPEN and not abandoned; answers what is stored."""
        loss = {"state": LaunchState.LOST.value, "reason": reason, "failsServers": fails_servers}
        return self._update(launch, Changes(set=loss), _IS_IN_DOUBT)

    def note_end(self, launch: LaunchRecord, at: datetime) -> LaunchRecord:
        """Keep when the job was first seen to have ended, unless that is known; answers what is stored then."""
        changes = Changes(set={"endedAt": format_instant(at)})
        return self._update(launch, changes, And(Exists("jobId"), NotExists("endedAt")))

    def remember_jobs(self, step: ExecutionHeader, launch: LaunchRecord) -> LaunchRecord:
        """Keep which jobs are not the launch's, which may be, with the servers on which these work, and which may have
        been, unless a job is recorded; answers what is stored then. StepLostError if the step is not ours any more.
        """
        wire = launch.wire()
        lists = {"strangers": launch.strangers, "suspects": launch.suspects, "unread": launch.unread}
        known = {fact: list(jobs) for fact, jobs in lists.items()}
        return self._update_in_step(step, launch, Changes(set={**known, "servers": wire["servers"]}))

    def settle_abandoned(self, launch: LaunchRecord, state: LaunchState, event: ExecutionEvent) -> bool:
        """Record what became of an abandoned launch, with its event; False, and nothing written, if that is known."""
        changes = Changes(set={"state": state.value, "endedAt": format_instant(event.time)})
        unsettled = And(Exists("abandonedAt"), In("state", sorted(LIVE_LAUNCH_STATES)), _same_job(launch))
        for index in range(EVENT_PLACES):
            place = event_put(event.model_copy(update={"index": event.index + index}))
            try:
                self._table.transact([UpdateItem(_key(launch), changes, unsettled), place])
            except TransactionRefused as refused:
                if refused.failed(0):
                    return False
            else:
                return True
        raise Throttled("too many events of one instant")

    def _update_in_step(self, step: ExecutionHeader, launch: LaunchRecord, changes: Changes) -> LaunchRecord:
        """Change a launch that has no job, if the header has that step; answers what is stored then."""
        check = CheckItem(keys.item_key(step.execution_id, step.plan_id), Equals("step", step.step))
        try:
            self._table.transact([check, UpdateItem(_key(launch), changes, _HAS_NO_JOB)])
        except TransactionRefused as refused:
            if refused.failed(0):
                raise StepLostError(f"step {step.step} of {step.execution_id}") from refused
        stored = self.launch(launch.execution_id, launch.plan_id, launch.launch_id)
        if stored is None:
            raise NotFoundError(f"There is no launch {launch.launch_id}", id=launch.launch_id)
        return stored

    def _update(self, launch: LaunchRecord, changes: Changes, condition: And | Equals) -> LaunchRecord:
        try:
            item = self._table.update(_key(launch), changes, condition)
        except ConditionFailed as error:
            if error.item is None:
                raise NotFoundError(f"There is no launch {launch.launch_id}", id=launch.launch_id) from error
            item = error.item
        return model_of(LaunchRecord, item)


def _same_job(launch: LaunchRecord) -> Condition:
    return NotExists("jobId") if launch.job_id is None else Equals("jobId", launch.job_id)


def _key(launch: LaunchRecord) -> Key:
    return keys.item_key(launch.execution_id, keys.launch(launch.plan_id, launch.launch_id))
