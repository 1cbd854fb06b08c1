"""How the servers of groups are kept, and what is told of a group that has others than in the last execution."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.group_changes import NAMED, EarlierMembers, check_changes, in_parts, members_of
from shared.models.finding import Finding, FindingCode, unknown_at
from shared.models.group_members import GroupMembers
from shared.models.plan_check import ResolvedServer
from shared.plan_resolution import Resolution, TargetView
from shared.stores.attribute_values import item_size
from tests.support.configuration import DATABASE, WEB, group, plan, server_id, server_key, wave

GROUPS = st.dictionaries(
    st.sampled_from([f"01M851TVZ8Q4C0DS7W1KX0N5{number:02}" for number in range(30)]),
    st.lists(st.integers(0, 5000), max_size=400, unique=True).map(lambda found: [server_id(each) for each in found]),
    max_size=12,
)


def resolution(groups: Mapping[str, Collection[int]]) -> Resolution:
    """A plan's servers, each group in a wave of its own."""
    waves = {
        number: tuple(ResolvedServer(server=server_key(each), group_id=group_id) for each in servers)
        for number, (group_id, servers) in enumerate(groups.items())
    }
    return Resolution(waves, ())


def changes(before: Mapping[str, Collection[int]], now: Mapping[str, Collection[int]]) -> list[Finding]:
    """What is told of these groups."""
    known = {group_id: group(group_id, WEB if group_id == "away" else DATABASE) for group_id in now}
    views = {DATABASE: TargetView(DATABASE, {}), WEB: TargetView(WEB, {}, obstacles=(_SILENT,))}
    earlier = {group_id: frozenset(map(server_id, servers)) for group_id, servers in before.items()}
    waves = plan(*(wave(number, group_id) for number, group_id in enumerate(now)))
    return list(check_changes(waves, known, views, resolution(now), EarlierMembers("exec-1", earlier)))


_SILENT = unknown_at(WEB, FindingCode.DRS_STATE, "silent")


@given(GROUPS)
def test_members_are_kept_in_items_of_less_than_4_kb_and_are_the_same_again(members: dict[str, list[str]]) -> None:
    parts = in_parts(members)

    again: dict[str, list[str]] = {}
    for part in parts:
        for group_id, servers in part.items():
            again.setdefault(group_id, []).extend(servers)
    assert again == {group_id: servers for group_id, servers in members.items() if servers}
    assert len(parts) >= 1, "that there are no servers is known too"
    for number, part in enumerate(parts, start=1):
        row = GroupMembers(
            execution_id="exec-01m8524p6czb5k6zafbcaaywff",
            plan_id="p" * 26,
            part=number,
            parts=len(parts),
            servers=part,
        )
        assert item_size(row.wire()) < 4000


def test_a_group_of_the_largest_plan_takes_few_items() -> None:
    assert len(in_parts({"01M851TVZ8Q4C0DS7W1KX0N5QE": [server_id(each) for each in range(4000)]})) <= 35


def test_a_server_belongs_to_the_group_that_it_was_found_through() -> None:
    assert members_of(resolution({"a": [1, 2], "b": [3]}).servers_by_wave) == {
        "a": [server_id(1), server_id(2)],
        "b": [server_id(3)],
    }


def test_what_a_group_gained_and_lost_is_told_with_the_servers() -> None:
    [finding] = changes({"a": [1, 2, 3]}, {"a": [2, 3, 4, 5]})

    assert finding.code is FindingCode.SERVERS_CHANGED
    assert not finding.prevents
    assert finding.message == "group group a has 4 servers now and had 3 in execution exec-1: 2 gained, 1 lost"
    assert finding.details == {
        "executionId": "exec-1",
        "serversBefore": 3,
        "serversNow": 4,
        "gainedCount": 2,
        "lostCount": 1,
        "gained": [server_id(4), server_id(5)],
        "lost": [server_id(1)],
    }
    assert (finding.group_name, finding.wave_number) == ("group a", 0)
    assert finding.server_ids == (server_id(4), server_id(5), server_id(1))


@pytest.mark.parametrize(
    ("before", "now", "code"),
    [
        (range(10), range(5), FindingCode.SERVERS_CHANGED),
        (range(10), range(4), FindingCode.GROUP_SHRUNK),
        (range(10), range(20, 24), FindingCode.GROUP_SHRUNK),
        (range(10), range(20, 30), FindingCode.SERVERS_CHANGED),
        (range(3), [], FindingCode.GROUP_SHRUNK),
        (range(1), [], FindingCode.GROUP_SHRUNK),
        ([], range(3), FindingCode.SERVERS_CHANGED),
    ],
)
def test_a_group_with_less_than_half_of_its_servers_has_shrunk(
    before: Collection[int], now: Collection[int], code: FindingCode
) -> None:
    assert [finding.code for finding in changes({"a": before}, {"a": now})] == [code]


def test_of_many_servers_the_first_are_named_and_all_are_counted() -> None:
    [finding] = changes({"a": range(1000)}, {"a": range(1000, 2000)})

    assert (len(finding.details["gained"]), finding.details["gainedCount"]) == (NAMED, 1000)


def test_nothing_is_told_of_what_is_the_same_or_new_or_could_not_be_asked() -> None:
    assert changes({"a": [1], "away": [2, 3, 4]}, {"a": [1], "new": [9], "away": []}) == []
