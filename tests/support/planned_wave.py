"""A wave of the stage before its execution begins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.engine.observations import LoadedWave
from shared.models.health_checks import HealthChecks
from shared.models.recovery_plan import DEADLINE_MINUTES, DRAIN_MINUTES, FailurePolicy, MinimumSuccess
from shared.models.server_record import ServerRecord
from shared.models.targets import ServerKey
from shared.models.wave_record import WaveRecord

EXECUTION_ID = "exec-1"
PLAN_ID = "plan-1"


@dataclass(frozen=True)
class PlannedWave:
    """A wave to be: its servers, what it waits for, and what becomes of it if it fails."""

    servers: tuple[ServerKey, ...]
    depends_on: tuple[int, ...] = ()
    pause: bool = False
    policy: FailurePolicy = FailurePolicy.STOP
    minimum: MinimumSuccess | None = None
    optional: tuple[ServerKey, ...] = ()
    wait_minutes: int | None = None
    deadline_minutes: int = DEADLINE_MINUTES
    drain_minutes: int = DRAIN_MINUTES
    checks: HealthChecks | None = None
    verifies_settings: bool = False

    def loaded(self, number: int, now: datetime) -> LoadedWave:
        """What is stored of it as wave `number`."""
        record = WaveRecord(
            execution_id=EXECUTION_ID,
            plan_id=PLAN_ID,
            wave_number=number,
            wave_name=f"Tier {number}",
            protection_group_ids=(),
            minimum_success=self.minimum,
            wait_minutes=self.wait_minutes,
            deadline_minutes=self.deadline_minutes,
            drain_minutes=self.drain_minutes,
            health_checks=self.checks,
        )
        servers = tuple(
            ServerRecord(
                execution_id=EXECUTION_ID,
                plan_id=PLAN_ID,
                wave_number=number,
                server=key,
                optional=key in self.optional,
                settings_group_id="group-1" if self.verifies_settings else None,
                updated_at=now,
            )
            for key in self.servers
        )
        return LoadedWave(record, servers)
