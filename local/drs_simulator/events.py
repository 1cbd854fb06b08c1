"""Launch events: what DRS tells EventBridge when a server's launch is decided, best effort."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from local.drs_simulator.clock import later, stamp
from local.drs_simulator.faults import ServerFault
from local.drs_simulator.state import Cell, Job, SourceServer
from local.drs_simulator.world import World

DETAIL_TYPE = "DRS Source Server Launch Result"


def plan_launch_event(
    world: World,
    cell: Cell,
    job: Job,
    server: SourceServer,
    *,
    decided: datetime,
    ended: datetime,
    met: Sequence[ServerFault],
) -> None:
    """Plan the server's event: a little before the end of the job, never before its verdict; some are lost."""
    lead = world.rng.uniform(0, world.settings.timings.event_lead)
    lost = world.rng.random() < world.settings.quirks.event_loss or any(fault.kind == "lostEvent" for fault in met)
    when = max(decided, later(ended, -lead))
    world.agenda.plan(when, partial(_emit, world, cell, job, server=server, lost=lost))


def _emit(world: World, cell: Cell, job: Job, at: datetime, *, server: SourceServer, lost: bool) -> None:
    launched = job.participants[server.server_id].status == "LAUNCHED"
    state = "RECOVERY_LAUNCH_SUCCEEDED" if launched else "RECOVERY_LAUNCH_FAILED"
    kind = "eventLost" if lost else "eventSent"
    world.note(cell, at, kind, job_id=job.job_id, server_id=server.server_id, detail={"state": state})
    if lost:
        return
    event = {
        "version": "0",
        "id": world.ids.uuid(),
        "detail-type": DETAIL_TYPE,
        "source": "aws.drs",
        "account": cell.account,
        "time": stamp(at)[:19] + "Z",
        "region": cell.region,
        "resources": [server.arn],
        "detail": {"state": state, "job-id": job.job_id, "is-drill": "TRUE" if job.is_drill else "FALSE"},
    }
    world.outbox.append((cell.account, cell.region, event))
