"""What the groups of one document, and its plans, must not have in common."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from shared.models.violation import Violation
from shared.stores.owned_kinds import folded


@dataclass(frozen=True, slots=True)
class Claim:
    """The servers that a group of the document claims in an account and region, each with its path, or by its tags."""

    path: str
    account_id: str
    region: str
    servers: Sequence[tuple[str, str]]
    tags: Mapping[str, str]
    path_of_tags: str


def check_claims(claims: Sequence[Claim]) -> Iterator[Violation]:
    """Servers and tags that two groups of the document share."""
    servers: dict[tuple[str, str, str], str] = {}
    tags: dict[tuple[str, str, tuple[tuple[str, str], ...]], str] = {}
    for claim in claims:
        place = (claim.account_id, claim.region)
        for path, server_id in claim.servers:
            first = servers.setdefault((*place, server_id), claim.path)
            if first != claim.path:
                reason = f"{server_id} is also in {first}; a server belongs to one group"
                yield Violation(path, reason, "SERVER_IN_TWO_GROUPS", other=first)
        if claim.tags:
            first = tags.setdefault((*place, tuple(sorted(claim.tags.items()))), claim.path)
            if first != claim.path:
                reason = f"the selection by these tags in this account and region is also in {first}"
                yield Violation(claim.path_of_tags, reason, "TAG_CONFLICT", other=first)


def check_names(names: Mapping[str, str]) -> Iterator[Violation]:
    """Names that two groups of the document share, or two plans, by their paths; what has none shares none."""
    first: dict[str, str] = {}
    for path, name in names.items():
        taken = first.setdefault(folded(name), path) if name else path
        if taken != path:
            yield Violation(path, f"{name} is also the name at {taken}", "DUPLICATE_NAME", other=taken)
