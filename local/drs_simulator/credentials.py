"""Who calls, from where: account and region out of the Authorization header."""

import base64
import binascii
import re
from collections.abc import Callable
from functools import cache
from typing import Final

import botocore.session

from local.drs_simulator.errors import missing_authentication, wrong_service
from local.drs_simulator.messages import HttpRequest

HUB_ACCOUNT: Final = "123456789012"
ACCOUNT_ID: Final = re.compile(r"\d{12}")
_KEY: Final = re.compile(r"ASIA[A-Z2-7]{16}")
_CREDENTIAL: Final = re.compile(r"Credential=([^/,\s]+)/(\d{8})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request")
_ENCODES_ACCOUNT: Final = 1 << 47
_ACCOUNT_MASK: Final = 0x7FFFFFFFFF80
_ACCOUNT_LIMIT: Final = 10**12

AccountOfKey = Callable[[str], str]


def account_of_key(access_key: str) -> str:
    """The account inside a temporary access key, as AWS and moto's STS encode it; the hub for any other key."""
    if not _KEY.fullmatch(access_key):
        return HUB_ACCOUNT
    try:
        bits = int.from_bytes(base64.b32decode(access_key[4:])[:6], "big")
    except binascii.Error:
        return HUB_ACCOUNT
    account = (bits & _ACCOUNT_MASK) >> 7
    if not bits & _ENCODES_ACCOUNT or account >= _ACCOUNT_LIMIT:
        return HUB_ACCOUNT
    return f"{account:012d}"


def access_key_for(account: str) -> str:
    """A temporary access key of 20 characters that `account_of_key` decodes to this account.

    Raises ValueError unless the account is twelve digits.
    """
    if not ACCOUNT_ID.fullmatch(account):
        raise ValueError(f"an account id has twelve digits, not {account!r}")
    bits = _ENCODES_ACCOUNT | int(account) << 7
    return "ASIA" + base64.b32encode(bits.to_bytes(6, "big") + bytes(4)).decode()


def caller_of(request: HttpRequest) -> tuple[str, str]:
    """The access key and the region of a request's credential scope.

    Raises MissingAuthenticationToken without a version 4 signature, InvalidSignature if signed for another service.
    """
    match = _CREDENTIAL.search(request.header("Authorization"))
    if match is None:
        raise missing_authentication()
    key, _, region, service = match.groups()
    if service != "drs":
        raise wrong_service(service)
    return key, region


@cache
def partition_of(region: str) -> str:
    """The partition a region belongs to, from botocore's own table (aws, aws-us-gov, …)."""
    return str(botocore.session.get_session().get_partition_for_region(region))


@cache
def drs_regions() -> frozenset[str]:
    """Every region of every partition in which AWS offers DRS."""
    session = botocore.session.get_session()
    partitions = session.get_available_partitions()
    return frozenset(region for name in partitions for region in session.get_available_regions("drs", name))
