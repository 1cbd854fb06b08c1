"""What counts as replicating, what counts once, and the bands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.capacity_rules import Band, each_once, recovery_band, replicates, replicating, replicating_band
from shared.models.drs import ExtensionStatus, SourceServer
from shared.models.targets import Target

REPLICATING = {"CONTINUOUS", "INITIAL_SYNC", "RESCAN", "INITIATING", "CREATING_SNAPSHOT", "BACKLOG"}
STATES = [*sorted(REPLICATING), "STOPPED", "PAUSED", "STALLED", "DISCONNECTED", None]
TARGET, STAGING = (Target(account_id=account * 4, region="us-west-2") for account in ("111", "222"))


def server(number: int, state: str | None = "CONTINUOUS", *, extends: SourceServer | None = None) -> SourceServer:
    account = TARGET.account_id if extends else STAGING.account_id
    return SourceServer(
        source_server_id=f"s-{number:017d}",
        arn=f"arn:aws:drs:us-west-2:{account}:source-server/s-{number:017d}",
        replication_state=state,
        staging_account_id=STAGING.account_id,
        staging_source_server_arn=extends.arn if extends else None,
        extension_status=ExtensionStatus.EXTENDED if extends else ExtensionStatus.NOT_EXTENDED,
    )


@pytest.mark.parametrize("state", STATES)
def test_the_six_states_of_data_on_its_way_take_room(state: str | None) -> None:
    assert replicates(server(1, state)) is (state in REPLICATING)


@given(st.lists(st.sampled_from(STATES), max_size=20), st.data())
def test_an_extended_server_is_one_server_and_replicates_where_it_is_staged_alone(
    states: list[str | None], data: st.DataObject
) -> None:
    originals = [server(number, state) for number, state in enumerate(states)]
    chosen = [one for one in originals if data.draw(st.booleans())]
    extended = [server(100 + number, one.replication_state, extends=one) for number, one in enumerate(chosen)]
    own = [server(200 + number).model_copy(update={"arn": f"own-{number}"}) for number in range(3)]

    once = each_once({TARGET: [*extended, *own], STAGING: originals})

    assert sum(map(len, once.values())) == len(originals) + len(own)
    assert once[TARGET] == (*extended, *own)
    assert replicating(extended) == 0
    assert replicating(originals) == sum(state in REPLICATING for state in states)


@pytest.mark.parametrize(
    ("count", "band"),
    [
        (0, Band.OK),
        (199, Band.OK),
        (200, Band.INFO),
        (224, Band.INFO),
        (225, Band.WARNING),
        (249, Band.WARNING),
        (250, Band.CRITICAL),
        (279, Band.CRITICAL),
        (280, Band.BEYOND),
        (301, Band.BEYOND),
    ],
)
def test_the_bands_of_300_replicating_servers(count: int, band: Band) -> None:
    assert replicating_band(count, 300) is band
    assert replicating_band(2 * count, 600) is band


@pytest.mark.parametrize(
    ("count", "band"),
    [(3199, Band.OK), (3200, Band.WARNING), (3599, Band.WARNING), (3600, Band.CRITICAL), (4000, Band.CRITICAL)],
)
def test_the_bands_of_4000_source_servers(count: int, band: Band) -> None:
    assert recovery_band(count, 4000) is band


ORDER = list(Band)


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 10_000))
def test_more_servers_never_lie_in_a_better_band_and_a_larger_quota_never_in_a_worse(
    count: int, more: int, limit: int
) -> None:
    for band in (replicating_band, recovery_band):
        here = ORDER.index(band(count, limit))
        assert ORDER.index(band(count + more, limit)) >= here
        assert ORDER.index(band(count, limit + more)) <= here
