"""What keeps an account from being forgotten: groups in it, alarms of plans, executions that are not closed, and what
those have left of launch settings, which only its role can restore."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from data_management.running import executions_of, shown
from shared.errors import ConflictError, ConflictReason
from shared.models.account import TargetAccount
from shared.models.execution import ExecutionHeader
from shared.models.protection_group import ProtectionGroup
from shared.models.recovery_plan import RecoveryPlan
from shared.models.temporary_settings import TemporarySettings
from shared.models.termination import TerminationStatus
from shared.stores.execution_store import ExecutionStore
from shared.stores.tie_holders import HolderKind
from shared.stores.ties import Uses

NAMED: Final = 20
"""Of the groups, plans, executions or servers that keep an account from being forgotten; there may be thousands."""


class _Users(NamedTuple):
    """Who uses the account: all of them as the details of the refusal, and those that it names in words."""

    details: list[dict[str, str]]
    words: list[str]


def check_unused(
    account: TargetAccount, uses: Uses, executions: ExecutionStore, left: Sequence[TemporarySettings]
) -> None:
    """ConflictError IN_USE names the groups, plans, executions and servers that need it, of each at most 20.

    `left` is what executions have left of the servers of the account, and nobody has given up.
    """
    in_the_way = {
        "group": ("the protection group", _configured(HolderKind.GROUP, uses)),
        "plan": ("alarms of the recovery plan", _configured(HolderKind.PLAN, uses)),
        "execution": ("the execution", _executions(account.account_id, uses, executions)),
        "server": ("launch settings that are not restored of the server", _left(left)),
    }
    words, details = list[str](), dict[str, object]()
    for kind, (noun, users) in in_the_way.items():
        if users.details:
            words.append(f"{noun}{'s' if len(users.details) > 1 else ''} {_listed(users)}")
            details |= {f"{kind}Count": len(users.details), f"{kind}s": users.details[:NAMED]}
    if words:
        raise ConflictError(
            f"the account {account.account_id} is used by {', and by '.join(words)}",
            reason=ConflictReason.IN_USE,
            **details,
        )


def _configured(kind: HolderKind, uses: Uses) -> _Users:
    """The groups or the plans, by name; one that is saved right now may have none yet."""
    own = [use for use in uses.by if use.holder.kind is kind]
    names = {use.holder.owner_id: _name(use.owner) for use in own if use.owner is not None}
    stored = sorted(names.items(), key=lambda item: item[1])
    saved_now = sorted({use.holder.owner_id for use in own} - set(names))
    details = [{f"{kind}Id": each, f"{kind}Name": name} for each, name in stored]
    words = [*(name for _, name in stored), *(f"{each}, which is being saved" for each in saved_now)]
    return _Users([*details, *({f"{kind}Id": each} for each in saved_now)], words[:NAMED])


def _left(rows: Sequence[TemporarySettings]) -> _Users:
    """The servers of which DRS there still has what is for an execution only; first one of each execution."""
    first_of = {row.for_execution: row for row in reversed(rows)}
    ordered = sorted(rows, key=lambda row: row is not first_of[row.for_execution])
    details = [
        {"serverId": row.server.source_server_id, "region": row.server.region, "executionId": row.for_execution}
        for row in ordered
    ]
    words = [f"{row.server.source_server_id} ({row.for_execution})" for row in ordered[:NAMED]]
    return _Users(details, words)


def _name(owner: RecoveryPlan | ProtectionGroup | ExecutionHeader) -> str:
    return owner.group_name if isinstance(owner, ProtectionGroup) else owner.plan_name


def _executions(account_id: str, uses: Uses, executions: ExecutionStore) -> _Users:
    """By the ties, and by the index: tables that were restored from backups of different moments may lack ties."""
    open_ones = [each for each in executions.get_headers(executions.list_open()) if each.open]
    inside = [each for each in open_ones if account_id in each.account_ids]
    found = {each.execution_id: each for each in (*inside, *executions_of(uses))}
    ordered = [header for _, header in sorted(found.items())]
    return _Users([shown(each) for each in ordered], [_in_words(each, executions) for each in ordered[:NAMED]])


def _in_words(header: ExecutionHeader, executions: ExecutionStore) -> str:
    why = f", and {' and '.join(_after_its_end(header, executions))}" if header.is_terminal else ""
    return f"{header.execution_id} ({header.status.value}{why})"


def _after_its_end(header: ExecutionHeader, executions: ExecutionStore) -> list[str]:
    """What is not over of an execution that has ended."""
    termination = executions.latest_termination(header)
    found = list[str]()
    if not header.open or (termination is not None and termination.status is TerminationStatus.RUNNING):
        # closed, it is only found by the tie of one that is about to begin
        found.append("a termination of it is under way")
    if header.abandoned_count and any(launch.is_abandoned for launch in executions.launches(header)):
        found.append("a job of it may still run")
    return found or ["its last mail or a gate of it is still under way"]


def _listed(users: _Users) -> str:
    more = f" and {len(users.details) - NAMED} more" if len(users.details) > NAMED else ""
    return f"{', '.join(users.words)}{more}"
