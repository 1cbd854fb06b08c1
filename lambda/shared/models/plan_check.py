"""A plan held against the world: its servers of this moment, and what stands in the way."""

from collections.abc import Collection
from typing import Self

from shared.models.base import Model
from shared.models.finding import Finding, FindingCode, Outcome
from shared.models.protection_group import ProtectionGroup
from shared.models.recovery_plan import WaveNumber
from shared.models.targets import AccountId, InstanceKey, Region, ServerKey, Target


class ResolvedServer(Model):
    """A server that a wave will recover; `staging` is the one in a staging account of which it is the extension."""

    server: ServerKey
    name: str = ""
    staging: ServerKey | None = None
    group_id: str


class ReplacedInstance(Model):
    """An instance into which a wave launches a server: it keeps its address, and loses the volumes that it has."""

    source_server_id: str
    server_name: str = ""
    account_id: AccountId
    region: Region
    wave_number: WaveNumber
    group_id: str
    instance_id: str
    instance_name: str | None = None
    private_address: str | None = None
    volume_ids: tuple[str, ...] = ()

    @property
    def server(self) -> ServerKey:
        """The server."""
        return ServerKey(account_id=self.account_id, region=self.region, source_server_id=self.source_server_id)

    @property
    def instance(self) -> InstanceKey:
        """The instance."""
        return InstanceKey(account_id=self.account_id, region=self.region, instance_id=self.instance_id)


class PlaceCheck(Model):
    """How one check came out in an account and region, at worst."""

    account_id: AccountId
    region: Region
    code: FindingCode
    outcome: Outcome


class PlanCheck(Model):
    """The findings, and the servers of each wave in the order of their keys, each once.

    `checks` are all that were made in each account and region, also those that found nothing. `replaced_instances` are
    those into which servers are launched, as far as they were found.
    """

    checks: tuple[PlaceCheck, ...] = ()
    findings: tuple[Finding, ...]
    servers_by_wave: dict[WaveNumber, tuple[ResolvedServer, ...]]
    groups: tuple[ProtectionGroup, ...]
    replaced_instances: tuple[ReplacedInstance, ...] = ()

    @property
    def obstacles(self) -> tuple[Finding, ...]:
        """The findings that prevent the start."""
        return tuple(finding for finding in self.findings if finding.prevents)

    @property
    def overridden(self) -> tuple[Finding, ...]:
        """The findings that would have prevented it."""
        return tuple(finding for finding in self.findings if finding.overridden)

    def servers_of(self, code: FindingCode) -> set[ServerKey]:
        """The servers of which something with that code was found."""
        return {
            ServerKey(account_id=finding.account_id, region=finding.region, source_server_id=server_id)
            for finding in self.findings
            if finding.code is code and finding.account_id and finding.region
            for server_id in finding.server_ids
        }

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
