"""One whole system for all stories: real functions, the real state machine, DRS by the simulator, at a fast clock."""

from collections.abc import Iterator

import pytest

from local.drs_door import simulated_drs
from local.drs_simulator import Settings, Timings
from local.system import Blueprint, LocalSystem
from tests.e2e.accounts import DATABASE, DEPLOYED, register_accounts
from tests.e2e.hub import Hub, Part, Wave
from tests.e2e.pasting import sample, terminal
from tests.e2e.simulated import Simulated
from tests.e2e.waiting import eventually

__all__ = ["sample", "terminal"]

SCALE = 300.0
SLOW_SERVERS = 6.0
"""Windows servers take so many times as long to convert: stories use them where something has to go on for a while."""


@pytest.fixture(scope="package")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalSystem]:
    """The running system; every story brings its own servers, so that none disturbs another."""
    blueprint = Blueprint(targets=DEPLOYED, parameters={"NotificationEmail": "operator@example.com"})
    drs = simulated_drs(Settings(timings=Timings(windows_factor=SLOW_SERVERS)), seed=1)
    folder = tmp_path_factory.mktemp("e2e")
    with LocalSystem(SCALE, drs=drs, blueprint=blueprint, state_dir=folder) as running:
        register_accounts(running)
        yield running


@pytest.fixture(scope="package")
def simulated(system: LocalSystem) -> Simulated:
    """The simulator over HTTP."""
    return Simulated(system.drs_endpoint)


@pytest.fixture(scope="package")
def hub(system: LocalSystem, simulated: Simulated) -> Hub:
    """The operator."""
    return Hub(system, simulated)


@pytest.fixture(scope="package", autouse=True)
def old_execution(hub: Hub) -> str:
    """An execution whose gate opens before all other stories and waits through them."""
    servers = hub.drs.protect(DATABASE, "waits-from-the-beginning")
    execution_id = hub.start(Wave([Part(DATABASE, servers)], pause=True))
    hub.until(
        execution_id,
        lambda seen: any(gate.get("notifiedAt") for gate in seen["gates"]),
        "the mail of its gate should be sent and noted",
    )
    eventually(hub.is_still, "the step that opened the gate should have ended, so that no story sees it write")
    return execution_id
