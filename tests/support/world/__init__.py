"""The whole system in one process on virtual time."""

from tests.support.world.machinery import DATABASE_ACCOUNT, DAY, HOUR, REGION, START, WEB_ACCOUNT
from tests.support.world.mails import SentMail
from tests.support.world.world import Refused, World, wave

__all__ = [
    "DATABASE_ACCOUNT",
    "DAY",
    "HOUR",
    "REGION",
    "START",
    "WEB_ACCOUNT",
    "Refused",
    "SentMail",
    "World",
    "wave",
]
