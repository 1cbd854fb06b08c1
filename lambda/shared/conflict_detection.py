"""Who else wants the same servers: tags that overlap, other executions, jobs that DRS still runs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.drs_utils import matches_tags
from shared.engine.texts import servers_in_words
from shared.models.drs import Job, SourceServer
from shared.models.finding import Finding, FindingCode, FindingReason, failure_at, warning_at
from shared.models.lock import LockOwner
from shared.models.targets import ServerKey, Target


@dataclass(frozen=True, slots=True)
class Holder:
    """A lock's owner that is not terminal, with its present state and that of its execution, in a word each."""

    owner: LockOwner
    state: str
    execution_state: str


def query_drs_servers_by_tags(
    servers: Iterable[SourceServer], selection: Mapping[str, str]
) -> tuple[SourceServer, ...]:
    """The servers that carry all the tags."""
    return tuple(server for server in servers if matches_tags(server.tags, selection))


def check_server_conflicts(holders: Mapping[ServerKey, Holder]) -> tuple[Finding, ...]:
    """An error per holder and account and region, naming owner, plan, type and state."""
    by_place: dict[tuple[Target, str], list[ServerKey]] = {}
    for key, holder in holders.items():
        by_place.setdefault((key.target, holder.owner.owner_key), []).append(key)
    return tuple(
        _held(target, holders[keys[0]], sorted(keys))
        for (target, _), keys in sorted(by_place.items(), key=lambda entry: (str(entry[0][0]), entry[0][1]))
    )


def running_job_conflicts(target: Target, running: Iterable[Job], server_ids: Iterable[str]) -> tuple[Finding, ...]:
    """A warning per running job that works on some of the servers: DRS refuses a second one for them until it ends."""
    wanted = frozenset(server_ids)
    conflicts = (
        (job, tuple(sorted(wanted.intersection(participant.source_server_id for participant in job.participants))))
        for job in running
        if job.is_running
    )
    return tuple(
        warning_at(
            target,
            FindingCode.SERVER_BUSY,
            f"DRS job {job.job_id} ({job.type.value}) still works on {', '.join(busy)} in {target}",
            reason=FindingReason.IN_RUNNING_JOB,
            server_ids=busy,
            details={"jobId": job.job_id, "jobType": job.type.value},
        )
        for job, busy in conflicts
        if busy
    )


def _held(target: Target, holder: Holder, keys: list[ServerKey]) -> Finding:
    owner = holder.owner
    ids = tuple(key.source_server_id for key in keys)
    states = owner.state_words(holder.state, holder.execution_state)
    return failure_at(
        target,
        FindingCode.SERVER_BUSY,
        f"{servers_in_words(ids)} in {target} held by {owner.noun} {owner.execution_id} "
        f"({owner.execution_type} of plan {owner.plan_name}, {states})",
        reason=FindingReason.HELD_BY_EXECUTION,
        server_ids=ids,
        details={**owner.facts, "state": holder.state, "executionState": holder.execution_state},
    )
