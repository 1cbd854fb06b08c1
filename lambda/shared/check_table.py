"""How every check of a plan came out in each account and region: what is not told as wrong was looked at.

Of launch settings some servers were, and of the others it is known that they were applied.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from shared.models.finding import Finding, FindingCode, Outcome
from shared.models.plan_check import PlaceCheck
from shared.models.targets import Target

_WAY_IN: Final = (FindingCode.ROLE, FindingCode.DRS_STATE)
"""Who does not get in can check nothing else; the second needs the first."""

EVERYWHERE: Final = (
    *_WAY_IN,
    FindingCode.QUOTA,
    FindingCode.SERVER_MISSING,
    FindingCode.SERVER_BUSY,
    FindingCode.REPLICATION_STATE,
    FindingCode.EXTENSION_UNUSABLE,
    FindingCode.LEFTOVER_INSTANCES,
    FindingCode.PREPARED_INSTANCE,
    FindingCode.PREPARED_NOT_CHECKED,
    FindingCode.LAUNCH_RIGHTS,
)
"""What is checked of every plan."""

_NEEDS: Final[Mapping[FindingCode, FindingCode]] = {
    FindingCode.SNAPSHOT_MISSING: FindingCode.SNAPSHOTS_NOT_CHECKED,
    FindingCode.LAUNCH_CONFIG_INVALID: FindingCode.LAUNCH_CONFIG_NOT_CHECKED,
    FindingCode.LAUNCH_CONFIG_DRIFT: FindingCode.LAUNCH_CONFIG_NOT_CHECKED,
    FindingCode.PREPARED_INSTANCE: FindingCode.PREPARED_NOT_CHECKED,
    FindingCode.ALARM_NOT_FOUND: FindingCode.HEALTH_CHECKS,
    FindingCode.COMMAND_NOT_RUNNABLE: FindingCode.HEALTH_CHECKS,
    FindingCode.SUBNET_ADDRESSES: FindingCode.SUBNET_MISSING,
    FindingCode.SECURITY_GROUP: FindingCode.SUBNET_MISSING,
    FindingCode.INSTANCE_TYPE: FindingCode.SUBNET_MISSING,
    FindingCode.STATIC_IP: FindingCode.SUBNET_MISSING,
}
"""Checks that cannot be made to their end where another came out badly: there is nothing to look at."""

_WORST_FIRST: Final = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.WARN)
_BAD: Final = (Outcome.FAIL, Outcome.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found, and what was checked in each account and region."""

    findings: tuple[Finding, ...] = ()
    codes: Mapping[Target, Collection[FindingCode]] = field(default_factory=dict)


def check_table(codes: Mapping[Target, Collection[FindingCode]], findings: Iterable[Finding]) -> tuple[PlaceCheck, ...]:
    """One line for each account and region and each of its codes, in their order.

    Where nobody gets in all else is UNKNOWN.
    """
    outcomes: dict[tuple[str | None, str | None, FindingCode], set[Outcome]] = {}
    for finding in findings:
        outcomes.setdefault((finding.account_id, finding.region, finding.code), set()).add(finding.outcome)
    table: list[PlaceCheck] = []
    for target, checked in sorted(codes.items()):
        found = {code: _worst(outcomes.get((target.account_id, target.region, code), ())) for code in checked}
        for code, worst in found.items():
            outcome = Outcome.UNKNOWN if _is_unseen(code, found) else worst
            table.append(PlaceCheck(account_id=target.account_id, region=target.region, code=code, outcome=outcome))
    return tuple(table)


def _worst(outcomes: Collection[Outcome]) -> Outcome:
    return next((outcome for outcome in _WORST_FIRST if outcome in outcomes), Outcome.PASS)


def _is_unseen(code: FindingCode, found: Mapping[FindingCode, Outcome]) -> bool:
    """Whether what is found of a check is not all that there may be."""
    before = _WAY_IN[: _WAY_IN.index(code)] if code in _WAY_IN else _WAY_IN
    if any(found.get(each) in _BAD for each in before):
        return True
    needed = _NEEDS.get(code)
    return needed is not None and found.get(needed) in _BAD and found[code] is not Outcome.FAIL
