"""Mails of a whole execution: asked for, sent, asked for again if they were not."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.models.base import format_instant
from shared.models.execution import ExecutionHeader
from shared.models.mail import MailRecord, MailType
from shared.stores import keys
from shared.stores.conditions import And, Exists, LessThan, NotExists, Or
from shared.stores.items import child_item, model_of
from shared.stores.table import Changes, ConditionFailed, Key, Table


class Mails:
    """The MAIL items of an execution."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def mail(self, header: ExecutionHeader, mail_type: MailType) -> MailRecord | None:
        """What is known of one mail, or None if nobody asked for it."""
        item = self._table.get(_key(header.execution_id, header.plan_id, mail_type))
        return None if item is None else model_of(MailRecord, item)

    def request_mail(self, record: MailRecord, stale_after: timedelta) -> bool:
        """Ask for a mail at `requested_at`; False if it was sent, or asked for less than `stale_after` before."""
        stale = LessThan("requestedAt", format_instant(record.requested_at - stale_after))
        condition = Or(NotExists(keys.PARTITION), And(NotExists("sentAt"), stale))
        try:
            self._table.put(child_item(record, keys.mail(record.plan_id, record.type)), condition)
        except ConditionFailed:
            return False
        return True

    def mark_mail_sent(self, record: MailRecord, at: datetime) -> None:
        """Record that the mail was sent; the first time stands."""
        key = _key(record.execution_id, record.plan_id, record.type)
        sent = Changes(set_if_absent={"sentAt": format_instant(at)})
        try:
            self._table.update(key, sent, Exists(keys.PARTITION))
        except ConditionFailed:
            # Sent without having been asked for here (an operator's test): recorded all the same.
            self._table.put(child_item(record.model_copy(update={"sent_at": at}), key[keys.SORT]))

    def mark_ops_item(self, record: MailRecord, ops_item_id: str) -> None:
        """Record the OpsItem that says what a mail that was sent says."""
        key = _key(record.execution_id, record.plan_id, record.type)
        self._table.update(key, Changes(set={"opsItemId": ops_item_id}), Exists(keys.PARTITION))


def _key(execution_id: str, plan_id: str, mail_type: MailType) -> Key:
    return keys.item_key(execution_id, keys.mail(plan_id, mail_type))
