"""A plan held against the world: its servers of this moment, and what stands in the way."""

from collections.abc import Collection
from typing import Self

from shared.models.base import Model
from shared.models.finding import Finding, FindingCode, Outcome
from shared.models.protection_group import ProtectionGroup
from shared.models.recovery_plan import WaveNumber
from shared.models.targets import AccountId, Region, ServerKey, Target


class ResolvedServer(Model):
    """A server that a wave will recover; `staging` is the one in a staging account of which it is the extension."""

    server: ServerKey
    name: str = ""
    staging: ServerKey | None = None
    group_id: str


class PlaceCheck(Model):
    """How one check came out in an account and region, at worst."""

    account_id: AccountId
    region: Region
    code: FindingCode
    outcome: Outcome


class PlanCheck(Model):
    """The findings, and the servers of each wave in the order of their keys, each once.

    `checks` are all that were made in each account and region, also those that found nothing.
    """

    checks: tuple[PlaceCheck, ...] = ()
    findings: tuple[Finding, ...]
    servers_by_wave: dict[WaveNumber, tuple[ResolvedServer, ...]]
    groups: tuple[ProtectionGroup, ...]

    @property
    def obstacles(self) -> tuple[Finding, ...]:
        """The findings that prevent the start."""
        return tuple(finding for finding in self.findings if finding.prevents)

    @property
    def overridden(self) -> tuple[Finding, ...]:
        """The findings that would have prevented it."""
        return tuple(finding for finding in self.findings if finding.overridden)

    def overriding(self, codes: Collection[FindingCode] | None) -> Self:
        """The same, with the obstacles of these codes, or of any, marked as overridden, where that can be done."""
        findings = tuple(
            finding.model_copy(update={"overridden": True}) if finding.is_overridden_by(codes) else finding
            for finding in self.findings
        )
        return self.model_copy(update={"findings": findings})

    @property
    def targets(self) -> tuple[Target, ...]:
        """The accounts and regions that the plan touches."""
        return tuple(sorted({group.target for group in self.groups}))

    @property
    def servers(self) -> tuple[ServerKey, ...]:
        """All servers of the plan, in the order of their keys."""
        return tuple(sorted({found.server for wave in self.servers_by_wave.values() for found in wave}))
