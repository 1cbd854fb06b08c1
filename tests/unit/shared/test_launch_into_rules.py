"""Which server goes into which instance: by id, by name, never two into one, and never into one that will not do."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.launch_into_rules import (
    AMBIGUOUS,
    BY_NAME,
    NOT_ALLOWED,
    NOT_FOUND,
    NOT_STOPPED,
    TAKEN,
    UNFIT,
    Seen,
    Wish,
    match,
    wish_of,
)
from shared.models.drs import SourceServer
from shared.models.prepared_instance import Platform, PreparedInstance

ONE, TWO = "s-00000000000000001", "s-00000000000000002"


def instance(number: int = 1, **said: Any) -> PreparedInstance:
    fields = {
        "instance_id": f"i-{number:017x}",
        "name": f"db-{number}",
        "state": "stopped",
        "allows_launches": True,
        "platform": Platform.LINUX,
        "architecture": "x86_64",
        "virtualization": "hvm",
        "root_device": "ebs",
        "tenancy": "default",
    }
    return PreparedInstance.model_validate({**fields, **said})


def seen(*instances: PreparedInstance) -> Seen:
    by_id = {one.instance_id: one for one in instances}
    return Seen("111122223333 us-west-2", by_id, tuple(one for one in instances if one.allows_launches))


def codes(wish: Wish, *instances: PreparedInstance) -> list[str]:
    return [each.code for each in match([wish], seen(*instances)).wrong]


def test_a_server_goes_into_the_instance_of_its_id() -> None:
    matching = match([Wish(ONE, instance().instance_id)], seen(instance(), instance(2)))

    assert matching.found == {ONE: instance()}
    assert matching.wrong == ()


@pytest.mark.parametrize("names", [("db-1",), ("something", "db-1"), ("db-1", "db-9")])
def test_without_an_id_it_goes_into_the_one_that_has_one_of_its_names(names: tuple[str, ...]) -> None:
    matching = match([Wish(ONE, names=names)], seen(instance(), instance(2)))

    assert matching.found == {ONE: instance()}
    assert matching.wrong == ()


def test_a_server_has_the_name_of_its_tag_and_that_of_its_host() -> None:
    server = SourceServer(source_server_id=ONE, arn="", hostname="db-1", tags={"Name": "Orders"})

    assert wish_of(server, BY_NAME).names == ("Orders", "db-1")
    assert wish_of(server, "i-0123456789abcdef0").names == ()


@pytest.mark.parametrize("name", ["DB-1", "db-1.example.com", None])
def test_names_are_taken_as_they_are(name: str | None) -> None:
    assert codes(Wish(ONE, names=("db-1",)), instance(name=name)) == [NOT_FOUND]


def test_a_server_without_any_name_finds_none() -> None:
    [wrong] = match([Wish(ONE)], seen(instance())).wrong

    assert wrong.code == NOT_FOUND
    assert "the server has none" in wrong.reason


def test_two_of_one_name_are_told_and_none_is_taken() -> None:
    matching = match([Wish(ONE, names=("db-1",))], seen(instance(), instance(2, name="db-1")))

    assert matching.found == {}
    [wrong] = matching.wrong
    assert wrong.code == AMBIGUOUS
    assert instance().instance_id in wrong.reason
    assert instance(2).instance_id in wrong.reason


def test_two_names_of_a_server_with_an_instance_each_are_ambiguous() -> None:
    assert codes(Wish(ONE, names=("db-1", "db-2")), instance(), instance(2)) == [AMBIGUOUS]


def test_an_instance_that_has_ended_has_no_name_any_more() -> None:
    ended = instance(2, name="db-1", state="terminated")

    assert codes(Wish(ONE, names=("db-1",)), instance(), ended) == []


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        ({"state": "running"}, NOT_STOPPED, "is running, and DRS launches into stopped ones only: stop it"),
        ({"state": "pending"}, NOT_STOPPED, "stop it"),
        ({"state": "stopping"}, NOT_STOPPED, "wait until it is"),
        ({"state": "shutting-down"}, NOT_FOUND, "is shutting-down"),
        ({"state": "terminated"}, NOT_FOUND, "is terminated"),
        ({"allows_launches": False}, NOT_ALLOWED, "AWSDRS=AllowLaunchingIntoThisInstance"),
        ({"platform": "windows"}, UNFIT, "is made for windows, and the server runs linux"),
        ({"architecture": "arm64"}, UNFIT, "has the architecture arm64"),
        ({"virtualization": "paravirtual"}, UNFIT, "hvm is needed"),
        ({"root_device": "instance-store"}, UNFIT, "ebs is needed"),
    ],
)
def test_an_instance_that_will_not_do_is_refused_in_words(said: dict[str, Any], code: str, words: str) -> None:
    wish = Wish(ONE, instance().instance_id, platform=Platform.LINUX, architecture="x86_64")

    [wrong] = match([wish], seen(instance(**said))).wrong

    assert (wrong.code, wrong.instance_id) == (code, instance().instance_id)
    assert words in wrong.reason


def test_what_is_not_known_of_a_server_is_not_held_against_an_instance_but_drs_is_for_x86() -> None:
    wish = Wish(ONE, instance().instance_id)

    assert codes(wish, instance(platform="windows")) == []
    assert codes(wish, instance(architecture="arm64")) == [UNFIT]


@pytest.mark.parametrize(("tenancy", "found"), [("default", [UNFIT]), ("host", [])])
def test_a_licence_can_be_brought_to_windows_on_a_dedicated_host_only(tenancy: str, found: list[str]) -> None:
    wish = Wish(ONE, instance().instance_id, brings_license=True)

    assert codes(wish, instance(platform="windows", tenancy=tenancy)) == found
    assert codes(wish, instance(tenancy=tenancy)) == []


def test_two_servers_for_one_instance_are_both_refused() -> None:
    wishes = [Wish(ONE, instance().instance_id), Wish(TWO, names=("db-1",))]

    wrong = match(wishes, seen(instance())).wrong

    assert [(each.server_id, each.code) for each in wrong] == [(ONE, TAKEN), (TWO, TAKEN)]
    assert TWO in wrong[0].reason


NAMES = st.sampled_from(["db-1", "db-2", "db-3", "web"])
INSTANCES = st.lists(
    st.builds(
        instance,
        st.integers(1, 8),
        name=st.none() | NAMES,
        state=st.sampled_from(["stopped", "running", "terminated"]),
        allows_launches=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda one: one.instance_id,
)
WISHES = st.lists(
    st.builds(
        Wish,
        st.integers(1, 6).map(lambda number: f"s-{number:017d}"),
        instance_id=st.none() | st.integers(1, 9).map(lambda number: f"i-{number:017x}"),
        names=st.lists(NAMES, max_size=2, unique=True).map(tuple),
    ),
    max_size=6,
    unique_by=lambda wish: wish.server_id,
)


@given(wishes=WISHES, instances=INSTANCES)
def test_whoever_is_matched_without_a_fault_has_an_instance_of_his_own_that_will_do(
    wishes: list[Wish], instances: list[PreparedInstance]
) -> None:
    matching = match(wishes, seen(*instances))

    faulty = {each.server_id for each in matching.wrong}
    well = {server_id: one for server_id, one in matching.found.items() if server_id not in faulty}
    assert faulty | well.keys() == {wish.server_id for wish in wishes}, "nobody is forgotten"
    assert set(Counter(one.instance_id for one in matching.found.values()).values()) <= {1} or faulty
    assert len({one.instance_id for one in well.values()}) == len(well)
    for wish in wishes:
        if wish.server_id in well:
            one = well[wish.server_id]
            assert one.allows_launches
            assert one.state == "stopped"
            assert one.instance_id == wish.instance_id if wish.instance_id else one.name in wish.names


@given(wishes=WISHES, instances=INSTANCES, data=st.data())
def test_the_order_in_which_things_are_asked_for_makes_no_difference(
    wishes: list[Wish], instances: list[PreparedInstance], data: st.DataObject
) -> None:
    one = match(wishes, seen(*instances))
    other = match(data.draw(st.permutations(wishes)), seen(*data.draw(st.permutations(instances))))

    assert one.found == other.found
    assert set(one.wrong) == set(other.wrong)
