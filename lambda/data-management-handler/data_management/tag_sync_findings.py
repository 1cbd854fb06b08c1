"""What a run of the tag sync found: each finding once, with all the servers that it is about."""

from collections.abc import Iterable
from typing import Any, Final

from shared.models.finding import Finding
from shared.models.tag_sync import MOST_FINDINGS, TagSyncPlace

MOST_SERVERS: Final = 100
"""So many servers of a finding are named; `details.moreServers` counts the others."""


MOST_KEYS: Final = 20
"""So many keys of tags are named, each of up to 128 characters."""


def with_findings(place: TagSyncPlace, found: Iterable[Finding]) -> TagSyncPlace:
    """The place with these findings too; what it has already is told of more servers."""
    kept = {_subject(each): each for each in place.findings}
    more = place.more_findings
    for finding in found:
        subject = _subject(finding)
        if subject in kept:
            kept[subject] = _of_both(kept[subject], finding)
        elif len(kept) < MOST_FINDINGS:
            kept[subject] = _of_both(finding.model_copy(update={"server_ids": ()}), finding)
        else:
            more += 1
    return place.model_copy(update={"findings": tuple(kept.values()), "more_findings": more})


def _subject(finding: Finding) -> tuple[Any, ...]:
    return (finding.code, finding.reason, finding.account_id, finding.region, finding.details.get("drsCode"))


def _of_both(one: Finding, other: Finding) -> Finding:
    """The first, of the servers of both."""
    servers = tuple(dict.fromkeys((*one.server_ids, *other.server_ids)))
    more = int(one.details.get("moreServers", 0)) + max(0, len(servers) - MOST_SERVERS)
    keys = sorted({*one.details.get("keys", ()), *other.details.get("keys", ())})[:MOST_KEYS]
    details = {**one.details, **({"moreServers": more} if more else {}), **({"keys": keys} if keys else {})}
    return one.model_copy(update={"server_ids": servers[:MOST_SERVERS], "details": details})
