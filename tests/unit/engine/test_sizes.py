"""What grows with servers stays small enough to be written with every step."""

from datetime import timedelta

from shared.models.launch import LaunchedServer, LaunchRecord
from shared.stores.attribute_values import item_size
from shared.stores.items import child_item, model_of
from tests.support.stage import START, TARGET, server_key


def test_the_launch_of_a_hundred_servers_fits_into_an_item_of_4_kilobytes() -> None:
    servers = tuple(LaunchedServer(source_server_id=server_key(n).source_server_id, attempt=2) for n in range(100))
    launch = LaunchRecord(
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

    item = child_item(launch, "01KG3TBRQGQ1FVW059XN3R35W2#LAUNCH#exec-01kg3tbrqgsm3jsp5ydyfp42e2-1234-12")

    assert item_size(item) < 4096
    assert model_of(LaunchRecord, item) == launch
