"""Sends one mail per event, unless it is sent already or nobody could act on it; of a failure an OpsItem tells too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pydantic
from aws_lambda_powertools import Logger

from notification_formatter.commands import Place
from notification_formatter.failures import SERVERS_SHOWN, may_have_failures, not_recovered
from notification_formatter.gate_mails import gate_mail
from notification_formatter.lateness import late_gate_mail, late_mail
from notification_formatter.mails import TELLS_OF_SERVERS, execution_mail
from notification_formatter.ops_items import TELLS_OF, OpsItems
from notification_formatter.story import Mail, Story
from shared.aws.ports import HandOverError, TopicPort
from shared.clock import Clock
from shared.models.base import Model
from shared.models.event import ExecutionEvent
from shared.models.execution import ExecutionHeader
from shared.models.gate import Gate, GateKind, GateStatus
from shared.models.launch import LaunchRecord
from shared.models.mail import MailRecord, MailType
from shared.models.server_record import ServerRecord
from shared.response_utils import validation_error
from shared.stores.execution_store import ExecutionStore

Servers = Mapping[int, Sequence[ServerRecord]]
"""The servers of some waves, by wave number."""


class MailCall(Model):
    """What asks for a mail; a pause names its gate."""

    event_type: MailType
    execution_id: str
    plan_id: str


class PauseCall(MailCall):
    """Asks for the mail of a gate."""

    gate_scope: str
    gate_number: int


class Outcome(StrEnum):
    """What became of the call."""

    SENT = "SENT"
    SENT_BEFORE = "SENT_BEFORE"
    GATE_NOT_OPEN = "GATE_NOT_OPEN"


class Sending(Model):
    """The answer, for logs and tests: nobody waits for it."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Formatter:
    """Reads the execution, writes the mail, publishes it and records that it was sent.

    `ops_items` is None where none are wanted.
    """

    executions: ExecutionStore
    topic: TopicPort
    place: Place
    clock: Clock
    logger: Logger
    ops_items: OpsItems | None = None

    def send(self, event: Mapping[str, Any]) -> Sending:
        """Send the mail of one event; ValidationError for an event that is none, HandOverError if SNS is not there."""
        call = _read(event)
        self.logger.append_keys(executionId=call.execution_id, eventType=call.event_type.value)
        header = self.executions.get_header(call.execution_id, call.plan_id)
        outcome = self._pause(header, call) if isinstance(call, PauseCall) else self._whole(header, call.event_type)
        self.logger.info("mail called for", outcome=outcome.value)
        return Sending(outcome=outcome)

    def _whole(self, header: ExecutionHeader, kind: MailType) -> Outcome:
        """Lambda may deliver an event twice: what is recorded as sent or made is not sent or made again."""
        record = self.executions.mail(header, kind) or MailRecord(
            execution_id=header.execution_id, plan_id=header.plan_id, type=kind, requested_at=self.clock.now()
        )
        tells = kind in TELLS_OF and header.is_terminal and record.ops_item_id is None
        wanting = self.ops_items if tells else None
        wanted = True if wanting is not None else None
        if record.sent_at is not None and wanting is None:
            if record.wants_ops_item and record.ops_item_id is None:
                # since then the stack was told to make none: nobody is to wait for it
                self.executions.mark_mail_sent(record.model_copy(update={"wants_ops_item": wanted}), record.sent_at)
            return Outcome.SENT_BEFORE
        servers = self._failures(header) if kind in TELLS_OF_SERVERS else {}
        mail = execution_mail(kind, self._story(header, servers))
        try:
            return self._mail(header, mail, record.model_copy(update={"wants_ops_item": wanted}))
        finally:
            # also where the mail could not be sent: then this alone calls somebody
            if wanting is not None:
                wanting.tell(header, mail, record)

    def _mail(self, header: ExecutionHeader, mail: Mail, record: MailRecord) -> Outcome:
        if record.sent_at is not None:
            return Outcome.SENT_BEFORE
        asked_at = header.started_at if record.type is MailType.START else header.ended_at or header.started_at
        self._publish(mail, late_mail(header, record.type, asked_at))
        if record.type is MailType.START or header.is_terminal:
            # an end that somebody tries out before it comes is not recorded: its own mail has to go out
            self.executions.mark_mail_sent(record, self.clock.now())
        return Outcome.SENT

    def _pause(self, header: ExecutionHeader, call: PauseCall) -> Outcome:
        """The token is read from the item, so that the mail always carries the latest."""
        gate = self.executions.gate(header, call.gate_scope, call.gate_number)
        if gate is None or gate.status is not GateStatus.OPEN or gate.token is None:
            return Outcome.GATE_NOT_OPEN
        if gate.notified_at is not None:
            return Outcome.SENT_BEFORE
        return self._mail_token(header, gate, gate.token)

    def _mail_token(self, header: ExecutionHeader, gate: Gate, token: str) -> Outcome:
        """If the token was replaced meanwhile the record is refused, and the new token's mail follows by itself."""
        self._publish(self._gate_mail(header, gate, token), late_gate_mail(gate))
        self.executions.mark_notified(gate, token, self.clock.now())
        return Outcome.SENT

    def _gate_mail(self, header: ExecutionHeader, gate: Gate, token: str) -> Mail:
        if gate.kind is not GateKind.FAILURE:
            return gate_mail(self._story(header), gate, token)
        number = int(gate.scope)
        return gate_mail(self._story(header, {number: self.executions.servers(header, number)}), gate, token)

    def _story(self, header: ExecutionHeader, servers: Servers | None = None) -> Story:
        return Story(
            header,
            self.executions.all_waves(header),
            self.clock.now(),
            self.place,
            servers or {},
            self._abandoned(header),
        )

    def _abandoned(self, header: ExecutionHeader) -> Sequence[LaunchRecord]:
        """The launches that the execution ended without, as they are now, settled ones too; nearly none has any."""
        launches = self.executions.launches(header) if header.abandoned_count else []
        return [launch for launch in launches if launch.abandoned_at is not None]

    def _failures(self, header: ExecutionHeader) -> Servers:
        """The servers of waves that failed, a query for each, until there are as many as a mail shows."""
        read: dict[int, Sequence[ServerRecord]] = {}
        found = 0
        for wave in filter(may_have_failures, header.waves):
            if found >= SERVERS_SHOWN:
                break
            read[wave.wave_number] = self.executions.servers(header, wave.wave_number)
            found += len(not_recovered(read[wave.wave_number], wave.status))
        return read

    def _publish(self, mail: Mail, if_not: ExecutionEvent) -> None:
        """Publish it, or have the timeline tell once that it is late; Lambda and the reconciler try again."""
        try:
            self.topic.publish(mail.subject, mail.message, mail.attributes)
        except HandOverError:
            self.executions.append_events((if_not,))
            raise


def _read(event: Mapping[str, Any]) -> MailCall:
    try:
        if event.get("eventType") == MailType.PAUSE:
            return PauseCall.model_validate(event)
        return MailCall.model_validate(event)
    except pydantic.ValidationError as error:
        raise validation_error(error, event) from error
