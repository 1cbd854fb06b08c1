"""What the examples have in common: the servers of their application, their plans, and a look at what a drill left."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest

from local.function_process import ROOT
from shared.models.targets import Target
from tests.e2e.accounts import APPLICATION, DATABASE, DATABASE_EUROPE
from tests.e2e.hub import Hub

EXAMPLES: Final = ROOT / "examples"
ESTATE: Final = "examples/estate/billing-estate.json"
PLACES: Final = {"db": DATABASE, "cache": DATABASE, "archive": DATABASE_EUROPE, "app": APPLICATION, "web": APPLICATION}
"""Where the servers of the application are, by the second word of their names."""


def document(path: str) -> dict[str, Any]:
    """An example by its path."""
    parsed: dict[str, Any] = json.loads((EXAMPLES / path).read_text(encoding="utf-8"))
    return parsed


@pytest.fixture(scope="package")
def servers(hub: Hub) -> Mapping[str, str]:
    """The hostnames of the example's servers, by the ids that DRS knows them by."""
    estate = document(ESTATE.removeprefix("examples/"))
    names = [server["hostname"] for region in estate["regions"] for server in region["servers"]]
    return dict(zip(hub.drs.protect_estate(estate), names, strict=True))


def imported(hub: Hub, name: str) -> str:
    """The id of the plan of a document of examples/plans, which imports whole or is there already."""
    plan = document(f"plans/{name}.json")
    report = hub.ask("import_configuration", **plan)
    assert report["failed"] == []
    (wanted,) = plan["recoveryPlans"]
    (found,) = hub.every("list_recovery_plans", namePrefix=wanted["planName"])
    return str(found["planId"])


def launched(hub: Hub, servers: Mapping[str, str], execution_id: str) -> list[set[str]]:
    """What each job of an execution launched, by hostname, in the order of the jobs."""
    return [{servers[one] for one in job.servers} for job in hub.drs.jobs_of(execution_id)]


def left(hub: Hub, execution_id: str) -> set[str]:
    """The instances of an execution that EC2 still shows."""
    instances: dict[Target, set[str]] = hub.drs.instances_of(execution_id)
    assert instances, f"{execution_id} should have launched something"
    return {one for target, those in instances.items() for one in those & hub.alive_instances(target)}
