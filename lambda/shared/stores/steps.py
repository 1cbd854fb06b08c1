"""The engine's steps: claimed before they are taken, every write on the condition that the claim still holds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, assert_never

from shared.errors import NotFoundError
from shared.models.event import ExecutionEvent
from shared.models.execution import SCHEMA_VERSION, ExecutionHeader
from shared.models.gate import Gate, GateReason, GateStatus
from shared.models.inbox import Inbox
from shared.models.launch import LaunchRecord, LaunchState
from shared.models.launch_events import Hearing
from shared.models.request import Request, RequestState
from shared.models.server_record import ServerRecord
from shared.models.targets import Target
from shared.models.wave_record import WaveRecord
from shared.stores import keys
from shared.stores.conditions import And, Condition, Equals, In, LessThan, NotExists, Or
from shared.stores.items import child_item, is_header, model_of, row_model, status_attributes, wave_summaries
from shared.stores.refusals import ClaimRefusedError, SignalsChangedError, StaleRunError, StepLostError
from shared.stores.table import (
    TRANSACTION_LIMIT,
    Changes,
    CheckItem,
    ConditionFailed,
    PutItem,
    Table,
    TransactionRefused,
    UpdateItem,
    Write,
    chunks,
)

StepItem: TypeAlias = WaveRecord | ServerRecord | Gate | GateReason | LaunchRecord | ExecutionEvent

REQUESTS_PER_STEP: Final = 90
"""How many requests one commit can consume beside the header, the INBOX and some events."""

COMMITTED: Final = (
    "status",
    "status_reason",
    "ended_at",
    "recovered_at",
    "paused_since",
    "seconds_at_gates",
    "gate_seconds_at_recovery",
    "cancelled_by",
    "expired_gate",
    "has_launched",
    "launch_into_count",
    "abandoned_count",
    "progress",
    "waves",
    "seen",
    "broken_by",
    "queued_in",
    "unasked_in",
    "unasked_since",
    "denied_in",
    "denied_until",
    "pause_gate",
    "pause_closed",
)
"""The fields of a header that a commit writes; others belong to start, claim, launches, reconciler or termination."""


_KNOWN_VERSION: Final = Or(NotExists("schemaVersion"), LessThan("schemaVersion", SCHEMA_VERSION + 1))


@dataclass(frozen=True)
class StepLoad:
    """The INBOX, the waves that were asked for, all launches, and what is heard from each account and region."""

    inbox: Inbox
    waves: tuple[WaveRecord, ...]
    launches: tuple[LaunchRecord, ...]
    hearings: Mapping[Target, Hearing]


class Steps:
    """Claim, load, write, commit."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def claim_step(self, execution_id: str, plan_id: str, run_seq: int, by: str) -> ExecutionHeader:
        """Take the next step: step + 1 and `by`, if `by` is higher than the stored one and the run is the header's.

        ClaimRefusedError if `by` is not higher, StaleRunError if a later run drives the execution, NewerSchemaError if
        a later version of this software does, NotFoundError.
        """
        try:
            item = self._table.update(
                keys.item_key(execution_id, plan_id),
                Changes(add={"step": 1}, set={"by": by}),
                And(LessThan("by", by), Equals("runSeq", run_seq), _KNOWN_VERSION),
            )
        except ConditionFailed as error:
            if error.item is None or not is_header(error.item):
                raise NotFoundError(f"There is no execution {execution_id}", id=execution_id) from error
            stored = model_of(ExecutionHeader, error.item)
            raise (StaleRunError if stored.run_seq > run_seq else ClaimRefusedError)(stored) from error
        return model_of(ExecutionHeader, item)

    def load_step(self, header: ExecutionHeader, waves: Collection[int]) -> StepLoad:
        """What every step needs, in one consistent read; NotFoundError if there is no INBOX."""
        plan_id = header.plan_id
        named = {
            "inbox": [keys.inbox(plan_id)],
            "waves": [keys.wave(plan_id, number) for number in waves],
            "launches": [keys.launch(plan_id, launch_id) for launch_id in header.launch_ids],
        }
        found = self._table.batch_get(
            [
                *(keys.item_key(header.execution_id, sort_key) for part in named.values() for sort_key in part),
                *map(keys.hearing, header.targets),
            ]
        )
        items = {(item[keys.PARTITION], item[keys.SORT]): item for item in found}
        parts = {
            name: [items[key] for sort_key in part if (key := (header.execution_id, sort_key)) in items]
            for name, part in named.items()
        }
        if not parts["inbox"]:
            raise NotFoundError(f"There is no execution {header.execution_id}", id=header.execution_id)
        rows = [row_model(Hearing, item) for item in found if item[keys.PARTITION] != header.execution_id]
        return StepLoad(
            inbox=model_of(Inbox, parts["inbox"][0]),
            waves=tuple(model_of(WaveRecord, item) for item in parts["waves"]),
            launches=tuple(model_of(LaunchRecord, item) for item in parts["launches"]),
            hearings={row.target: row for row in rows},
        )

    def write_together(self, header: ExecutionHeader, groups: Iterable[Sequence[StepItem]]) -> None:
        """Write groups of items in their order, none of them in two transactions, else like `write_items`."""
        packed: list[StepItem] = []
        for group in groups:
            if packed and len(packed) + len(group) > TRANSACTION_LIMIT - 1:
                self.write_items(header, packed)
                packed = []
            packed += group
        self.write_items(header, packed)

    def write_items(self, header: ExecutionHeader, items: Sequence[StepItem]) -> None:
        """Write items of the step in transactions of at most 99; StepLostError as soon as the step is not ours.

        A gate that exists is left as it is, and so is what a decided one says; a server, if the stored attempt is
        higher, and a launch, if the stored one knows more, refuse as a lost step does.
        """
        for chunk in chunks(items, TRANSACTION_LIMIT - 1):
            self._write_chunk(header, chunk)

    def _write_chunk(self, header: ExecutionHeader, items: list[StepItem]) -> None:
        check = CheckItem(keys.item_key(header.execution_id, header.plan_id), Equals("step", header.step))
        while items:
            try:
                self._table.transact([check, *map(step_write, items)])
            except TransactionRefused as refused:
                present = {position - 1 for position in refused.failures()}
                if not present or not all(
                    position >= 0 and isinstance(items[position], Gate | GateReason) for position in present
                ):
                    raise StepLostError(f"step {header.step} of {header.execution_id}") from refused
                items = [item for position, item in enumerate(items) if position not in present]
            else:
                return

    def commit(
        self,
        header: ExecutionHeader,
        *,
        events: Sequence[ExecutionEvent] = (),
        requests: Sequence[Request] = (),
        expected_signals: int | None = None,
    ) -> ExecutionHeader:
        """End the step in one transaction: the header's COMMITTED fields, events, consumed requests.

        StepLostError if the step is not ours any more or a request was consumed by another; SignalsChangedError if
        the INBOX does not hold `expected_signals`. Events that find no room are written before.
        """
        if len(requests) > REQUESTS_PER_STEP:
            raise ValueError(f"a step consumes at most {REQUESTS_PER_STEP} requests, not {len(requests)}")
        writes: list[Write] = [_header_update(header), *map(_request_update, requests)]
        if expected_signals is not None:
            inbox = keys.item_key(header.execution_id, keys.inbox(header.plan_id))
            writes.append(CheckItem(inbox, Equals("signals", expected_signals)))
        surplus = max(0, len(events) - (TRANSACTION_LIMIT - len(writes)))
        self.write_items(header, events[:surplus])
        try:
            self._table.transact([*writes, *map(step_write, events[surplus:])])
        except TransactionRefused as refused:
            only_signals = refused.failures() == [len(writes) - 1] and expected_signals is not None
            raise (SignalsChangedError if only_signals else StepLostError)(f"step {header.step}") from refused
        return header.model_copy(update={"committed_step": header.step})


def step_write(item: StepItem) -> PutItem | UpdateItem:
    """The write of an item of a step, with the condition under which it may replace what is stored."""
    if isinstance(item, GateReason):
        key = keys.item_key(item.execution_id, sort_key_of(item))
        return UpdateItem(key, Changes(set={"reason": item.reason}), Equals("status", GateStatus.OPEN))
    return PutItem(child_item(item, sort_key_of(item)), _may_replace(item))


def sort_key_of(item: StepItem) -> str:
    """Under which sort key an item of a step is stored."""
    plan_id = item.plan_id
    match item:
        case WaveRecord():
            return keys.wave(plan_id, item.wave_number)
        case ServerRecord():
            return keys.server(plan_id, item.wave_number, item.server)
        case Gate() | GateReason():
            return keys.gate(plan_id, item.scope, item.number)
        case LaunchRecord():
            return keys.launch(plan_id, item.launch_id)
        case ExecutionEvent():
            return keys.event(plan_id, item.time, item.step, item.index)
        case _:
            assert_never(item)


def _may_replace(item: WaveRecord | ServerRecord | Gate | LaunchRecord | ExecutionEvent) -> Condition | None:
    """The condition under which an item of a step may replace what is stored; None for none."""
    match item:
        case WaveRecord() | ExecutionEvent():
            return None
        case ServerRecord():
            return Or(NotExists("attempt"), Or(LessThan("attempt", item.attempt), Equals("attempt", item.attempt)))
        case Gate():
            return NotExists(keys.PARTITION)
        case LaunchRecord():
            return _launch_knows_no_more(item)
        case _:
            assert_never(item)


def _launch_knows_no_more(launch: LaunchRecord) -> Condition:
    """A job id that a late answer recorded is never lost; what was refused or started does not become LOST."""
    same_job: Condition = NotExists("jobId")
    if launch.job_id is not None:
        same_job = Or(same_job, Equals("jobId", launch.job_id))
    if launch.state in {LaunchState.LOST, LaunchState.REFUSED}:
        return And(same_job, In("state", [LaunchState.OPEN, launch.state]))
    return same_job


def _header_update(header: ExecutionHeader) -> UpdateItem:
    wire = header.wire() | {"waves": wave_summaries(header)}
    names = [ExecutionHeader.model_fields[field].alias or field for field in COMMITTED]
    values: dict[str, Any] = {name: wire[name] for name in names if name in wire}
    return UpdateItem(
        keys.item_key(header.execution_id, header.plan_id),
        Changes(
            set=values | {"committedStep": header.step} | status_attributes(header),
            remove=[name for name in names if name not in wire],
        ),
        Equals("step", header.step),
    )


def _request_update(request: Request) -> UpdateItem:
    return UpdateItem(
        keys.item_key(request.execution_id, keys.request(request.plan_id, request.request_id)),
        Changes(set={"state": request.state.value, "outcome": request.outcome}),
        Equals("state", RequestState.NEW),
    )
