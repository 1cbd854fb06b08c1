"""Answers the engine's questions, per account and region; what cannot be asked is Unavailable, never a pass.

An account and region that gives no answer for `patience` seconds is not waited for, and not asked again in the step;
what it had answered before counts.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any, Final, TypeVar

from orchestration.dependencies import Dependencies
from orchestration.pace import Pace, in_turn
from shared.drs_limits import DOCUMENTED, DrsQuotas
from shared.engine.bounds import PAST_JOBS
from shared.engine.observations import (
    JobsQuestion,
    LoadedWave,
    LooksAtSettings,
    Observations,
    Questions,
    Unavailable,
)
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

NO_TIME_LEFT = Unavailable("")
"""The answer to what is left to the next step: nothing is wrong, so there is nothing to say."""

FAILED_LOOKUPS: Final = 5
"""After so many failures of DRS in a step no more of an account's servers are asked about."""


_Question = tuple[Target, str, str]
"""Where it is asked, for what, and about which one, if it is asked of each."""


@dataclass(frozen=True)
class _Asking:
    """One round of questions, what it takes to ask them, and what was answered, where last at what time."""

    questions: Questions
    deps: Dependencies
    pace: Pace
    answered_at: dict[Target, datetime] = field(default_factory=dict)
    answers: dict[_Question, Any] = field(default_factory=dict)

    def ask(self, target: Target) -> Observations:
        """One account and region: one kind of question after the other."""
        return Observations(
            jobs=_jobs(target, self),
            asked_jobs={target: self.questions.jobs[target]} if target in self.questions.jobs else {},
            instances=_instances(target, self),
            health=_health(target, self),
            sources=_sources(target, self),
            settings=_settings(target, self),
            job_logs=_job_logs(target, self),
            job_tags=_job_tags(target, self),
            past_jobs=_past_jobs(target, self),
            snapshots=_snapshots(target, self),
            limits=_limits(target, self),
            alarms=_alarms(target, self),
            agents=_agents(target, self),
            invocations=_invocations(target, self),
            sent=_sent(target, self),
        )

    def excuse(self, target: Target) -> Unavailable | None:
        """Why the account and region is not asked: it is silent, or the step has no time left."""
        if target in self.pace.silent:
            return Unavailable(self.pace.silent[target])
        return None if self.pace.may_ask(target) else NO_TIME_LEFT

    def read(
        self, target: Target, what: str, call: Callable[[], Answered], *, about: str = ""
    ) -> Answered | Unavailable:
        """One answer, unless there is an excuse."""

        def told() -> Answered | Unavailable:
            try:
                return call()
            except (DrsServiceError, CrossAccountError) as error:
                return Unavailable(f"could not read {what} in {target}: {error.message}")

        return self.once((target, what, about), lambda: self.excuse(target), told)

    def once(
        self, question: _Question, excuse: Callable[[], Unavailable | None], call: Callable[[], Answered]
    ) -> Answered | Unavailable:
        """What was answered in this round; else the excuse not to ask now, or the answer, which is kept.

        Whatever it says, the account and region is not silent.
        """
        if question not in self.answers:
            why_not = excuse()
            if why_not is not None:
                return why_not
            try:
                self.answers[question] = call()
            finally:
                self.answered_at[question[0]] = self.pace.clock.now()
        answer: Answered = self.answers[question]
        return answer


def answer(questions: Questions, state: ExecutionState, deps: Dependencies, pace: Pace) -> Observations:
    """Everything that was asked; stored waves first, then every account and region in parallel."""
    verified = {number: _looks(number, state, deps) for number in questions.verified}
    observations = Observations(waves=_waves(questions.waves, state, deps), verified=verified)
    asking = _Asking(questions, deps, pace)
    for part in _everywhere(in_turn(sorted(questions.targets, key=str), state.header.step), asking):
        observations = observations.merged(part)
    return observations


def _looks(number: int, state: ExecutionState, deps: Dependencies) -> LooksAtSettings:
    """What was found of a wave's launch settings, and which versions of the groups there are by now."""
    seen = deps.executions.verified_settings(state.header, number)
    return LooksAtSettings(seen, deps.group_versions.of({each.group_id for each in seen.values() if each.group_id}))


def _everywhere(targets: list[Target], asking: _Asking) -> Iterable[Observations]:
    workers = asking.deps.workers
    if workers == 1 or len(targets) <= 1:
        return [asking.ask(target) for target in targets]
    pool = ThreadPoolExecutor(max_workers=min(workers, len(targets)))
    try:
        asked = {target: pool.submit(asking.ask, target) for target in targets}
        asking.answered_at.update(dict.fromkeys(targets, asking.pace.clock.now()))
        _wait_for(asked, asking)
        return [
            future.result() if future.done() and not future.cancelled() else _unanswered(target, asking)
            for target, future in asked.items()
        ]
    finally:
        # who does not answer is no longer waited for; its thread ends with the call that it waits for
        pool.shutdown(wait=False, cancel_futures=True)


def _wait_for(asked: Mapping[Target, "Future[Observations]"], asking: _Asking) -> None:
    """Until each has answered everything, or has given no answer for too long."""
    patience, clock = asking.deps.patience, asking.pace.clock
    left = dict(asked)
    while left:
        first = min(asking.answered_at[target] for target in left) + clock.wall(patience)
        wait(left.values(), timeout=max(0.0, (first - clock.now()) / clock.wall(1)), return_when=FIRST_COMPLETED)
        for target, future in list(left.items()):
            is_late = clock.now() - asking.answered_at[target] >= clock.wall(patience)
            if future.done():
                del left[target]
            elif is_late:
                del left[target]
                if not (future.cancel() or future.done()):
                    asking.pace.silent[target] = f"{target} did not answer within {patience:g} seconds"


def _each(workers: int, ask: Callable[[Asked], Answered], questions: list[Asked]) -> Iterable[Answered]:
    if workers == 1 or len(questions) <= 1:
        return [ask(question) for question in questions]
    with ThreadPoolExecutor(max_workers=min(workers, len(questions))) as pool:
        return list(pool.map(ask, questions))


def _unanswered(target: Target, asking: _Asking) -> Observations:
    """What a silent account and region had answered, and why not the rest; as if the time was over, if its turn did
    not come.
    """
    if target in asking.pace.silent:
        return asking.ask(target)
    asking.pace.leave()
    late = Pace(asking.pace.clock, asking.pace.began, silent={target: NO_TIME_LEFT.reason})
    return _Asking(asking.questions, asking.deps, late).ask(target)


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


def _jobs(target: Target, asking: _Asking) -> dict[Target, JobListing | Unavailable]:
    question = asking.questions.jobs.get(target)
    if question is None:
        return {}
    return {target: asking.read(target, "jobs", lambda: _listing(target, question, asking.deps))}


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


def _past_jobs(target: Target, asking: _Asking) -> dict[Target, tuple[Job, ...] | Unavailable]:
    if target not in asking.questions.past_jobs:
        return {}
    return {target: asking.read(target, "past jobs", lambda: asking.deps.drs.ended_launches(target, PAST_JOBS))}


def _keys(target: Target, ids: Iterable[str]) -> dict[str, ServerKey]:
    return {
        server_id: ServerKey(account_id=target.account_id, region=target.region, source_server_id=server_id)
        for server_id in ids
    }


def _instances(target: Target, asking: _Asking) -> dict[ServerKey, tuple[RecoveryInstance, ...] | Unavailable]:
    asked = asking.questions.instances.get(target)
    if not asked:
        return {}
    keys = _keys(target, asked)
    call = partial(asking.deps.drs.recovery_instances, target, source_server_ids=sorted(asked))
    found = asking.read(target, "recovery instances", call)
    if isinstance(found, Unavailable):
        return dict.fromkeys(keys.values(), found)
    by_server: dict[str, list[RecoveryInstance]] = {server_id: [] for server_id in asked}
    for instance in found:
        if instance.source_server_id in by_server:
            by_server[instance.source_server_id].append(instance)
    return {keys[server_id]: tuple(instances) for server_id, instances in by_server.items()}


def _health(target: Target, asking: _Asking) -> dict[tuple[Target, str], InstanceHealth | Unavailable | None]:
    def known(ids: list[str]) -> dict[str, InstanceHealth]:
        return {health.instance_id: health for health in asking.deps.ec2.instance_health(target, ids)}

    return _by_name(target, asking.questions.health.get(target), asking, "instance status", known)


def _sources(target: Target, asking: _Asking) -> dict[ServerKey, SourceServer | Unavailable | None]:
    asked = asking.questions.sources.get(target)
    if not asked:
        return {}
    keys = _keys(target, asked)
    found = asking.read(target, "source servers", lambda: asking.deps.drs.source_servers(target, sorted(asked)))
    if isinstance(found, Unavailable):
        return dict.fromkeys(keys.values(), found)
    known = {server.source_server_id: server for server in found}
    return {key: known.get(server_id) for server_id, key in keys.items()}


def _snapshots(target: Target, asking: _Asking) -> dict[ServerKey, RecoverySnapshot | Unavailable | None]:
    """One call for each server, for which DRS has no other way: several at once, last those that were asked in vain.

    Where nobody gets in, or DRS does not answer, wants fewer calls, or fails now and again, the rest of its servers is
    left to the next step: each would take as long to fail.
    """
    asked = asking.questions.snapshots.get(target, {})
    keys = _keys(target, sorted(asked, key=lambda server_id: (asked[server_id].turn, server_id)))
    closed, failures = list[Unavailable](), list[DrsServiceError]()

    def newest(server_id: str) -> RecoverySnapshot | Unavailable | None:
        try:
            return asking.deps.drs.newest_snapshot(target, server_id, not_later_than=asked[server_id].not_later_than)
        except CrossAccountError as error:
            closed.append(Unavailable(f"could not read the recovery snapshots in {target}: {error.message}"))
            return closed[-1]
        except DrsServiceError as error:
            failures.extend([error] if error.is_retryable else [])
            if _is_enough(failures):
                closed.append(NO_TIME_LEFT)
            return Unavailable(f"could not read the recovery snapshots of {server_id} in {target}: {error.message}")

    def once(server_id: str) -> RecoverySnapshot | Unavailable | None:
        question = (target, "the recovery snapshots", server_id)
        return asking.once(question, lambda: closed[0] if closed else asking.excuse(target), lambda: newest(server_id))

    return dict(zip(keys.values(), _each(asking.deps.workers, once, list(keys)), strict=True))


def _is_enough(failures: list[DrsServiceError]) -> bool:
    """Whether an account and region is left alone: a failure of DRS may be about one server, a silence takes long."""
    own = [error for error in failures if error.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR]
    return len(own) < len(failures) or len(own) >= FAILED_LOOKUPS


def _limits(target: Target, asking: _Asking) -> dict[Target, DrsQuotas]:
    """What is documented, where they are not answered: DRS refuses what is too much."""
    if target not in asking.questions.limits:
        return {}
    found = asking.read(target, "quotas", lambda: asking.deps.limits.limits(target))
    return {target: DOCUMENTED if isinstance(found, Unavailable) else found}


def _settings(target: Target, asking: _Asking) -> dict[ServerKey, LaunchSettings | Unavailable]:
    asked = asking.questions.settings.get(target, set())
    return {
        key: asking.read(
            target, "launch settings", partial(asking.deps.drs.launch_settings, target, server_id), about=server_id
        )
        for server_id, key in _keys(target, sorted(asked)).items()
    }


def _job_logs(target: Target, asking: _Asking) -> dict[tuple[Target, str], tuple[JobLogEntry, ...] | Unavailable]:
    asked = asking.questions.job_logs.get(target, set())
    return {
        (target, job_id): asking.read(
            target, "the job log", partial(asking.deps.drs.job_log, target, job_id), about=job_id
        )
        for job_id in sorted(asked)
    }


def _job_tags(target: Target, asking: _Asking) -> dict[tuple[Target, str], dict[str, str] | Unavailable]:
    asked = asking.questions.job_tags.get(target, set())
    return {
        (target, job_id): asking.read(
            target, "the tags of a job", partial(asking.deps.drs.job_tags, target, job_id), about=job_id
        )
        for job_id in sorted(asked)
    }


def _alarms(target: Target, asking: _Asking) -> dict[tuple[Target, str], AlarmReading | Unavailable | None]:
    def known(names: list[str]) -> dict[str, AlarmReading]:
        return {alarm.alarm_name: alarm for alarm in asking.deps.cloudwatch.alarms(target, names)}

    return _by_name(target, asking.questions.alarms.get(target), asking, "alarms", known)


def _agents(target: Target, asking: _Asking) -> dict[tuple[Target, str], str | Unavailable | None]:
    agents = partial(asking.deps.ssm.agents, target)
    return _by_name(target, asking.questions.agents.get(target), asking, "SSM agents", agents)


def _by_name(
    target: Target,
    asked: Collection[str] | None,
    asking: _Asking,
    what: str,
    read: Callable[[list[str]], Mapping[str, Answered]],
) -> dict[tuple[Target, str], Answered | Unavailable | None]:
    """One question about many things of an account and region; None for each that is not there."""
    if not asked:
        return {}
    found = asking.read(target, what, lambda: read(sorted(asked)))
    if isinstance(found, Unavailable):
        return {(target, name): found for name in asked}
    return {(target, name): found.get(name) for name in asked}


def _invocations(target: Target, asking: _Asking) -> dict[tuple[Target, str], dict[str, Invocation] | Unavailable]:
    return {
        (target, command_id): asking.read(
            target, "a command", partial(_by_instance, target, command_id, asking.deps), about=command_id
        )
        for command_id in sorted(asking.questions.invocations.get(target, ()))
    }


def _by_instance(target: Target, command_id: str, deps: Dependencies) -> dict[str, Invocation]:
    return {found.instance_id: found for found in deps.ssm.invocations(target, command_id)}


def _sent(target: Target, asking: _Asking) -> dict[Target, SentListing | Unavailable]:
    since = asking.questions.sent.get(target)
    return (
        {}
        if since is None
        else {target: asking.read(target, "commands", lambda: asking.deps.ssm.sent_since(target, since))}
    )
