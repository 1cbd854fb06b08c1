"""Launches that were lost: how long their servers are left alone, so that a week of them leaves the header small."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from shared.engine.bounds import LONGEST_LOST_RETRY, LOSS_SPACING, LOSSES_TO_DOUBLE, LOST_RETRY, POLL_SECONDS
from shared.engine.effects import StartLaunch
from shared.engine.observations import Unavailable
from shared.engine.state import IN_DOUBT, Draft
from shared.engine.texts import counted
from shared.models.base import format_instant
from shared.models.launch import LaunchRecord, LaunchState, members_of
from shared.models.server_record import ServerRecord
from shared.models.targets import ServerKey, Target

MOST_DOUBLINGS: Final = 15
"""Of LOSS_SPACING these are longer than the longest deadline."""


class Spacing:
    """How seldom calls are made in accounts and regions where they keep being lost, while none is answered there.

    One is made for all servers that wait there, because of each lost one the header keeps the id: else their number
    would be that of the packs times that of the hours.
    """

    def __init__(self, draft: Draft) -> None:
        self._now = draft.now
        self._until: dict[Target, datetime] = {}
        doublings = sum(launch.state in IN_DOUBT for launch in draft.launches.values()) // LOSSES_TO_DOUBLE
        self._spacing = LOSS_SPACING * (1 << min(doublings, MOST_DOUBLINGS))
        if doublings:
            # what was refused says nothing: one call in two may never get as far as DRS
            called = [launch for launch in draft.launches.values() if launch.state is not LaunchState.REFUSED]
            newest = {launch.target: launch for launch in sorted(called, key=lambda launch: launch.intent_at)}
            self._until = {
                target: launch.intent_at + self._spacing for target, launch in newest.items() if launch.job_id is None
            }

    def is_kept(self, target: Target) -> bool:
        """Whether one call at a time is made there."""
        return target in self._until

    def next_call(self, target: Target) -> datetime | None:
        """Before which instant none is made there of servers whose launches were lost; None if nothing keeps them."""
        return self._until.get(target)

    def holds(self, draft: Draft, server: ServerRecord) -> bool:
        """Whether the next call there is not due yet; it is told, in words that stay the same from call to call."""
        until = self.next_call(server.server.target)
        if until is None or self._now >= until:
            return False
        self.tell(draft, server.wave_number, server.server.target)
        seconds = min((until - self._now).total_seconds(), POLL_SECONDS)
        draft.wait(seconds, "launches were lost, and their jobs are looked for")
        return True

    def tell(self, draft: Draft, number: int, target: Target) -> None:
        """Say it of a wave whose servers wait for their turn."""
        every = counted(math.ceil(self._spacing / timedelta(minutes=1)), "minute")
        draft.hold(number, f"launches in {target} keep being lost: one is made every {every} until one is answered")


class Losses:
    """Which launches of a wave were lost, in its present try and before, and how long their servers are left alone for
    that.

    Each is watched to the end of the execution, and its id is in the header: where every call is in doubt for hours it
    must not be lost every three minutes.
    """

    def __init__(self, draft: Draft, number: int, spacing: Spacing) -> None:
        self._draft = draft
        self._number = number
        self._spacing = spacing
        since = draft.waves[number].tried_at
        self._unseen: set[ServerKey] = set()
        self._suspected: dict[ServerKey, LaunchRecord] = {}
        self._intents: dict[ServerKey, list[datetime]] = {}
        for launch in draft.launches_of(number):
            if is_missed(draft, launch) or _is_hidden(draft, launch):
                self._unseen |= {key for key, _ in launch.members}
            if launch.is_suspected:
                self._suspected |= dict.fromkeys(launch.held, launch)
            if launch.state is LaunchState.LOST and (since is None or launch.intent_at >= since):
                for key, _ in launch.members:
                    self._intents.setdefault(key, []).append(launch.intent_at)

    def holds(self, server: ServerRecord) -> bool:
        """Whether the server is left alone for now, because its launches were lost more than once, or one of them may
        have a job of which nobody could read whose it is, which is told, or which this step did not look for.

        Their jobs are looked for meanwhile: one that turns up is watched at once, and nothing is called.
        """
        suspected = self._suspected.get(server.server)
        if suspected is not None:
            self._draft.hold(self._number, f"nothing is launched beside {suspected.suspect_words}, which may be ours")
            return True
        if server.server in self._unseen:
            self._draft.wait(POLL_SECONDS, "jobs of lost launches are looked for before the next call")
            return True
        intents = self._intents.get(server.server, [])
        return bool(intents) and (
            self._is_left_alone(server.server, intents) or self._spacing.holds(self._draft, server)
        )

    def latest(self, launch: StartLaunch) -> datetime | None:
        """When a call for any server of a launch that is to be made was last lost; None if none was."""
        lost = [self._intents.get(key, []) for key, _ in members_of(launch.target, launch.servers)]
        return max((intent for intents in lost for intent in intents), default=None)

    def _is_left_alone(self, key: ServerKey, intents: Sequence[datetime]) -> bool:
        if len(intents) <= 1:
            return False
        until = max(intents) + min(LOST_RETRY * (1 << min(len(intents) - 1, 10)), LONGEST_LOST_RETRY)
        if self._draft.now >= until:
            return False
        words = f"{len(intents)} launches in {key.target} were lost; the next is made at {format_instant(until)}"
        self._draft.hold(self._number, words)
        seconds = min((until - self._draft.now).total_seconds(), POLL_SECONDS)
        self._draft.wait(seconds, "launches were lost, and their jobs are looked for")
        return True


def is_missed(draft: Draft, launch: LaunchRecord) -> bool:
    """Whether this step had no time or room to look for a lost launch's job, or to ask every job that may be it."""
    is_left = (draft.is_full and launch.launch_id in draft.settling) or launch.target in draft.unasked
    return is_left and launch.state is LaunchState.LOST


def _is_hidden(draft: Draft, launch: LaunchRecord) -> bool:
    """Whether the jobs could not be listed of which one may be a lost launch's."""
    listing = draft.observations.jobs.get(launch.target)
    return launch.state is LaunchState.LOST and isinstance(listing, Unavailable)


def keep_apart(draft: Draft, losses: Mapping[int, Losses], spacing: Spacing) -> None:
    """Of the launches that are to be made where calls keep being lost, leave those of servers that never were in one,
    and of the others that one whose servers have waited longest: so each has its turn, whichever is at fault.
    """
    lost = [
        (at, effect.launch_id, effect)
        for effect in draft.effects
        if isinstance(effect, StartLaunch) and spacing.is_kept(effect.target)
        for at in [losses[effect.wave_number].latest(effect)]
        if at is not None
    ]
    chosen = dict[Target, str]()
    for _, launch_id, effect in sorted(lost, key=lambda one: one[:2]):
        chosen.setdefault(effect.target, launch_id)
    left = {launch_id: effect for _, launch_id, effect in lost if chosen[effect.target] != launch_id}
    for effect in left.values():
        spacing.tell(draft, effect.wave_number, effect.target)
    draft.effects = [one for one in draft.effects if not (isinstance(one, StartLaunch) and one.launch_id in left)]
