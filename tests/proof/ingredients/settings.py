"""What somebody else does to launch settings."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from local.drs_simulator.errors import DrsError
from local.drs_simulator.operations.configuration import update_launch_configuration
from tests.proof.scenario import Ingredient
from tests.proof.stage import Stage


@dataclass(frozen=True)
class Settled(Ingredient):
    """Every server of a wave with settings is to be launched with them."""

    def put_on(self, stage: Stage) -> None:
        stage.checker.settings_first.settled |= set(stage.settled)


@dataclass(frozen=True)
class Edited(Ingredient):
    """Somebody changes in DRS what a server is launched with."""

    plan: str
    wave: int
    at: float

    def put_on(self, stage: Stage) -> None:
        stage.later(self.at, lambda: self._edit(stage), "edit launch settings")

    def _edit(self, stage: Stage) -> None:
        servers = stage.servers.get((self.plan, self.wave), [])
        world = stage.world.simulator._world
        for cell in list(world.cells.values()):
            for server in servers[:1]:
                if server in cell.servers:
                    # DRS refuses it while a job works on the server
                    with suppress(DrsError):
                        update_launch_configuration(world, cell, {"sourceServerID": server, "copyTags": False})
                        stage.count("settings edited")


@dataclass(frozen=True)
class Blocked(Ingredient):
    """Somebody has the group of a wave want that nothing is repaired: who differs is not launched."""

    plan: str
    wave: int
    at: float

    benign = False

    def put_on(self, stage: Stage) -> None:
        stage.later(self.at, lambda: self._block(stage), "block repairs")

    def _block(self, stage: Stage) -> None:
        stage.block(self.plan, self.wave)
        stage.count("group blocked")
