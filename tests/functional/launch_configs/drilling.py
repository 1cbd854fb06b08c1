"""A drill whose function of the configuration is invoked by hand, and may die at any of its calls."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from local.drs_simulator.networks import Network
from shared.launch_config_rules import DRS_FIELDS, settings_of
from shared.models.base import format_instant
from shared.models.execution import ExecutionHeader
from shared.models.targets import ServerKey
from shared.models.temporary_settings import TemporarySettings
from shared.operations import DATA_MANAGEMENT
from shared.stores import keys
from shared.stores.table import Changes
from shared.stores.temporary_settings import TemporarySettingsStore
from tests.support.asl.functions import Crash
from tests.support.world import World, wave
from tests.support.world.machinery import DATABASE_ACCOUNT, REGION
from tests.support.world.rest import QUICK
from tests.support.world.seams import Seam

HERE, ELSEWHERE = "subnet-0000000a", "subnet-0000000b"
SUBNETS: Final = {HERE: ("vpc-1", "10.0.0.0/24"), ELSEWHERE: ("vpc-2", "10.0.0.0/24")}
STANDING: Final[dict[str, Any]] = {"subnetId": HERE, "copyTags": True, "staticPrivateIp": "10.0.0.9"}
DRILL: Final[dict[str, Any]] = {
    "subnetId": ELSEWHERE,
    "securityGroupIds": ["sg-0000000b"],
    "instanceType": "m6i.large",
    "instanceProfileName": "web",
    "recoveryMode": "OPTIMAL",
}


@dataclass
class Drilling:
    """A world with a plan of one server, whose drills are otherwise in every way; nothing happens by itself."""

    world: World = field(default_factory=lambda: World(settings=QUICK))
    applies: bool = True
    """Whether the settings of the server are there before."""
    drill: dict[str, Any] = field(default_factory=lambda: dict(DRILL))

    def __post_init__(self) -> None:
        world = self.world
        world.cloud.ec2_instances.networks[DATABASE_ACCOUNT, REGION] = Network(
            SUBNETS, {"sg-0000000b": "vpc-2"}, {"web"}
        )
        [self.server] = world.add_servers()
        self.group = world.create_group("db", [self.server], drillLaunchConfig=self.drill)
        own = {"groupId": self.group, "serverId": self.server, "version": 1, "launchTemplate": STANDING}
        world.ask("update_server_launch_config", **own)
        self.plan = world.create_plan("plan", wave(0, self.group))
        world.ask("get_server_launch_config", groupId=self.group, serverId=self.server)
        if self.applies:
            world.ask("apply_launch_configs", groupId=self.group)
            world.settle()
        self.before = self.held()
        self.execution = world.start(self.plan)

    @property
    def key(self) -> ServerKey:
        return ServerKey(account_id=DATABASE_ACCOUNT, region=REGION, source_server_id=self.server)

    @property
    def header(self) -> ExecutionHeader:
        return self.world.header(self.execution)

    @property
    def seam(self) -> Seam:
        return self.world.seams[DATA_MANAGEMENT]

    @property
    def rows(self) -> list[TemporarySettings]:
        return list(TemporarySettingsStore(self.world.history).all())

    # -- what happens ---------------------------------------------------------------------------------------------

    def verify(self) -> int:
        """Have the settings of the wave verified; how many calls that took, also if it died at one."""
        now = format_instant(self.world.clock.now())
        of_wave = {"executionId": self.execution, "planId": self.header.plan_id, "waveNumber": 0, "askedAt": now}
        return self.invoke({"work": "verify-settings", **of_wave})

    def end(self, status: str = "CANCELLED") -> None:
        """The execution has ended."""
        key = keys.item_key(self.execution, self.header.plan_id)
        self.world.history.update(key, Changes(set={"status": status}))

    def minute(self, minutes: float = 1) -> int:
        """Let time pass, and the schedule fire."""
        self.world.clock.advance(60 * minutes)
        return self.invoke({"schedule": "configuration"})

    def invoke(self, event: dict[str, Any]) -> int:
        """Invoke the function; how many calls it made."""
        before = len(self.seam.calls)
        with suppress(Crash):
            self.world.parts.invoke(DATA_MANAGEMENT, event)
        return len(self.seam.calls) - before

    def dies(self, nth: int) -> None:
        """After the n-th call from now the function dies, before it is told what came of it."""
        self.seam.crash("*", nth=nth, moment="after")

    def go_on(self, minutes: int = 90) -> None:
        """Let the schedule fire until nothing is left."""
        self.seam.forget()
        for _ in range(minutes):
            if not self.rows:
                return
            self.minute()

    # -- what is there --------------------------------------------------------------------------------------------

    def configuration(self) -> dict[str, Any]:
        """What DRS has."""
        cell = self.world.simulator._world.cell(DATABASE_ACCOUNT, REGION)
        return cell.servers[self.server].launch_configuration

    def template(self) -> Any:
        """The launch template."""
        template_id = self.configuration()["ec2LaunchTemplateID"]
        return self.world.cloud.ec2_instances.template(DATABASE_ACCOUNT, REGION, template_id)

    def data(self) -> dict[str, Any]:
        """The data of the default version."""
        template = self.template()
        found: dict[str, Any] = template.version(template.default)
        return found

    def held(self) -> dict[str, Any]:
        """All of it, by the names of our fields."""
        drs = self.configuration()
        return {
            **{name: drs[name] for name in DRS_FIELDS if drs.get(name) not in (None, {})},
            **settings_of(self.data()),
        }

    def edit(self, **data: Any) -> None:
        """Somebody else makes a version over the default, and makes it the default."""
        template = self.template()
        template.make_default(template.add(data, source=template.default))

    def history(self) -> list[dict[str, Any]]:
        """The lines of the history of the server, newest first."""
        lines: list[dict[str, Any]] = self.world.ask(
            "get_server_config_history", groupId=self.group, serverId=self.server
        )["items"]
        return lines
