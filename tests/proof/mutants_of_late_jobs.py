"""Bugs of what becomes of late jobs, whose launches were lost or refused, and the seeds that must catch them."""

from __future__ import annotations

from typing import Final

from tests.proof.mutating import Change, Mutant

_SHELL: Final = "orchestration-stepfunctions/orchestration"

OF_LATE_JOBS: Final = (
    Mutant(
        "late job of a lost launch not asked for its tags",
        1,
        (
            Change(
                "shared/engine/doubt.py",
                "    if tells and may_look:\n",
                "    if tells and not is_lost and may_look:\n",
            ),
        ),
        hints=(116,),
    ),
    Mutant(
        "job of which nobody could read whose it is not waited for",
        4,
        (
            Change(
                "shared/models/launch.py",
                "(self.state in LIVE_LAUNCH_STATES or self.is_suspected)",
                "self.state in LIVE_LAUNCH_STATES",
            ),
        ),
        hints=(2,),
    ),
    Mutant(
        "server launched beside the late job of a lost launch",
        1,
        (
            Change(
                "shared/engine/settling.py",
                "    if launch.state in LIVE_LAUNCH_STATES:\n        draft.change_server(",
                "    if launch.state in LIVE_LAUNCH_STATES and member.attempt == server.attempt:\n"
                "        draft.change_server(",
            ),
        ),
        hints=(3,),
    ),
    Mutant(
        "server stays healthy by an instance that a late job has replaced",
        11,
        (
            Change(
                "shared/engine/judging.py",
                "        if _may_be_replaced(draft, server, launch):\n",
                "        if False:\n",
            ),
        ),
        hints=(31,),
    ),
    Mutant(
        "late job adopted without room",
        3,
        (
            Change(
                f"{_SHELL}/reservations.py",
                '    keep_room(launch.model_copy(update={"state": LaunchState.STARTED, "job_id": job_id}), deps)\n',
                "",
            ),
        ),
        hints=(3,),
    ),
    Mutant(
        "room of a late job freed before its launch names it",
        3,
        (
            Change(
                f"{_SHELL}/reservations.py",
                "        had_none = states.get(one.reservation_id) in (LaunchState.LOST, LaunchState.REFUSED)\n",
                "        had_none = False\n",
            ),
        ),
        hints=(3,),
    ),
    Mutant(
        "no room for the job that may be ours, neither while it is suspected nor when its execution ends without it",
        3,
        (Change(f"{_SHELL}/reservations.py", "    elif launch.suspects:\n", "    elif False:\n"),),
        hints=(2,),
    ),
    Mutant(
        "server launched beside a job of which nobody could read whose it is",
        1,
        (Change("shared/engine/losses.py", "        if suspected is not None:\n", "        if False:\n"),),
        hints=(154,),
    ),
    Mutant(
        "healthy server given up while a retry looks for its instance",
        11,
        (
            Change(
                "shared/engine/retrying.py",
                "    draft.change_server(\n        server.server,\n        health=HealthStatus.UNKNOWN,\n",
                "    launch_again(draft, server, 'its instance is looked for')\n"
                "    draft.change_server(\n        server.server,\n        health=HealthStatus.UNKNOWN,\n",
            ),
            Change(
                "shared/engine/retrying.py",
                "        checked_from=draft.now,\n        commands_due_at=None,\n        commands=(),\n"
                "        relaunch=True,\n",
                "",
            ),
        ),
        hints=(67,),
    ),
    Mutant(
        "retry trusts the instance that a late job has replaced",
        11,
        (
            Change(
                "shared/engine/retrying.py",
                "        if late_job is not None and (is_well(server) or _is_looked_for(server)):\n",
                "        if late_job is not None and _is_looked_for(server):\n",
            ),
        ),
        hints=(67,),
    ),
    Mutant(
        "end that does not wait for a look that is refused",
        4,
        (
            Change(
                "shared/engine/last_looks.py",
                "return _awaits_time(draft) or _is_before(draft, draft.header.denied_until)",
                "return _awaits_time(draft)",
            ),
            Change("shared/engine/last_looks.py", "denied_in=_in_order(denied), ", ""),
        ),
        hints=(136,),
    ),
    Mutant(
        "healthy server not looked at after a job that nobody could read",
        11,
        (Change("shared/engine/judging.py", "    recheck_beside_unread(draft)\n", ""),),
        hints=(54,),
    ),
    Mutant(
        "late job judged beside a newer launch in doubt",
        11,
        (Change("shared/engine/judging.py", "        elif _is_in_doubt(draft, server):\n", "        elif False:\n"),),
        hints=(41,),
    ),
)
