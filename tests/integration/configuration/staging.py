"""Staging accounts of a target account as tests speak of them."""

import json
from typing import Any, Final

from local.drs_simulator.estate import EncryptionSpec, SourceServerSpec
from tests.integration.configuration.conftest import EXTERNAL_ID, Call, System
from tests.support.configuration import DATABASE, server_id
from tests.support.templates import load_template

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
    ended = ending(system)
    assert ended["syncId"] == begun["syncId"]
    return ended


def ending(system: System, minutes: int = 60) -> dict[str, Any]:
    """The sync once it has ended, by its works and the schedule that comes each minute."""
    for _ in range(minutes):
        system.functions.deliver(lambda _, payload: system.handlers[1](payload, Call()))
        last = last_sync(system)
        if last["status"] == "DONE":
            return last
        system.clock.advance(60)
        strike(system)
    raise AssertionError(f"the sync has not ended: {last}")


def last_sync(system: System) -> dict[str, Any]:
    """What is told of it."""
    last: dict[str, Any] = system.ask("discover_staging_accounts", accountId=TARGET, regions=[REGION])["lastSync"]
    return last


def strike(system: System) -> dict[str, Any]:
    """Let the rule of the template strike that takes up what waits."""
    [target] = load_template("eventbridge-stack.yaml").properties("ConfigurationRule")["Targets"]
    return system.handlers[1](json.loads(target["Input"]), Call())


def remove(system: System, **more: Any) -> dict[str, Any]:
    """Forget the staging account."""
    return system.call("remove_staging_account", **{"accountId": TARGET, "stagingAccountId": FIRST, **more})


def used_in_one_region(system: System) -> System:
    """The system, whose target account is used in one region."""
    system.simulator.initialize(TARGET, REGION)
    version = system.accounts.get(TARGET).version
    assert "error" not in system.call("update_target_account", accountId=TARGET, version=version, regions=[REGION])
    return system
