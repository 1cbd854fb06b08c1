"""The state of the simulated service as one JSON document, for people and for the control path."""

from dataclasses import asdict
from typing import Any

from local.drs_simulator.clock import stamp
from local.drs_simulator.state import Cell
from local.drs_simulator.views import show_job
from local.drs_simulator.world import World


def describe(world: World) -> dict[str, Any]:
    """Everything of interest in all accounts and regions; nothing is hidden by faults or quirks."""
    return {
        "now": stamp(world.now),
        "faultsMet": dict(world.faults.met),
        "cells": [_describe_cell(world, cell) for cell in world.cells.values()],
    }


def _describe_cell(world: World, cell: Cell) -> dict[str, Any]:
    return {
        "account": cell.account,
        "region": cell.region,
        "initialized": cell.initialized,
        "state": cell.state if cell.initialized or cell.state != "initialized" else "notInitialized",
        "quotas": asdict(world.quotas_of(cell)),
        "refusals": dict(cell.refusals),
        "servers": [
            {
                "sourceServerID": server.server_id,
                "hostname": server.spec.hostname,
                "replicationState": server.replication.state,
                "recoveryInstanceID": server.recovery_instance_id,
                "busyWith": server.busy_with,
            }
            for server in cell.servers.values()
        ],
        "jobs": [show_job(job, world.now, reveal=True) for job in cell.jobs.values()],
        "recoveryInstances": [
            {
                "recoveryInstanceID": instance.instance_id,
                "sourceServerID": instance.server_id,
                "jobID": instance.job_id,
                "isDrill": instance.is_drill,
                "launched": stamp(instance.launched),
            }
            for instance in cell.instances.values()
        ],
    }
