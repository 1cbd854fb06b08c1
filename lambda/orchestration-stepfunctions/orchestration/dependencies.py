"""What the shell needs; everything is an argument."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Self

from shared.aws.ports import CloudWatchPort, DrsPort, Ec2Port, FunctionsPort, LimitsPort, RunsPort, SsmPort
from shared.clock import Clock
from shared.engine.admission import Spacing
from shared.engine.bounds import SETTINGS_TRUST, TRUST_WALL_SECONDS, WallBounds
from shared.observability import Observability
from shared.stores.execution_store import ExecutionStore
from shared.stores.group_versions import GroupVersions
from shared.stores.lock_store import LockStore
from shared.stores.quota_store import QuotaStore

TICKET_LIFE: Final = timedelta(seconds=180)
TICKET_WALL_SECONDS: Final = 15
"""Where time runs faster than we do, a ticket lives at least that long."""


@dataclass(frozen=True)
class Dependencies:
    """Stores, gateways and the clock; `formatter` is the ARN of the mails' function, `configurator` that of
    the one that manages the configuration, and so verifies launch settings.

    `workers` is how many accounts and regions are asked at once, and of how many servers of one the snapshots.
    `launch_stagger` lies between two launches in one account and region, in engine time.
    `patience` is how many real seconds an account and region may give no answer while others are waiting.
    """

    executions: ExecutionStore
    group_versions: GroupVersions
    locks: LockStore
    quotas: QuotaStore
    drs: DrsPort
    ec2: Ec2Port
    limits: LimitsPort
    cloudwatch: CloudWatchPort
    ssm: SsmPort
    runs: RunsPort
    functions: FunctionsPort
    formatter: str
    configurator: str
    clock: Clock
    observability: Observability
    launch_stagger: timedelta
    workers: int = 8
    patience: float = 20

    def named(self, execution_id: str) -> Self:
        """The same, with sessions named after the execution, so that CloudTrail shows which run did what."""
        return replace(
            self,
            drs=self.drs.named(execution_id),
            ec2=self.ec2.named(execution_id),
            limits=self.limits.named(execution_id),
            cloudwatch=self.cloudwatch.named(execution_id),
            ssm=self.ssm.named(execution_id),
        )

    @property
    def bounds(self) -> WallBounds:
        """The bounds on our own slowness: 20 s to send, 65 s for the call, 90 s to be listed, 300 s to begin,
        60 s to verify launch settings before that is asked for again; what was verified holds for 120 s at least.
        """
        return WallBounds(
            not_after=self.clock.wall(20),
            creation=self.clock.wall(100),
            doubt=self.clock.wall(65 + 90),
            pending=self.clock.wall(300),
            settings=self.clock.wall(60),
            settings_trust=max(SETTINGS_TRUST, self.clock.wall(TRUST_WALL_SECONDS)),
        )

    @property
    def spacing(self) -> Spacing:
        """How launches follow one another in an account and region."""
        return Spacing(self.launch_stagger, max(TICKET_LIFE, self.clock.wall(TICKET_WALL_SECONDS)))
