"""What a round of a termination says of what it found: in the termination's sentence, and in the timeline."""

from collections.abc import Collection, Mapping

from orchestration.termination_round import UNKNOWN_REASON, TerminationRound
from shared.engine.survivors import due_at, survivor_lines, unread_words
from shared.engine.texts import LONGEST_REASON, counted, shortened
from shared.models.server_record import ServerRecord
from shared.models.termination import Termination

REASONS_TOLD = 3


def why_it_goes_on(found: TerminationRound) -> str:
    """The sentence of a termination that runs."""
    words = _lines(found) or [
        f"{counted(found.instances, 'instance')} being terminated" if found.instances else "nothing found; read again"
    ]
    return shortened("; ".join(words[:REASONS_TOLD]), LONGEST_REASON)


def what_is_left(found: TerminationRound) -> str:
    """The sentence of a termination that gives up: how much, then instances, then what could not be checked.

    It may be cut: the numbers come first.
    """
    silent = found.termination.silent | found.silent
    unknown = [f"could not ask {place}, what is left there is unknown: {why}" for place, why in found.silent.items()]
    words = list(dict.fromkeys([*_of_survivors(_present(found)), *unknown, *_lines(found)]))
    unread = unread_words(found.termination.left | found.left)
    told = {line for line in found.refusals if line.partition(": ")[0] in found.silent}
    unread_first = [unread] if unread else []
    return "; ".join([_amount_left(found, len(silent)), *unread_first, *(word for word in words if word not in told)])


def _amount_left(found: TerminationRound, silent_count: int) -> str:
    count = sum(place.count for place in (found.termination.left | found.left).values())
    instances = f"{counted(count, 'instance')} {'is' if count == 1 else 'are'} left"
    if not silent_count:
        return instances
    places = "1 account and region does" if silent_count == 1 else f"{silent_count} accounts and regions do"
    return f"{instances} as far as is known, {places} not answer"


def news_of_survivors(found: TerminationRound) -> list[str]:
    """What is new of the instances that outlived a call: not every try."""
    number = found.termination.number
    new = [
        after
        for key, after in found.marked.items()
        if due_at(found.servers[key], number) is None or _reason(found.servers[key]) != _reason(after)
    ]
    return _of_survivors(new)


def news(updated: Termination, before: Termination, found: TerminationRound) -> list[str]:
    """What keeps it that the round before did not meet: a job may hang, and DRS may refuse the same, for hours.

    The sentence of the round has room for few lines; that another account and region is silent is told all the same.
    """
    lines = dict.fromkeys([*sorted(found.refusals), *found.stuck[:REASONS_TOLD]])
    # what was silent when an earlier termination ended is news to this one
    known = before.silent if before.progress_at is not None else {}
    if updated.status_reason == before.status_reason:
        lines = dict.fromkeys(line for line in lines if _is_silence(line, found.silent))
    return [line for line in lines if line not in before.status_reason and not _is_silence(line, known)]


def _is_silence(line: str, silent: Mapping[str, str]) -> bool:
    """Whether the line says that an account and region is silent, for the reason that is kept of it."""
    place, _, reason = line.partition(": ")
    return silent.get(place) == shortened(reason, UNKNOWN_REASON)


def _lines(found: TerminationRound) -> list[str]:
    """What keeps the termination, the most telling first; of a silent account and region that it is silent."""
    heard = [server for server in _present(found) if str(server.server.target) not in found.silent]
    lines = [*sorted(found.refusals), *_of_survivors(heard), *found.stuck, *found.busy]
    return list(dict.fromkeys(shortened(line, LONGEST_REASON) for line in lines))


def _present(found: TerminationRound) -> list[ServerRecord]:
    """The survivors but those whose instance this round did not see any more."""
    return [
        server
        for server in found.survivors
        if server.server.target not in found.present
        or server.server.source_server_id in found.present[server.server.target]
    ]


def _of_survivors(servers: Collection[ServerRecord]) -> list[str]:
    places = sorted({server.server.target for server in servers})
    return [
        line
        for place in places
        for line in survivor_lines(place, [server for server in servers if server.server.target == place])
    ]


def _reason(server: ServerRecord) -> str:
    return server.survival.reason if server.survival else ""
