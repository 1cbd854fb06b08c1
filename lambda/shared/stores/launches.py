"""Launches: intent before effect, the job id never lost."""

from __future__ import annotations

from collections.abc import Collection

from shared.errors import NotFoundError
from shared.models.execution import ExecutionHeader
from shared.models.launch import LaunchRecord, LaunchState
from shared.models.quota import QuotaRow
from shared.stores import keys
from shared.stores.conditions import And, Equals, Exists, NotExists
from shared.stores.items import child_item, model_of
from shared.stores.quota_store import quota_put
from shared.stores.refusals import AlreadyExistsError, QuotaRowChangedError, StepLostError
from shared.stores.table import Changes, ConditionFailed, Key, PutItem, Table, TransactionRefused, UpdateItem


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
        """Take launches off the header's list, before the step opens any; answers the header without them.

        StepLostError, and nothing written, if the step is not ours any more or the list is another.
        """
        left = tuple(one for one in header.launch_ids if one not in launch_ids)
        unchanged = And(Equals("step", header.step), Equals("launchIds", list(header.launch_ids)))
        key = keys.item_key(header.execution_id, header.plan_id)
        try:
            self._table.update(key, Changes(set={"launchIds": list(left)}), unchanged)
        except ConditionFailed as error:
            raise StepLostError(f"step {header.step} of {header.execution_id}") from error
        return header.model_copy(update={"launch_ids": left})

    def record_job(self, launch: LaunchRecord, job_id: str) -> LaunchRecord:
        """Record the job and STARTED, whatever the state, unless a job is recorded; answers what is stored then."""
        changes = Changes(set={"jobId": job_id, "state": LaunchState.STARTED.value}, remove=["endedAt"])
        return self._update(launch, changes, And(Exists(keys.PARTITION), NotExists("jobId")))

    def refuse_launch(self, launch: LaunchRecord, reason: str, *, fails_servers: bool = False) -> LaunchRecord:
        """Record that the call surely started nothing, if the launch is OPEN; answers what is stored then."""
        refusal = {"state": LaunchState.REFUSED.value, "reason": reason, "failsServers": fails_servers}
        return self._update(launch, Changes(set=refusal), Equals("state", LaunchState.OPEN))

    def lose_launch(self, launch: LaunchRecord, reason: str) -> LaunchRecord:
        """Record that the call is proved to have started nothing, if the launch is OPEN; answers what is stored."""
        loss = {"state": LaunchState.LOST.value, "reason": reason}
        return self._update(launch, Changes(set=loss), Equals("state", LaunchState.OPEN))

    def _update(self, launch: LaunchRecord, changes: Changes, condition: And | Equals) -> LaunchRecord:
        try:
            item = self._table.update(_key(launch), changes, condition)
        except ConditionFailed as error:
            if error.item is None:
                raise NotFoundError(f"There is no launch {launch.launch_id}", id=launch.launch_id) from error
            item = error.item
        return model_of(LaunchRecord, item)


def _key(launch: LaunchRecord) -> Key:
    return keys.item_key(launch.execution_id, keys.launch(launch.plan_id, launch.launch_id))
