"""Bugs, each put into a copy of lambda/ by a change of its text, and the seeds that must catch them."""

from __future__ import annotations

from typing import Final

from tests.proof.mutants_of_late_jobs import OF_LATE_JOBS
from tests.proof.mutants_of_settings import OF_SETTINGS
from tests.proof.mutating import Change, Mutant

_SHELL: Final = "orchestration-stepfunctions/orchestration"

MUTANTS: Final = (
    Mutant(
        "intent dropped",
        1,
        (Change("shared/stores/launches.py", "self._table.transact([update, put, ", "self._table.transact([update, "),),
        hints=(0,),
    ),
    Mutant(
        "tag ignored",
        1,
        (
            Change(
                "shared/engine/doubt.py",
                "next((job for job in listing.jobs if job.tags.get(LAUNCH_TAG) == launch.launch_id), None)",
                "None",
            ),
            Change("shared/engine/doubt.py", "elif tags.get(LAUNCH_TAG) == launch.launch_id", "elif False"),
            Change("shared/engine/doubt.py", "tags is not None and tags.get(LAUNCH_TAG) == launch.launch_id", "False"),
        ),
        hints=(0,),
    ),
    Mutant(
        "call of a found OPEN item",
        1,
        (
            Change(
                f"{_SHELL}/advance.py",
                "    acted = act(decision.effects, state.header, deps, pace)\n",
                "    for found in state.launches:\n"
                "        if found.state == 'OPEN':\n"
                "            deps.drs.start_recovery(\n"
                "                found.target,\n"
                "                [one.source_server_id for one in found.servers],\n"
                "                is_drill=state.header.is_drill,\n"
                "                tags={'DRSOrchestration:launchId': found.launch_id,\n"
                "                      'DRSOrchestration:executionId': found.execution_id},\n"
                "                not_after=deps.clock.now() + deps.bounds.not_after,\n"
                "            )\n"
                "    acted = act(decision.effects, state.header, deps, pace)\n",
            ),
        ),
        hints=(6,),
    ),
    Mutant(
        "lock skipped",
        7,
        (
            Change(
                "execution-handler/execution/starting.py",
                "self._locks.take(new.server_keys, new.owner, may_go_on=in_time)",
                "in_time()",
            ),
        ),
        hints=(0,),
    ),
    Mutant(
        "step not claimed",
        6,
        (
            Change(
                "shared/stores/steps.py",
                'Changes(add={"step": 1}, set={"by": by}),\n'
                '                And(LessThan("by", by), Equals("runSeq", run_seq), _KNOWN_VERSION),',
                'Changes(set={"by": by}),\n                And(Equals("runSeq", run_seq), _KNOWN_VERSION),',
            ),
        ),
        hints=(0,),
    ),
    Mutant(
        "request without its signal",
        9,
        (
            Change(
                "shared/stores/requests.py",
                'UpdateItem(inbox_key, Changes(add={"signals": 1}), Exists(keys.PARTITION)),',
                'UpdateItem(inbox_key, Changes(add={"signals": 0}), Exists(keys.PARTITION)),',
            ),
        ),
        hints=(4,),
    ),
    Mutant(
        "wake that approves",
        10,
        (
            Change(
                f"{_SHELL}/reconciling.py",
                "            # once too often does no harm\n            wake(inbox, deps.runs)\n",
                "            wake(inbox, deps.runs)\n"
                "            for gate in deps.executions.gates(header):\n"
                "                if gate.token is not None:\n"
                "                    deps.runs.succeed(gate.token, {})\n",
            ),
        ),
        hints=(6,),
    ),
    Mutant(
        "reservation freed early",
        3,
        (
            Change(
                f"{_SHELL}/launching.py",
                "    stored = adopt(record, job.job_id, deps)\n",
                "    stored = adopt(record, job.job_id, deps)\n"
                "    deps.quotas.release(record.target, record.launch_id)\n",
            ),
        ),
        hints=(0,),
    ),
    Mutant(
        "ledger from server items",
        13,
        (
            Change(
                f"{_SHELL}/terminating.py",
                "    return [launch for launch in deps.executions.launches(header) if may_have_launched(launch)]\n",
                "    present = {server.launch_id for server in deps.executions.servers(header, None)}\n"
                "    return [one for one in deps.executions.launches(header) if one.launch_id in present]\n",
            ),
        ),
        hints=(68,),
    ),
    Mutant(
        "retry that does not look",
        1,
        (
            Change(
                "shared/engine/launching.py",
                "    if is_retried and not _clear_of_instances(draft, server, source):\n        return False\n",
                "",
            ),
        ),
        hints=(49,),
    ),
    Mutant(
        "gate token unconditional",
        10,
        (
            Change(
                "shared/stores/gates.py",
                'self._table.update(key, changes, And(_OPEN, LessThan("visit", visit)))',
                "self._table.update(key, changes, Exists(keys.PARTITION))",
            ),
        ),
        hints=(197,),
    ),
    Mutant(
        "commit before effects",
        5,
        (
            Change(
                f"{_SHELL}/advance.py",
                "    acted = act(decision.effects, state.header, deps, pace)\n",
                "    deps.executions.commit(\n"
                "        decision.header,\n"
                "        requests=decision.requests,\n"
                "        expected_signals=state.signals if decision.is_final else None,\n"
                "    )\n"
                "    acted = act(decision.effects, state.header, deps, pace)\n",
            ),
            Change(
                f"{_SHELL}/advance.py",
                "    deps.executions.commit(\n"
                '        decision.header.model_copy(update={"broken_by": call.last_error}),\n'
                "        events=[event for event in events if event.index not in told_already],\n"
                "        requests=decision.requests,\n"
                "        expected_signals=state.signals if decision.is_final else None,\n"
                "    )\n",
                "    deps.executions.write_items(\n"
                "        state.header, [event for event in events if event.index not in told_already]\n"
                "    )\n",
            ),
        ),
        hints=(52,),
    ),
    Mutant(
        "verdict after the waves' look forgotten",
        5,
        (
            Change(
                "shared/engine/state.py",
                "        if self.has_advanced and changes",
                "        if False and changes",
            ),
        ),
        hints=(49,),
    ),
    Mutant(
        "failed launch is LAUNCHED and HEALTHY",
        11,
        (
            Change(
                "shared/engine/judging.py",
                '        return _failed(draft, server, job, "DRS reports the launch as failed")\n',
                "        draft.change_server(server.server, launch=LaunchStatus.LAUNCHED, job_id=job.job_id)\n"
                "        draft.change_server(server.server, health=HealthStatus.HEALTHY, reason='')\n"
                "        return True\n",
            ),
        ),
        hints=(15,),
    ),
    Mutant(
        "impaired instance is HEALTHY",
        11,
        (
            Change(
                "shared/engine/checking.py",
                '    return Reading(unsettled, f"the instance is {health.state}, {checks}")',
                '    return Reading(HealthStatus.HEALTHY, "")',
            ),
        ),
        hints=(0,),
    ),
    Mutant(
        "alarms not read",
        11,
        (
            Change(
                "shared/engine/waves.py",
                "if draft.waves[number].alarm_checks and verdict_of(",
                "if False and verdict_of(",
            ),
        ),
        hints=(16,),
    ),
    Mutant(
        "commands never sent",
        11,
        (
            Change(
                "shared/engine/commands.py",
                "    if not declared:\n        return well\n",
                "    if True:\n        return well\n",
            ),
        ),
        hints=(5,),
    ),
    Mutant(
        "failed command succeeds",
        11,
        (Change("shared/engine/commands.py", "        is_well = seen.status == _WELL\n", "        is_well = True\n"),),
        hints=(211,),
    ),
    Mutant(
        "no deadline ever comes",
        5,
        (
            Change(
                "shared/engine/deadlines.py", "return deadline is not None and draft.now >= deadline", "return False"
            ),
        ),
        hints=(13,),
    ),
    Mutant(
        "waitMinutes ignored",
        5,
        (Change("shared/engine/waves.py", "wave.wait_until is not None and draft.now < wave.wait_until:", "False:"),),
        hints=(5,),
    ),
    Mutant(
        "drain without end",
        5,
        (
            Change(
                "shared/engine/draining.py",
                "return wave is not None and wave.drain_until is not None and draft.now >= wave.drain_until",
                "return False",
            ),
        ),
        hints=(162,),
    ),
    Mutant(
        "snapshots not sent",
        12,
        (Change(f"{_SHELL}/launching.py", "snapshots=effect.snapshots", "snapshots={}"),),
        hints=(10,),
    ),
    Mutant(
        "newest snapshot whatever the instant",
        12,
        (
            Change(
                "shared/engine/recovery_points.py",
                "answer = draft.observer.snapshot(server.server, _question(server, instant))",
                "answer = draft.observer.snapshot(server.server, _question(server, draft.now))",
            ),
        ),
        hints=(10,),
    ),
    Mutant(
        "pause holds back no wave",
        2,
        (
            Change(
                "shared/engine/waves.py",
                "    elif draft.pause_is_open:\n        draft.move_wave(number, WaveStatus.PENDING",
                "    elif False:\n        draft.move_wave(number, WaveStatus.PENDING",
            ),
        ),
        hints=(4,),
    ),
    Mutant(
        "pause holds back no launch",
        2,
        (Change("shared/engine/launching.py", "            if draft.pause_is_open:\n", "            if False:\n"),),
        hints=(77,),
    ),
    Mutant(
        "next wave without a word after a failed one",
        2,
        (
            Change(
                "shared/engine/waves.py",
                "goes_on = wave.failure_policy is FailurePolicy.CONTINUE or wave.continued",
                "goes_on = True",
            ),
        ),
        hints=(16,),
    ),
    Mutant(
        "reservations not counted",
        3,
        (
            Change(
                "shared/drs_limits.py",
                "        rooms[name] = max(rooms.get(name, 0), reservation.server_count)\n        launches",
                "        launches",
            ),
        ),
        hints=(30,),
    ),
    Mutant(
        "tickets ignored",
        3,
        (
            Change(
                "shared/engine/admission.py",
                "_why_no_room(row, listing, queue[:place], asked, limits)\n",
                "_why_no_room(row, listing, (), asked, limits)\n",
            ),
        ),
        hints=(30,),
    ),
    Mutant(
        "failed although something was launched",
        11,
        (
            Change(
                "shared/engine/outcome.py",
                "(ExecutionStatus.PARTIAL if launched else ExecutionStatus.FAILED), _what_failed(draft)",
                "ExecutionStatus.FAILED, _what_failed(draft)",
            ),
        ),
        hints=(3,),
    ),
    Mutant(
        "cancelled although something was launched",
        11,
        (
            Change(
                "shared/engine/outcome.py",
                "(ExecutionStatus.PARTIAL if launched else ExecutionStatus.CANCELLED), header.status_reason",
                "ExecutionStatus.CANCELLED, header.status_reason",
            ),
        ),
        hints=(23,),
    ),
    Mutant(
        "a listing of known jobs proves that a refused call has none, and its servers are not asked",
        1,
        (
            Change(
                "shared/engine/doubt.py", "    elif _servers_know_nothing(draft, launch, listing):\n", "    else:\n"
            ),
            Change(
                "shared/engine/observations.py",
                "        return reaches and self.ids <= asked.ids | {job.job_id for job in listing.jobs}\n",
                "        return True\n",
            ),
        ),
        hints=(0,),
    ),
    Mutant(
        "servers let go without a look at refused launches",
        11,
        (
            Change(
                "shared/engine/waves.py",
                "for launch in draft.live_launches_of(number) for key in launch.held",
                "for launch in draft.live_launches_of(number) if launch.is_awaited for key in launch.held",
            ),
        ),
        hints=(99,),
    ),
    *OF_LATE_JOBS,
    *OF_SETTINGS,
)
