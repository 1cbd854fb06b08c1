"""How the launch settings of a plan's servers stand, by a look at some of them and by what is known of the others.

Every server is looked at before its wave launches, and that is when it counts.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from shared.engine.bounds import SETTINGS_TRUST
from shared.engine.texts import counted, servers_in_words
from shared.launch_config_records import Brought, in_words, lasts, status_of
from shared.launch_config_rules import LAUNCH_INTO
from shared.models.base import format_instant
from shared.models.finding import Finding, FindingCode, FindingReason, failure_at, unknown_at, warning_at
from shared.models.launch_config_state import ConfigOutcome, ConfigStatus, DriftPolicy, ServerConfigState
from shared.models.protection_group import ProtectionGroup
from shared.models.targets import ServerKey, Target
from shared.models.temporary_settings import TemporarySettings
from shared.services.preflight_settings_looks import SettingsSeen, Unread

_FOUND_BY_A_LOOK: Final = frozenset({"LAUNCH_TEMPLATE_MISSING", "SECURITY_GROUPS_BY_NAME", "SERVER_NOT_FOUND"})

_TRIES: Final = 3
"""So often restoring a server has failed that nobody counts on the next attempt, minutes later."""

_THEN: Final = {
    DriftPolicy.REPAIR: "what differs in DRS is repaired before they are launched",
    DriftPolicy.WARN: "they are launched as DRS has them",
    DriftPolicy.BLOCK: "one that differs in DRS is not launched",
}


def settings_findings(groups: Mapping[str, ProtectionGroup], seen: SettingsSeen, now: datetime) -> Iterator[Finding]:
    """What is to be said of the launch settings of each group's servers.

    A warning for those that are not known to be in DRS, or a FAIL if the group wants that, and one for those of which
    DRS or EC2 has refused them; UNKNOWN of those at which nobody can look. What was refused longer ago than a look is
    believed may be put right since, which nobody can tell before it is tried.
    """
    for group_id, servers in seen.members.items():
        yield from _of_group(_Group(groups[group_id], seen, now), servers)


@dataclass(slots=True)
class _Group:
    """A group, and its servers by what is to be said of them."""

    group: ProtectionGroup
    seen: SettingsSeen
    now: datetime
    unread: dict[ServerKey, Unread] = field(default_factory=dict)
    refused: dict[ServerKey, str] = field(default_factory=dict)
    tried_again: dict[ServerKey, str] = field(default_factory=dict)
    unapplied: dict[ServerKey, str] = field(default_factory=dict)

    def judge(self, server: ServerKey) -> None:
        """Put a server where it belongs, if anything is to be said of it: a look goes before what is known."""
        brought, state = self.seen.found.get(server), self.seen.states.get(server)
        if brought is not None and brought.outcome is ConfigOutcome.UNCHANGED:
            return
        if server in self.seen.unread:
            self.unread[server] = self.seen.unread[server]
        known = _refusal_known(state, self._status(server), brought)
        is_old = state is not None and self.now - state.at > SETTINGS_TRUST
        if brought is not None and self._is_refused(brought):
            self.refused[server] = in_words(brought.reason, brought.code)
        elif known and not is_old:
            self.refused[server] = known
        elif server in self.seen.unread:
            return
        elif known and self.group.drift_policy is not DriftPolicy.BLOCK:
            self.tried_again[server] = known
        elif server in self.seen.configs:
            self._hold(server, brought)

    def _is_refused(self, brought: Brought) -> bool:
        """Whether a look has found what nobody can bring to the settings of the group."""
        is_in_the_way = bool(brought.code) and self.group.drift_policy is DriftPolicy.REPAIR
        return brought.outcome is ConfigOutcome.FAILED or is_in_the_way

    def _hold(self, server: ServerKey, brought: Brought | None) -> None:
        status = self._status(server)
        if status is not ConfigStatus.APPLIED:
            self.unapplied[server] = status.value
        elif brought is not None:
            self.unapplied[server] = ConfigStatus.DRIFTED.value

    def _status(self, server: ServerKey) -> ConfigStatus:
        config = self.seen.configs.get(server)
        return ConfigStatus.NONE if config is None else status_of(config, self.seen.states.get(server), None)

    def finding(
        self,
        made: Callable[..., Finding],
        code: FindingCode,
        what: str,
        servers: Iterable[ServerKey],
        then: str,
        **more: Any,
    ) -> Finding:
        """One about some of its servers."""
        ids = tuple(server.source_server_id for server in servers)
        group = self.group
        message = (
            f"the launch settings of {counted(len(ids), 'server')} of group {group.group_name} {what}: "
            f"{servers_in_words(list(ids))}{then}"
        )
        place = {"group_id": group.group_id, "group_name": group.group_name}
        return made(group.target, code, message, server_ids=ids, **place, **more)


def _of_group(group: _Group, servers: Iterable[ServerKey]) -> Iterator[Finding]:
    for server in servers:
        group.judge(server)
    then = f"; {_THEN[group.group.drift_policy]}"
    invalid = FindingCode.LAUNCH_CONFIG_INVALID
    if group.unapplied:
        made = failure_at if group.group.drift_policy is DriftPolicy.BLOCK else warning_at
        yield from _of_unapplied(group, made, then)
    yield from _of_unread(group, then)
    if group.refused:
        yield group.finding(failure_at, invalid, "could not be applied", group.refused, _why(group.refused))
    if group.tried_again:
        what = "could not be applied when that was tried last"
        yield group.finding(warning_at, invalid, what, group.tried_again, _why(group.tried_again) + then)


def _of_unapplied(group: _Group, made: Callable[..., Finding], then: str) -> Iterator[Finding]:
    """Of those that were just seen to differ, with the fields, and of those of which a look would have to tell."""
    looked_at = {server: group.seen.found.get(server) for server in group.unapplied}
    differ = {
        server.source_server_id: [each.field for each in brought.differences]
        for server, brought in looked_at.items()
        if brought is not None
    }
    by_kind = (
        ("differ in DRS", [server for server in group.unapplied if server.source_server_id in differ]),
        ("are not known to be in DRS", [server for server in group.unapplied if server.source_server_id not in differ]),
    )
    for what, servers in by_kind:
        fields = {server.source_server_id: differ.get(server.source_server_id, []) for server in servers}
        named = sorted({name for names in fields.values() for name in names})
        details = {"statuses": {server.source_server_id: group.unapplied[server] for server in servers}}
        seen = {"fields": fields} if named else {}
        why = f" ({', '.join(named)}){then}" if named else then
        if servers:
            code = FindingCode.LAUNCH_CONFIG_DRIFT
            yield group.finding(made, code, what, servers, why, details={**details, **seen})


def _of_unread(group: _Group, then: str) -> Iterator[Finding]:
    """Of those that could not be looked at: they are before their wave, unless more than that is accepted."""
    by_reason: dict[FindingReason | None, dict[ServerKey, str]] = {}
    for server, unread in group.unread.items():
        reason = FindingReason.LENT_SETTINGS if server in group.seen.lent else unread.reason
        by_reason.setdefault(reason, {})[server] = unread.why
    for reason, servers in sorted(by_reason.items(), key=lambda each: each[0] or ""):
        is_lent = reason is FindingReason.LENT_SETTINGS
        ahead = "; those of this execution only are put over them, or they are not launched" if is_lent else then
        why, code = _why(servers) + ahead, FindingCode.LAUNCH_CONFIG_NOT_CHECKED
        yield group.finding(unknown_at, code, "cannot be looked at", servers, why, reason=reason)


def _why(reasons: Mapping[ServerKey, str]) -> str:
    return f": {'; '.join(dict.fromkeys(reasons.values()))}"


def _refusal_known(state: ServerConfigState | None, status: ConfigStatus, brought: Brought | None) -> str:
    """Why DRS or EC2 would not have the settings of a server, by what is known; nothing if that may be over."""
    is_known = status is ConfigStatus.FAILED and state is not None and lasts(state.code)
    if not is_known or state is None or _is_over(state, brought):
        return ""
    return f"{in_words(state.reason, state.code)} at {format_instant(state.at)}"


def _is_over(state: ServerConfigState, brought: Brought | None) -> bool:
    """Whether what was missing is there now, by a look that has found it."""
    return brought is not None and state.code in _FOUND_BY_A_LOOK


def temporary_findings(servers: Collection[ServerKey], rows: Iterable[TemporarySettings]) -> Iterator[Finding]:
    """What is to be said of those of the servers, which nobody else holds, that have settings of an earlier execution.

    A warning, because they are restored before they are launched; a FAIL where that will not be possible.
    """
    asked = set(servers)
    left: dict[tuple[Target, str, bool], list[TemporarySettings]] = {}
    for row in rows:
        if row.server in asked:
            left.setdefault((row.server.target, row.for_execution, _stays_left(row)), []).append(row)
    for (target, execution_id, stays), found in sorted(left.items()):
        rows_of = {row.server.source_server_id: row for row in sorted(found, key=lambda row: row.server)}
        since = format_instant(min(row.at for row in found))
        message = (
            f"DRS has launch settings of {counted(len(rows_of), 'server')} that are for execution {execution_id} only, "
            f"since {since}: {servers_in_words(list(rows_of))}; {_ahead(found, stays=stays)}"
        )
        details = {
            "executionId": execution_id,
            "since": since,
            "fields": {server_id: sorted(row.put) for server_id, row in rows_of.items()},
        }
        made = failure_at if stays else warning_at
        code = FindingCode.TEMPORARY_SETTINGS_LEFT
        yield made(target, code, message, server_ids=tuple(rows_of), details=details)


def _stays_left(row: TemporarySettings) -> bool:
    """Whether nobody will restore it until somebody does something about it."""
    return bool(row.code) and (lasts(row.code) or row.attempts >= _TRIES)


def _ahead(rows: Iterable[TemporarySettings], *, stays: bool) -> str:
    """What becomes of them before a launch."""
    listed = list(rows)
    why = "; ".join(dict.fromkeys(in_words(row.reason, row.code) for row in listed if row.code))
    if not stays:
        return f"they are restored before they are launched{f', which failed so far: {why}' if why else ''}"
    names = sorted({name for row in listed for name in row.put})
    waits = "; but nobody into an instance: whom that would befall waits until it is restored"
    return (
        f"the fields {', '.join(names)} could not be restored: {why}. Put that right, or override this finding: then "
        "they are launched with what is left, but for what their group sets otherwise"
        f"{waits if LAUNCH_INTO in names else ''}"
    )
