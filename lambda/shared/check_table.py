"""How every check of a plan came out in each account and region: what is not told as wrong was looked at."""

from collections.abc import Collection, Iterable
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
    FindingCode.LAUNCH_RIGHTS,
)
"""What is checked of every plan."""

_WORST_FIRST: Final = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.WARN)


def check_table(
    targets: Iterable[Target], codes: Collection[FindingCode], findings: Iterable[Finding]
) -> tuple[PlaceCheck, ...]:
    """One line for each account and region and each of these codes, in the order of the codes.

    Where nobody gets in all else is UNKNOWN.
    """
    outcomes: dict[tuple[str | None, str | None, FindingCode], set[Outcome]] = {}
    for finding in findings:
        outcomes.setdefault((finding.account_id, finding.region, finding.code), set()).add(finding.outcome)
    table: list[PlaceCheck] = []
    for target in sorted(targets):
        found = {code: _worst(outcomes.get((target.account_id, target.region, code), ())) for code in codes}
        shut = next(
            (code for code in _WAY_IN if found.get(code, Outcome.PASS) in (Outcome.FAIL, Outcome.UNKNOWN)), None
        )
        for code in codes:
            is_reached = shut is None or (code in _WAY_IN and _WAY_IN.index(code) <= _WAY_IN.index(shut))
            outcome = found[code] if is_reached else Outcome.UNKNOWN
            table.append(PlaceCheck(account_id=target.account_id, region=target.region, code=code, outcome=outcome))
    return tuple(table)


def _worst(outcomes: Collection[Outcome]) -> Outcome:
    return next((outcome for outcome in _WORST_FIRST if outcome in outcomes), Outcome.PASS)
