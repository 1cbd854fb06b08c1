"""The table of checks says of every account and region how each came out, and never PASS of what nobody looked at."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from shared.check_table import EVERYWHERE, check_table
from shared.models.finding import Finding, FindingCode, Outcome
from shared.models.targets import Target

PLACES = [Target(account_id=account, region="us-west-2") for account in ("111122223333", "444455556666")]
RANK = (Outcome.PASS, Outcome.WARN, Outcome.UNKNOWN, Outcome.FAIL)
FINDINGS = st.lists(
    st.builds(
        lambda place, code, outcome: Finding(
            outcome=outcome, code=code, message="m", account_id=place.account_id, region=place.region
        ),
        st.sampled_from(PLACES),
        st.sampled_from([*EVERYWHERE, FindingCode.ALARM_NOT_FOUND]),
        st.sampled_from([Outcome.WARN, Outcome.FAIL, Outcome.UNKNOWN]),
    ),
    max_size=8,
)


@given(FINDINGS)
def test_every_check_has_one_line_and_is_as_bad_as_the_worst_that_was_found(findings: list[Finding]) -> None:
    table = check_table(dict.fromkeys(PLACES, EVERYWHERE), findings)
    assert [(line.account_id, line.code) for line in table] == [
        (place.account_id, code) for place in PLACES for code in EVERYWHERE
    ]
    for line in table:
        told = [one.outcome for one in findings if (one.account_id, one.code) == (line.account_id, line.code)]
        if told and line.outcome is not Outcome.UNKNOWN:
            assert line.outcome is max(told, key=RANK.index)


@given(FINDINGS)
def test_nothing_passes_where_nobody_gets_in(findings: list[Finding]) -> None:
    lines = {
        (line.account_id, line.code): line.outcome for line in check_table(dict.fromkeys(PLACES, EVERYWHERE), findings)
    }
    for place in PLACES:
        role, drs = (lines[place.account_id, code] for code in (FindingCode.ROLE, FindingCode.DRS_STATE))
        if {role, drs} & {Outcome.FAIL, Outcome.UNKNOWN}:
            rest = [lines[place.account_id, code] for code in EVERYWHERE[2:]]
            assert rest == [Outcome.UNKNOWN] * len(rest)
        if role in (Outcome.FAIL, Outcome.UNKNOWN):
            assert drs is Outcome.UNKNOWN


def test_where_nothing_was_found_everything_passes() -> None:
    assert {line.outcome for line in check_table(dict.fromkeys(PLACES, EVERYWHERE), [])} == {Outcome.PASS}


def test_a_place_has_lines_of_what_was_checked_there_only() -> None:
    first, second = PLACES
    codes = {second: [FindingCode.ROLE], first: [FindingCode.ROLE, FindingCode.SUBNET_MISSING]}
    assert [(line.account_id, line.code.value) for line in check_table(codes, [])] == [
        (first.account_id, "ROLE"),
        (first.account_id, "SUBNET_MISSING"),
        (second.account_id, "ROLE"),
    ]


@pytest.mark.parametrize(
    ("needed", "outcome", "others"),
    [
        (Outcome.FAIL, None, Outcome.UNKNOWN),
        (Outcome.UNKNOWN, Outcome.WARN, Outcome.UNKNOWN),
        (Outcome.FAIL, Outcome.FAIL, Outcome.FAIL),
        (Outcome.WARN, None, Outcome.PASS),
    ],
)
def test_what_cannot_be_looked_at_without_something_else_does_not_pass_without_it(
    needed: Outcome, outcome: Outcome | None, others: Outcome
) -> None:
    [place, _] = PLACES
    pairs = (
        (FindingCode.SUBNET_MISSING, FindingCode.SUBNET_ADDRESSES),
        (FindingCode.HEALTH_CHECKS, FindingCode.ALARM_NOT_FOUND),
    )
    for first, second in pairs:
        told = {first: needed} | ({second: outcome} if outcome else {})
        findings = [
            Finding(outcome=each, code=code, message="m", account_id=place.account_id, region=place.region)
            for code, each in told.items()
        ]
        lines = {line.code: line.outcome for line in check_table({place: (first, second)}, findings)}
        assert lines == {first: needed, second: others}
