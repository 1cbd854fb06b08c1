"""Servers of one account and region with their launch templates, and what brings them to their settings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from local.drs_simulator import RateLimits, Settings, SourceServerSpec
from local.drs_simulator.prepared import into_id
from local.drs_simulator.templates import MemoryTemplate
from shared.launch_config_records import Brought
from shared.launch_config_rules import DRS_FIELDS, LAUNCH_INTO, EffectiveConfig, settings_of
from shared.models.launch_config_state import DriftPolicy
from shared.models.targets import Target
from shared.services.launch_config_bringing import bring
from shared.services.launch_config_orders import BringingDeps, How, Wanted
from tests.support.launch_settings import unmanaged
from tests.support.world import World
from tests.support.world.cloud import CERTAIN

TARGET: Final = Target(account_id="111122223333", region="us-west-2")
WRITES: Final = ("add_version", "make_default")


@dataclass
class Stage:
    """A world in which nothing is configured yet."""

    world: World = field(default_factory=lambda: World(seed=1, settings=CERTAIN))

    @classmethod
    def at_the_rates_of_drs(cls) -> Stage:
        """One in which DRS is asked too often."""
        return cls(World(seed=1, settings=Settings(rate_limits=RateLimits(), quirks=CERTAIN.quirks)))

    @property
    def deps(self) -> BringingDeps:
        cloud = self.world.cloud
        return BringingDeps(cloud.launch_configurations, cloud.templates, self.world.clock, cloud.wait, workers=1)

    def protect(self, count: int = 1, **spec: Any) -> list[str]:
        return [
            self.world.simulator.add_source_server(
                TARGET.account_id, TARGET.region, SourceServerSpec(hostname=f"host-{number}", **spec)
            )
            for number in range(count)
        ]

    def bring(self, wanted: Mapping[str, Mapping[str, Any]], **how: Any) -> dict[str, Brought]:
        """Bring servers to these settings."""
        configs = {server_id: Wanted(EffectiveConfig(settings)) for server_id, settings in wanted.items()}
        return bring(TARGET, configs, How(**how), self.deps)

    def look(self, wanted: Mapping[str, Mapping[str, Any]]) -> dict[str, Brought]:
        """Only look."""
        return self.bring(wanted, policy=DriftPolicy.WARN)

    # -- what is there --------------------------------------------------------------------------------------------

    def configuration(self, server_id: str) -> dict[str, Any]:
        """What DRS has, straight from the simulator."""
        cell = self.world.simulator._world.cell(TARGET.account_id, TARGET.region)
        return dict(cell.servers[server_id].launch_configuration)

    def template(self, server_id: str) -> MemoryTemplate:
        """The launch template of a server, made if it is not yet."""
        cell = self.world.simulator._world.cell(TARGET.account_id, TARGET.region)
        if not cell.servers[server_id].has_template:
            self.world.cloud.launch_configurations.read(TARGET, server_id)
        template_id = self.configuration(server_id)["ec2LaunchTemplateID"]
        return self.world.cloud.ec2_instances.template(TARGET.account_id, TARGET.region, template_id)

    def held(self, server_id: str) -> dict[str, Any]:
        """What DRS and the default version hold, by the names of our fields."""
        template, drs = self.template(server_id), self.configuration(server_id)
        found = {name: drs[name] for name in DRS_FIELDS if drs.get(name) is not None}
        if instance_id := into_id(drs):
            found[LAUNCH_INTO] = {"launchIntoEc2InstanceId": instance_id}
        return {**found, **settings_of(template.version(template.default))}

    def unmanaged(self, server_id: str) -> dict[str, Any]:
        """What DRS and the default version hold beside what our settings are about."""
        template, drs = self.template(server_id), self.configuration(server_id)
        of_drs = {name: value for name, value in drs.items() if name not in DRS_FIELDS}
        return {**unmanaged(template.version(template.default)), "drs": of_drs}

    def edit(self, server_id: str, **data: Any) -> int:
        """Somebody else makes a version over the default, and makes it the default; its number."""
        template = self.template(server_id)
        number = template.add(data, source=template.default)
        template.make_default(number)
        return number

    def writes(self) -> Counter[str]:
        """How many changing calls were carried out, by their name."""
        calls = self.world.simulator.record.calls("UpdateLaunchConfiguration")
        done = sum(call.outcome == "success" for call in calls)
        templates = {name: count for name, count in self.world.cloud.templates.calls.items() if name in WRITES}
        return Counter({"update": done, **templates})

    def reads(self) -> int:
        """How many reads of many templates EC2 was asked."""
        return self.world.cloud.templates.calls["default_versions"]

    def checks(self) -> int:
        """How often EC2 was asked for the versions of a template right before its default was moved."""
        return self.world.cloud.templates.calls["numbers"]
