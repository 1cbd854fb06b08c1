"""Staging accounts of a target account as tests speak of them."""

from typing import Any, Final

from local.drs_simulator.estate import EncryptionSpec, SourceServerSpec
from tests.integration.configuration.conftest import EXTERNAL_ID, Call, System
from tests.support.configuration import DATABASE, server_id

FIRST: Final = "777788889999"
SECOND: Final = "888899990000"
REGION: Final = DATABASE.region
TARGET: Final = DATABASE.account_id
KEY: Final = f"arn:aws:kms:{REGION}:{FIRST}:key/staging"
SHARED: Final = EncryptionSpec(ebs_encryption="CUSTOM", key_arn=KEY, shared_with=(TARGET,))


def add(system: System, staging: str = FIRST, **more: Any) -> dict[str, Any]:
    """Register a staging account of the target account."""
    known = {"accountId": TARGET, "stagingAccountId": staging, "externalId": EXTERNAL_ID, **more}
    return system.call("add_staging_account", **{name: each for name, each in known.items() if each is not ...})


def replicate(system: System, count: int, staging: str = FIRST, encryption: EncryptionSpec = SHARED) -> list[str]:
    """Have a staging account replicate servers; answers their ids."""
    return [
        system.simulator.add_source_server(
            staging,
            REGION,
            SourceServerSpec(hostname=f"{staging}-{number}", encryption=encryption, tags={"tier": "web", "aws:x": "y"}),
        )
        for number in range(count)
    ]


def extended(system: System, number: int, staging: str = FIRST, region: str = REGION, **more: Any) -> str:
    """Have an extended server in the target account; answers its id."""
    spec = SourceServerSpec(
        hostname=f"host-{number}", source_server_id=server_id(number), staging_account_id=staging, **more
    )
    return system.simulator.add_source_server(TARGET, region, spec)


def synced(system: System, **fields: Any) -> dict[str, Any]:
    """A sync, from its beginning to its end."""
    begun = system.call("sync_staging_accounts", accountId=TARGET, **fields)
    assert "error" not in begun, begun
    system.functions.deliver(lambda _, payload: system.handlers[1](payload, Call()))
    last: dict[str, Any] = system.ask("discover_staging_accounts", accountId=TARGET, regions=[REGION])["lastSync"]
    assert last["syncId"] == begun["syncId"]
    return last


def remove(system: System, **more: Any) -> dict[str, Any]:
    """Forget the staging account."""
    return system.call("remove_staging_account", **{"accountId": TARGET, "stagingAccountId": FIRST, **more})


def used_in_one_region(system: System) -> System:
    """The system, whose target account is used in one region."""
    system.simulator.initialize(TARGET, REGION)
    version = system.accounts.get(TARGET).version
    assert "error" not in system.call("update_target_account", accountId=TARGET, version=version, regions=[REGION])
    return system
