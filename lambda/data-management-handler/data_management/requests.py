"""What people send to make groups and plans: the stored shape, plus what may be left out or is refused by name."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, Final

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from shared.account_utils import ensure_default_account
from shared.errors import ValidationError
from shared.models.health_checks import ListedChecks, place_of_check
from shared.models.launch_config import ServerOverride
from shared.models.protection_group import ProtectionGroupFields
from shared.models.recovery_plan import (
    DEADLINE_MINUTES,
    DRAIN_MINUTES,
    DeadlineMinutes,
    DrainMinutes,
    RecoveryPlanFields,
    RpoSeconds,
    RtoMinutes,
    WaitMinutes,
    Wave,
    WaveNumber,
)
from shared.models.targets import AccountId, SourceServerId
from shared.plan_rules import DEPENDENCIES, GROUPS
from shared.services.request_fields import ClientToken

_GROUPS_OF_WAVE: Final = re.compile(r"waves\[(?P<wave>\d+)\]\.protectionGroupIds")
_CHECK_OF_WAVE: Final = re.compile(
    r"(?P<checks>waves\[(?P<wave>\d+)\]\.healthChecks)\[(?P<check>\d+)\](?P<rest>.*)", re.DOTALL
)

ONE_WAY_TO_NAME_GROUPS: Final = "ONE_WAY_TO_NAME_GROUPS"

WAYS_TO_NAME_GROUPS: Final = ("protectionGroupIds", "protectionGroupNames", "protectionGroupId")
"""Of which a wave has one; the names only in a document."""

LISTED_SERVERS: Final = 20_000
"""Servers that a request may list in one place; fewer fit into an item, whose rule says so by its bytes."""

SourceServerIds = Annotated[tuple[SourceServerId, ...], Field(max_length=LISTED_SERVERS)]
ServerOverrides = Annotated[tuple[ServerOverride, ...], Field(max_length=LISTED_SERVERS)]

WholeNumber = Annotated[WaveNumber, Field(strict=True)]
Flag = Annotated[bool, Field(strict=True)]


class NewProtectionGroup(ProtectionGroupFields):
    """A group to be made; without `accountId` its servers are in the hub's own account."""

    account_id: AccountId = ""
    source_server_ids: SourceServerIds = ()
    servers: ServerOverrides = ()

    def fields(self, hub_account_id: str) -> ProtectionGroupFields:
        """What will be stored of it, its account named."""
        account_id = ensure_default_account(self.account_id, hub_account_id)
        kept = self.model_dump(include=set(ProtectionGroupFields.model_fields))
        return ProtectionGroupFields.model_validate({**kept, "account_id": account_id})


class NewWave(Wave):
    """A wave as people write it: one group may be named without a list."""

    wave_number: WholeNumber
    protection_group_ids: Annotated[tuple[str, ...], Field(max_length=GROUPS)] = ()
    protection_group_id: str | None = None
    pause_before_wave: Flag = False
    depends_on_waves: Annotated[tuple[WholeNumber, ...], Field(max_length=DEPENDENCIES)] = ()
    optional_server_ids: SourceServerIds = ()
    wait_minutes: Annotated[WaitMinutes, Field(strict=True)] | None = None
    deadline_minutes: Annotated[DeadlineMinutes, Field(strict=True)] = DEADLINE_MINUTES
    drain_minutes: Annotated[DrainMinutes, Field(strict=True)] = DRAIN_MINUTES
    health_checks: ListedChecks | None = None

    @field_validator("protection_group_id")
    @classmethod
    def _one_way_to_name_groups(cls, group_id: str | None, before: ValidationInfo) -> str | None:
        if group_id is not None and before.data.get("protection_group_ids"):
            raise PydanticCustomError(ONE_WAY_TO_NAME_GROUPS, "give protectionGroupIds or protectionGroupId, not both")
        return group_id

    def wave(self) -> Wave:
        """What will be stored of it."""
        named = (self.protection_group_id,) if self.protection_group_id is not None else self.protection_group_ids
        kept = self.model_dump(include=set(Wave.model_fields))
        return Wave.model_validate({**kept, "protection_group_ids": named})


class CreateProtectionGroup(NewProtectionGroup):
    """A group to be made by itself, once however often it is asked for with one token."""

    client_token: ClientToken | None = None


def ways_to_name_groups(wave: Mapping[str, Any]) -> list[str]:
    """The fields in which a wave of JSON names groups; null or an empty list only if it has nothing else."""
    present = [name for name in WAYS_TO_NAME_GROUPS if name in wave]
    return [name for name in present if wave[name] not in (None, [], ())] or present[:1]


def written_path(path: str, waves: Sequence[Any]) -> str:
    """The path as the request has it, while rules speak of protectionGroupIds and of a list of checks."""
    found = _GROUPS_OF_WAVE.match(path) or _CHECK_OF_WAVE.fullmatch(path)
    wave = waves[int(found["wave"])] if found else None
    if found is None or not isinstance(wave, Mapping):
        return path
    if found.re is _CHECK_OF_WAVE:
        return f"{found['checks']}{place_of_check(wave.get('healthChecks'), int(found['check']))}{found['rest']}"
    way = next(iter(ways_to_name_groups(wave)), "protectionGroupIds")
    if way == "protectionGroupId":
        return f"waves[{found['wave']}].protectionGroupId"
    return path.replace("protectionGroupIds", way, 1)


@contextmanager
def paths_as_written(waves: Sequence[Any]) -> Iterator[None]:
    """Tells a ValidationError of what is done within by the paths of the request."""
    try:
        yield
    except ValidationError as error:
        raise error.renamed(lambda path: written_path(path, waves)) from error


class NewRecoveryPlan(RecoveryPlanFields):
    """A plan to be made."""

    rto_minutes: Annotated[RtoMinutes, Field(strict=True)] | None = None
    rpo_seconds: Annotated[RpoSeconds, Field(strict=True)] | None = None
    waves: Annotated[tuple[NewWave, ...], Field(min_length=1, max_length=500)]

    def fields(self) -> RecoveryPlanFields:
        """What will be stored of it."""
        kept = self.model_dump(include=set(RecoveryPlanFields.model_fields) - {"waves"})
        return RecoveryPlanFields.model_validate({**kept, "waves": [wave.wave() for wave in self.waves]})


class CreateRecoveryPlan(NewRecoveryPlan):
    """A plan to be made by itself, once however often it is asked for with one token."""

    client_token: ClientToken | None = None


def written(waves: Sequence[NewWave]) -> list[dict[str, Any]]:
    """The waves as the request has them."""
    return [wave.model_dump(by_alias=True, exclude_unset=True) for wave in waves]
