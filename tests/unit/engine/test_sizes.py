"""What grows with servers stays small enough to be written with every step."""

from datetime import timedelta

from shared.engine.draining import WHOSE_UNREAD
from shared.models.launch import MOST_STRANGERS, MOST_SUSPECTS, LaunchedServer, LaunchRecord
from shared.stores.attribute_values import item_size
from shared.stores.items import child_item, model_of
from tests.support.stage import START, TARGET, server_key

SORT = "01KG3TBRQGQ1FVW059XN3R35W2#LAUNCH#exec-01kg3tbrqgsm3jsp5ydyfp42e2-1234-12"


def launch_of_a_hundred() -> LaunchRecord:
    servers = tuple(LaunchedServer(source_server_id=server_key(n).source_server_id, attempt=2) for n in range(100))
    return LaunchRecord(
        execution_id="exec-01kg3tbrqgsm3jsp5ydyfp42e2",
        plan_id="01KG3TBRQGQ1FVW059XN3R35W2",
        launch_id="exec-01kg3tbrqgsm3jsp5ydyfp42e2-1234-12",
        wave_number=499,
        target=TARGET,
        servers=servers,
        reason="no job of ours appeared after the call could no longer have been carried out",
        job_id="drsjob-00000000000000001",
        intent_at=START,
        not_after=START + timedelta(seconds=20),
    )


def test_the_launch_of_a_hundred_servers_fits_into_an_item_of_4_kilobytes() -> None:
    launch = launch_of_a_hundred()

    item = child_item(launch, SORT)

    assert item_size(item) < 4096
    assert model_of(LaunchRecord, item) == launch


def test_so_does_one_that_was_lost_and_abandoned_with_all_that_it_remembers() -> None:
    ids = tuple(f"drsjob-{number:017d}" for number in range(MOST_STRANGERS + 2 * MOST_SUSPECTS))
    lost = launch_of_a_hundred().model_copy(
        update={
            "job_id": None,
            "strangers": ids[:MOST_STRANGERS],
            "suspects": ids[MOST_STRANGERS:-MOST_SUSPECTS],
            "unread": ids[-MOST_SUSPECTS:],
            "reason": WHOSE_UNREAD.format(f"job {' or '.join(ids[-MOST_SUSPECTS:])}"),
            "expected_seconds": 1234.5,
            "abandoned_at": START,
        }
    )

    assert item_size(child_item(lost, SORT)) < 4096
