"""Reading many places side by side: whom silence delays, who is asked first, and what is remembered."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from shared.clock import VirtualClock
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.account import AccountStatus, TargetAccount
from shared.models.drs import SourceServer
from shared.models.places import PlaceSeen, PlaceState
from shared.models.targets import Target
from shared.observability import observe
from shared.services.inventory import (
    KEPT_SECONDS,
    WITHOUT_SERVERS_SECONDS,
    Hurry,
    Inventory,
    findings_of,
)
from shared.services.places_in_use import KnownPlaces, accounts_in_use, in_use_of, known_places, places_to_search
from shared.stores.conditions import Condition
from shared.stores.memory_table import MemoryTable
from shared.stores.region_state_store import RegionStateStore
from shared.stores.schemas import TARGET_ACCOUNTS
from shared.stores.table import Changes, Item, Key
from shared.stores.target_account_store import TargetAccountStore
from tests.support.configuration import DATABASE, HUB, NOW, WEB
from tests.support.silence import Silence

ACCOUNTS = ("111111111111", "222222222222")
REGIONS = frozenset({"eu-west-1", "us-east-1", "us-west-2"})
SERVER = SourceServer(source_server_id="s-00000000000000001", arn="arn:aws:drs:us-east-1:111111111111:source-server/s")


def place(account_id: str, region: str = "us-east-1") -> Target:
    return Target(account_id=account_id, region=region)


ONE, TWO = map(place, ACCOUNTS)


def account(target: Target, status: AccountStatus = AccountStatus.ACTIVE) -> TargetAccount:
    return TargetAccount(
        account_id=target.account_id, account_name=target.account_id, status=status, created_at=NOW, updated_at=NOW
    )


def uninitialised() -> tuple[SourceServer, ...]:
    raise DrsServiceError("not initialised", drsCode="NOT_INITIALIZED")


def closed() -> tuple[SourceServer, ...]:
    raise CrossAccountError("nobody gets in", accountId=ONE.account_id, step="AssumeRole")


@dataclass
class Servers:
    """DRS as tests make it: what a place answers, none unless said; who was asked, and whom to let go of."""

    answers: dict[Target, Callable[[], tuple[SourceServer, ...]]] = field(default_factory=dict)
    asked: list[Target] = field(default_factory=list)
    left: list[Target] = field(default_factory=list)

    def source_servers(self, target: Target) -> tuple[SourceServer, ...]:
        self.asked.append(target)
        return self.answers.get(target, tuple)()

    def let_go(self, target: Target) -> None:
        self.left.append(target)


class WatchedTable(MemoryTable):
    """Counts writes by key."""

    def __init__(self) -> None:
        super().__init__(TARGET_ACCOUNTS)
        self.written: Counter[str] = Counter()

    def update(self, key: Key, changes: Changes, condition: Condition | None = None) -> Item:
        self.written[key["accountId"]] += 1
        return super().update(key, changes, condition)


@dataclass
class Room:
    """An inventory and all that it stands on."""

    servers: Servers = field(default_factory=Servers)
    table: WatchedTable = field(default_factory=WatchedTable)
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(NOW))

    def inventory(self, *, at_once: int = 1, seconds: float = 600) -> Inventory:
        """One more process."""
        logger = observe("test-inventory", "CRITICAL", io.StringIO()).logger
        states = RegionStateStore(self.table)
        return Inventory(self.servers, states, REGIONS, self.clock, logger, Hurry(at_once, seconds, seconds))


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def silence() -> Iterator[Silence]:
    silent = Silence()
    yield silent
    silent.end()


def of(seen: dict[Target, PlaceSeen]) -> dict[Target, PlaceState]:
    return {target: one.state for target, one in seen.items()}


def test_a_place_that_is_silent_delays_nobody_and_is_a_finding(room: Room, silence: Silence) -> None:
    def silent() -> tuple[SourceServer, ...]:
        silence.hold()
        return ()

    silent_places = [place(ONE.account_id, region) for region in REGIONS]
    room.servers.answers = {target: silent for target in silent_places} | {TWO: lambda: (SERVER,)}

    seen = room.inventory(at_once=4, seconds=0.5).read([*silent_places, TWO])

    assert of(seen) == dict.fromkeys(silent_places, PlaceState.SILENT) | {TWO: PlaceState.SERVERS}
    assert [(one.account_id, one.region) for one in findings_of(seen.values())] == [
        (ONE.account_id, region) for region in sorted(REGIONS)
    ]
    assert all(one.prevents for one in findings_of(seen.values()))


def test_a_place_for_which_no_time_is_left_is_a_finding_and_asked_the_next_time(room: Room, silence: Silence) -> None:
    def silent() -> tuple[SourceServer, ...]:
        silence.hold()
        return ()

    room.servers.answers = {ONE: silent}
    inventory = room.inventory(at_once=1, seconds=0.3)

    seen = inventory.read([ONE, TWO])

    assert of(seen) == {ONE: PlaceState.SILENT, TWO: PlaceState.NOT_ASKED}
    assert [one.details["state"] for one in findings_of(seen.values())] == ["SILENT", "NOT_ASKED"]
    room.servers.answers = {}
    assert of(inventory.read([TWO])) == {TWO: PlaceState.EMPTY}


def test_places_with_servers_are_asked_first_and_the_accounts_in_turn(room: Room) -> None:
    last = place(TWO.account_id, "us-west-2")
    room.servers.answers = {last: lambda: (SERVER,)}
    everywhere = [place(account_id, region) for account_id in ACCOUNTS for region in sorted(REGIONS)]
    room.inventory().read(everywhere)
    room.servers.asked.clear()

    room.inventory().read(everywhere)

    assert room.servers.asked[0] == last
    assert [target.account_id for target in room.servers.asked[1:]] == [*ACCOUNTS, *ACCOUNTS, ONE.account_id]


def test_an_account_that_lets_nobody_in_is_asked_once(room: Room) -> None:
    regions = [place(ONE.account_id, region) for region in sorted(REGIONS)]
    room.servers.answers = dict.fromkeys(regions, closed)

    seen = room.inventory().read([*regions, TWO])

    assert of(seen) == dict.fromkeys(regions, PlaceState.NOT_ENTERED) | {TWO: PlaceState.EMPTY}
    assert Counter(target.account_id for target in room.servers.asked) == {ONE.account_id: 1, TWO.account_id: 1}
    [finding] = findings_of(seen.values())
    assert (finding.account_id, finding.region) == (ONE.account_id, None)


def test_no_connection_is_kept_to_a_place_without_servers(room: Room) -> None:
    room.servers.answers = {ONE: uninitialised, TWO: lambda: (SERVER,)}
    other = place(TWO.account_id, "eu-west-1")

    room.inventory().read([ONE, TWO, other])

    assert set(room.servers.left) == {ONE, other}


def test_what_is_found_is_noted_once_and_again_only_when_it_changes_or_is_believed_no_more(room: Room) -> None:
    row = f"settings#regions#{ONE.account_id}"
    regions = [place(ONE.account_id, region) for region in sorted(REGIONS)]
    room.servers.answers = {regions[0]: uninitialised, regions[1]: lambda: (SERVER,)}

    room.inventory().read(regions)
    assert room.table.written == {row: 1}
    room.inventory().read(regions)
    assert room.table.written == {row: 1}

    room.servers.answers[regions[1]] = tuple
    room.inventory().read(regions)
    assert room.table.written == {row: 2}
    room.clock.advance(WITHOUT_SERVERS_SECONDS)
    room.inventory().read(regions)
    assert room.table.written == {row: 3}


@pytest.mark.parametrize("trouble", [closed, lambda: _refused("ThrottlingException"), lambda: _refused("Odd")])
def test_what_could_not_be_read_is_not_noted_and_what_is_known_stays(
    room: Room, trouble: Callable[[], tuple[SourceServer, ...]]
) -> None:
    room.servers.answers = {ONE: lambda: (SERVER,)}
    room.inventory().read([ONE])
    before = room.table.scan()
    room.servers.answers = {ONE: trouble}

    assert not of(room.inventory().read([ONE]))[ONE].is_known
    assert room.table.scan() == before


def _refused(code: str) -> tuple[SourceServer, ...]:
    raise DrsServiceError("refused", drsCode=code)


def test_a_row_that_somebody_wrote_by_hand_is_not_believed(room: Room) -> None:
    row = {"accountId": f"settings#regions#{ONE.account_id}", "us-east-1": {"state": "SUNK"}, "mars": 7}
    room.table.put(row)

    assert of(room.inventory().read([ONE])) == {ONE: PlaceState.EMPTY}
    assert room.servers.asked == [ONE]


def test_an_older_read_of_a_process_is_forgotten(room: Room) -> None:
    inventory = room.inventory()
    inventory.read([ONE])
    room.clock.advance(KEPT_SECONDS)

    inventory.read([TWO])

    assert set(inventory._kept) == {TWO}


def test_where_servers_are_is_known_from_what_was_read_and_asks_nobody(room: Room) -> None:
    empty, without, unread = (place(TWO.account_id, region) for region in sorted(REGIONS))
    room.servers.answers = {ONE: lambda: (SERVER,), without: uninitialised, unread: closed}
    room.inventory().read([ONE, empty, without, unread])
    asked = len(room.servers.asked)
    everything = [ONE, empty, without, unread]

    known = known_places(everything, RegionStateStore(room.table), room.clock.now())

    assert known == KnownPlaces(frozenset({ONE}), frozenset({unread}))
    room.clock.advance(WITHOUT_SERVERS_SECONDS)
    later = known_places(everything, RegionStateStore(room.table), room.clock.now())
    assert later == KnownPlaces(frozenset({ONE}), frozenset({empty, without, unread}))
    assert len(room.servers.asked) == asked


def test_accounts_in_use_are_the_hub_and_the_active_ones_and_a_row_that_is_none_is_told() -> None:
    table = MemoryTable(TARGET_ACCOUNTS)
    store = TargetAccountStore(table)
    store.put_new(account(DATABASE))
    store.put_new(account(WEB, AccountStatus.INACTIVE))
    table.put({"accountId": "999999999999", "listKey": "account"})

    used = accounts_in_use(store, HUB)

    assert list(used.accounts) == sorted([HUB, DATABASE.account_id])
    assert used.accounts[HUB] is None
    assert list(used.faulty) == ["999999999999"]
    assert used.places(["us-east-1"]) == [place(one) for one in sorted([HUB, DATABASE.account_id])]


def test_all_accounts_are_listed_however_many_pages_they_fill() -> None:
    store = TargetAccountStore(MemoryTable(TARGET_ACCOUNTS))
    for number in range(201):
        store.put_new(account(place(f"{number:012d}")))

    assert len(accounts_in_use(store, HUB).accounts) == 202


def test_servers_are_searched_in_named_regions_and_of_others_where_there_may_be_some(room: Room) -> None:
    store = TargetAccountStore(room.table)
    store.put_new(account(DATABASE).model_copy(update={"regions": ("eu-west-1",)}))
    store.put_new(account(WEB))
    empty, having, *unread = sorted(REGIONS)
    room.servers.answers = {place(WEB.account_id, having): lambda: (SERVER,)}
    room.inventory().read([place(WEB.account_id, empty), place(WEB.account_id, having)])
    of_groups = (place(DATABASE.account_id, "us-west-2"), place(WEB.account_id, having), place("999999999999", having))
    used = accounts_in_use(store, HUB)

    found = places_to_search(used, of_groups, REGIONS, RegionStateStore(room.table), room.clock.now())

    assert found == {
        HUB: dict.fromkeys(sorted(REGIONS), False),
        DATABASE.account_id: {"eu-west-1": True, "us-west-2": True},
        WEB.account_id: {having: True, **dict.fromkeys(unread, False)},
    }


def test_the_hubs_own_account_is_in_use_whatever_its_row_says() -> None:
    own = account(place(HUB), AccountStatus.INACTIVE)

    assert in_use_of([own], HUB).accounts == {HUB: own}
