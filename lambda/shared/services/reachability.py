"""Whether an account and region can be asked at all, and the finding that says why not."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol, TypeVar

from shared.account_utils import validate_target_account
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.account import TargetAccount
from shared.models.finding import Finding, FindingCode, FindingReason, failure_at, unknown_at
from shared.models.places import PlaceState
from shared.models.targets import Target
from shared.patience import Throttle, answers_of, hearing_throttles, words_of

_STATES: Final = {
    "NOT_INITIALIZED": PlaceState.NOT_INITIALIZED,
    "REGION_NOT_ENABLED": PlaceState.NOT_ENABLED,
    "ENDPOINT_UNREACHABLE": PlaceState.SILENT,
}
"""By our codes for what DRS, or its endpoint, says of the place."""

_REASONS: Final = {
    PlaceState.NOT_INITIALIZED: FindingReason.NOT_INITIALIZED,
    PlaceState.NOT_ENABLED: FindingReason.REGION_NOT_ENABLED,
    PlaceState.DENIED: FindingReason.DENIED,
    PlaceState.THROTTLED: FindingReason.THROTTLED,
    PlaceState.SILENT: FindingReason.NO_ANSWER,
}

_SURELY_BAD: Final = frozenset({PlaceState.NOT_INITIALIZED, PlaceState.NOT_ENABLED, PlaceState.DENIED})
"""Of these AWS has told that it will not work; all else tells nothing."""

PLACES_AT_ONCE: Final = 100
"""A thread each, so that those that are silent keep none of the others from being asked."""

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Silence:
    """An account and region that did not answer in time, and the finding that says so."""

    target: Target
    finding: Finding


class AccountReader(Protocol):
    """Where the target accounts are."""

    def find(self, account_id: str) -> TargetAccount | None:
        """The registered account, None if there is none; CrossAccountError for a row that is no account."""
        ...

    def find_many(self, account_ids: Iterable[str]) -> Mapping[str, TargetAccount | CrossAccountError]:
        """The registered accounts by id, read together, with the error in the place of a row that is no account."""
        ...


def account_obstacle(target: Target, accounts: AccountReader, hub_account_id: str) -> Finding | None:
    """Why the account may not be asked by what the hub knows of it, if so."""
    return obstacle_in(target, accounts.find_many([target.account_id]), hub_account_id)


def obstacle_in(
    target: Target, accounts: Mapping[str, TargetAccount | CrossAccountError], hub_account_id: str
) -> Finding | None:
    """The same by what was read of the accounts a moment ago."""
    account = accounts.get(target.account_id)
    if isinstance(account, CrossAccountError):
        return obstacle_of(target, account)
    return validate_target_account(target, account, hub_account_id)


def obstacle_of(
    target: Target, error: CrossAccountError | DrsServiceError, code: FindingCode = FindingCode.DRS_STATE
) -> Finding:
    """The finding that says why an account and region could not be asked; `code` if a service did not answer well."""
    message, details = f"{target} could not be checked: {error.message}", error.details
    if isinstance(error, CrossAccountError):
        made = unknown_at if error.is_retryable else failure_at
        return made(target, FindingCode.ROLE, message, reason=FindingReason.ROLE_NOT_ASSUMABLE, details=details)
    state = state_of(error)
    made = failure_at if state in _SURELY_BAD else unknown_at
    return made(target, code, message, reason=_REASONS.get(state, FindingReason.REFUSED), details=details)


def state_of(error: DrsServiceError) -> PlaceState:
    """What an answer of a service says of the account and region; UNREADABLE if nothing that is known."""
    if error.drs_code in _STATES:
        return _STATES[error.drs_code]
    if error.is_throttled:
        return PlaceState.THROTTLED
    return PlaceState.DENIED if error.is_denied else PlaceState.UNREADABLE


def ask_everywhere(
    targets: Iterable[Target],
    ask: Callable[[Target], _Answer],
    otherwise: Callable[[Silence], _Answer],
    *,
    workers: int,
    patience: float,
) -> dict[Target, _Answer]:
    """What every account and region says; one that stays silent delays nobody and is no longer waited for.

    `patience` is in seconds of real time, less if the call has less.
    """
    heard: dict[Target, list[Throttle]] = {target: [] for target in sorted(targets)}

    def listening(target: Target) -> _Answer:
        with hearing_throttles(heard[target]):
            return ask(target)

    questions = {target: partial(listening, target) for target in heard}
    began = time.monotonic()
    answers = answers_of(questions, workers=workers, seconds=patience)
    waited = min(patience, time.monotonic() - began)
    return {
        target: answers[target] if target in answers else otherwise(_silence(target, waited, heard[target]))
        for target in questions
    }


def _silence(target: Target, waited: float, heard: Sequence[Throttle]) -> Silence:
    message = f"{target} could not be checked: it did not answer within {waited:.3g} seconds"
    if not heard:
        return Silence(target, unknown_at(target, FindingCode.DRS_STATE, message, reason=FindingReason.NO_ANSWER))
    throttled = f"{message}; {words_of(heard)}"
    return Silence(target, unknown_at(target, FindingCode.DRS_STATE, throttled, reason=FindingReason.THROTTLED))
