"""The numbers of the simulated service: timings, quotas, rates, page sizes and quirks, each a knob with a source.

Seconds are seconds of the simulator's clock. Sources: AWS's quota page for quotas; for timings, rates and quirks
observations and documents without a source, which is why they are configurable.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal


@dataclass(frozen=True, slots=True)
class Timings:
    """How long the parts of a job take; with the defaults a launch job takes about ten minutes."""

    pending: float = 20.0
    """From creation to STARTED; AWS: up to 30 s."""
    cleanup: float = 15.0
    """Removing what an earlier launch of the server left."""
    snapshot: float = 60.0
    conversion: float = 400.0
    launch: float = 120.0
    finish: float = 10.0
    """From the last server's verdict to the end of the job."""
    terminate: float = 180.0
    """From STARTED to the end of a TERMINATE job's last instance."""
    windows_factor: float = 1.5
    """Conversion of Windows servers takes longer."""
    jitter: float = 0.1
    """A server's own pace lies between 1 - jitter and 1 + jitter, decided once by the seed."""
    status_checks: float = 120.0
    """EC2 status checks are `initializing` for this long after an instance starts."""
    extension: float = 180.0
    """From the extension of a server until the target account sees how it replicates."""
    event_lead: float = 10.0
    """A launch event comes at most this long before the end of its job."""

    def scaled(self, factor: float) -> "Timings":
        """The same shape of a job, `factor` times as long."""
        return replace(
            self,
            pending=factor * self.pending,
            cleanup=factor * self.cleanup,
            snapshot=factor * self.snapshot,
            conversion=factor * self.conversion,
            launch=factor * self.launch,
            finish=factor * self.finish,
            terminate=factor * self.terminate,
            status_checks=factor * self.status_checks,
            extension=factor * self.extension,
            event_lead=factor * self.event_lead,
        )


@dataclass(frozen=True, slots=True)
class Quotas:
    """AWS's quotas of DRS per account and region; those of jobs are enforced."""

    servers_per_job: int = 100
    """L-B827C881; the shape itself accepts 200."""
    jobs_at_once: int = 20
    """L-D88FAC3A"""
    servers_in_all_jobs: int = 500
    """L-05AFA8C6"""
    replicating_servers: int = 300
    """L-C1D14A2B"""
    source_servers: int = 4000
    """L-E28BE5E0; the one of these that AWS raises on request."""

    def by_code(self) -> dict[str, float]:
        """The same under the codes of Service Quotas."""
        return {code: getattr(self, name) for name, code in QUOTA_CODES.items()}


QUOTA_CODES: Mapping[str, str] = {
    "servers_per_job": "L-B827C881",
    "jobs_at_once": "L-D88FAC3A",
    "servers_in_all_jobs": "L-05AFA8C6",
    "replicating_servers": "L-C1D14A2B",
    "source_servers": "L-E28BE5E0",
}
"""The codes of the quotas in Service Quotas."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket: so many calls a minute after a burst."""

    per_minute: float
    burst: int


_RATES: Mapping[str, Rate] = {
    "StartRecovery": Rate(10, 20),
    "DescribeJobs": Rate(100, 200),
    "DescribeSourceServers": Rate(100, 200),
    "UpdateLaunchConfiguration": Rate(50, 100),
    "TerminateRecoveryInstances": Rate(20, 40),
}


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Rates per (account, region, operation); AWS publishes none."""

    rates: Mapping[str, Rate] = field(default_factory=lambda: dict(_RATES))
    otherwise: Rate = Rate(100, 200)
    enabled: bool = True

    def of(self, operation: str) -> Rate:
        """The rate of an operation."""
        return self.rates.get(operation, self.otherwise)


@dataclass(frozen=True, slots=True)
class PageSizes:
    """Pages are short, and of varied length unless the caller names one: who reads one page only, fails."""

    without_limit: tuple[int, ...] = (4, 7, 3, 9, 5)
    """Taken in turn by calls without maxResults."""
    most: int = 200
    """No page is longer, whatever maxResults says."""


@dataclass(frozen=True, slots=True)
class Quirks:
    """What DRS does that callers do not expect."""

    participants_hidden: float = 0.0
    """participatingServers of a new job is empty for this long."""
    terminate_job_ends_empty: bool = True
    """participatingServers of a finished TERMINATE job is empty."""
    held_after_job: float = 0.0
    """A finished job holds its servers for this long: they still conflict."""
    cleanup: Literal["first", "before_launch"] = "first"
    """Where the clean-up of an earlier launch stands in a job; AWS does not document it."""
    ends_prepared: bool = False
    """A launch elsewhere ends the instance that its server was launched into before; AWS does not say that it stays."""
    event_loss: float = 0.05
    """The share of launch events that never arrive; EventBridge promises best effort."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything about the simulated service that is a number."""

    timings: Timings = Timings()
    quotas: Quotas = Quotas()
    rate_limits: RateLimits = field(default_factory=RateLimits)
    page_sizes: PageSizes = PageSizes()
    quirks: Quirks = Quirks()
