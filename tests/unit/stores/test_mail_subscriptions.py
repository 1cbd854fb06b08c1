"""The rows of addresses hold their contract."""

from tests.support.store_contract.mail_subscriptions import MailSubscriptionsContract


class TestMailSubscriptions(MailSubscriptionsContract):
    """Who gets the mails of which plans."""
