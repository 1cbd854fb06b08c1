"""What somebody else does to launch settings."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from local.drs_simulator.errors import DrsError
from local.drs_simulator.operations.configuration import update_launch_configuration
from local.drs_simulator.prepared import PreparedInstance
from shared.models.prepared_instance import ALLOWED, TAG
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
        for (plan, _), servers in stage.servers.items():
            if plan == self.plan:
                stage.checker.settings_first.accepted |= set(servers)
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
class Prepared(Ingredient):
    """There is an instance for every server that is launched into one, and somebody stops it after each execution."""

    def put_on(self, stage: Stage) -> None:
        stage.checker.drills_only.prepared |= stage.prepared
        cells = stage.world.simulator._world.cells
        known = [
            (place, cell.servers[server].spec.hostname)
            for place, cell in cells.items()
            for server in sorted(stage.prepared & cell.servers.keys())
        ]
        instances = [
            PreparedInstance(
                f"i-{number:017x}", *place, tags={TAG: ALLOWED, "Name": name}, private_address=f"10.9.0.{number}"
            )
            for number, (place, name) in enumerate(known, start=10)
        ]
        for instance in instances:
            stage.world.cloud.ec2_instances.prepare(instance)
        self._rest(stage, instances)

    def _rest(self, stage: Stage, instances: list[PreparedInstance]) -> None:
        again = partial(self._rest, stage, instances)
        stage.world.agenda.after(5.0, again, label="stop the instances", background=True)
        if stage.executions and stage.is_over:
            for instance in instances:
                instance.state = "stopped"


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
