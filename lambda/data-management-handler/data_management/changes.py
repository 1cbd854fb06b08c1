"""What people send to change groups and plans: the fields that are to be otherwise, over those that are stored."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar

from pydantic import Field

from data_management.requests import Flag, NewWave, ServerOverrides, SourceServerIds, written
from data_management.sent_back import read_only, read_only_fields
from shared.models import protection_group, recovery_plan
from shared.models.base import Instant, Model, Name
from shared.models.launch_config import LaunchConfig
from shared.models.launch_config_state import DriftPolicy
from shared.models.prepared_instance import LaunchIntoMatching
from shared.models.protection_group import Owner, ProtectionGroup, ProtectionGroupFields
from shared.models.recovery_plan import NotificationEmail, RecoveryPlan, RecoveryPlanFields, RpoSeconds, RtoMinutes
from shared.models.targets import AccountId, Region
from shared.services.request_fields import GroupId, PlanId, Version

_WHICH: Final = frozenset({"group_id", "plan_id", "version", "apply_launch_configs"})
"""What says of which thing and how it is changed, and is nothing of the thing."""

M = TypeVar("M", bound=Model)


class ProtectionGroupChanges(Model):
    """What of a group is to be otherwise; what is left out stays, and null empties what may be empty.

    Where one way to select servers takes the place of the other, both are said: the one that was there is empty then.
    If nothing is otherwise the version stays too. What is stored of launch settings reaches DRS only with
    `apply_launch_configs`, or by a later call.
    """

    group_id: GroupId
    version: Version
    apply_launch_configs: Flag = False
    group_name: Name = Field(default_factory=str)
    description: protection_group.Description | None = None
    owner: Owner | None = None
    account_id: AccountId = Field(default_factory=str)
    region: Region = Field(default_factory=str)
    source_server_ids: SourceServerIds | None = None
    server_selection_tags: dict[str, str] | None = None
    launch_config: LaunchConfig | None = None
    drill_launch_config: LaunchConfig | None = None
    launch_config_policy: DriftPolicy | None = None
    launch_into_matching: LaunchIntoMatching | None = None
    servers: ServerOverrides | None = None
    created_at: Instant = read_only()
    updated_at: Instant = read_only()
    created_by: str = read_only()

    def over(self, group: ProtectionGroup) -> ProtectionGroupFields:
        """The whole group as it is to be."""
        return _over(group, _said(self), ProtectionGroupFields)


class RecoveryPlanChanges(Model):
    """What of a plan is to be otherwise; what is left out stays, and null empties what may be empty.

    Waves are given all together or not at all. If nothing is otherwise the version stays too.
    """

    plan_id: PlanId
    version: Version
    plan_name: Name = Field(default_factory=str)
    description: recovery_plan.Description | None = None
    notification_email: NotificationEmail | None = None
    rto_minutes: Annotated[RtoMinutes, Field(strict=True)] | None = None
    rpo_seconds: Annotated[RpoSeconds, Field(strict=True)] | None = None
    waves: Annotated[tuple[NewWave, ...], Field(min_length=1, max_length=500)] = Field(default_factory=tuple)
    created_at: Instant = read_only()
    updated_at: Instant = read_only()
    created_by: str = read_only()

    def over(self, plan: RecoveryPlan) -> RecoveryPlanFields:
        """The whole plan as it is to be."""
        said = _said(self)
        if "waves" in said:
            said["waves"] = tuple(wave.wave() for wave in self.waves)
        return _over(plan, said, RecoveryPlanFields)

    @property
    def written_waves(self) -> list[dict[str, Any]]:
        """The waves as the request has them."""
        return written(self.waves)


def _said(changes: Model) -> dict[str, Any]:
    said = changes.model_fields_set - _WHICH - read_only_fields(type(changes)).keys()
    return {name: getattr(changes, name) for name in said}


def _over(stored: Model, said: Mapping[str, Any], model: type[M]) -> M:
    """The fields of what is stored, but what was said; null gives what a new one would have."""
    kept = {name: getattr(stored, name) for name in model.model_fields if name not in said}
    return model.model_validate({**kept, **{name: value for name, value in said.items() if value is not None}})
