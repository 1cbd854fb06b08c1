"""Instances that somebody has prepared, and that launches may take or end though no group says so.

An instance that carries the tag is its owner's. DRS may have been told by others to launch a server into it, as AWS's
default "Launch into source instance" does by itself; and nobody has tried whether DRS leaves one alone into which it
has launched a server, when it launches that server anew and elsewhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from shared.aws.ports import DrsPort
from shared.engine.texts import counted, first_few
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.drs import LaunchSettings
from shared.models.finding import Finding, FindingCode, FindingReason, Outcome, failure_at, unknown_at
from shared.models.prepared_instance import PreparedInstance
from shared.models.targets import Target
from shared.patience import answers_of
from shared.services.reachability import obstacle_of

CODE: Final = FindingCode.PREPARED_INSTANCE

MOST_ASKED: Final = 200
"""Of so many servers of an account and region DRS is asked for its launch settings, which is a call for each."""

_TAKEN: Final = frozenset({"stopped", "stopping"})
"""In these states an instance can be taken, or soon can be."""
_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class PreparedPlace:
    """An account and region with the `open` instances, whose owners let servers be launched into them.

    `names` are its servers by id, `into` the instances that their groups have them launched into, and `before` the
    recovery instances that they have.
    """

    target: Target
    open: Sequence[PreparedInstance]
    names: Mapping[str, str]
    into: Mapping[str, str]
    before: Mapping[str, str]
    wishing: frozenset[str] = frozenset()
    """The servers whose groups have them launched into some instance, be it one that was not found."""

    @property
    def open_ids(self) -> frozenset[str]:
        """The instances by id."""
        return frozenset(each.instance_id for each in self.open)

    @property
    def asked(self) -> tuple[str, ...]:
        """The servers of which DRS must tell what it was told; none where nobody has prepared anything else."""
        free = {each.instance_id for each in self.open if each.state in _TAKEN} - {*self.into.values()}
        return tuple(sorted(self.names.keys() - self.wishing)) if free else ()


def prepared_findings(
    places: Sequence[PreparedPlace], drs: DrsPort, *, workers: int, patience: float
) -> Iterator[Finding]:
    """Every server that would take a prepared instance, or may end one, without its group's saying so.

    Where DRS must be asked for that, within so many real seconds.
    """
    asked = {(place.target, server_id): place for place in places for server_id in place.asked[:MOST_ASKED]}
    answers = answers_of(
        {question: partial(_ask, *question, drs) for question in asked}, workers=workers, seconds=patience
    )
    for place in places:
        yield from _launched_into_before(place)
        told = {server_id: answers.get((place.target, server_id)) for server_id in place.asked}
        yield from _told_by_others(place, told)


def unread_prepared(obstacle: Finding) -> Finding:
    """Of a place that does not tell what was prepared there."""
    return obstacle.model_copy(update={"code": CODE, "outcome": Outcome.UNKNOWN})


def _ask(target: Target, server_id: str, drs: DrsPort) -> LaunchSettings | Finding:
    try:
        return drs.launch_settings(target, server_id)
    except (CrossAccountError, DrsServiceError) as error:
        return unread_prepared(obstacle_of(target, error))


def _launched_into_before(place: PreparedPlace) -> Iterator[Finding]:
    kept = {
        server_id: instance_id
        for server_id, instance_id in place.before.items()
        if instance_id in place.open_ids and place.into.get(server_id) != instance_id
    }
    if kept:
        message = (
            f"the recovery instances of {_words(place, kept)} were there before they were launched into, and DRS may "
            "end them when it launches these servers anew: disconnect and delete their recovery instances in DRS, "
            "or have the servers launched into them again"
        )
        yield _failed(place.target, message, FindingReason.LAUNCHED_INTO_BEFORE, kept)


def _told_by_others(place: PreparedPlace, told: Mapping[str, LaunchSettings | Finding | None]) -> Iterator[Finding]:
    into = {
        server_id: answer.launch_into
        for server_id, answer in told.items()
        if isinstance(answer, LaunchSettings) and answer.launch_into is not None
    }
    if into:
        message = (
            f"DRS was told by others to launch {_words(place, into)}, whose volumes would be replaced: say it in the "
            "settings of these servers here, or take it out in DRS"
        )
        yield _failed(place.target, message, FindingReason.TOLD_BY_OTHERS, into)
    unread = tuple(server_id for server_id, answer in told.items() if not isinstance(answer, LaunchSettings))
    if unread:
        why = next((answer for answer in told.values() if isinstance(answer, Finding)), None)
        message = (
            f"whether DRS was told by others to launch {counted(len(unread), 'server')} in {place.target} into one of "
            f"the instances that were prepared there could not be read"
        )
        yield unknown_at(
            place.target,
            CODE,
            f"{message}: {why.message}" if why else message,
            reason=why.reason if why else FindingReason.NO_ANSWER,
            server_ids=unread,
        )


def _words(place: PreparedPlace, instances: Mapping[str, str]) -> str:
    """The servers, each with its instance."""
    pairs = [f"{place.names[server_id] or server_id} into {one}" for server_id, one in instances.items()]
    return f"{first_few(pairs, str, most=_NAMED, apart=', ')} in {place.target}"


def _failed(target: Target, message: str, reason: FindingReason, instances: Mapping[str, str]) -> Finding:
    details = {"instances": dict(instances)}
    return failure_at(target, CODE, message, reason=reason, server_ids=tuple(instances), details=details)
