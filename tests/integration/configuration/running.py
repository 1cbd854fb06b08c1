"""Executions as a start leaves them: a header, its waves, and ties to the plan, its groups and their accounts."""

from typing import Any

from shared.models.execution import ExecutionHeader, ExecutionStatus, ExecutionType, WaveSummary
from shared.models.wave_record import WaveRecord, WaveStatus
from shared.stores.tie_holders import AccountOwners, Holder, Owners
from shared.stores.ties import AccountTies, Ties
from tests.integration.configuration.conftest import System
from tests.support.configuration import HUB

_ENDED = ExecutionStatus.COMPLETED


def begin(system: System, plan_id: str, status: ExecutionStatus, *waves: WaveStatus) -> ExecutionHeader:
    """An execution of the plan as it is stored, its waves in these states and the others PENDING."""
    plan = system.plans.get(plan_id)
    used = system.groups.get_many(plan.group_ids)
    states = [*waves, *[WaveStatus.PENDING] * (len(plan.waves) - len(waves))]
    header = ExecutionHeader(
        execution_id=f"exec-{plan_id.lower()}",
        plan_id=plan_id,
        plan_name=plan.plan_name,
        plan_version=plan.version,
        execution_type=ExecutionType.DRILL,
        status=status,
        started_at=system.clock.now(),
        initiated_by="somebody",
        targets=tuple(sorted({group.target for group in used})),
        waves=tuple(
            WaveSummary(wave_number=wave.wave_number, wave_name=wave.wave_name, status=state)
            for wave, state in zip(plan.waves, states, strict=True)
        ),
        wave_count=len(plan.waves),
        server_count=0,
    )
    system.executions.create(header)
    system.executions.put_children(
        header,
        [
            WaveRecord(
                execution_id=header.execution_id,
                plan_id=plan_id,
                wave_number=wave.wave_number,
                wave_name=wave.wave_name,
                protection_group_ids=wave.protection_group_ids,
            )
            for wave in plan.waves
        ],
    )
    owners = Owners(system.clock, plans=system.plans, executions=system.executions)
    holder = Holder.of_execution(header)
    Ties(system.tables["plans"], "planId", owners).take({plan_id: plan.version}, holder)
    Ties(system.tables["groups"], "groupId", owners).take({group.group_id: group.version for group in used}, holder)
    of_accounts = AccountOwners(system.clock, executions=system.executions)
    foreign = [account_id for account_id in header.account_ids if account_id != HUB]
    AccountTies(system.tables["accounts"], of_accounts).take(foreign, holder)
    return header


def end(system: System, header: ExecutionHeader) -> None:
    """Let the execution be over, with nothing left to look after."""
    key = {"executionId": header.execution_id, "planId": header.plan_id}
    item: dict[str, Any] | None = system.tables["history"].get(key)
    assert item is not None
    system.tables["history"].put({**item, "status": _ENDED.value})
    assert system.executions.close(header)
