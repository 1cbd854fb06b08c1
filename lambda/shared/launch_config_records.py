"""What is written down of a server that was brought to its launch settings, and how these stand by what is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from shared.errors import CrossAccountError, DrsServiceError
from shared.launch_config_rules import ADDRESS, NOT_TAKEN, EffectiveConfig
from shared.models.launch_config_state import (
    AppliedConfig,
    ConfigAction,
    ConfigDifference,
    ConfigOutcome,
    ConfigStatus,
    ServerConfigEvent,
    ServerConfigState,
)
from shared.models.targets import ServerKey


@dataclass(frozen=True, slots=True)
class Cause:
    """By which run, of which version of which group, in whose name, and when."""

    group_id: str
    group_version: int
    run_id: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Brought:
    """What came of a server: the differences that were found, what is there now, and the version that is the default.

    `error` is what DRS, EC2 or the account said, if it was one of them.
    """

    outcome: ConfigOutcome
    differences: tuple[ConfigDifference, ...] = ()
    code: str = ""
    reason: str = ""
    template_id: str = ""
    template_version: int = 0
    found: Mapping[str, Any] = field(default_factory=dict)
    error: DrsServiceError | CrossAccountError | None = None


_LASTING: Final = frozenset(
    {
        "LAUNCH_TEMPLATE_MISSING",
        "NOT_AS_WRITTEN",
        "NOT_RESTORED",
        "SECURITY_GROUPS_BY_NAME",
        "SERVER_NOT_FOUND",
        NOT_TAKEN,
    }
)
_INVALID: Final = "Invalid"
"""How EC2's codes begin for what does not exist or cannot be."""


def lasts(code: str) -> bool:
    """Whether what failed with this code fails again, until somebody changes the settings or what they name."""
    return code in _LASTING or code.startswith(_INVALID)


def in_words(reason: str, code: str) -> str:
    """Why something failed, with the code, which the words of AWS may have already."""
    return reason if not code or reason.endswith(f"({code})") else f"{reason} ({code})"


def written_address(state: ServerConfigState | None) -> str | None:
    """The static address that was written for a server, if one was."""
    return state.applied.static_private_ip if state is not None and state.applied is not None else None


def begun(
    server: ServerKey,
    config: EffectiveConfig,
    differences: tuple[ConfigDifference, ...],
    cause: Cause,
    before: ServerConfigState | None,
) -> ServerConfigState:
    """Before the first write: what is about to be changed, so that it is known whatever breaks off."""
    told = _with_begun(differences, cause, before)
    return _state(server, ConfigStatus.IN_PROGRESS, config, cause, before, differences=told)


def ended(
    server: ServerKey,
    config: EffectiveConfig,
    brought: Brought,
    cause: Cause,
    before: ServerConfigState | None,
    *,
    is_whole: bool = True,
) -> tuple[ServerConfigState, ServerConfigEvent | None]:
    """How it stands, and the line of its history if anything was changed or went wrong.

    What was written by a call that broke off counts as written by its run. Unless `is_whole`, other settings lie over
    some of these, which are not applied now: what was applied of them before stays. What failed without a write does
    not change how it stands; `code` and `reason` tell of it.
    """
    stands = _stands(config, brought, cause, before)
    if was_begun_by(before, cause.run_id):
        is_done = brought.outcome is ConfigOutcome.UNCHANGED
        outcome = ConfigOutcome.APPLIED if is_done else brought.outcome
        brought = replace(brought, outcome=outcome, differences=_with_begun(brought.differences, cause, before))
    match brought.outcome:
        case ConfigOutcome.UNCHANGED:
            return _applied(server, config, brought, cause, before, is_whole=is_whole), None
        case ConfigOutcome.APPLIED:
            repaired = before is not None and before.applied is not None and before.applied.digest == config.digest
            action = ConfigAction.REPAIRED if repaired else ConfigAction.APPLIED
            state = _applied(server, config, brought, cause, before, is_whole=is_whole)
            return state, _event(action, brought, cause)
        case ConfigOutcome.DRIFTED:
            told = brought.differences
            return _state(server, ConfigStatus.DRIFTED, config, cause, before, differences=told), None
        case ConfigOutcome.FAILED:
            status, differences = stands or (ConfigStatus.FAILED, brought.differences)
            state = _state(server, status, config, cause, before, differences=differences)
            failed = state.model_copy(update={"code": brought.code, "reason": brought.reason})
            return failed, _event(ConfigAction.FAILED, brought, cause)


def _stands(
    config: EffectiveConfig, brought: Brought, cause: Cause, before: ServerConfigState | None
) -> tuple[ConfigStatus, tuple[ConfigDifference, ...]] | None:
    """How a server still stands that nobody could look at or write to, if it was known of these settings."""
    was_written = was_begun_by(before, cause.run_id)
    if before is None or was_written or lasts(brought.code) or before.attempt != config.digest:
        return None
    if before.status is ConfigStatus.DRIFTED:
        return before.status, before.differences
    is_applied = before.applied is not None and before.applied.digest == config.digest
    return (ConfigStatus.APPLIED, ()) if before.status is ConfigStatus.APPLIED and is_applied else None


def was_begun_by(state: ServerConfigState | None, run_id: str) -> bool:
    """Whether that run has begun to write, and nobody knows how far it came."""
    return state is not None and state.status is ConfigStatus.IN_PROGRESS and state.run_id == run_id


def is_settled_by(state: ServerConfigState | None, run_id: str) -> bool:
    """Whether that run is through with the server."""
    settled = (ConfigStatus.APPLIED, ConfigStatus.FAILED)
    return state is not None and state.run_id == run_id and state.status in settled


def status_of(config: EffectiveConfig, state: ServerConfigState | None, running: str | None) -> ConfigStatus:
    """How the stored settings of a server stand; `running` is the run of its group that goes on, if one does."""
    if state is None:
        return ConfigStatus.PENDING if config.settings else ConfigStatus.NONE
    match state.status:
        case ConfigStatus.IN_PROGRESS:
            return ConfigStatus.IN_PROGRESS if state.run_id == running else ConfigStatus.PENDING
        case ConfigStatus.FAILED | ConfigStatus.DRIFTED if state.attempt == config.digest:
            return state.status
    applied = state.applied
    if applied is not None and applied.digest == config.digest:
        return ConfigStatus.APPLIED if config.settings else ConfigStatus.NONE
    # settings that are gone leave everything as it is but a static address, which is to be taken out again
    return ConfigStatus.PENDING if config.settings or written_address(state) else ConfigStatus.NONE


def _with_begun(
    differences: tuple[ConfigDifference, ...], cause: Cause, before: ServerConfigState | None
) -> tuple[ConfigDifference, ...]:
    """The differences, and those that the run has begun to write before: what was found first is told."""
    earlier = before.differences if before is not None and was_begun_by(before, cause.run_id) else ()
    told = {each.field: each for each in (*differences, *earlier)}
    return tuple(told[name] for name in sorted(told))


def _applied(
    server: ServerKey,
    config: EffectiveConfig,
    brought: Brought,
    cause: Cause,
    before: ServerConfigState | None,
    *,
    is_whole: bool,
) -> ServerConfigState:
    state = _state(server, ConfigStatus.APPLIED, config, cause, before, differences=brought.differences)
    if not is_whole:
        return state
    applied = AppliedConfig(
        group_id=cause.group_id,
        group_version=cause.group_version,
        digest=config.digest,
        at=cause.at,
        actor=cause.actor,
        static_private_ip=config.settings.get(ADDRESS),
        template_id=brought.template_id,
        template_version=brought.template_version,
    )
    return state.model_copy(update={"applied": applied})


def _state(
    server: ServerKey,
    status: ConfigStatus,
    config: EffectiveConfig,
    cause: Cause,
    before: ServerConfigState | None,
    *,
    differences: tuple[ConfigDifference, ...],
) -> ServerConfigState:
    return ServerConfigState(
        server=server,
        status=status,
        group_id=cause.group_id,
        group_version=cause.group_version,
        run_id=cause.run_id,
        attempt=config.digest,
        actor=cause.actor,
        at=cause.at,
        differences=differences,
        applied=before.applied if before is not None else None,
    )


def _event(action: ConfigAction, brought: Brought, cause: Cause) -> ServerConfigEvent:
    # one run tells of a server once: repeated, the line takes its own place
    return ServerConfigEvent(
        event_id=cause.run_id,
        at=cause.at,
        actor=cause.actor,
        action=action,
        group_id=cause.group_id,
        group_version=cause.group_version,
        run_id=cause.run_id,
        code=brought.code or None,
        reason=brought.reason or None,
        differences=brought.differences,
        template_version=brought.template_version or None,
    )
