"""What the groups of one document, and its plans, must not have in common."""

from collections.abc import Iterator, Sequence

from shared.models.protection_group import ProtectionGroupFields
from shared.models.recovery_plan import RecoveryPlanFields
from shared.models.violation import Violation
from shared.stores.owned_kinds import folded


def check_groups_together(groups: Sequence[tuple[str, ProtectionGroupFields]]) -> Iterator[Violation]:
    """Names, servers and tags that two groups of the document share; each group comes with its path."""
    yield from _same_names([(f"{path}.groupName", group.group_name) for path, group in groups])
    servers: dict[tuple[str, str, str], str] = {}
    tags: dict[tuple[str, str, tuple[tuple[str, str], ...]], str] = {}
    for path, group in groups:
        place = (group.account_id, group.region)
        for position, server_id in enumerate(group.source_server_ids):
            first = servers.setdefault((*place, server_id), path)
            if first != path:
                reason = f"{server_id} is also in {first}; a server belongs to one group"
                yield Violation(f"{path}.sourceServerIds[{position}]", reason, "SERVER_IN_TWO_GROUPS")
        if group.server_selection_tags:
            first = tags.setdefault((*place, tuple(sorted(group.server_selection_tags.items()))), path)
            if first != path:
                reason = f"{first} selects by the same tags in the same account and region"
                yield Violation(f"{path}.serverSelectionTags", reason, "TAG_CONFLICT")


def check_plans_together(plans: Sequence[tuple[str, RecoveryPlanFields]]) -> Iterator[Violation]:
    """Names that two plans of the document share; each plan comes with its path."""
    yield from _same_names([(f"{path}.planName", plan.plan_name) for path, plan in plans])


def _same_names(named: Sequence[tuple[str, str]]) -> Iterator[Violation]:
    first: dict[str, str] = {}
    for path, name in named:
        taken = first.setdefault(folded(name), path)
        if taken != path:
            yield Violation(path, f"{name} is also the name at {taken}", "DUPLICATE_NAME")
