"""Which tags a source server gets from its instance, and which it loses again: rules that hold for any tags."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.tag_rules import MOST_TAGS, TagChanges, is_reserved, is_taken, tag_changes

KEYS = st.sampled_from([f"k{number}" for number in range(6)])
RESERVED = st.sampled_from(
    [
        "aws:cloudformation:stack-name",
        "AWS:x",
        "AWSElasticDisasterRecoveryManaged",
        "AWSDRS",
        "DRSOrchestration:launchId",
    ]
)
VALUES = st.sampled_from(["", "a", "b", "c"])
ODD = st.sampled_from(["naïve", "line\nbreak", "semi;colon", "x" * 128, "x" * 129])
TAGS = st.dictionaries(st.one_of(KEYS, RESERVED, ODD), VALUES, max_size=10)


def carried_out(changes: TagChanges, server: Mapping[str, str]) -> dict[str, str]:
    """The server's tags when everything was done."""
    return {key: value for key, value in server.items() if key not in changes.removed} | changes.put


def takable(instance: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in instance.items() if not is_reserved(key) and is_taken(key, value)}


@given(TAGS, TAGS)
def test_a_server_has_all_tags_of_its_instance_and_loses_none_of_its_own(
    instance: dict[str, str], server: dict[str, str]
) -> None:
    after = carried_out(tag_changes(instance, server, {}), server)

    assert after == server | takable(instance)


@given(TAGS, TAGS)
def test_a_second_time_there_is_nothing_to_do(instance: dict[str, str], server: dict[str, str]) -> None:
    first = tag_changes(instance, server, {})
    second = tag_changes(instance, carried_out(first, server), first.written)

    assert not second.changes_something
    assert second.written == first.written


@given(TAGS, st.lists(TAGS, min_size=1, max_size=4))
def test_what_others_wrote_is_never_removed_and_what_was_copied_always_is(
    server: dict[str, str], instances: list[dict[str, str]]
) -> None:
    written: Mapping[str, tuple[str, ...]] = {}
    own, overwritten = dict(server), set[str]()
    for instance in (*instances, {}):
        changes = tag_changes(instance, server, written)
        overwritten |= set(changes.changed)
        server, written = carried_out(changes, server), changes.written

    assert server == {key: value for key, value in own.items() if key not in overwritten}
    assert written == {}


@given(TAGS, TAGS)
def test_tags_of_aws_and_of_drs_are_let_alone(instance: dict[str, str], server: dict[str, str]) -> None:
    ours = {key: (value,) for key, value in server.items()}

    changes = tag_changes(instance, server, ours)

    touched = {*changes.put, *changes.removed, *changes.written, *changes.left_out, *changes.not_taken}
    assert not [key for key in touched if is_reserved(key)]


@given(TAGS, TAGS, TAGS, st.booleans(), st.booleans())
def test_a_crash_anywhere_leaves_ours_ours(
    first: dict[str, str], second: dict[str, str], own: dict[str, str], removed: bool, put: bool
) -> None:
    """Between the two notes of what is ours any part of the writes may have been carried out."""
    begun = tag_changes(first, own, {})
    server, written = carried_out(begun, own), begun.written
    halted = tag_changes(second, server, written)
    half = {key: value for key, value in server.items() if not (removed and key in halted.removed)}
    half |= halted.put if put else {}

    gone = tag_changes({}, half, halted.intended(written))

    left = carried_out(gone, half)
    overwritten = {*begun.changed, *halted.changed}
    assert left == {key: value for key, value in own.items() if key not in overwritten or key in left}
    assert not {key for key in left if key not in own}


def test_a_tag_that_somebody_changed_in_drs_is_set_again_and_not_removed_as_ours() -> None:
    first = tag_changes({"Tier": "web"}, {}, {})

    assert tag_changes({"Tier": "web"}, {"Tier": "db"}, first.written).changed == {"Tier": "web"}
    gone = tag_changes({}, {"Tier": "db"}, first.written)
    assert (gone.removed, gone.written) == ((), {})


def test_there_is_room_for_fifty_tags_without_those_of_aws_and_what_is_removed_makes_some() -> None:
    server = {f"own{number:02}": "x" for number in range(48)} | {"aws:x": "y", "old": "z"}
    instance = {f"new{number}": "x" for number in range(4)} | {"own00": "changed"}

    changes = tag_changes(instance, server, {"old": ("z",)})

    assert changes.removed == ("old",)
    assert list(changes.added) == ["new0", "new1"]
    assert changes.changed == {"own00": "changed"}
    assert changes.left_out == ("new2", "new3")
    after = carried_out(changes, server)
    assert sum(not key.startswith("aws:") for key in after) == MOST_TAGS


def test_a_server_that_has_too_many_tags_already_gets_no_more() -> None:
    server = {f"own{number:02}": "x" for number in range(55)}

    changes = tag_changes({"new": "x", "own01": "y"}, server, {})

    assert (changes.added, changes.left_out) == ({}, ("new",))
    assert changes.changed == {"own01": "y"}


@pytest.mark.parametrize(
    ("key", "value", "taken"),
    [
        ("Name", "web 01", True),
        ("Kostenstelle", "Büro München", True),
        ("a.b:c/d=e+f-g@h_i", "", True),
        ("部署", "営業", True),
        ("semi;colon", "x", False),
        ("Name", "a\nb", False),
        ("Name", "100%", False),
        ("k" * 129, "x", False),
        ("k", "v" * 257, False),
        ("", "x", False),
    ],
)
def test_tags_have_the_form_that_aws_takes_everywhere(key: str, value: str, taken: bool) -> None:
    assert is_taken(key, value) is taken


def test_a_value_that_is_not_taken_any_more_leaves_the_tag_as_it_was() -> None:
    first = tag_changes({"Note": "fine"}, {}, {})

    second = tag_changes({"Note": "100%"}, {"Note": "fine"}, first.written)

    assert (second.changes_something, second.not_taken) == (False, ("Note",))
    assert tag_changes({}, {"Note": "fine"}, second.written).removed == ("Note",)
