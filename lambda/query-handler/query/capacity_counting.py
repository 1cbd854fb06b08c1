"""The numbers of a target account's capacity, from what was seen of its regions and those of its staging accounts."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from query.capacity_models import AccountRole, RecoveryCapacity, RegionCapacity, ReplicationCapacity
from shared.capacity_rules import each_once, recovery_band, replicating, replicating_band, worst_of
from shared.drs_limits import DOCUMENTED, DrsQuotas
from shared.models.finding import Finding, FindingCode, FindingReason, warning_at
from shared.models.places import PlaceSeen, PlaceState
from shared.models.targets import Target


@dataclass(frozen=True, slots=True)
class Member:
    """The target account, or one of its staging accounts."""

    account_id: str
    account_name: str
    role: AccountRole


@dataclass(frozen=True, slots=True)
class Counting:
    """A target account, first of its `members`, with what was seen of all of them and the quotas where servers are."""

    members: Sequence[Member]
    seen: Mapping[Target, PlaceSeen]
    limits: Mapping[Target, DrsQuotas]

    @property
    def target_id(self) -> str:
        """The target account."""
        return self.members[0].account_id

    @property
    def server_count(self) -> int:
        """The servers of all of them, each once."""
        once = each_once({target: place.servers for target, place in self.seen.items()})
        return sum(map(len, once.values()))

    @property
    def is_complete(self) -> bool:
        """Whether it is known of each place what is there, and of each staging account that it is one."""
        return all(place.state.is_known for place in self.seen.values()) and not self.strangers

    def by_region(self) -> tuple[RegionCapacity, ...]:
        """The regions that have servers, or of which it is not known."""
        regions = {
            target.region
            for target, place in self.seen.items()
            if place.state is PlaceState.SERVERS or not place.state.is_known
        }
        return tuple(
            RegionCapacity(region=region, replication=self.replication([region]), recovery=self.recovery([region]))
            for region in sorted(regions)
        )

    def replication(self, regions: Iterable[str]) -> tuple[ReplicationCapacity, ...]:
        """What replicates in each of the accounts in these regions together, in the band of the fullest of them."""
        within = list(regions)
        return tuple(self._replication(member, within) for member in self.members)

    def recovery(self, regions: Iterable[str]) -> RecoveryCapacity:
        """What can be recovered in the target account in these regions together, in the band of the fullest of them."""
        places = self._places(self.target_id, regions)
        known = [place for place in places if place.state.is_known]
        extended = sum(server.is_extension for place in known for server in place.servers)
        return RecoveryCapacity(
            source_servers=sum(len(place.servers) for place in known) if known else None,
            extended=extended if known else None,
            limit=self._limit("source_servers", places),
            band=worst_of(recovery_band(len(place.servers), self._limit("source_servers", [place])) for place in known),
        )

    @property
    def strangers(self) -> Counter[tuple[str, str]]:
        """Of each account that replicates servers of this one and is no staging account of it: how many, by region."""
        known = {member.account_id for member in self.members}
        return Counter(
            (server.staging_account_id, target.region)
            for target, place in self.seen.items()
            if target.account_id == self.target_id
            for server in place.servers
            if server.is_extension and server.staging_account_id and server.staging_account_id not in known
        )

    def findings(self) -> list[Finding]:
        """The warnings of accounts that are not known here, and of quotas that could not be read."""
        strange = (
            warning_at(
                Target(account_id=account_id, region=region),
                FindingCode.ROLE,
                f"account {account_id} replicates {count} servers of account {self.target_id} in {region} and is not "
                "one of its staging accounts here: how full it is, is not known",
                reason=FindingReason.ACCOUNT_NOT_REGISTERED,
            )
            for (account_id, region), count in sorted(self.strangers.items())
        )
        unread = (
            warning_at(
                target,
                FindingCode.QUOTA,
                f"the quotas of DRS in {target} could not be read: what was read before or is documented counts, "
                f"{quotas.replicating_servers} servers that replicate of {quotas.source_servers}; {quotas.unread}",
                reason=FindingReason.NOT_READ,
            )
            for target, quotas in sorted(self.limits.items())
            if target in self.seen and quotas.unread
        )
        return [*strange, *unread]

    def _replication(self, member: Member, regions: Sequence[str]) -> ReplicationCapacity:
        places = self._places(member.account_id, regions)
        known = [place for place in places if place.state.is_known]
        counts = [replicating(place.servers) for place in known]
        limits = [self._limit("replicating_servers", [place]) for place in known]
        return ReplicationCapacity(
            account_id=member.account_id,
            account_name=member.account_name,
            role=member.role,
            replicating=sum(counts) if known else None,
            limit=self._limit("replicating_servers", places),
            band=worst_of(map(replicating_band, counts, limits)),
        )

    def _places(self, account_id: str, regions: Iterable[str]) -> list[PlaceSeen]:
        targets = (Target(account_id=account_id, region=region) for region in regions)
        return [self.seen[target] for target in targets if target in self.seen]

    def _limit(self, name: str, places: Sequence[PlaceSeen]) -> int:
        """What may be in those of these places together where servers are; the documented one where none are."""
        found = [int(getattr(self.limits[one.target], name)) for one in places if one.target in self.limits]
        return sum(found) if found else int(getattr(DOCUMENTED, name))
