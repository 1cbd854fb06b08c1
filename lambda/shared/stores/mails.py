"""Mails of a whole execution: asked for, sent, asked for again if they were not."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.models.base import format_instant
from shared.models.execution import ExecutionHeader
from shared.models.mail import MailRecord, MailType
from shared.stores import keys
from shared.stores.conditions import And, Equals, Exists, LessThan, NotExists, Or
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
        """Ask for a mail at `requested_at`; False if all is done, or was asked for less than `stale_after` before."""
        key = _key(record.execution_id, record.plan_id, record.type)
        stale = LessThan("requestedAt", format_instant(record.requested_at - stale_after))
        owed = Or(NotExists("sentAt"), And(Equals("wantsOpsItem", True), NotExists("opsItemId")))
        fields = {name: value for name, value in record.wire().items() if name not in key}
        asked = {"requestedAt": fields.pop("requestedAt")}
        try:
            changes = Changes(set=asked, set_if_absent=fields)
            self._table.update(key, changes, Or(NotExists(keys.PARTITION), And(owed, stale)))
        except ConditionFailed:
            return False
        return True

    def mark_mail_sent(self, record: MailRecord, at: datetime) -> None:
        """Record that the mail was sent, the first time, and whether an OpsItem is wanted with it, as it is now."""
        sent = {"sentAt": format_instant(at)}
        if record.wants_ops_item:
            changes = Changes(set={"wantsOpsItem": True}, set_if_absent=sent)
        else:
            changes = Changes(set_if_absent=sent, remove=("wantsOpsItem",))
        self._mark(record, changes, sent_at=at)

    def mark_ops_item(self, record: MailRecord, ops_item_id: str) -> None:
        """Record the OpsItem that says what the mail says, be it sent or not."""
        self._mark(record, Changes(set={"opsItemId": ops_item_id}), ops_item_id=ops_item_id)

    def _mark(self, record: MailRecord, changes: Changes, **known: datetime | str) -> None:
        key = _key(record.execution_id, record.plan_id, record.type)
        try:
            self._table.update(key, changes, Exists(keys.PARTITION))
        except ConditionFailed:
            # Without having been asked for here (an operator's test): recorded all the same.
            self._table.put(child_item(record.model_copy(update=known), key[keys.SORT]))


def _key(execution_id: str, plan_id: str, mail_type: MailType) -> Key:
    return keys.item_key(execution_id, keys.mail(plan_id, mail_type))
