"""Puts settings over those of servers for one execution: what they had is written down first, server by server."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from data_management.app import ConfigurationApp
from data_management.restoring_settings import ends_of, until_of
from shared.ids import new_ulid
from shared.launch_config_overlays import Overlay, with_found
from shared.launch_config_records import Brought
from shared.launch_config_rules import EffectiveConfig
from shared.models.execution import ExecutionHeader
from shared.models.launch_config_state import ConfigAction, ConfigOutcome, DriftPolicy, ServerConfigEvent
from shared.models.protection_group import ProtectionGroup
from shared.models.targets import ServerKey
from shared.models.temporary_settings import TemporarySettings
from shared.services.launch_config_bringing import bring
from shared.services.launch_config_orders import How, Wanted

_OUTCOMES_TOLD: Final = {ConfigOutcome.APPLIED: ConfigAction.APPLIED, ConfigOutcome.FAILED: ConfigAction.FAILED}


@dataclass(frozen=True, slots=True)
class Lender:
    """A wave of an execution, and the group of its servers.

    What earlier executions have left of servers that it `takes_over` is restored after this one. Unless it `may_write`
    it only looks at what is there.
    """

    header: ExecutionHeader
    wave_number: int
    group: ProtectionGroup
    app: ConfigurationApp
    takes_over: Collection[ServerKey] = ()
    may_write: bool = True

    def put_over(self, overlays: Mapping[ServerKey, Overlay]) -> dict[ServerKey, Brought]:
        """Put these over the settings of the servers; what came of each, without those that time did not allow.

        Whatever the group's policy: these settings are nobody's but the execution's.
        """
        if not overlays:
            return {}
        wanted = {
            key.source_server_id: Wanted(EffectiveConfig(overlay.settings), takes_address=overlay.takes_address)
            for key, overlay in overlays.items()
        }
        keys = {key.source_server_id: key for key in overlays}
        how = How(
            DriftPolicy.REPAIR if self.may_write else DriftPolicy.WARN,
            before_writing=lambda told: self._write_down({keys[name]: seen for name, seen in told.items()}),
            note=f"DRS Orchestration, for execution {self.header.execution_id} only",
            until=until_of(self.app),
        )
        deps = self.app.bringing.named(self.header.execution_id)
        brought = {keys[name]: one for name, one in bring(self.group.target, wanted, how, deps).items()}
        for key, one in brought.items():
            self._tell(key, one)
        return brought

    def _write_down(self, told: Mapping[ServerKey, Brought]) -> dict[str, str]:
        known, until = self.app.temporary.of(told), ends_of(self.app)
        others = {
            key: row
            for key, row in known.items()
            if row.for_execution != self.header.execution_id and (key not in self.takes_over or row.claim)
        }
        rows = [
            with_found(
                self._row(key, known.get(key)).model_copy(update={"until": until, "template_id": seen.template_id}),
                seen.differences,
                seen.found,
                seen.template_version,
            )
            for key, seen in told.items()
            if key not in others
        ]
        refused = self.app.temporary.put(self.header, rows, known)
        taken_over = (row for key, row in known.items() if row.for_execution != self.header.execution_id)
        self.app.temporary.end_lending({(row.for_execution, row.for_plan) for row in taken_over})
        refused |= {key: f"it has settings of execution {row.for_execution}" for key, row in others.items()}
        return {key.source_server_id: reason for key, reason in refused.items()}

    def _row(self, key: ServerKey, known: TemporarySettings | None) -> TemporarySettings:
        if known is None:
            return self._new_row(key)
        if known.for_execution == self.header.execution_id:
            return known
        kept = ("put", "before", "template_version")
        return self._new_row(key).model_copy(update={name: getattr(known, name) for name in kept})

    def _new_row(self, key: ServerKey) -> TemporarySettings:
        now = self.app.clock.now()
        return TemporarySettings(
            server=key,
            for_execution=self.header.execution_id,
            for_plan=self.header.plan_id,
            wave_number=self.wave_number,
            group_id=self.group.group_id,
            group_version=self.group.version,
            actor=self.header.initiated_by,
            at=now,
            until=now,
        )

    def _tell(self, key: ServerKey, brought: Brought) -> None:
        action = _OUTCOMES_TOLD.get(brought.outcome)
        if action is None:
            return
        now, execution_id = self.app.clock.now(), self.header.execution_id
        event = ServerConfigEvent(
            event_id=new_ulid(now),
            at=now,
            actor=f"execution {execution_id}",
            action=action,
            group_id=self.group.group_id,
            group_version=self.group.version,
            run_id=execution_id,
            code=brought.code or None,
            reason=brought.reason or f"for execution {execution_id} only, and restored when it has ended",
            differences=brought.differences,
            template_version=brought.template_version or None,
        )
        self.app.launch_configs.append(key, event)
