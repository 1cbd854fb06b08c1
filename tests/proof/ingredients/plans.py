"""Plans, who starts them, and the numbers of the world in which they run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, Literal

from shared.models.targets import Target
from tests.proof.ingredients.people import start_plan
from tests.proof.scenario import Ingredient, Setting
from tests.proof.stage import Stage
from tests.support.checks_cloud import SHELL
from tests.support.scheduler import Temper
from tests.support.world.machinery import DATABASE_ACCOUNT, REGION

ALARM: Final = "the application is well"


@dataclass(frozen=True)
class WaveOf:
    """A wave with one group; the first `optional` of its servers are optional.

    `commands` are the seconds that each of its commands may take; with `alarm` its alarm, ALARM, must be OK too.
    With `settings` its group has launch settings, with `drill` others for drills; with `into` its servers are launched
    into instances that are there already.
    """

    size: int = 1
    account: str = DATABASE_ACCOUNT
    region: str = REGION
    after: tuple[int, ...] = ()
    pause: bool = False
    policy: str = "PAUSE"
    minimum: int | str | None = None
    optional: int = 0
    wait_minutes: int | None = None
    deadline_minutes: int = 120
    drain_minutes: int = 360
    alarm: bool = False
    commands: tuple[int, ...] = ()
    settings: bool = False
    drill: bool = False
    into: bool = False

    def document(self, number: int, servers: list[str]) -> dict[str, Any]:
        """The wave as a plan has it."""
        return {
            "wave_number": number,
            "account": self.account,
            "region": self.region,
            "depends_on_waves": self.after,
            "pause_before_wave": self.pause,
            "failure_policy": self.policy,
            "minimum_success": self.minimum,
            "optional_server_ids": tuple(servers[: self.optional]),
            "wait_minutes": self.wait_minutes,
            "deadline_minutes": self.deadline_minutes,
            "drain_minutes": self.drain_minutes,
            "health_checks": self._checks(),
            "settings": self.settings,
            "drill": self.drill,
            "into": self.into,
        }

    def _checks(self) -> list[dict[str, Any]] | None:
        alarms: list[dict[str, Any]] = [{"alarm_name": ALARM}] if self.alarm else []
        commands = [{"document_name": SHELL, "timeout_seconds": seconds} for seconds in self.commands]
        return [*alarms, *commands] or None


@dataclass(frozen=True)
class PlanOf(Ingredient):
    """A plan; one that shares recovers the first group of another plan too, in its own first wave."""

    name: str
    waves: tuple[WaveOf, ...]
    shares_with: str = ""

    @property
    def benign(self) -> bool:  # type: ignore[override]  # a deadline that troubles may break changes the end
        return all(wave.deadline_minutes >= 60 for wave in self.waves)

    def put_on(self, stage: Stage) -> None:
        servers = [
            stage.protect(wave.account, wave.region, wave.size, f"{self.name}-{number}")
            for number, wave in enumerate(self.waves)
        ]
        for wave in self.waves:
            stage.world.cloud.cloudwatch.put(Target(account_id=wave.account, region=wave.region), ALARM)
        documents = [wave.document(number, servers[number]) for number, wave in enumerate(self.waves)]
        stage.store_plan(self.name, documents, servers, self.shares_with)


@dataclass(frozen=True)
class Started(Ingredient):
    """Somebody starts a plan, with a client token perhaps; who names one of another start repeats that start.

    With `back` it is recovered to so many seconds before the start.
    """

    plan: str
    at: float = 1.0
    token: str = ""
    kind: str = "DRILL"
    back: float | None = None

    def put_on(self, stage: Stage) -> None:
        wish = partial(start_plan, stage, self.plan, self.kind, self.token, self.back)
        stage.later(self.at, wish, f"start {self.plan}")


@dataclass(frozen=True)
class Quirky(Ingredient):
    """How DRS behaves in this world."""

    event_loss: float = 0.0
    participants_hidden: float = 0.0
    held_after_job: float = 0.0
    cleanup: Literal["first", "before_launch"] = "first"
    throttled: bool = False

    def set_up(self, setting: Setting) -> None:
        old = setting.settings
        quirks = replace(
            old.quirks,
            event_loss=self.event_loss,
            participants_hidden=self.participants_hidden,
            held_after_job=self.held_after_job,
            cleanup=self.cleanup,
        )
        limits = replace(old.rate_limits, enabled=self.throttled)
        setting.settings = replace(old, quirks=quirks, rate_limits=limits)


@dataclass(frozen=True)
class Narrow(Ingredient):
    """So many jobs at once, and servers in them, are all that DRS takes in an account and region."""

    jobs_at_once: int
    servers_in_all_jobs: int

    def set_up(self, setting: Setting) -> None:
        old = setting.settings
        quotas = replace(old.quotas, jobs_at_once=self.jobs_at_once, servers_in_all_jobs=self.servers_in_all_jobs)
        setting.settings = replace(old, quotas=quotas)


@dataclass(frozen=True)
class Restless(Ingredient):
    """How often, and how long, functions stand still before their calls."""

    instants: float
    whiles: float
    long: float

    def set_up(self, setting: Setting) -> None:
        setting.temper = Temper(self.instants, self.whiles, self.long)


@dataclass(frozen=True)
class StaleIndexes(Ingredient):
    """Indexes show what was true some seconds ago."""

    def set_up(self, setting: Setting) -> None:
        setting.stale_indexes = True


@dataclass(frozen=True)
class ShortRuns(Ingredient):
    """A run of the state machine goes through so few broken rounds before another has to go on."""

    rounds: int

    def set_up(self, setting: Setting) -> None:
        setting.rounds = self.rounds
