"""Which plans are refused, and what the refusal names."""

from hypothesis import given
from hypothesis import strategies as st

from shared.models.recovery_plan import Wave
from shared.plan_rules import check_plan_rules
from tests.support.configuration import plan, wave


def codes(*waves: Wave) -> list[tuple[str, str]]:
    return [(each.field, each.code) for each in check_plan_rules(plan(*waves))]


def test_a_diamond_of_four_waves_is_a_sound_plan() -> None:
    diamond = (
        wave(0, "a"),
        wave(1, "b", after=(0,)),
        wave(2, "c", "d", after=(0,)),
        wave(3, "e", after=(1, 2)),
    )

    assert codes(*diamond) == []


def test_two_waves_of_one_number_are_refused_at_the_second() -> None:
    assert codes(wave(4, "a"), wave(4, "b")) == [("waves[1].waveNumber", "DUPLICATE_WAVE_NUMBER")]


def test_a_dependency_on_a_wave_that_is_not_there_is_refused_by_its_path() -> None:
    assert codes(wave(0, "a"), wave(1, "b", after=(0, 7))) == [("waves[1].dependsOnWaves[1]", "UNKNOWN_WAVE")]


def test_a_wave_that_waits_for_itself_is_refused_once() -> None:
    assert codes(wave(0, "a", after=(0,))) == [("waves[0].dependsOnWaves[0]", "SELF_DEPENDENCY")]


def test_the_refusal_of_a_cycle_names_its_waves() -> None:
    looping = plan(wave(0, "a"), wave(1, "b", after=(0, 3)), wave(2, "c", after=(1,)), wave(3, "d", after=(2,)))

    [violation] = check_plan_rules(looping)

    assert (violation.field, violation.code) == ("waves", "CYCLE")
    named = violation.reason.partition(": ")[2].split(" → ")
    assert named[0] == named[-1]
    assert set(named) == {"1", "2", "3"}


def test_a_group_in_two_waves_is_refused_where_it_comes_again() -> None:
    assert codes(wave(0, "a"), wave(1, "b", "a")) == [("waves[1].protectionGroupIds[1]", "GROUP_IN_TWO_WAVES")]


def test_a_group_named_twice_in_one_wave_is_refused() -> None:
    assert codes(wave(0, "a", "a")) == [("waves[0].protectionGroupIds[1]", "DUPLICATE_GROUP")]


def test_a_wave_without_a_group_is_refused() -> None:
    assert codes(wave(0)) == [("waves[0].protectionGroupIds", "WAVE_WITHOUT_GROUPS")]


def test_failure_policies_other_than_stop_are_refused_for_now() -> None:
    [violation] = check_plan_rules(plan(wave(0, "a", failure_policy="PAUSE")))

    assert (violation.field, violation.code) == ("waves[0].failurePolicy", "NOT_SUPPORTED_YET")
    assert "later version" in violation.reason


def test_what_is_no_address_is_refused_as_notification_email() -> None:
    assert check_plan_rules(plan(wave(0, "a"), notification_email="ops@example.com")) == ()
    assert [each.field for each in check_plan_rules(plan(wave(0, "a"), notification_email="ops"))] == [
        "notificationEmail"
    ]


def test_all_violations_are_reported_at_once() -> None:
    found = codes(wave(0, "a", after=(9,)), wave(0, "a"), wave(2, after=(2,)))

    assert {code for _, code in found} == {
        "DUPLICATE_WAVE_NUMBER",
        "UNKNOWN_WAVE",
        "SELF_DEPENDENCY",
        "GROUP_IN_TWO_WAVES",
        "WAVE_WITHOUT_GROUPS",
    }


@given(st.lists(st.sets(st.integers(0, 9)), min_size=1, max_size=10), st.randoms(use_true_random=False))
def test_waves_that_only_wait_for_earlier_ones_are_never_a_cycle_in_any_order(
    waits: list[set[int]], shuffler: object
) -> None:
    waves = [
        wave(number, f"g{number}", after=tuple(each for each in sorted(needed) if each < number))
        for number, needed in enumerate(waits)
    ]
    shuffler.shuffle(waves)  # type: ignore[attr-defined]

    assert codes(*waves) == []


@given(st.integers(2, 9), st.integers(0, 5), st.data())
def test_a_ring_of_waves_is_found_whatever_else_the_plan_holds(size: int, others: int, data: st.DataObject) -> None:
    numbers = data.draw(st.permutations(range(size + others)))
    ring = numbers[:size]
    waves = [wave(number, f"g{number}", after=(ring[position - 1],)) for position, number in enumerate(ring)]
    waves += [wave(number, f"g{number}", after=tuple(ring[:1])) for number in numbers[size:]]

    [violation] = check_plan_rules(plan(*waves))

    named = violation.reason.partition(": ")[2].split(" → ")
    assert set(named) == set(map(str, ring))
    assert len(named) == size + 1


def test_a_graph_that_no_header_could_carry_is_refused() -> None:
    chain = [wave(number, f"g{number}", after=tuple(range(max(0, number - 60), number))) for number in range(60)]

    assert codes(*chain) == []
    wider = [wave(number, f"g{number}", after=tuple(range(number))) for number in range(72)]
    assert codes(*wider) == [("waves", "TOO_MANY")]
