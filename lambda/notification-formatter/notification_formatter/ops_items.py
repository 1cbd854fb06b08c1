"""An OpsItem for an execution that did not recover everything: what the mail says, for who works through OpsCenter."""

from dataclasses import dataclass
from typing import Final

from notification_formatter.story import Mail
from shared.aws.ops_ports import OpsCenterPort, OpsItem, Severity
from shared.aws.ports import HandOverError
from shared.engine.texts import shortened
from shared.models.event import EventType, ExecutionEvent
from shared.models.execution import ExecutionHeader
from shared.models.mail import MailRecord, MailType
from shared.stores.execution_store import ExecutionStore

ACTOR: Final = "notification"
TELLS_OF: Final = frozenset({MailType.FAIL})
"""The ends after which somebody has something to do."""

_TITLE: Final = 1024
_DESCRIPTION: Final = 2048
_MADE, _NOT_MADE = 1, 2
"""Their places in the timeline at the execution's end, after the line of the mail."""


@dataclass(frozen=True, slots=True)
class OpsItems:
    """Makes one for each execution that failed, and has the timeline tell of it."""

    executions: ExecutionStore
    center: OpsCenterPort

    def tell(self, header: ExecutionHeader, mail: Mail, record: MailRecord) -> None:
        """Make it if there is none; HandOverError, once told by the timeline, if Systems Manager is not there."""
        try:
            made = self.center.create(_ops_item(header, mail))
        except HandOverError:
            words = (
                "No OpsItem could be made in Systems Manager; it is tried again for ten minutes, and each try that "
                "fails is in the dead-letter queue"
            )
            self.executions.append_events((_line(header, EventType.WAITING, words, _NOT_MADE),))
            raise
        self.executions.mark_ops_item(record, made)
        words = f"OpsItem {made} was made in Systems Manager"
        self.executions.append_events((_line(header, EventType.OPS_ITEM_MADE, words, _MADE),))


def _ops_item(header: ExecutionHeader, mail: Mail) -> OpsItem:
    return OpsItem(
        about=header.execution_id,
        title=shortened(mail.subject, _TITLE),
        description=shortened(mail.message, _DESCRIPTION),
        severity=Severity.MEDIUM if header.is_drill else Severity.CRITICAL,
        facts={"executionId": header.execution_id, "planId": header.plan_id, "status": header.status.value},
    )


def _line(header: ExecutionHeader, kind: EventType, message: str, place: int) -> ExecutionEvent:
    """Dated when the execution ended: the same line however often this is done."""
    return ExecutionEvent(
        execution_id=header.execution_id,
        plan_id=header.plan_id,
        time=header.ended_at or header.started_at,
        step=0,
        index=place,
        type=kind,
        message=message,
        actor=ACTOR,
    )
