"""Terminations, mails, lists and idempotency rows hold their contract."""

from tests.support.store_contract.lists import (
    IdempotencyContract,
    ListingsContract,
    TerminationsContract,
)
from tests.support.store_contract.mails import MailsContract


class TestTerminations(TerminationsContract):
    """Terminations."""


class TestMails(MailsContract):
    """Mails."""


class TestListings(ListingsContract):
    """Lists."""


class TestIdempotency(IdempotencyContract):
    """Idempotency rows."""
