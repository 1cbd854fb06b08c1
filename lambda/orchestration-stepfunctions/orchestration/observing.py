"""Answers the engine's questions, per account and region; what cannot be asked is Unavailable, never a pass."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from orchestration.dependencies import Dependencies
from shared.engine.bounds import PAST_JOBS
from shared.engine.observations import JobsQuestion, LoadedWave, Observations, Questions, Unavailable
from shared.engine.state import ExecutionState
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.checks_seen import AlarmReading, Invocation, SentListing
from shared.models.drs import (
    InstanceHealth,
    Job,
    JobListing,
    JobLogEntry,
    LaunchSettings,
    RecoveryInstance,
    RecoverySnapshot,
    SourceServer,
)
from shared.models.targets import ServerKey, Target

Asked = TypeVar("Asked")
Answered = TypeVar("Answered")


def answer(questions: Questions, state: ExecutionState, deps: Dependencies) -> Observations:
    """Everything that was asked; stored waves first, then every account and region in parallel."""
    observations = Observations(waves=_waves(questions.waves, state, deps))
    targets = sorted(questions.targets, key=str)
    for part in _each(deps.workers, lambda target: _ask(target, questions, deps), targets):
        observations = observations.merged(part)
    return observations


def _each(workers: int, ask: Callable[[Asked], Answered], questions: list[Asked]) -> Iterable[Answered]:
    if workers == 1 or len(questions) <= 1:
        return [ask(question) for question in questions]
    with ThreadPoolExecutor(max_workers=min(workers, len(questions))) as pool:
        return list(pool.map(ask, questions))


def _waves(numbers: Iterable[int], state: ExecutionState, deps: Dependencies) -> dict[int, LoadedWave]:
    """Waves with their servers; the records that the step has loaded already are not read again."""
    known = {record.wave_number: record for record in state.records}
    unknown = sorted(set(numbers) - set(known))
    if unknown:
        known |= deps.executions.waves(state.header, unknown)
    return {
        number: LoadedWave(known[number], tuple(deps.executions.servers(state.header, number)))
        for number in sorted(numbers)
        if number in known
    }


def _ask(target: Target, questions: Questions, deps: Dependencies) -> Observations:
    """One account and region: one kind of question after the other."""
    return Observations(
        jobs=_jobs(target, questions, deps),
        instances=_instances(target, questions, deps),
        health=_health(target, questions, deps),
        sources=_sources(target, questions, deps),
        settings=_settings(target, questions, deps),
        job_logs=_job_logs(target, questions, deps),
        job_tags=_job_tags(target, questions, deps),
        past_jobs=_past_jobs(target, questions, deps),
        snapshots=_snapshots(target, questions, deps),
        limits={target: deps.limits.limits(target)} if target in questions.limits else {},
        alarms=_alarms(target, questions, deps),
        agents=_agents(target, questions, deps),
        invocations=_invocations(target, questions, deps),
        sent=_sent(target, questions, deps),
    )


def _try(target: Target, what: str, call: Callable[[], Answered]) -> Answered | Unavailable:
    try:
        return call()
    except (DrsServiceError, CrossAccountError) as error:
        return Unavailable(f"could not read {what} in {target}: {error.message}")


def _jobs(target: Target, questions: Questions, deps: Dependencies) -> dict[Target, JobListing | Unavailable]:
    question = questions.jobs.get(target)
    if question is None:
        return {}
    return {target: _try(target, "jobs", lambda: _listing(target, question, deps))}


def _listing(target: Target, question: JobsQuestion, deps: Dependencies) -> JobListing:
    """The jobs since an instant, and those of the ids that are older; as complete as the first of both."""
    if question.since is None:
        return deps.drs.jobs(target, ids=sorted(question.ids))
    recent = deps.drs.jobs(target, since=question.since)
    older = question.ids - {job.job_id for job in recent.jobs}
    if not older:
        return recent
    named = deps.drs.jobs(target, ids=sorted(older))
    return JobListing(began_at=recent.began_at, jobs=(*recent.jobs, *named.jobs))


def _past_jobs(target: Target, questions: Questions, deps: Dependencies) -> dict[Target, tuple[Job, ...] | Unavailable]:
    if target not in questions.past_jobs:
        return {}
    return {target: _try(target, "past jobs", lambda: deps.drs.ended_launches(target, PAST_JOBS))}


def _keys(target: Target, ids: Iterable[str]) -> dict[str, ServerKey]:
    return {
        server_id: ServerKey(account_id=target.account_id, region=target.region, source_server_id=server_id)
        for server_id in ids
    }


def _instances(
    target: Target, questions: Questions, deps: Dependencies
) -> dict[ServerKey, tuple[RecoveryInstance, ...] | Unavailable]:
    asked = questions.instances.get(target)
    if not asked:
        return {}
    keys = _keys(target, asked)
    found = _try(
        target, "recovery instances", lambda: deps.drs.recovery_instances(target, source_server_ids=sorted(asked))
    )
    if isinstance(found, Unavailable):
        return dict.fromkeys(keys.values(), found)
    by_server: dict[str, list[RecoveryInstance]] = {server_id: [] for server_id in asked}
    for instance in found:
        if instance.source_server_id in by_server:
            by_server[instance.source_server_id].append(instance)
    return {keys[server_id]: tuple(instances) for server_id, instances in by_server.items()}


def _health(
    target: Target, questions: Questions, deps: Dependencies
) -> dict[tuple[Target, str], InstanceHealth | Unavailable | None]:
    asked = questions.health.get(target)
    if not asked:
        return {}
    found = _try(target, "instance status", lambda: deps.ec2.instance_health(target, sorted(asked)))
    if isinstance(found, Unavailable):
        return {(target, instance_id): found for instance_id in asked}
    known = {health.instance_id: health for health in found}
    return {(target, instance_id): known.get(instance_id) for instance_id in asked}


def _sources(
    target: Target, questions: Questions, deps: Dependencies
) -> dict[ServerKey, SourceServer | Unavailable | None]:
    asked = questions.sources.get(target)
    if not asked:
        return {}
    keys = _keys(target, asked)
    found = _try(target, "source servers", lambda: deps.drs.source_servers(target, sorted(asked)))
    if isinstance(found, Unavailable):
        return dict.fromkeys(keys.values(), found)
    known = {server.source_server_id: server for server in found}
    return {key: known.get(server_id) for server_id, key in keys.items()}


def _snapshots(
    target: Target, questions: Questions, deps: Dependencies
) -> dict[ServerKey, RecoverySnapshot | Unavailable | None]:
    """One call for each server, for which DRS has no other way: several at once.

    Where DRS does not answer, or wants fewer calls, the others of its servers are not asked about: each would take as
    long to fail.
    """
    asked = questions.snapshots.get(target, {})
    keys = _keys(target, sorted(asked))
    silent = list[Unavailable]()

    def newest(server_id: str) -> RecoverySnapshot | Unavailable | None:
        if silent:
            return silent[0]
        try:
            return deps.drs.newest_snapshot(target, server_id, not_later_than=asked[server_id])
        except (CrossAccountError, DrsServiceError) as error:
            why = Unavailable(f"could not read the recovery snapshots of {server_id} in {target}: {error.message}")
            if isinstance(error, CrossAccountError) or error.is_retryable:
                silent.append(why)
            return why

    return dict(zip(keys.values(), _each(deps.workers, newest, list(keys)), strict=True))


def _settings(
    target: Target, questions: Questions, deps: Dependencies
) -> dict[ServerKey, LaunchSettings | Unavailable]:
    asked = questions.settings.get(target, set())
    return {
        key: _try(target, "launch settings", partial(deps.drs.launch_settings, target, server_id))
        for server_id, key in _keys(target, sorted(asked)).items()
    }


def _job_logs(
    target: Target, questions: Questions, deps: Dependencies
) -> dict[tuple[Target, str], tuple[JobLogEntry, ...] | Unavailable]:
    asked = questions.job_logs.get(target, set())
    return {
        (target, job_id): _try(target, "the job log", partial(deps.drs.job_log, target, job_id))
        for job_id in sorted(asked)
    }


def _job_tags(
    target: Target, questions: Questions, deps: Dependencies
) -> dict[tuple[Target, str], dict[str, str] | Unavailable]:
    asked = questions.job_tags.get(target, set())
    return {
        (target, job_id): _try(target, "the tags of a job", partial(deps.drs.job_tags, target, job_id))
        for job_id in sorted(asked)
    }


def _alarms(
    target: Target, questions: Questions, deps: Dependencies
) -> dict[tuple[Target, str], AlarmReading | Unavailable | None]:
    asked = questions.alarms.get(target)
    if not asked:
        return {}
    found = _try(target, "alarms", lambda: deps.cloudwatch.alarms(target, sorted(asked)))
    if isinstance(found, Unavailable):
        return {(target, name): found for name in asked}
    known = {alarm.alarm_name: alarm for alarm in found}
    return {(target, name): known.get(name) for name in asked}


def _agents(
    target: Target, questions: Questions, deps: Dependencies
) -> dict[tuple[Target, str], str | Unavailable | None]:
    asked = questions.agents.get(target)
    if not asked:
        return {}
    found = _try(target, "SSM agents", lambda: deps.ssm.agents(target, sorted(asked)))
    if isinstance(found, Unavailable):
        return {(target, instance_id): found for instance_id in asked}
    return {(target, instance_id): found.get(instance_id) for instance_id in asked}


def _invocations(
    target: Target, questions: Questions, deps: Dependencies
) -> dict[tuple[Target, str], dict[str, Invocation] | Unavailable]:
    return {
        (target, command_id): _try(target, "a command", partial(_by_instance, target, command_id, deps))
        for command_id in sorted(questions.invocations.get(target, ()))
    }


def _by_instance(target: Target, command_id: str, deps: Dependencies) -> dict[str, Invocation]:
    return {found.instance_id: found for found in deps.ssm.invocations(target, command_id)}


def _sent(target: Target, questions: Questions, deps: Dependencies) -> dict[Target, SentListing | Unavailable]:
    since = questions.sent.get(target)
    return {} if since is None else {target: _try(target, "commands", lambda: deps.ssm.sent_since(target, since))}
