"""Mails: which were asked for, which were sent."""

from enum import StrEnum

from shared.models.base import Instant, Model


class MailType(StrEnum):
    """The five notifications; also the SNS message attribute `eventType`."""

    START = "start"
    PAUSE = "pause"
    COMPLETE = "complete"
    FAIL = "fail"
    CANCEL = "cancel"


class MailRecord(Model):
    """A mail of the whole execution (a gate's mail is recorded in the gate), and the OpsItem that says the same."""

    execution_id: str
    plan_id: str
    type: MailType
    requested_at: Instant
    sent_at: Instant | None = None
    ops_item_id: str | None = None
