"""Reading groups and plans: operations of query-handler and, by direct invocation, of data-management-handler."""

from collections.abc import Iterator
from typing import Protocol

from shared.errors import ErrorCode
from shared.models.base import Model
from shared.models.protection_group import ProtectionGroup
from shared.models.recovery_plan import RecoveryPlan
from shared.models.violation import Violation, refuse
from shared.operations import DATA_MANAGEMENT, QUERY, Context, operation
from shared.roles import Permission
from shared.services.judging import judge_by, of_request, token_of
from shared.services.request_fields import GroupId, Limit, NamePrefix, NextToken, PlanId
from shared.stores.paging import Listing
from shared.stores.protection_group_store import ProtectionGroupStore
from shared.stores.recovery_plan_store import RecoveryPlanStore


class ConfigurationReads(Protocol):
    """What reading needs of a function."""

    @property
    def groups(self) -> ProtectionGroupStore:
        """The groups."""
        ...

    @property
    def plans(self) -> RecoveryPlanStore:
        """The plans."""
        ...


class OneGroup(Model):
    """A group by its id."""

    group_id: GroupId


class OnePlan(Model):
    """A plan by its id."""

    plan_id: PlanId


class ListRequest(Model):
    """A page of a list."""

    limit: Limit = 50
    next_token: NextToken | None = None


class ListGroups(ListRequest):
    """A page of the groups whose names begin so, whatever their case."""

    name_prefix: NamePrefix | None = None


class ListPlans(ListRequest):
    """A page of the plans whose names begin so, whatever their case, or of those with a wave of a group."""

    name_prefix: NamePrefix | None = None
    group_id: GroupId | None = None


class GroupPage(Model):
    """A page of groups, by name."""

    items: tuple[ProtectionGroup, ...]
    next_token: str | None = None


class PlanPage(Model):
    """A page of plans, by name."""

    items: tuple[RecoveryPlan, ...]
    next_token: str | None = None


@operation(
    "get_protection_group",
    http="GET /protection-groups/{groupId}",
    permission=Permission.VIEW_PROTECTION_GROUPS,
    homes=(QUERY, DATA_MANAGEMENT),
    raises=(ErrorCode.RESOURCE_NOT_FOUND,),
)
def get_protection_group(request: OneGroup, context: Context[ConfigurationReads]) -> ProtectionGroup:
    """One protection group."""
    return context.app.groups.get(request.group_id)


def _groups(request: ListGroups, context: Context[ConfigurationReads]) -> Listing[ProtectionGroup]:
    return context.app.groups.page(request.limit, request.next_token, name_prefix=request.name_prefix or "")


@operation(
    "list_protection_groups",
    http="GET /protection-groups",
    permission=Permission.VIEW_PROTECTION_GROUPS,
    homes=(QUERY, DATA_MANAGEMENT),
    judge=judge_by(ListGroups, token_of(_groups)),
)
def list_protection_groups(request: ListGroups, context: Context[ConfigurationReads]) -> GroupPage:
    """All protection groups by name, a page at a time."""
    page = _groups(request, context)
    return GroupPage(items=page.items, next_token=page.next_token)


@operation(
    "get_recovery_plan",
    http="GET /recovery-plans/{planId}",
    permission=Permission.VIEW_RECOVERY_PLANS,
    homes=(QUERY, DATA_MANAGEMENT),
    raises=(ErrorCode.RESOURCE_NOT_FOUND,),
)
def get_recovery_plan(request: OnePlan, context: Context[ConfigurationReads]) -> RecoveryPlan:
    """One recovery plan."""
    return context.app.plans.get(request.plan_id)


def _one_filter(request: ListPlans) -> Iterator[Violation]:
    if request.group_id is not None and request.name_prefix is not None:
        yield Violation("namePrefix", "give groupId or namePrefix, not both", "ONE_FILTER")


def _plans(request: ListPlans, context: Context[ConfigurationReads]) -> Listing[RecoveryPlan]:
    refuse(_one_filter(request))
    plans = context.app.plans
    if request.group_id is None:
        return plans.page(request.limit, request.next_token, name_prefix=request.name_prefix or "")
    return plans.page_using(request.group_id, request.limit, request.next_token)


@operation(
    "list_recovery_plans",
    http="GET /recovery-plans",
    permission=Permission.VIEW_RECOVERY_PLANS,
    homes=(QUERY, DATA_MANAGEMENT),
    judge=judge_by(ListPlans, of_request(_one_filter), token_of(_plans)),
)
def list_recovery_plans(request: ListPlans, context: Context[ConfigurationReads]) -> PlanPage:
    """All recovery plans by name, or those of a group in the order in which they were made, a page at a time."""
    page = _plans(request, context)
    return PlanPage(items=page.items, next_token=page.next_token)
