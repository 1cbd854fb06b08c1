"""What a preflight finds of servers that a staging account replicates, each brought about as it comes about in AWS."""

from __future__ import annotations

from typing import Final

from local.drs_simulator.estate import EncryptionSpec
from tests.functional.preflight.causes import Case, plan_of
from tests.support.world import World
from tests.support.world.machinery import REGION

STAGING_ACCOUNT: Final = "777788889999"


def extended(world: World) -> list[str]:
    """A server that a staging account replicates, which is none that is registered here."""
    [original] = world.replicate(STAGING_ACCOUNT, 1)
    return world.add_servers(name="extended", staging_account_id=STAGING_ACCOUNT, staging_source_server_id=original)


def a_key_that_is_not_shared_any_more(world: World) -> str:
    plan_id = plan_of(world, *extended(world))
    key = f"arn:aws:kms:{REGION}:{STAGING_ACCOUNT}:key/staging"
    world.simulator.set_encryption(STAGING_ACCOUNT, REGION, EncryptionSpec(ebs_encryption="CUSTOM", key_arn=key))
    return plan_id


def a_staging_account_that_nobody_registered(world: World) -> str:
    return plan_of(world, *extended(world))


CASES_OF_EXTENDED: Final = (
    Case(
        "EXTENSION_UNUSABLE",
        "FAIL",
        a_key_that_is_not_shared_any_more,
        "NOTHING_TO_LAUNCH",
        then="its extension cannot be used",
    ),
    Case("QUOTA", "WARN", a_staging_account_that_nobody_registered, "NOT_READ"),
)
