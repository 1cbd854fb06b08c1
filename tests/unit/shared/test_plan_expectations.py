"""What a plan expects of its waves that their servers of this moment do not bear out."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.models.drs import SourceServer
from shared.models.finding import Finding, FindingCode, Outcome, failure_at
from shared.models.protection_group import ProtectionGroup
from shared.models.recovery_plan import Wave
from shared.models.targets import Target
from shared.plan_expectations import check_expectations
from shared.plan_resolution import TargetView, resolve_waves
from tests.support.configuration import DATABASE, WEB, group, plan, server_id, source_server, wave

OPTIONAL_ELSEWHERE = FindingCode.OPTIONAL_SERVER_NOT_IN_WAVE
NOT_REACHABLE = FindingCode.MINIMUM_SUCCESS_NOT_REACHABLE
NOTHING_REQUIRED = FindingCode.NO_REQUIRED_SERVERS


def of(group_id: str, *numbers: int, target: Target = DATABASE) -> ProtectionGroup:
    """A group of servers of these numbers."""
    return group(group_id, target, source_server_ids=tuple(map(server_id, numbers)))


def found(
    *waves: Wave, groups: tuple[ProtectionGroup, ...], unreachable: Target | None = None, known: int = 10
) -> tuple[Finding, ...]:
    """The findings where both accounts replicate the servers 0 to `known`, unless one cannot be asked."""
    servers: dict[str, SourceServer] = {server_id(number): source_server(number) for number in range(known)}
    views = {
        target: TargetView(target, {}, obstacles=(failure_at(target, FindingCode.DRS_STATE, "silent"),))
        if target == unreachable
        else TargetView(target, servers)
        for target in (DATABASE, WEB)
    }
    by_id = {each.group_id: each for each in groups}
    checked = plan(*waves)
    return check_expectations(checked, by_id, views, resolve_waves(checked, by_id, views))


def codes(*waves: Wave, **world: Any) -> list[FindingCode]:
    return [finding.code for finding in found(*waves, **world)]


def test_a_wave_whose_expectations_its_servers_bear_out_is_found_sound() -> None:
    asked = wave(0, "a", "b", optional_server_ids=(server_id(1), server_id(5)), minimum_success=3)

    assert found(asked, groups=(of("a", 1, 2, 3), of("b", 4, 5, target=WEB))) == ()


def test_an_optional_server_that_no_group_of_its_wave_holds_is_a_warning_that_names_wave_and_server() -> None:
    asked = wave(1, "a", wave_name="Web", optional_server_ids=(server_id(2), server_id(4), server_id(3)))

    [finding] = found(wave(0, "b"), asked, groups=(of("a", 1, 2), of("b", 3)))

    assert (finding.outcome, finding.code) == (Outcome.WARN, OPTIONAL_ELSEWHERE)
    assert (finding.wave_number, finding.server_ids) == (1, (server_id(3), server_id(4)))
    for word in ("wave 2 (Web)", server_id(3), server_id(4), "optionalServerIds"):
        assert word in finding.message


def test_an_optional_server_that_the_group_lists_and_drs_does_not_know_is_not_in_the_wave() -> None:
    asked = wave(0, "a", optional_server_ids=(server_id(12),))

    assert codes(asked, groups=(of("a", 1, 12),)) == [OPTIONAL_ELSEWHERE]


def test_nothing_is_said_of_a_wave_of_which_one_account_could_not_be_asked() -> None:
    asked = wave(0, "a", "b", optional_server_ids=(server_id(1), server_id(9)), minimum_success=7)
    groups = (of("a", 1), of("b", 4, target=WEB))

    assert codes(asked, groups=groups, unreachable=WEB) == []
    assert codes(asked, groups=groups, unreachable=DATABASE) == []
    assert codes(asked, groups=groups) == [OPTIONAL_ELSEWHERE, NOT_REACHABLE]


def test_an_account_that_could_not_be_asked_silences_only_its_own_waves() -> None:
    waves = (wave(0, "a", minimum_success=2), wave(1, "b", minimum_success=2))

    [finding] = found(*waves, groups=(of("a", 1), of("b", 4, target=WEB)), unreachable=WEB)

    assert finding.wave_number == 0


def test_nothing_is_said_of_a_wave_with_a_group_that_does_not_exist() -> None:
    asked = wave(0, "a", "gone", optional_server_ids=(server_id(9),), minimum_success=7)

    assert codes(asked, groups=(of("a", 1),)) == []


@pytest.mark.parametrize(("count", "expected"), [(1, []), (2, []), (3, [NOT_REACHABLE]), (40, [NOT_REACHABLE])])
def test_a_count_beyond_the_required_servers_is_a_warning_and_optional_ones_do_not_count(
    count: int, expected: list[FindingCode]
) -> None:
    asked = wave(0, "a", optional_server_ids=(server_id(3),), minimum_success=count)

    assert codes(asked, groups=(of("a", 1, 2, 3),)) == expected


def test_the_warning_says_that_the_count_makes_no_difference_and_gives_the_numbers() -> None:
    [finding] = found(wave(0, "a", minimum_success=3), groups=(of("a", 1, 2),))

    assert (finding.outcome, finding.wave_number) == (Outcome.WARN, 0)
    assert "makes no difference, every required server must succeed" in finding.message
    assert finding.details == {"minimumSuccess": 3, "requiredServers": 2}


@pytest.mark.parametrize("percentage", ["1%", "80%", "100%"])
def test_a_percentage_is_always_in_reach(percentage: str) -> None:
    assert codes(wave(0, "a", minimum_success=percentage), groups=(of("a", 1),)) == []


def test_a_wave_of_optional_servers_alone_is_said_never_to_fail() -> None:
    [finding] = found(wave(0, "a", optional_server_ids=(server_id(1), server_id(2))), groups=(of("a", 1, 2),))

    assert (finding.outcome, finding.code, finding.wave_number) == (Outcome.WARN, NOTHING_REQUIRED, 0)
    assert "can never fail" in finding.message


def test_of_a_wave_without_any_server_only_its_optional_ones_are_missed() -> None:
    asked = wave(0, "a", optional_server_ids=(server_id(1),), minimum_success=1)

    assert codes(asked, groups=(of("a"),)) == [OPTIONAL_ELSEWHERE]


@given(st.sets(st.integers(0, 9), min_size=1), st.sets(st.integers(0, 12)), st.none() | st.integers(1, 12))
def test_each_warning_comes_exactly_when_its_numbers_say_so(
    held: set[int], optional: set[int], count: int | None
) -> None:
    asked = wave(0, "a", optional_server_ids=tuple(map(server_id, optional)), minimum_success=count)

    warnings = {finding.code: finding for finding in found(asked, groups=(of("a", *held),))}

    assert (OPTIONAL_ELSEWHERE in warnings) == bool(optional - held)
    assert (NOTHING_REQUIRED in warnings) == (held <= optional)
    assert (NOT_REACHABLE in warnings) == (count is not None and count > len(held - optional))
    if OPTIONAL_ELSEWHERE in warnings:
        assert warnings[OPTIONAL_ELSEWHERE].server_ids == tuple(map(server_id, sorted(optional - held)))
