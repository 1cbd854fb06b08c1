"""The engine's part by hand: a step of an execution that says what the test wants it to say."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from shared.models.execution import ExecutionHeader, ExecutionStatus
from shared.models.gate import PAUSE_SCOPE, Gate, GateKind, GateStatus
from shared.models.launch import LaunchedServer, LaunchRecord
from shared.models.quota import QuotaRow, Reservation
from shared.models.request import Request
from shared.models.server_record import ServerRecord
from shared.models.wave_record import WaveRecord, WaveStatus
from tests.support.control_room import ControlRoom


class EngineHand:
    """Claims, writes and commits steps of one execution."""

    def __init__(self, room: ControlRoom, execution_id: str) -> None:
        self._room = room
        self._execution_id = execution_id

    @property
    def header(self) -> ExecutionHeader:
        """The stored header."""
        return self._room.header(self._execution_id)

    def sleep(self, token: str) -> None:
        """Let the engine wait at the INBOX with this token."""
        header = self.header
        item = self._room.history.get({"executionId": self._execution_id, "planId": f"{header.plan_id}#INBOX"})
        assert item is not None
        self._room.history.put(item | {"token": token, "waitStep": header.step})
        self._room.runs.asleep.add(token)

    def step(
        self,
        status: ExecutionStatus | None = None,
        *,
        waves: Mapping[int, WaveStatus] | None = None,
        summaries: Mapping[int, Mapping[str, Any]] | None = None,
        items: Iterable[WaveRecord | ServerRecord | Gate] = (),
        requests: Iterable[Request] = (),
        **changes: Any,
    ) -> ExecutionHeader:
        """One step: the execution in that status, these waves in theirs, these items as they are.

        `summaries` are changes of what the header knows of a wave.
        """
        executions = self._room.executions
        before = self.header
        header = executions.claim_step(self._execution_id, before.plan_id, before.run_seq, f"{before.step + 1:08d}")
        moved, told = waves or {}, summaries or {}
        records = executions.waves(header, moved)
        changed = [record.model_copy(update={"status": moved[number]}) for number, record in records.items()]
        executions.write_items(header, [*changed, *items])
        after = tuple(
            summary.model_copy(
                update={"status": moved.get(summary.wave_number, summary.status), **told.get(summary.wave_number, {})}
            )
            for summary in header.waves
        )
        ended = {"ended_at": self._room.clock.now()} if status and status in _TERMINAL else {}
        update = {"waves": after, "status": status or header.status, **ended, **changes}
        executions.commit(header.model_copy(update=update), requests=tuple(requests))
        return self.header

    def open_gate(self, scope: str, number: int = 1, kind: GateKind = GateKind.APPROVAL) -> Gate:
        """A gate that waits: a wave's before it begins or, of kind FAILURE, after it failed, or that of a pause."""
        header, now = self.header, self._room.clock.now()
        kind = GateKind.PAUSE if scope == PAUSE_SCOPE else kind
        gate = Gate(
            execution_id=header.execution_id,
            plan_id=header.plan_id,
            scope=scope,
            number=number,
            kind=kind,
            reason="waits",
            opened_at=now,
            expires_at=now + timedelta(days=364),
        )
        pause: dict[str, Any] = {"pause_gate": number, "pause_closed": False} if scope == PAUSE_SCOPE else {}
        waits = WaveStatus.FAILED if kind is GateKind.FAILURE else WaveStatus.AWAITING_APPROVAL
        waves = {} if scope == PAUSE_SCOPE else {int(scope): waits}
        self.step(ExecutionStatus.PAUSED, waves=waves, items=[gate], **pause)
        return gate

    def approve(self, gate: Gate, by: str) -> None:
        """Decide the gate, and let its wave begin."""
        executions = self._room.executions
        executions.decide_gate(gate, GateStatus.APPROVED, by, self._room.clock.now())
        if gate.scope == PAUSE_SCOPE:
            self.step(ExecutionStatus.RUNNING, pause_closed=True)
            return
        record = executions.waves(self.header, [int(gate.scope)])[int(gate.scope)]
        self.step(items=[record.model_copy(update={"approved_by": by})])
        self.step(ExecutionStatus.RUNNING, waves={int(gate.scope): WaveStatus.LAUNCHING})

    def launch(self, wave_number: int, *, is_drill: bool = True, with_job: bool = True) -> list[LaunchRecord]:
        """Really launch a wave in the simulated DRS, a job for each account and region; then the jobs have ended."""
        room, header = self._room, self.header
        servers = room.executions.servers(header, wave_number)
        launches = []
        for index, target in enumerate(sorted({server.server.target for server in servers})):
            ids = [one.server.source_server_id for one in servers if one.server.target == target]
            now = room.clock.now()
            launch = LaunchRecord(
                execution_id=header.execution_id,
                plan_id=header.plan_id,
                launch_id=f"{header.execution_id}-{wave_number}-{index}",
                wave_number=wave_number,
                target=target,
                servers=tuple(LaunchedServer(source_server_id=one, attempt=1) for one in ids),
                intent_at=now,
                not_after=now + timedelta(seconds=20),
            )
            row = room.quotas.get(target)
            reservation = Reservation(
                reservation_id=launch.launch_id,
                execution_id=header.execution_id,
                server_count=len(ids),
                taken_at=now,
            )
            room.executions.open_launch(
                self.header, launch, QuotaRow(target=target, reservations=(reservation,), version=row.version + 1)
            )
            if with_job:
                job = room.drs.start_recovery(
                    target, ids, is_drill=is_drill, tags={}, not_after=now + timedelta(seconds=20)
                )
                launch = room.executions.record_job(launch, job.job_id)
            launches.append(launch)
        room.clock.advance(3600)
        room.simulator.advance()
        return launches


_TERMINAL = frozenset(
    {
        ExecutionStatus.COMPLETED,
        ExecutionStatus.PARTIAL,
        ExecutionStatus.FAILED,
        ExecutionStatus.CANCELLED,
        ExecutionStatus.TIMEOUT,
    }
)
