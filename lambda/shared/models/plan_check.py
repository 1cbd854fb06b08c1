"""A plan held against the world: its servers of this moment, and what stands in the way."""

from collections.abc import Collection
from typing import Self

from shared.models.base import Model
from shared.models.finding import Finding, FindingCode, Severity
from shared.models.protection_group import ProtectionGroup
from shared.models.recovery_plan import WaveNumber
from shared.models.targets import ServerKey, Target


class ResolvedServer(Model):
    """A server that a wave will recover; `staging` is the one in a staging account of which it is the extension."""

    server: ServerKey
    name: str = ""
    staging: ServerKey | None = None
    group_id: str


class PlanCheck(Model):
    """The findings, and the servers of each wave in the order of their keys, each once."""

    findings: tuple[Finding, ...]
    servers_by_wave: dict[WaveNumber, tuple[ResolvedServer, ...]]
    groups: tuple[ProtectionGroup, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that prevent the start."""
        return tuple(finding for finding in self.findings if finding.is_error)

    def accepting(self, codes: Collection[FindingCode]) -> Self:
        """The same, with the errors of these codes as warnings that say so."""
        findings = tuple(
            finding.model_copy(update={"severity": Severity.WARN, "message": f"{finding.message} (accepted)"})
            if finding.is_error and finding.code in codes
            else finding
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
