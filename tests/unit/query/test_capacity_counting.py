"""The numbers of capacity over estates of all kinds: own, extended and foreign servers, regions read and unread."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from query.capacity_counting import Counting, Member
from query.capacity_models import AccountRole
from shared.capacity_rules import Band
from shared.drs_limits import DOCUMENTED
from shared.models.drs import ExtensionStatus, SourceServer
from shared.models.places import PlaceSeen, PlaceState
from shared.models.targets import Target
from tests.support.configuration import NOW

REGIONS: Final = ("eu-west-1", "us-east-1")
TARGET, *STAGING = (str(number) * 12 for number in range(1, 4))
STRANGER: Final = "9" * 12
MEMBERS: Final = (
    Member(TARGET, TARGET, AccountRole.TARGET),
    *(Member(account_id, account_id, AccountRole.STAGING) for account_id in STAGING),
)
PLACES: Final = tuple(Target(account_id=member.account_id, region=region) for member in MEMBERS for region in REGIONS)
STATES: Final = ("CONTINUOUS", "STALLED")


@dataclass(frozen=True)
class Made:
    """A server of an estate: where it is replicated, and whether it is extended into the target account."""

    region: str
    account_id: str
    state: str
    is_extended: bool


@st.composite
def made(draw: st.DrawFn) -> Made:
    account_id = draw(st.sampled_from([TARGET, *STAGING, STRANGER]))
    is_extended = account_id == STRANGER or (account_id != TARGET and draw(st.booleans()))
    return Made(draw(st.sampled_from(REGIONS)), account_id, draw(st.sampled_from(STATES)), is_extended)


def arn(account_id: str, number: int, one: Made) -> str:
    return f"arn:aws:drs:{one.region}:{account_id}:source-server/s-{number:017d}"


def seen_of(estate: list[Made], unread: set[Target]) -> dict[Target, PlaceSeen]:
    """What a read of all places but those unread has shown."""
    servers: dict[Target, list[SourceServer]] = {target: [] for target in PLACES}
    for number, one in enumerate(estate):
        original = SourceServer(
            source_server_id=f"s-{number:017d}",
            arn=arn(one.account_id, number, one),
            replication_state=one.state,
            staging_account_id=one.account_id,
            extension_status=ExtensionStatus.NOT_EXTENDED,
        )
        if one.account_id != STRANGER:
            servers[Target(account_id=one.account_id, region=one.region)].append(original)
        if one.is_extended:
            extension = {
                "arn": arn(TARGET, number, one),
                "staging_source_server_arn": original.arn,
                "extension_status": ExtensionStatus.EXTENDED,
            }
            servers[Target(account_id=TARGET, region=one.region)].append(original.model_copy(update=extension))
    return {
        target: PlaceSeen(target, PlaceState.DENIED, NOW)
        if target in unread
        else PlaceSeen(target, PlaceState.SERVERS if found else PlaceState.EMPTY, NOW, tuple(found))
        for target, found in servers.items()
    }


def replicated_in(estate: list[Made], account_id: str, region: str) -> int:
    return sum((one.account_id, one.region, one.state) == (account_id, region, "CONTINUOUS") for one in estate)


@given(st.lists(made(), max_size=30))
def test_every_server_counts_once_and_replicates_in_one_account(estate: list[Made]) -> None:
    counting = Counting(MEMBERS, seen_of(estate, set()), {})

    assert counting.server_count == len(estate)
    together = {one.account_id: one.replicating for one in counting.replication(REGIONS)}
    assert together == {
        member.account_id: sum(replicated_in(estate, member.account_id, region) for region in REGIONS)
        for member in MEMBERS
    }
    recovery = counting.recovery(REGIONS)
    assert recovery.source_servers == sum(one.account_id == TARGET or one.is_extended for one in estate)
    assert recovery.extended == sum(one.is_extended for one in estate)
    strangers = sum(one.account_id == STRANGER for one in estate)
    assert counting.strangers.total() == strangers
    assert counting.is_complete is (strangers == 0)
    assert len(counting.findings()) == len({one.region for one in estate if one.account_id == STRANGER})


@given(st.lists(made(), max_size=30), st.sets(st.sampled_from(PLACES)))
def test_the_regions_add_up_and_a_place_unread_has_no_number(estate: list[Made], unread: set[Target]) -> None:
    counting = Counting(MEMBERS, seen_of(estate, unread), dict.fromkeys(unread, DOCUMENTED))

    regions = counting.by_region()

    assert counting.is_complete <= (not unread)
    assert {target.region for target in unread} <= {one.region for one in regions}
    for member, together in zip(MEMBERS, counting.replication(REGIONS), strict=True):
        parts = [one for region in regions for one in region.replication if one.account_id == member.account_id]
        for region, one in zip(regions, parts, strict=True):
            is_unread = Target(account_id=member.account_id, region=region.region) in unread
            expected = None if is_unread else replicated_in(estate, member.account_id, region.region)
            assert one.replicating == expected
            assert (one.band is None) is is_unread
        assert (together.replicating or 0) == sum(one.replicating or 0 for one in parts)
        everywhere = {Target(account_id=member.account_id, region=region) for region in REGIONS}
        assert (together.replicating is None) is (everywhere <= unread)
    recovered = [one.recovery.source_servers for one in regions]
    assert (counting.recovery(REGIONS).source_servers or 0) == sum(each or 0 for each in recovered)


@given(st.lists(made(), max_size=30), st.dictionaries(st.sampled_from(PLACES), st.integers(1, 12)))
def test_the_band_of_all_regions_is_that_of_the_fullest_and_their_limits_add_up(
    estate: list[Made], allowed: dict[Target, int]
) -> None:
    seen = seen_of(estate, set())
    limits = {
        target: replace(DOCUMENTED, replicating_servers=allowed.get(target, 300), source_servers=allowed.get(target, 4))
        for target, place in seen.items()
        if place.servers
    }
    counting = Counting(MEMBERS, seen, limits)

    regions = counting.by_region()

    order = list(Band)
    for number, together in enumerate(counting.replication(REGIONS)):
        parts = [one.replication[number] for one in regions]
        assert together.band is max((one.band or Band.OK for one in parts), key=order.index, default=Band.OK)
        own = [
            limit.replicating_servers for target, limit in limits.items() if target.account_id == together.account_id
        ]
        assert together.limit == (sum(own) or DOCUMENTED.replicating_servers)
    recovered = counting.recovery(REGIONS)
    assert recovered.band is max((one.recovery.band or Band.OK for one in regions), key=order.index, default=Band.OK)
