"""What the demo recovers: the sample configuration, its mappings, the estate that is replicated, and the networks."""

import json
from dataclasses import dataclass
from typing import Any, Final

from local.function_process import ROOT
from local.stacks import TargetAccount

EXAMPLES: Final = ROOT / "examples"
EXTERNAL_IDS: Final = {"111122223333": "database-external-id", "444455556666": "frontends-external-id"}
ACCOUNT_NAMES: Final = {"111122223333": "Databases", "444455556666": "Applications"}
PARAMETERS: Final = {"NotificationEmail": "operator@example.com", "PasswordSignIn": "true"}
"""Of the hub's stacks: who gets the mails, and that a terminal may sign in with a password."""

DRS_REGION: Final = "us-west-2"
TARGETS: Final = tuple(TargetAccount(account, DRS_REGION, secret) for account, secret in EXTERNAL_IDS.items())

STAGING: Final = TargetAccount("777788889999", DRS_REGION, "staging-external-id", "staging")
"""Replicates servers for the databases' account, where the loss of the hub's region is rehearsed."""

SECOND_REGION: Final = "us-west-2"
"""Where the second hub is deployed."""


@dataclass(frozen=True)
class Sample:
    """The documents of `examples/`."""

    document: dict[str, Any]
    mappings: dict[str, Any]
    estate: dict[str, Any]
    networks: dict[str, Any]

    @property
    def plan_name(self) -> str:
        """The name of its one recovery plan."""
        return str(self.document["recoveryPlans"][0]["planName"])


def read_sample() -> Sample:
    """Read the four documents."""

    def read(path: str) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads((EXAMPLES / path).read_text(encoding="utf-8"))
        return parsed

    return Sample(
        document=read("configuration/three-tier-sample.json"),
        mappings=read("configuration/three-tier-mappings.json"),
        estate=read("estate/three-tier-estate.json"),
        networks=read("estate/three-tier-networks.json"),
    )
