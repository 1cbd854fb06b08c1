"""What a plan would take now, held against what its last execution took: two queries, whatever its size.

The first asks an index for the newest executions of the plan, the second for the rows in which the last one's start
wrote its servers by group, some 150 of them in each: 27 rows of 100 KB in all for 4,000 servers.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, Protocol

from shared.group_changes import EarlierMembers, check_changes
from shared.models.execution import ExecutionStatus
from shared.models.execution_summary import ExecutionSummary
from shared.models.finding import Finding, FindingCode, warning_at
from shared.models.protection_group import ProtectionGroup
from shared.models.recovery_plan import RecoveryPlan
from shared.models.targets import ServerKey, Target
from shared.models.temporary_settings import TemporarySettings
from shared.plan_resolution import Resolution, TargetView
from shared.stores.paging import Listing

LOOKED_AT: Final = 5
"""So many executions are looked at: starts that broke off took no servers, and have no rows."""

_MAY_HAVE_TAKEN_NONE: Final = frozenset({ExecutionStatus.PREPARING, ExecutionStatus.FAILED})


class EarlierExecutions(Protocol):
    """Where the executions are."""

    def list_by_plan(self, plan_id: str, limit: int) -> Listing[ExecutionSummary]:
        """The newest executions of the plan."""
        ...

    def members(self, execution_id: str, plan_id: str) -> Mapping[str, frozenset[str]] | None:
        """The servers that its start took, by group; None if they were not all written down."""
        ...

    def temporary_settings(self, servers: Collection[ServerKey]) -> Iterable[TemporarySettings]:
        """The launch settings of these servers that are there for one execution only."""
        ...


def changes_since_last(
    plan: RecoveryPlan,
    groups: Mapping[str, ProtectionGroup],
    views: Mapping[Target, TargetView],
    resolution: Resolution,
    executions: EarlierExecutions,
) -> Iterator[Finding]:
    """A warning for each group that has other servers than in the last execution, and if that is not known for one."""
    for summary in executions.list_by_plan(plan.plan_id, LOOKED_AT).items:
        members = executions.members(summary.execution_id, plan.plan_id)
        if members is not None:
            yield from check_changes(plan, groups, views, resolution, EarlierMembers(summary.execution_id, members))
            return
        if summary.status not in _MAY_HAVE_TAKEN_NONE:
            yield _not_known(summary)
            return


def _not_known(summary: ExecutionSummary) -> Finding:
    return warning_at(
        None,
        FindingCode.SERVERS_NOT_COMPARED,
        f"it is not known which servers the groups had in execution {summary.execution_id}, the last one: "
        "an earlier version of this software started it",
        details={"executionId": summary.execution_id},
    )
