"""No server whose group has launch settings is launched before somebody has found them right."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from shared.engine.effects import RestoreSettings, StartLaunch, VerifySettings
from shared.models.execution import ExecutionStatus
from shared.models.gate import GateKind
from shared.models.request import RequestKind
from shared.models.server_record import LaunchStatus
from shared.models.verified_settings import SettingsVerdict
from shared.models.wave_record import WaveStatus
from tests.support.planned_wave import PlannedWave
from tests.support.stage import BOUNDS, Stage, server_key, stage
from tests.support.stage_stories import at_gate, finish_running, open_gate
from tests.support.staged_settings import verify

ONE, TWO, THREE = (server_key(number) for number in (1, 2, 3))


def _asked(made: Stage) -> list[int]:
    return [effect.wave_number for effect in made.effects if isinstance(effect, VerifySettings)]


def _launched(made: Stage) -> list[str]:
    launches = [effect for effect in made.effects if isinstance(effect, StartLaunch)]
    return [server.source_server_id for launch in launches for server in launch.servers]


def test_a_server_waits_until_somebody_has_looked() -> None:
    made = stage(PlannedWave((ONE, TWO), verifies_settings=True))
    made.settle()
    assert _asked(made) == [0]
    assert _launched(made) == []
    verify(made, ONE)
    made.step(1)
    assert _launched(made) == [ONE.source_server_id]
    verify(made, TWO)
    made.step(1)
    assert _launched(made) == [ONE.source_server_id, TWO.source_server_id]


def test_servers_without_settings_wait_for_nobody() -> None:
    made = stage(PlannedWave((ONE,)))
    made.settle()
    assert _launched(made) == [ONE.source_server_id]
    assert _asked(made) == []
    assert not any(questions.verified for questions in made.asked)


def test_the_look_comes_while_earlier_waves_run() -> None:
    made = stage(
        PlannedWave((ONE,)),
        PlannedWave((TWO,), depends_on=(0,), verifies_settings=True),
        PlannedWave((THREE,), depends_on=(1,), verifies_settings=True),
    )
    made.settle()
    assert made.wave(0) is WaveStatus.LAUNCHING
    assert _asked(made) == [1]
    made.settle()
    assert _asked(made) == [1], "once is enough while its turn has not come"


def test_the_look_comes_while_a_wave_waits_for_approval() -> None:
    made = stage(PlannedWave((ONE,), pause=True, verifies_settings=True))
    made.settle()
    assert made.wave(0) is WaveStatus.AWAITING_APPROVAL
    assert _asked(made) == [0]


def test_a_look_is_believed_for_a_quarter_of_an_hour() -> None:
    made = stage(PlannedWave((ONE,), verifies_settings=True))
    verify(made, ONE, ago=15 * 60 - 1)
    made.settle(1)
    assert _launched(made) == []
    assert _asked(made) == [0]
    verify(made, ONE, ago=15 * 60 - 10)
    made.step(1)
    assert _launched(made) == [ONE.source_server_id]


def test_who_does_not_answer_is_asked_again() -> None:
    made = stage(PlannedWave((ONE,), verifies_settings=True))
    made.settle()
    made.step(50)
    assert _asked(made) == [0]
    made.step(10)
    assert _asked(made) == [0, 0]


def test_an_answer_that_has_grown_old_is_asked_for_anew_at_once() -> None:
    made = stage(PlannedWave((ONE,), pause=True, verifies_settings=True))
    made.bounds = replace(BOUNDS, settings=timedelta(hours=3))
    made.settle()
    verify(made, ONE)
    made.ask(RequestKind.APPROVE, scope="0", number=1)
    made.step(16 * 60)
    assert _launched(made) == []
    assert _asked(made) == [0, 0]
    made.step(60)
    assert _asked(made) == [0, 0], "the next answer is waited for"


def test_a_wave_that_waits_for_long_says_so() -> None:
    made = stage(PlannedWave((ONE, TWO), verifies_settings=True))
    made.settle()
    assert made.waves[0].record.obstacle == ""
    made.step(121)
    assert made.waves[0].record.obstacle == "the launch settings of 2 servers are being verified"
    verify(made, ONE)
    verify(made, TWO)
    made.settle()
    assert made.waves[0].record.obstacle == ""


def test_settings_that_nobody_could_read_are_told_and_asked_for_again() -> None:
    made = stage(PlannedWave((ONE,), verifies_settings=True))
    made.settle()
    verify(made, ONE, SettingsVerdict.UNREAD, "the role could not be assumed")
    made.step(1)
    assert made.waves[0].record.obstacle == "the role could not be assumed"
    assert made.server(ONE).launch is LaunchStatus.PENDING
    made.step(60)
    assert _asked(made) == [0, 0]


def test_the_longer_nobody_can_read_settings_the_less_often_anybody_tries() -> None:
    made = stage(PlannedWave((ONE,), verifies_settings=True))
    made.settle()
    began, asked = made.now, [made.now]
    for _ in range(90 * 3):
        verify(
            made,
            ONE,
            SettingsVerdict.UNREAD,
            "the role may not",
            ago=(made.now - asked[-1]).total_seconds(),
            since=began,
        )
        before = len(_asked(made))
        made.step(20)
        if len(_asked(made)) > before:
            asked.append(made.now)

    gaps = [(later - one).total_seconds() for one, later in pairwise(asked)]
    assert gaps[:8] == [60] * 8, "first every minute"
    assert gaps == sorted(gaps)
    assert gaps[-5:] == [300] * 5
    assert made.server(ONE).launch is LaunchStatus.PENDING


def test_who_tries_a_wave_again_has_its_settings_looked_at_soon_however_long_nobody_could() -> None:
    made = stage(PlannedWave((ONE,), verifies_settings=True))
    made.settle()
    began = made.now
    made.step(60 * 60)
    verify(made, ONE, SettingsVerdict.UNREAD, "the role may not", since=began)
    before = _asked(made)
    made.step(120)
    assert _asked(made) == before, "once in five minutes"
    wave = made.waves[0]
    made.waves[0] = replace(wave, record=wave.record.model_copy(update={"tried_at": made.now}))
    made.step(5)
    assert _asked(made) == [*before, 0]


def test_what_was_looked_at_ahead_is_looked_at_every_ten_minutes_while_the_waves_before_go_on() -> None:
    made = stage(PlannedWave((ONE,)), PlannedWave((TWO,), depends_on=(0,), verifies_settings=True))
    made.settle()
    made.step(9 * 60)
    assert _asked(made) == [1]
    made.step(60)
    assert _asked(made) == [1, 1]
    made.step(10 * 60)
    assert _asked(made) == [1, 1, 1]


def test_while_a_wave_waits_for_a_person_one_look_ahead_is_enough() -> None:
    made = stage(PlannedWave((ONE,), pause=True, verifies_settings=True))
    made.settle()
    made.step(60 * 60)
    assert _asked(made) == [0]


def test_a_server_that_must_not_be_launched_like_that_fails_alone() -> None:
    made = stage(PlannedWave((ONE, TWO), verifies_settings=True))
    made.settle(1)
    verify(made, ONE, SettingsVerdict.REFUSED, "its subnet does not exist")
    verify(made, TWO)
    made.step(1)
    assert made.server(ONE).launch is LaunchStatus.FAILED
    assert made.server(ONE).launch_reason == "launch settings: its subnet does not exist"
    assert _launched(made) == [TWO.source_server_id]


def test_what_was_found_before_a_wave_was_tried_is_looked_at_again() -> None:
    made = stage(PlannedWave((ONE,), pause=True, verifies_settings=True))
    made.settle()
    verify(made, ONE, SettingsVerdict.REFUSED, "its subnet does not exist")
    made.ask(RequestKind.APPROVE, scope="0", number=1)
    made.step(5)
    assert made.server(ONE).launch is LaunchStatus.PENDING
    assert made.wave(0) is WaveStatus.LAUNCHING
    assert _asked(made) == [0, 0], "what was asked before is answered: nothing else would come"
    verify(made, ONE)
    made.step(1)
    assert _launched(made) == [ONE.source_server_id]


def test_a_retry_does_not_fail_for_what_was_found_before_it() -> None:
    made = stage(PlannedWave((ONE,), verifies_settings=True))
    made.settle(1)
    verify(made, ONE, SettingsVerdict.REFUSED, "its subnet does not exist")
    made.settle()
    assert made.wave(0) is WaveStatus.FAILED
    again = stage(PlannedWave((ONE,), verifies_settings=True))
    again.settle(1)
    verify(again, ONE, SettingsVerdict.REFUSED, "its subnet does not exist", ago=600)
    again.step(1)
    assert again.server(ONE).launch is LaunchStatus.PENDING


def test_what_was_repaired_is_kept_with_the_server() -> None:
    made = stage(PlannedWave((ONE,), verifies_settings=True))
    made.settle(1)
    verify(made, ONE, reason="repaired: subnetId")
    made.settle()
    assert made.server(ONE).settings_note == "repaired: subnetId"


def test_nothing_is_verified_of_a_plan_that_starts_nothing_any_more() -> None:
    made = stage(PlannedWave((ONE,)), PlannedWave((TWO,), depends_on=(0,), verifies_settings=True))
    made.ask(RequestKind.CANCEL)
    made.settle()
    assert made.status() in (ExecutionStatus.CANCELLING, ExecutionStatus.CANCELLED)
    assert _asked(made) == []


def _ended(made: Stage) -> None:
    for _ in range(50):
        if made.header.is_terminal:
            return
        finish_running(made)
        made.step(60)


def _completed(made: Stage) -> None:
    _ended(made)


def _cancelled(made: Stage) -> None:
    made.settle()
    made.ask(RequestKind.CANCEL)
    _ended(made)


def _failed(made: Stage) -> None:
    made.settle()
    verify(made, ONE, SettingsVerdict.REFUSED)
    _ended(made)


def _timed_out(made: Stage) -> None:
    at_gate(made, RequestKind.EXPIRED, open_gate(made, GateKind.APPROVAL))
    _ended(made)


@pytest.mark.parametrize(
    ("wave", "story", "status"),
    [
        (PlannedWave((ONE,)), _completed, ExecutionStatus.COMPLETED),
        (PlannedWave((ONE,), pause=True), _cancelled, ExecutionStatus.CANCELLED),
        (PlannedWave((ONE,), verifies_settings=True), _failed, ExecutionStatus.FAILED),
        (PlannedWave((ONE,), pause=True), _timed_out, ExecutionStatus.TIMEOUT),
    ],
)
def test_settings_for_the_execution_only_are_restored_once_it_has_ended_whichever_way(
    wave: PlannedWave, story: Callable[[Stage], None], status: ExecutionStatus
) -> None:
    for lends in (True, False):
        made = stage(wave)
        made.header = made.header.model_copy(update={"lends_settings": lends})
        made.settle()
        assert not [effect for effect in made.effects if isinstance(effect, RestoreSettings)]

        story(made)

        assert made.header.status is status
        assert len([effect for effect in made.effects if isinstance(effect, RestoreSettings)]) == lends


def test_a_look_is_not_believed_once_its_group_was_changed() -> None:
    made = stage(PlannedWave((ONE,), pause=True, verifies_settings=True))
    made.settle()
    verify(made, ONE)
    made.group_versions["group-1"] = 2
    made.ask(RequestKind.APPROVE, scope="0", number=1)
    made.step(5)
    assert _launched(made) == []
    assert _asked(made) == [0, 0], "at once: nothing else would come"
    made.step(5)
    assert _asked(made) == [0, 0], "the next answer is waited for"
    verify(made, ONE)
    made.step(1)
    assert _launched(made) == [ONE.source_server_id]


def test_who_was_refused_by_settings_that_were_changed_since_is_looked_at_again() -> None:
    made = stage(PlannedWave((ONE,), verifies_settings=True))
    made.settle(1)
    verify(made, ONE, SettingsVerdict.REFUSED, "its subnet does not exist")
    made.group_versions["group-1"] = 2
    made.step(1)
    assert made.server(ONE).launch is LaunchStatus.PENDING
    assert _asked(made) == [0, 0]


def test_a_look_that_does_not_say_of_which_version_of_its_group_is_taken_again() -> None:
    made = stage(PlannedWave((ONE,), verifies_settings=True))
    made.settle(1)
    verify(made, ONE)
    made.verified[ONE] = made.verified[ONE].model_copy(update={"group_id": "", "group_version": None})
    made.step(1)
    assert _launched(made) == []
