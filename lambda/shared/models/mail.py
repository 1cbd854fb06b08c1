"""Mails: which were asked for, which were sent."""

from enum import StrEnum
from typing import Literal

from shared.models.base import Instant, Model


class MailType(StrEnum):
    """The five notifications; also the SNS message attribute `eventType`."""

    START = "start"
    PAUSE = "pause"
    COMPLETE = "complete"
    FAIL = "fail"
    CANCEL = "cancel"


class MailRecord(Model):
    """A mail of the whole execution (a gate's mail is recorded in the gate), and the OpsItem that says the same.

    Whether an OpsItem is wanted is known from when the mail was sent; nothing is said where none is.
    """

    execution_id: str
    plan_id: str
    type: MailType
    requested_at: Instant
    sent_at: Instant | None = None
    wants_ops_item: Literal[True] | None = None
    ops_item_id: str | None = None

    @property
    def is_done(self) -> bool:
        """Whether all that was asked for is there."""
        return self.sent_at is not None and (self.ops_item_id is not None or not self.wants_ops_item)
