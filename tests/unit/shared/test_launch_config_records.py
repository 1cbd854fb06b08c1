"""How stored settings stand by what is written of the last run."""

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.launch_config_records import Brought, Cause, begun, ended, status_of
from shared.launch_config_rules import EffectiveConfig
from shared.models.launch_config_state import (
    ConfigAction,
    ConfigDifference,
    ConfigOutcome,
    ConfigStatus,
    ServerConfigState,
)
from shared.models.targets import ServerKey

SERVER = ServerKey(account_id="111122223333", region="us-west-2", source_server_id="s-" + "1" * 17)
AT = datetime(2026, 1, 29, tzinfo=UTC)
CONFIG, OTHER, NOTHING = EffectiveConfig({"copyTags": True}), EffectiveConfig({"copyTags": False}), EffectiveConfig()
TAGS = ConfigDifference(field="copyTags", wanted=True, found=False)
SUBNET = ConfigDifference(field="subnetId", wanted="subnet-0000000a")


def cause(run_id: str = "run-1", version: int = 1) -> Cause:
    return Cause("group-1", version, run_id, "ann", AT)


def after(
    outcome: ConfigOutcome,
    config: EffectiveConfig = CONFIG,
    before: ServerConfigState | None = None,
    **more: Any,
) -> ServerConfigState:
    return ended(SERVER, config, Brought(outcome, **more), cause(), before)[0]


APPLIED = after(ConfigOutcome.APPLIED, differences=(TAGS,))
WITH_ADDRESS = after(ConfigOutcome.APPLIED, EffectiveConfig({"staticPrivateIp": "10.0.0.9"}))


@pytest.mark.parametrize(
    ("config", "state", "status"),
    [
        (CONFIG, None, ConfigStatus.PENDING),
        (NOTHING, None, ConfigStatus.NONE),
        (CONFIG, APPLIED, ConfigStatus.APPLIED),
        (OTHER, APPLIED, ConfigStatus.PENDING),
        (NOTHING, APPLIED, ConfigStatus.NONE),
        (NOTHING, WITH_ADDRESS, ConfigStatus.PENDING),
        (CONFIG, after(ConfigOutcome.FAILED, code="SERVER_BUSY"), ConfigStatus.FAILED),
        (OTHER, after(ConfigOutcome.FAILED, code="SERVER_BUSY"), ConfigStatus.PENDING),
        (CONFIG, after(ConfigOutcome.DRIFTED, before=APPLIED), ConfigStatus.DRIFTED),
        (OTHER, after(ConfigOutcome.DRIFTED, before=APPLIED), ConfigStatus.PENDING),
        (CONFIG, after(ConfigOutcome.UNCHANGED), ConfigStatus.APPLIED),
    ],
)
def test_settings_stand_by_the_last_look(
    config: EffectiveConfig, state: ServerConfigState | None, status: ConfigStatus
) -> None:
    assert status_of(config, state, None) is status


def test_what_is_being_written_is_in_progress_while_its_run_goes_on() -> None:
    state = begun(SERVER, CONFIG, (TAGS,), cause(), None)

    assert status_of(CONFIG, state, "run-1") is ConfigStatus.IN_PROGRESS
    assert status_of(CONFIG, state, "run-2") is ConfigStatus.PENDING
    assert status_of(CONFIG, state, None) is ConfigStatus.PENDING


def test_what_a_run_had_begun_counts_as_its_own_although_nothing_is_left_to_do() -> None:
    state = begun(SERVER, CONFIG, (TAGS,), cause(), None)
    again = begun(SERVER, CONFIG, (SUBNET,), cause(), state)

    of_the_run = ended(SERVER, CONFIG, Brought(ConfigOutcome.UNCHANGED), cause(), again)[1]
    of_another = ended(SERVER, CONFIG, Brought(ConfigOutcome.UNCHANGED), cause("run-2"), again)[1]

    assert of_the_run is not None
    assert (of_the_run.action, of_the_run.differences) == (ConfigAction.APPLIED, (TAGS, SUBNET))
    assert of_another is None


def test_a_failure_keeps_what_was_applied_before() -> None:
    failed, event = ended(SERVER, CONFIG, Brought(ConfigOutcome.FAILED, code="X", reason="y"), cause("run-2"), APPLIED)

    assert failed.applied == APPLIED.applied
    assert event is not None
    assert (event.action, event.code, event.reason) == (ConfigAction.FAILED, "X", "y")
