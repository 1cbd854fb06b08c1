"""Which plans are refused, and what the refusal names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.item_rules import ITEM_BYTES
from shared.models.health_checks import AlarmCheck, CommandCheck
from shared.models.recovery_plan import FailurePolicy, RecoveryPlan, RecoveryPlanFields, Wave
from shared.models.wave_record import WaveRecord
from shared.plan_rules import GROUP_BYTES, GROUPS, check_plan_rules
from shared.stores.attribute_values import ITEM_LIMIT, item_size
from shared.stores.memory_table import MemoryTable
from shared.stores.recovery_plan_store import RecoveryPlanStore
from shared.stores.schemas import RECOVERY_PLANS
from tests.support.comparisons import Counted
from tests.support.configuration import plan, server_id, wave

WAVES = 500


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


def test_beside_two_waves_of_one_number_nothing_is_told_that_another_number_of_one_of_them_mends() -> None:
    waves = (
        wave(0, "a"),
        wave(1, "b", after=(0,)),
        wave(0, "c", after=(1, 0)),
        wave(3, "d", after=(2, 3)),
        wave(4, "e", after=(5,)),
        wave(5, "f", after=(4,)),
    )

    assert codes(*waves) == [
        ("waves[2].waveNumber", "DUPLICATE_WAVE_NUMBER"),
        ("waves[3].dependsOnWaves[1]", "SELF_DEPENDENCY"),
        ("waves", "CYCLE"),
    ]
    assert codes(*waves[:4]) == codes(*waves)[:2]


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


@pytest.mark.parametrize("policy", FailurePolicy)
def test_every_failure_policy_makes_a_sound_plan(policy: FailurePolicy) -> None:
    assert codes(wave(0, "a", failure_policy=policy)) == []


def test_an_optional_server_listed_twice_in_a_wave_is_refused_where_it_comes_again() -> None:
    listed = (server_id(1), server_id(2), server_id(1))

    assert codes(wave(0, "a", optional_server_ids=listed)) == [("waves[0].optionalServerIds[2]", "DUPLICATE_SERVER")]


def test_an_optional_server_of_two_waves_is_refused_where_it_comes_again() -> None:
    first = wave(0, "a", optional_server_ids=(server_id(1),))
    second = wave(1, "b", optional_server_ids=(server_id(2), server_id(1)))

    [violation] = check_plan_rules(plan(first, second))

    assert (violation.field, violation.code) == ("waves[1].optionalServerIds[1]", "SERVER_IN_TWO_WAVES")
    assert "waves[0]" in violation.reason


def test_what_is_no_address_is_refused_as_notification_email() -> None:
    assert check_plan_rules(plan(wave(0, "a"), notification_email="ops@example.com")) == ()
    for address in ("ops", "<ops@example.com>", "ops@example.com>", "a,ops@example.com", "Ops:ops@example.com;"):
        refused = check_plan_rules(plan(wave(0, "a"), notification_email=address))
        assert [each.field for each in refused] == ["notificationEmail"], address


def test_an_address_that_is_stored_passes_where_it_is_stored() -> None:
    stored = plan(wave(0, "a"), notification_email="<ops@example.com>")

    assert check_plan_rules(stored, stored) == ()


def test_all_violations_are_reported_at_once() -> None:
    found = codes(wave(0, "a", "b", "b"), wave(0, "a"), wave(2, after=(2,)))

    assert {code for _, code in found} == {
        "DUPLICATE_WAVE_NUMBER",
        "DUPLICATE_GROUP",
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


@given(st.lists(st.lists(st.integers(0, 6), max_size=5), min_size=1, max_size=5))
def test_an_optional_server_is_refused_exactly_where_an_earlier_entry_named_it(listed: list[list[int]]) -> None:
    waves = [
        wave(number, f"g{number}", optional_server_ids=tuple(map(server_id, servers)))
        for number, servers in enumerate(listed)
    ]
    entries = [(place, entry, server) for place, each in enumerate(listed) for entry, server in enumerate(each)]
    first_wave = {server: place for place, _, server in reversed(entries)}
    expected = [
        (
            f"waves[{place}].optionalServerIds[{entry}]",
            "DUPLICATE_SERVER" if first_wave[server] == place else "SERVER_IN_TWO_WAVES",
        )
        for position, (place, entry, server) in enumerate(entries)
        if server in [earlier for _, _, earlier in entries[:position]]
    ]

    assert codes(*waves) == expected


def test_an_alarm_that_is_listed_twice_is_refused_at_the_second() -> None:
    checks = (AlarmCheck(alarm_name="a"), CommandCheck(document_name="Doc"), AlarmCheck(alarm_name="a"))

    assert codes(wave(0, "a").model_copy(update={"health_checks": checks})) == [
        ("waves[0].healthChecks[2]", "DUPLICATE_ALARM")
    ]


@pytest.mark.parametrize(("letters", "refused"), [(1_050, False), (1_200, True)])
def test_the_checks_of_a_wave_fit_into_its_item(letters: int, refused: bool) -> None:
    checks = (CommandCheck(document_name="Doc", parameters={"commands": ("x" * letters,)}),)

    found = codes(wave(0, "a").model_copy(update={"health_checks": checks}))

    assert found == ([("waves[0].healthChecks", "TOO_LARGE")] if refused else [])


def test_names_that_no_header_could_carry_are_refused() -> None:
    waves = [wave(number, f"g{number}").model_copy(update={"wave_name": "é" * 16}) for number in range(500)]

    assert codes(*waves) == []
    longer = [waves[0].model_copy(update={"wave_name": "é" * 17}), *waves[1:]]
    assert codes(*longer) == [("waves", "TOO_LARGE")]


def full_plan(letters: int) -> RecoveryPlan:
    """As many waves as a plan may have, each saying nearly everything, in a description of so many letters too."""
    checks = (AlarmCheck(alarm_name="a", account_id="111122223333", region="us-west-2"),)
    said = {"description": "d" * letters, "health_checks": checks, "minimum_success": 1, "wait_minutes": 1}
    return plan(
        *(
            wave(number, f"g{number}", after=tuple(range(max(0, number - 5), number))).model_copy(
                update={**said, "optional_server_ids": (server_id(number),)}
            )
            for number in range(WAVES)
        )
    )


def test_a_plan_that_no_item_could_hold_is_refused_and_the_largest_of_the_others_is_stored() -> None:
    letters = (ITEM_BYTES - full_plan(0).json_bytes) // WAVES
    plans = RecoveryPlanStore(MemoryTable(RECOVERY_PLANS))

    largest = full_plan(letters)
    assert check_plan_rules(largest) == ()
    plans.put_new(largest)
    assert item_size(largest.wire()) < ITEM_LIMIT - 10_000
    [violation] = check_plan_rules(full_plan(letters + 1))
    assert (violation.field, violation.code) == ("waves", "TOO_LARGE")
    assert f"at most {ITEM_BYTES} are allowed" in violation.reason


@pytest.mark.parametrize(
    ("alarms", "commands", "is_sound"), [(5, 3, True), (6, 0, False), (0, 4, False), (7, 1, False)]
)
def test_a_wave_has_so_many_checks_of_each_kind(alarms: int, commands: int, is_sound: bool) -> None:
    checks = (
        *(AlarmCheck(alarm_name=str(number)) for number in range(alarms)),
        *(CommandCheck(document_name="Doc") for _ in range(commands)),
    )

    assert codes(wave(0, "a", health_checks=checks)) == (
        [] if is_sound else [("waves[0].healthChecks", "OUT_OF_RANGE")]
    )


def test_the_groups_of_a_plan_are_no_more_than_a_start_can_write_down() -> None:
    groups = [f"g{number}" for number in range(GROUPS)]

    assert codes(wave(0, *groups[:500]), wave(1, *groups[500:])) == []
    assert codes(wave(0, *groups), wave(1, "one more")) == [("waves", "TOO_MANY")]


def test_the_largest_wave_that_a_start_writes_fits_into_an_item() -> None:
    longest = "\N{FIRE}" * 64
    record = WaveRecord(
        execution_id="exec-01kg3tbrqgsm3jsp5ydyfp42e2",
        plan_id="01M851TWDG7Y0EP1YH96FN32S2",
        wave_number=1,
        wave_name=longest,
        protection_group_ids=("01M851TWDG7Y0EP1YH96FN32S2",) * GROUPS,
        protection_group_names=(longest,) * GROUPS,
    )

    assert item_size(record.wire()) < 4 * 1024 + GROUPS * GROUP_BYTES < ITEM_LIMIT


def test_the_more_groups_a_wave_lists_the_more_are_looked_at_and_each_only_once() -> None:
    ids = tuple(Counted(f"g{number}") for number in range(3_000))
    waves = (Wave.model_construct(wave_number=0, wave_name="all", protection_group_ids=ids),)

    with Counted.counting() as count:
        found = check_plan_rules(RecoveryPlanFields.model_construct(plan_name="Plan", waves=waves))

    assert [violation.code for violation in found] == ["TOO_MANY"]
    assert count() < len(ids)
