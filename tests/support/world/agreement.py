"""All that people are told of an execution, read after every step of the engine: it must be one story."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from notification_formatter.texts import one_line
from shared.engine.outcome import HELD_UP
from shared.models.recovery_plan import wave_words
from tests.support.world.mails import SentMail
from tests.support.world.world import World

_FINAL_WAVES: Final = frozenset({"COMPLETED", "SKIPPED", "CANCELLED"})
QUIET: Final = 20
"""After so many things that were no step, somebody may come to decide."""

MOST_STEPS: Final = 20_000


@dataclass
class Agreement:
    """Watches one execution; every look raises AssertionError if two of its stories differ, or progress falls."""

    world: World
    execution_id: str
    steps: int = 0
    mails_read: int = 0
    _last_step: int = -1
    _progress: dict[str, int] = field(default_factory=dict)

    def watch(self, operate: Callable[[], object] = lambda: None, limit: int = MOST_STEPS) -> str:
        """Let everything happen, one thing at a time, looking after each step, until the execution is over.

        `operate` is called after every step, and while nothing happens. Answers the status.
        """
        header = self.world.header(self.execution_id)
        for count in range(limit):
            if not self.world.agenda.step():
                break
            self._look_at_mails()
            header = self.world.header(self.execution_id)
            if header.committed_step == header.step and header.step != self._last_step:
                self._last_step = header.step
                self.steps += 1
                self._look()
                operate()
            elif count % QUIET == 0:
                operate()
            if header.is_terminal and not header.open:
                return header.status.value
        raise AssertionError(f"it does not end: {header.status} after {self.steps} steps")

    def _look(self) -> None:
        shown = self.world.execution(self.execution_id)
        listed = next(one for one in self.world.listed() if one["executionId"] == self.execution_id)
        for fact in ("status", "statusReason", "progress"):
            assert listed[fact] == shown[fact], f"{fact} is {shown[fact]!r}, and listed as {listed[fact]!r}"
        events = self.world.events(self.execution_id)
        self._compare_execution(shown, events)
        for wave in shown["waves"]:
            self._compare_wave(wave, events)
        for server in self.world.servers(self.execution_id):
            _compare_server(server, events)
        self._check_progress(shown)

    def _compare_execution(self, shown: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> None:
        told = _last(events, "EXECUTION_STATUS", lambda _: True)
        if told is not None:
            status, reason = _verdict(told)
            assert shown["status"] == status
            assert shown["statusReason"] == reason or _says_what_holds_it_up(shown), (shown["statusReason"], reason)

    def _compare_wave(self, wave: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> None:
        number = wave["waveNumber"]
        told = _last(events, "WAVE_STATUS", lambda event: event.get("waveNumber") == number)
        if told is None:
            assert (wave["status"], wave["statusReason"]) == ("PENDING", ""), wave
            return
        status, reason = _verdict(told)
        held_up = _last(events, "WAITING", lambda event: event.get("waveNumber") == number)
        reasons = {reason} | ({held_up["message"].partition(" is held up: ")[2]} if held_up else set())
        assert wave["status"] == status, f"{wave} but {told}"
        assert wave["statusReason"] in reasons, f"{wave['statusReason']!r} is none of {reasons}"

    def _check_progress(self, shown: Mapping[str, Any]) -> None:
        is_over = shown["endedAt"] is not None if "endedAt" in shown else False
        numbers = {"execution": (shown["progress"], is_over)}
        for wave in shown["waves"]:
            numbers[f"wave {wave['waveNumber']}"] = wave["progress"], wave["status"] in _FINAL_WAVES
        for name, (progress, is_done) in numbers.items():
            before = self._progress.get(name, 0)
            assert progress >= before, f"the progress of {name} fell from {before} to {progress}"
            assert is_done or progress < 100, f"the progress of {name} is 100, and it is not done"
            assert not (is_over and is_done and progress != 100), f"the progress of {name} is {progress} at the end"
            self._progress[name] = progress

    def _look_at_mails(self) -> None:
        mails = self.world.mails(execution_id=self.execution_id)
        for mail in mails[self.mails_read :]:
            self._compare_mail(mail)
        self.mails_read = len(mails)

    def _compare_mail(self, mail: SentMail) -> None:
        shown = self.world.execution(self.execution_id)
        lines = mail.message.splitlines()
        assert f"Status:       {shown['status']}" in lines, f"{shown['status']} is not in {mail.message}"
        assert f"Progress:     {shown['progress']} %" in lines, f"{shown['progress']} is not in {mail.message}"
        for wave in shown["waves"]:
            words = wave_words(wave["waveNumber"], wave["waveName"])
            [line] = [line for line in lines if line.startswith(f"  {words}: {wave['status']}, ")]
            assert one_line(wave["statusReason"]) in line


def _says_what_holds_it_up(shown: Mapping[str, Any]) -> bool:
    """Whether an execution that runs names waves with what they say themselves."""
    said = shown["statusReason"]
    named = [wave for wave in shown["waves"] if wave["statusReason"] and wave["statusReason"][:100] in said]
    return shown["status"] == "RUNNING" and said.startswith(HELD_UP) and bool(named)


def _compare_server(server: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> None:
    key = f"{server['accountId']}#{server['region']}#{server['sourceServerId']}"
    for kind, status, reason, otherwise in (
        ("SERVER_LAUNCH", "launchStatus", "launchReason", "PENDING"),
        ("SERVER_HEALTH", "healthStatus", "healthReason", "UNKNOWN"),
    ):
        told = _last(events, kind, lambda event: event["details"].get("server") == key)
        shown = server[status], server[reason]
        assert shown == (_verdict(told) if told else (otherwise, "")), f"{server} but {told}"


def _verdict(event: Mapping[str, Any]) -> tuple[str, str]:
    return event["details"]["status"], event["details"]["reason"]


def _last(
    events: Sequence[Mapping[str, Any]], kind: str, is_about: Callable[[Mapping[str, Any]], bool]
) -> Mapping[str, Any] | None:
    return next((event for event in reversed(events) if event["type"] == kind and is_about(event)), None)
