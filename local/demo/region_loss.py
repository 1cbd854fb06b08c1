"""The loss of the hub's region as an operator lives it: kept before, gone, deployed elsewhere, restored, rehearsed."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from local.demo.configuration import DRS_REGION, EXTERNAL_IDS, SECOND_REGION, STAGING
from local.demo.drill import DemoFailedError, Drill, wait_until
from local.demo.operations import Operations

_TARGET: Final = next(iter(EXTERNAL_IDS))
"""The account for which others replicate."""

_EXTENDED: Final = "Servers of a staging account"

_OF_ITS_TIME: Final = frozenset({"createdAt", "updatedAt", "version"})
"""What an account has of the system that it was registered in."""


@dataclass(frozen=True)
class Kept:
    """What is stored outside of the region; external ids are in nobody's answer, so they have a store of their own."""

    documents: Sequence[Mapping[str, Any]]
    accounts: Sequence[Mapping[str, Any]]
    tag_sync: Mapping[str, Any]

    @classmethod
    def of(cls, operations: Operations) -> "Kept":
        """All that a system says of its configuration."""
        return cls(
            documents=list(_exported(operations)),
            accounts=[
                {name: value for name, value in account.items() if name not in _OF_ITS_TIME}
                for account in operations.every("list_target_accounts")
            ],
            tag_sync={name: operations.call("get_tag_sync_settings")[name] for name in ("enabled", "intervalHours")},
        )

    def contents(self) -> tuple[Any, ...]:
        """What two systems must agree on: everything but where and when it was exported."""
        groups = [group for document in self.documents for group in document["protectionGroups"]]
        plans = [plan for document in self.documents for plan in document["recoveryPlans"]]
        return groups, plans, self.accounts, self.tag_sync


@dataclass
class RegionLoss:
    """A system that loses its region, and a second one that goes on; the drill is what the second one can do."""

    drill: Drill

    def run(self) -> str:
        """The whole story; answers how its drill ended. DemoFailedError if any part of it is not as it should be."""
        system, say = self.drill.system, self.drill.screen.say
        operations = Operations(system)
        self.drill.prepare()
        self._extend(operations)
        settings = operations.call("get_tag_sync_settings")
        operations.call("update_tag_sync_settings", version=settings["version"], enabled=True, intervalHours=6)
        kept = Kept.of(operations)
        groups, plans, accounts, _ = kept.contents()
        say(f"Exported {len(groups)} groups and {len(plans)} plans, noted {len(accounts)} accounts and the tag sync")

        lost = system.hub.region
        system.lose_region()
        self._see_gone(lost)
        say(f"The region {lost} is lost: its tables, functions, state machine, rules and users are gone")

        began = time.monotonic()
        deployed = self._timed(f"A second system is deployed in {SECOND_REGION}", self._deploy)
        restored = self._timed("Accounts, groups and plans are restored", lambda: self._restore(kept))
        self._compare(kept)
        rehearsed = time.monotonic()
        end = self.drill.rehearse(*self._plan_and_group())
        say(
            f"From the loss to the end of the drill: {time.monotonic() - began:.1f} s"
            f" (deployed {deployed:.1f} s, restored {restored:.1f} s, drill {time.monotonic() - rehearsed:.1f} s)"
        )
        return end

    def _timed(self, what: str, work: Callable[[], None]) -> float:
        began = time.monotonic()
        work()
        took = time.monotonic() - began
        self.drill.screen.say(f"{what}, in {took:.1f} s")
        return took

    def _extend(self, operations: Operations) -> None:
        """A staging account, whose server is extended, and a plan that recovers it."""
        key = f"arn:aws:kms:{DRS_REGION}:{STAGING.account}:key/shared"
        encryption = {"ebsEncryption": "CUSTOM", "keyArn": key, "sharedWith": [_TARGET]}
        server = {"hostname": "archive001", "encryption": encryption}
        place = {"account": STAGING.account, "region": DRS_REGION, "servers": [server]}
        self.drill.control("servers", {"regions": [place]})
        operations.call(
            "add_staging_account",
            accountId=_TARGET,
            stagingAccountId=STAGING.account,
            accountName="Archive",
            externalId=STAGING.external_id,
        )
        operations.call("sync_staging_accounts", accountId=_TARGET, regions=[DRS_REGION])
        wait_until(lambda: bool(self._extended(operations)), "the server of the staging account should be extended")
        group = operations.call(
            "create_protection_group",
            groupName=_EXTENDED,
            accountId=_TARGET,
            region=DRS_REGION,
            sourceServerIds=self._extended(operations),
            launchConfig={"instanceType": "m5.large", "copyTags": True},
        )
        wave = {"waveNumber": 0, "waveName": "Archive", "protectionGroupIds": [group["groupId"]]}
        operations.call("create_recovery_plan", planName=_EXTENDED, waves=[wave])

    def _extended(self, operations: Operations) -> list[str]:
        found = operations.call("discover_staging_accounts", accountId=_TARGET, regions=[DRS_REGION])
        sync = found["lastSync"]
        if sync["status"] != "DONE":
            return []
        return [server["extendedServerId"] for place in sync["places"] for server in place["servers"]]

    def _see_gone(self, region: str) -> None:
        """Ask AWS itself, as an outside client would."""
        hub = self.drill.system.hub.account

        def client(service: str) -> Any:
            return self.drill.system.client(service, hub, region)

        left = [
            *client("dynamodb").list_tables()["TableNames"],
            *(each["FunctionName"] for each in client("lambda").list_functions()["Functions"]),
            *(each["name"] for each in client("stepfunctions").list_state_machines()["stateMachines"]),
            *(each["Name"] for each in client("events").list_rules()["Rules"]),
            *(each["TopicArn"] for each in client("sns").list_topics()["Topics"]),
            *(each["Name"] for each in client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]),
        ]
        if left or self.drill.system.api_endpoint:
            raise DemoFailedError(f"nothing should be left in {region}, but: {left}")

    def _deploy(self) -> None:
        """Another name for the dashboard, which is one for all regions."""
        self.drill.system.deploy_elsewhere(SECOND_REGION, DashboardName="DRS-Orchestration-Second")

    def _restore(self, kept: Kept) -> None:
        operations = Operations(self.drill.system)
        for account in kept.accounts:
            self._register(operations, account)
        for document in kept.documents:
            for rehearsed in (True, False):
                report = operations.call("import_configuration", document=document, dryRun=rehearsed)
                if report["failed"]:
                    raise DemoFailedError(f"the export should import whole, but: {report['failed']}")
        settings = operations.call("get_tag_sync_settings")
        operations.call("update_tag_sync_settings", version=settings["version"], **kept.tag_sync)

    def _register(self, operations: Operations, account: Mapping[str, Any]) -> None:
        """An account with its staging accounts, each as it was noted and with the external id of the store."""
        known = {name: value for name, value in account.items() if name not in {"hasExternalId", "stagingAccounts"}}
        operations.call("add_target_account", **known, externalId=EXTERNAL_IDS[account["accountId"]])
        for staging in account["stagingAccounts"]:
            operations.call(
                "add_staging_account",
                accountId=account["accountId"],
                stagingAccountId=staging["accountId"],
                accountName=staging["accountName"],
                externalId=STAGING.external_id,
            )
        checked = operations.call("validate_target_account", accountId=account["accountId"])
        if not checked["valid"]:
            raise DemoFailedError(f"the second hub should get into {account['accountId']}, but: {checked}")

    def _compare(self, kept: Kept) -> None:
        now = Kept.of(Operations(self.drill.system))
        if now.contents() != kept.contents():
            raise DemoFailedError(
                f"the second system should have what was kept, {kept.contents()}, not {now.contents()}"
            )
        self.drill.screen.say("The second system exports what the first one did; of its executions it knows nothing")

    def _plan_and_group(self) -> tuple[str, str]:
        """The plan of the sample, and the group that drills launch elsewhere: both have new ids."""
        operations = Operations(self.drill.system)
        if list(operations.every("list_executions")):
            raise DemoFailedError("a system that was restored from an export should have no executions")
        plans = {plan["planName"]: plan["planId"] for plan in operations.every("list_recovery_plans")}
        for name, plan_id in plans.items():
            wait_until(partial(_can_start, operations, plan_id), f"the preflight of {name} should let it start")
        group = next(each for each in operations.every("list_protection_groups") if each.get("drillLaunchConfig"))
        return plans[self.drill.sample.plan_name], str(group["groupId"])


def _can_start(operations: Operations, plan_id: str) -> bool:
    return bool(operations.call("preflight_recovery_plan", planId=plan_id)["canStart"])


def _exported(operations: Operations) -> Iterator[Mapping[str, Any]]:
    """The documents of an export, one after the other."""
    token: dict[str, Any] = {}
    while True:
        document = operations.call("export_configuration", **token)
        yield document
        if not document.get("nextToken"):
            return
        token = {"nextToken": document["nextToken"]}
