"""What a preflight needs of a function."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from shared.aws.choice_ports import LaunchLookupsPort
from shared.aws.ports import CloudWatchPort, DrsPort, LimitsPort, SsmPort
from shared.clock import Clock
from shared.conflict_detection import Holder
from shared.models.account import TargetAccount
from shared.models.point_in_time import check_not_future
from shared.models.protection_group import ProtectionGroup
from shared.models.quota import QuotaRow
from shared.models.targets import InstanceKey, ServerKey, Target
from shared.models.violation import Violation
from shared.operations import Context
from shared.patience import PREFLIGHT_SECONDS
from shared.services.launch_config_orders import BringingDeps
from shared.services.preflight_changes import EarlierExecutions
from shared.services.preflight_quotas import QUOTA_SECONDS
from shared.services.preflight_settings_looks import ConfigStates
from shared.services.reachability import AccountReader

_WORKERS: Final = 10
"""As many connections as botocore keeps per client."""


class GroupReader(Protocol):
    """Where the groups are."""

    def get_many(self, group_ids: Sequence[str]) -> Sequence[ProtectionGroup]:
        """The groups that exist, in any order."""
        ...


class QuotaReader(Protocol):
    """Where the reservations are."""

    def get_many(self, targets: Collection[Target]) -> Mapping[Target, QuotaRow]:
        """The rows of accounts and regions, read together; an empty one where nothing is reserved."""
        ...


class HolderReader(Protocol):
    """Who holds which server, and which instance into which one is launched."""

    def holders(self, keys: Collection[ServerKey]) -> Mapping[ServerKey, Holder]:
        """The holders that are not terminal of those servers that have one."""
        ...

    def instance_holders(self, instances: Collection[InstanceKey]) -> Mapping[InstanceKey, Holder]:
        """The same of instances."""
        ...


@dataclass(frozen=True)
class PreflightDeps:
    """What a check asks; `workers` bounds the accounts and regions that are asked at once.

    `patience` bounds the wait for them, all questions together, in seconds of real time, as the time-outs of the calls
    are; `quota_patience` the part of it that is left to Service Quotas once DRS has answered. `believe` is told what
    was read of the accounts, so that nobody reads it again who is about to enter them.
    """

    groups: GroupReader
    accounts: AccountReader
    quotas: QuotaReader
    holders: HolderReader
    earlier: EarlierExecutions
    configs: ConfigStates
    bringing: BringingDeps
    drs: DrsPort
    ec2: LaunchLookupsPort
    limits: LimitsPort
    cloudwatch: CloudWatchPort
    ssm: SsmPort
    clock: Clock
    hub_account_id: str
    workers: int = _WORKERS
    patience: float = PREFLIGHT_SECONDS
    quota_patience: float = QUOTA_SECONDS
    believe: Callable[[TargetAccount], None] = lambda _: None


class RecoversTo(Protocol):
    """A request that may name a point in time."""

    @property
    def point_in_time(self) -> datetime | None:
        """It, or None for the latest data."""
        ...


class ChecksPlans(Protocol):
    """What a preflight needs of a function."""

    @property
    def preflight(self) -> PreflightDeps:
        """What the check asks."""
        ...


def check_point_in_time(request: RecoversTo, context: Context[ChecksPlans]) -> Iterator[Violation]:
    """The rule that the point in time of a request, if it names one, is not in the future."""
    return check_not_future(request.point_in_time, context.app.preflight.clock.now())
