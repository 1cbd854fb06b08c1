"""Who else wants the same servers: tags that overlap, other executions, jobs that DRS still runs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shared.drs_utils import matches_tags
from shared.engine.texts import counted, servers_in_words
from shared.models.drs import Job, SourceServer
from shared.models.finding import Finding, FindingCode, FindingReason, failure_at, warning_at
from shared.models.lock import LockOwner
from shared.models.plan_check import ReplacedInstance
from shared.models.targets import InstanceKey, ServerKey, Target


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


def check_instance_conflicts(
    replaced: Iterable[ReplacedInstance], holders: Mapping[InstanceKey, Holder]
) -> tuple[Finding, ...]:
    """An error per holder and account and region of instances into which servers are to be launched."""
    by_place: dict[tuple[Target, str], list[ReplacedInstance]] = {}
    for each in replaced:
        if each.instance in holders:
            owner = holders[each.instance].owner
            by_place.setdefault((each.instance.target, owner.owner_key), []).append(each)
    return tuple(
        _instances_held(target, holders[wanted[0].instance], wanted)
        for (target, _), wanted in sorted(by_place.items(), key=lambda entry: (str(entry[0][0]), entry[0][1]))
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
    ids = tuple(key.source_server_id for key in keys)
    return _busy(target, holder, f"{servers_in_words(ids)} in {target}", ids)


def _instances_held(target: Target, holder: Holder, wanted: Sequence[ReplacedInstance]) -> Finding:
    first, others = wanted[0], len(wanted) - 1
    whose = first.server_name or first.source_server_id
    more = f", and so are {counted(others, 'other')}" if others else ""
    words = f"{first.instance_id} in {target}, into which {whose} is to be launched, is{more}"
    ids = tuple(each.source_server_id for each in wanted)
    instances = {each.source_server_id: each.instance_id for each in wanted}
    return _busy(target, holder, words, ids, instances=instances)


def _busy(target: Target, holder: Holder, what: str, ids: tuple[str, ...], **more: object) -> Finding:
    owner = holder.owner
    states = owner.state_words(holder.state, holder.execution_state)
    return failure_at(
        target,
        FindingCode.SERVER_BUSY,
        f"{what} held by {owner.noun} {owner.execution_id} "
        f"({owner.execution_type} of plan {owner.plan_name}, {states})",
        reason=FindingReason.HELD_BY_EXECUTION,
        server_ids=ids,
        details={**owner.facts, "state": holder.state, "executionState": holder.execution_state, **more},
    )
