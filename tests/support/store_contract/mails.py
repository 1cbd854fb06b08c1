"""The contract of mails."""

from __future__ import annotations

from datetime import timedelta

from shared.models.execution import ExecutionHeader
from shared.models.mail import MailRecord, MailType
from shared.stores.execution_store import ExecutionStore
from tests.support.store_contract.executions import StoreFixtures
from tests.support.store_contract.samples import seconds


def mail(of: ExecutionHeader, after: float) -> MailRecord:
    """A start mail, asked for that many seconds later."""
    return MailRecord(
        execution_id=of.execution_id, plan_id=of.plan_id, type=MailType.START, requested_at=seconds(after)
    )


class MailsContract(StoreFixtures):
    """A mail is asked for until it is sent."""

    def test_a_mail_is_asked_for_once_until_it_is_stale(self, store: ExecutionStore, running: ExecutionHeader) -> None:
        stale_after = timedelta(seconds=60)

        assert store.mail(running, MailType.START) is None
        assert store.request_mail(mail(running, 0), stale_after) is True
        assert store.request_mail(mail(running, 30), stale_after) is False
        assert store.request_mail(mail(running, 61), stale_after) is True
        assert store.mail(running, MailType.START) == mail(running, 61)

    def test_a_mail_that_was_sent_is_not_asked_for_again(self, store: ExecutionStore, running: ExecutionHeader) -> None:
        store.request_mail(mail(running, 0), timedelta(seconds=60))

        store.mark_mail_sent(mail(running, 0), seconds(2))
        store.mark_mail_sent(mail(running, 0), seconds(9))

        sent = store.mail(running, MailType.START)
        assert sent is not None
        assert sent.sent_at == seconds(2)
        assert store.request_mail(mail(running, 999), timedelta(seconds=60)) is False

    def test_a_mail_that_was_sent_is_asked_for_again_while_its_ops_item_is_missing(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        stale_after, wanting = timedelta(seconds=60), mail(running, 0).model_copy(update={"wants_ops_item": True})
        store.request_mail(mail(running, 0), stale_after)
        store.mark_mail_sent(wanting, seconds(2))

        assert store.request_mail(mail(running, 30), stale_after) is False
        assert store.request_mail(mail(running, 61), stale_after) is True
        owing = store.mail(running, MailType.START)
        assert owing == wanting.model_copy(update={"requested_at": seconds(61), "sent_at": seconds(2)})
        assert not owing.is_done
        store.mark_ops_item(wanting, "oi-1")
        assert store.request_mail(mail(running, 999), stale_after) is False

    def test_an_ops_item_stands_while_its_mail_is_asked_for_again(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        store.mark_ops_item(mail(running, 0), "oi-1")

        assert store.request_mail(mail(running, 61), timedelta(seconds=60)) is True
        found = store.mail(running, MailType.START)
        assert found is not None
        assert (found.ops_item_id, found.sent_at) == ("oi-1", None)

    def test_a_mail_that_nobody_asked_for_is_recorded_all_the_same(
        self, store: ExecutionStore, running: ExecutionHeader
    ) -> None:
        store.mark_mail_sent(mail(running, 0), seconds(2))

        sent = store.mail(running, MailType.START)
        assert sent is not None
        assert sent.sent_at == seconds(2)
