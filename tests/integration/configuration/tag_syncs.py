"""A system whose source servers come from EC2, and what tests of the tag sync ask of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from local.drs_simulator.estate import SourceServerSpec
from shared.models.targets import Target
from tests.integration.configuration.conftest import Call, System
from tests.support.configuration import DATABASE, WEB, server_id
from tests.support.templates import load_template

ORIGIN = Target(account_id=WEB.account_id, region="eu-central-1")
"""Where the instances run; their servers are recovered in another account and region."""

REGIONS = ("eu-west-1", DATABASE.region)
"""As if there were no more: making clients takes time."""

TRIES_OF_THE_SDK = 4

WRITES = ("TagResource", "UntagResource")


@dataclass
class TagSyncs:
    """A system whose servers come from EC2, and what a test asks of it."""

    system: System

    def protect(
        self, number: int, has: Mapping[str, str], *, target: Target = DATABASE, origin: Target = ORIGIN, **spec: Any
    ) -> str:
        """Protect an instance with these tags; answers its source server's id."""
        known = SourceServerSpec(
            hostname=f"host{number}",
            source_server_id=server_id(number),
            origin="ec2",
            origin_account_id=origin.account_id,
            origin_region=origin.region,
            origin_instance_id=instance(number),
            origin_tags=dict(has),
            **spec,
        )
        return self.system.simulator.add_source_server(target.account_id, target.region, known)

    def retag(self, number: int, tags: Mapping[str, str], origin: Target = ORIGIN) -> None:
        """Let the instance have these tags and no others."""
        self.system.instance_tags.retag(origin, instance(number), tags)

    def tags(self, number: int, target: Target = DATABASE) -> dict[str, str]:
        """The tags of a source server now."""
        [server] = self.system.drs.source_servers(target, [server_id(number)])
        return server.tags

    def writes(self) -> int:
        """How many calls reached DRS that write tags."""
        return sum(len(self.system.simulator.record.calls(name)) for name in WRITES)

    def trigger(self) -> dict[str, Any]:
        """Ask for a run, which waits to be worked on."""
        return self.system.call("trigger_tag_sync")

    def deliver(self) -> int:
        """Work on what was handed over, until nothing is; how many invocations it took."""
        return self.system.functions.deliver(self.invoke)

    def invoke(self, function_arn: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """Invoke the function as Lambda does with an event that nobody waits for."""
        return self.system.handlers[1](event, Call(invoked_function_arn=function_arn))

    def strike(self) -> dict[str, Any]:
        """Let the rule of the template strike."""
        [target] = load_template("eventbridge-stack.yaml").properties("TagSyncRule")["Targets"]
        return self.invoke(target["Arn"], json.loads(target["Input"]))

    def run(self) -> dict[str, Any]:
        """A whole run that was asked for; the status after it."""
        begun = self.trigger()
        assert begun["status"] == "RUNNING", begun
        self.deliver()
        status = self.status()
        assert status["run"]["runId"] == begun["runId"]
        return status

    def status(self) -> dict[str, Any]:
        """How it is."""
        return self.system.ask("get_tag_sync_status")

    def enter(self, target: Target, _service: str) -> None:
        """Go into an account as the product does."""
        self.system.sessions.session(target.account_id, "test")

    def tamper(self, **parts: Any) -> None:
        """Give the copying other parts."""
        app = app_of(self)
        vars(app)["tag_sync"] = replace(app.tag_sync, **parts)

    def turn_on(self, **more: Any) -> dict[str, Any]:
        """Have the clock begin runs."""
        version = self.system.ask("get_tag_sync_settings")["version"]
        return self.system.call("update_tag_sync_settings", version=version, enabled=True, **more)


def instance(number: int) -> str:
    """The instance that a server comes from."""
    return f"i-{number:017x}"


def counts(status: Mapping[str, Any]) -> tuple[int, ...]:
    """Added, changed, removed; unchanged, failed."""
    return tuple(status["run"]["counts"][name] for name in ("added", "changed", "removed", "unchanged", "failed"))


def app_of(syncs: TagSyncs) -> Any:
    """The function that changes things."""
    return getattr(syncs.system.handlers[1], "__self__")  # noqa: B009 - a handler is a method, whatever its type says


def remembered(system: System) -> list[str]:
    """What is known to be ours on source servers."""
    return sorted(str(item) for item in system.tables["accounts"].scan() if item["accountId"].startswith("tags#"))


def tag_syncs(system: System) -> TagSyncs:
    """The same of a system, with few regions."""
    syncs = TagSyncs(system)
    syncs.tamper(drs_regions=REGIONS)
    return syncs
