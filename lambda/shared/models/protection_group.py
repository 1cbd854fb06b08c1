"""Protection groups: servers that are recovered together, by name or by tag."""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.models.base import Instant, Model, Name
from shared.models.launch_config import LaunchConfig, ServerOverride
from shared.models.launch_config_state import DriftPolicy
from shared.models.prepared_instance import LaunchIntoMatching
from shared.models.targets import AccountId, Region, SourceServerId, Target

Description = Annotated[str, StringConstraints(max_length=1000)]
Owner = Annotated[str, StringConstraints(max_length=255)]


class ProtectionGroupFields(Model):
    """What people say of a group; exactly one of the two selections is set (checked by the rules of groups).

    `launch_config_policy` is what is done before a launch with servers whose settings in DRS are otherwise; without
    one they are repaired. `drill_launch_config` lies over the settings of every server in drills, and only there. With
    `launch_into_matching` every server is launched into an instance that is there already, which is found by that,
    unless its own settings name one, or have null for it.
    """

    group_name: Name
    description: Description = ""
    owner: Owner = ""
    account_id: AccountId
    region: Region
    source_server_ids: tuple[SourceServerId, ...] = ()
    server_selection_tags: dict[str, str] = Field(default_factory=dict)
    launch_config: LaunchConfig | None = None
    drill_launch_config: LaunchConfig | None = None
    launch_config_policy: DriftPolicy | None = None
    launch_into_matching: LaunchIntoMatching | None = None
    servers: tuple[ServerOverride, ...] = ()

    @property
    def target(self) -> Target:
        """The account and region of all its servers."""
        return Target(account_id=self.account_id, region=self.region)


class ProtectionGroup(ProtectionGroupFields):
    """A stored group; every change raises `version` by one."""

    group_id: str
    created_at: Instant
    updated_at: Instant
    created_by: str
    version: int = 1

    @property
    def drift_policy(self) -> DriftPolicy:
        """What is done with servers whose settings in DRS are otherwise than the group's."""
        return self.launch_config_policy or DriftPolicy.REPAIR
