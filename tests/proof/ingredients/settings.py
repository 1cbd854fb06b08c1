"""What somebody else does to launch settings."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from local.drs_simulator.errors import DrsError
from local.drs_simulator.operations.configuration import update_launch_configuration
from shared.operations import DATA_MANAGEMENT
from tests.proof.ingredients.people import start_plan
from tests.proof.scenario import Ingredient
from tests.proof.stage import Stage
from tests.support.world.functions import function_arn

_OVERRIDE: Final[Mapping[str, Any]] = {"reason": "the data centre is lost", "codes": ["LAUNCH_CONFIG_DRIFT"]}


@dataclass(frozen=True)
class Settled(Ingredient):
    """Every server of a wave with settings is to be launched with them."""

    def put_on(self, stage: Stage) -> None:
        stage.checker.settings_first.settled |= set(stage.settled)


@dataclass(frozen=True)
class StartedInSpite(Ingredient):
    """Somebody starts a plan in spite of settings that are not in DRS, of a group that wants nothing repaired."""

    plan: str
    wave: int
    at: float

    def put_on(self, stage: Stage) -> None:
        stage.later(self.at, lambda: self._start(stage), f"start {self.plan} in spite of it")

    def _start(self, stage: Stage) -> None:
        if (self.plan, self.wave) not in stage.servers:
            return
        stage.block(self.plan, self.wave)
        stage.checker.settings_first.accepted |= set(stage.servers[self.plan, self.wave])
        stage.count("settings accepted")
        start_plan(stage, self.plan, "DRILL", "", override=_OVERRIDE)


@dataclass(frozen=True)
class Drilled(Ingredient):
    """Drills of some servers are otherwise, and the schedule of the configuration fires every minute."""

    def put_on(self, stage: Stage) -> None:
        stage.checker.drills_only.drilled |= stage.drilled
        self._fire(stage)

    def _fire(self, stage: Stage) -> None:
        stage.world.agenda.after(60.0, lambda: self._fire(stage), label="the schedule", background=True)
        stage.world.functions.invoke_later(function_arn(DATA_MANAGEMENT), {"schedule": "configuration"})


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
