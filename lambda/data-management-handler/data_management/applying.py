"""Applies the launch settings of a group to some of its servers, and writes down what came of each."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final, TypeAlias

from data_management.app import ConfigurationApp
from data_management.restoring_settings import restored_before
from shared.launch_config_overlays import NOTHING, Overlay
from shared.launch_config_records import Brought, Cause, begun, ended, is_settled_by, written_address
from shared.launch_config_rules import effective_configs
from shared.models.launch_config_state import (
    ConfigOutcome,
    ConfigRun,
    ConfigStatus,
    DriftPolicy,
    ServerConfigEvent,
    ServerConfigState,
)
from shared.models.protection_group import ProtectionGroup
from shared.models.targets import ServerKey, key_in
from shared.services.launch_config_bringing import SERVER_BUSY, bring
from shared.services.launch_config_orders import How, Wanted
from shared.stores.launch_configs import Progress

NOT_IN_GROUP: Final = "NOT_IN_GROUP"

_Written: TypeAlias = tuple[ServerConfigState, ServerConfigEvent | None]
"""How a server stands, and the line of its history, if it has one."""

_TRIES: Final = 3
"""So often is written of a server of which others write at the same time."""

_UNSAID: Final = "others write down how it stands at the same time, again and again"

_COUNTED: Final = {
    ConfigOutcome.APPLIED: "applied",
    ConfigOutcome.UNCHANGED: "unchanged",
    ConfigOutcome.FAILED: "failed",
}


def apply_part(run: ConfigRun, server_ids: Sequence[str], app: ConfigurationApp, until: datetime) -> Progress:
    """Bring these servers to what their group says now; those that time did not allow are left.

    A server that an execution or a termination holds is left as it is, unless there is nothing to change: what is
    launched is not changed under it. It is FAILED with SERVER_BUSY, and the next run has another try.
    """
    order = Order(run.run_id, run.actor, f"config-{run.run_id}")
    part = Part(order, app.groups.get(run.group_id), server_ids, app)
    part.restore_first()
    part.settle_without_looking()
    left = part.bring(until)
    part.write_down()
    counts = Counter(_COUNTED[outcome] for outcome in part.outcomes.values())
    return Progress(dict(counts), left)


@dataclass(frozen=True, slots=True)
class Order:
    """By which run and in whose name, and the purpose after which sessions are named.

    `policy` is what is done with a server that differs. Who `minds_holders` leaves alone what somebody holds: a holder
    itself does not. Who `minds_leaving` leaves alone who is not in the group any more: an execution goes on with whom
    it was started.
    """

    run_id: str
    actor: str
    purpose: str
    policy: DriftPolicy = DriftPolicy.REPAIR
    minds_holders: bool = True
    minds_leaving: bool = True


class Part:
    """Some servers of a group that are brought to their settings, with what is known of them.

    What `overlays` are put over is left out; then not all of the settings of a server are applied.
    """

    def __init__(
        self,
        order: Order,
        group: ProtectionGroup,
        server_ids: Sequence[str],
        app: ConfigurationApp,
        overlays: Mapping[str, Overlay] = MappingProxyType({}),
    ) -> None:
        self._order, self._group, self._app, self._overlays = order, group, app, overlays
        self._keys = {server_id: key_of(group, server_id) for server_id in server_ids}
        known = app.launch_configs.states(list(self._keys.values()))
        self._before = {server_id: known.get(key) for server_id, key in self._keys.items()}
        self._configs = effective_configs(group, server_ids)
        self.brought: dict[str, Brought] = {}
        self.outcomes: dict[str, ConfigOutcome] = {}

    def restore_first(self) -> None:
        """Restore what ended executions left of these servers; what is there for one that goes on is left alone."""
        for key, reason in restored_before(list(self._keys.values()), self._app).items():
            self.brought[key.source_server_id] = Brought(ConfigOutcome.FAILED, (), SERVER_BUSY, reason)

    def settle_without_looking(self) -> None:
        """Those that this run is through with, that are not of the group any more, or have nothing to be applied."""
        listed = set(self._group.source_server_ids) if self._order.minds_leaving else set[str]()
        for server_id, before in self._before.items():
            if server_id in self.brought:
                continue
            if before is not None and is_settled_by(before, self._order.run_id):
                failed = bool(before.code)
                changed = ConfigOutcome.APPLIED if before.differences else ConfigOutcome.UNCHANGED
                self.outcomes[server_id] = ConfigOutcome.FAILED if failed else changed
            elif listed and server_id not in listed:
                reason = f"is not in the group {self._group.group_name} any more"
                self.brought[server_id] = Brought(ConfigOutcome.FAILED, (), NOT_IN_GROUP, reason)
            elif not self._configs[server_id].settings and not written_address(before):
                self.outcomes[server_id] = ConfigOutcome.UNCHANGED

    def bring(self, until: datetime) -> list[str]:
        """Bring the others; those that are left."""
        done = self.outcomes.keys() | self.brought.keys()
        wanted = {
            server_id: self._wanted(server_id, before)
            for server_id, before in self._before.items()
            if server_id not in done
        }
        if not wanted:
            return []
        note = f"DRS Orchestration, version {self._group.version} of group {self._group.group_id}"
        how = How(self._order.policy, self._before_writing, note, until, holder=self._holder)
        brought = bring(self._group.target, wanted, how, self._app.bringing.named(self._order.purpose))
        self.brought |= brought
        return [server_id for server_id in wanted if server_id not in brought]

    def _wanted(self, server_id: str, before: ServerConfigState | None) -> Wanted:
        overlay = self._overlays.get(server_id, NOTHING)
        return Wanted(
            overlay.under(self._configs[server_id]), None if overlay.touches_address else written_address(before)
        )

    def came_of(self, server_id: str) -> Brought | None:
        """What came of a server; None if time did not allow to look."""
        if server_id in self.brought or server_id not in self.outcomes:
            return self.brought.get(server_id)
        return Brought(self.outcomes[server_id], reason="it failed before")

    def write_down(self) -> None:
        """How each stands now, with its line of history."""
        cause = self._cause()
        self._put(list(self.brought), lambda server_id: self._ended(server_id, cause))

    def _ended(self, server_id: str, cause: Cause) -> _Written | None:
        """What is to be written of a server that this is through with; None if that is known already."""
        before, brought = self._before[server_id], self.brought[server_id]
        key, config, whole = self._keys[server_id], self._configs[server_id], server_id not in self._overlays
        state, event = ended(key, config, brought, cause, before, is_whole=whole)
        outcome = ConfigOutcome.APPLIED if event and brought.outcome is ConfigOutcome.UNCHANGED else brought.outcome
        self.outcomes[server_id] = outcome
        if outcome is ConfigOutcome.FAILED and self._is_told(before, brought):
            return None
        is_known = _says_the_same(before, state) if whole else _stands_the_same(before, state)
        return None if event is None and is_known else (state, event)

    def _is_told(self, before: ServerConfigState | None, brought: Brought) -> bool:
        """Whether an execution, which looks every minute while its wave waits, has found the same before."""
        known = before is not None and (before.actor, before.code) == (self._order.actor, brought.code)
        return known and not self._order.minds_holders

    def _before_writing(self, told: Mapping[str, Brought]) -> Mapping[str, str]:
        keys = [self._keys[server_id] for server_id in told]
        held = self._held(keys) if self._order.minds_holders else {}
        cause = self._cause()

        def intent(server_id: str) -> _Written:
            key, config, before = self._keys[server_id], self._configs[server_id], self._before[server_id]
            return begun(key, config, told[server_id].differences, cause, before), None

        unsaid = self._put([server_id for server_id in told if server_id not in held], intent)
        # nothing is changed of which nobody would know if it broke off
        return {**held, **dict.fromkeys(unsaid, _UNSAID)}

    def _holder(self, server_id: str) -> str:
        """Who holds a server by now: one that was free when the run came to it may be launched a moment later."""
        if not self._order.minds_holders:
            return ""
        return self._held([self._keys[server_id]]).get(server_id, "")

    def _put(self, server_ids: Sequence[str], written: Callable[[str], _Written | None]) -> list[str]:
        """Write of each server what follows from what is there; of which others write all the time, theirs stands.

        Answers the servers of these.
        """
        left = list(server_ids)
        for _ in range(_TRIES):
            made = [each for each in map(written, left) if each is not None]
            events = {state.server: event for state, event in made if event is not None}
            before = {state.server: state for state in self._before.values() if state is not None}
            refused = self._app.launch_configs.put_states([state for state, _ in made], events, before)
            self._before |= {state.server.source_server_id: state for state, _ in made if state.server not in refused}
            if not refused:
                return []
            known = self._app.launch_configs.states(sorted(refused))
            left = [key.source_server_id for key in sorted(refused)]
            self._before |= {key.source_server_id: known.get(key) for key in refused}
        return left

    def _held(self, keys: Sequence[ServerKey]) -> dict[str, str]:
        """The servers that somebody holds, and who."""
        return held_by(keys, self._app)

    def _cause(self) -> Cause:
        return Cause(
            group_id=self._group.group_id,
            group_version=self._group.version,
            run_id=self._order.run_id,
            actor=self._order.actor,
            at=self._app.clock.now(),
        )


def held_by(keys: Sequence[ServerKey], app: ConfigurationApp) -> dict[str, str]:
    """The servers that somebody holds, by their ids, and who."""
    return {
        key.source_server_id: f"is held by {holder.owner.noun} {holder.owner.execution_id}"
        for key, holder in app.holders.holders(keys).items()
    }


def key_of(group: ProtectionGroup, server_id: str) -> ServerKey:
    """The key of a server of a group."""
    return key_in(group.target, server_id)


def _stands_the_same(before: ServerConfigState | None, state: ServerConfigState) -> bool:
    """The same of what was not applied as a whole: that some of it is as it is to be is no news."""
    if before is None:
        return state.status is ConfigStatus.APPLIED
    return (before.status, before.code) == (state.status, state.code)


def _says_the_same(before: ServerConfigState | None, state: ServerConfigState) -> bool:
    """Whether it was known already: a run in which nothing is to be done writes nothing."""
    return (
        before is not None
        and before.applied is not None
        and state.applied is not None
        and (before.status, before.code, before.applied.digest, before.applied.group_version)
        == (state.status, state.code, state.applied.digest, state.applied.group_version)
    )
