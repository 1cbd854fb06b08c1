"""What there is before calls are made: accounts, servers, groups, plans, executions, and who may sign in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from local.accounts import HUB_ACCOUNT
from local.demo.configuration import PARAMETERS
from local.demo.users import create_users
from local.drs_door import simulated_drs
from local.drs_simulator import Settings
from local.stacks import TargetAccount
from local.system import Blueprint, LocalSystem
from shared.aws.regions import drs_regions
from shared.models.targets import Target
from shared.roles import Role
from tests.e2e.hub import Hub, Part, Wave
from tests.e2e.simulated import Simulated
from tools.contract.prose.samples import SAMPLES

SCALE: Final = 300.0
"""Engine seconds per real second: a drill is over while a few hundred calls are made."""

ACCOUNT: Final = str(SAMPLES["accountId"])
ACCOUNTS: Final[Mapping[str, str]] = {
    ACCOUNT: str(SAMPLES["externalId"]),
    "444455556666": "application-external-id",
}
"""Every account with a role, and the external id that the role asks for; one is the account of the examples."""

REGION: Final = str(SAMPLES["region"])
SPARE: Final = "555566667777"
"""Registered, with nothing behind it."""

_NEW: Final = {"add_target_account": "222233334444", "add_target_account_2": "333344445555"}
"""By operation id: accounts that the hub does not know yet."""

_STAGING: Final[Mapping[str, str]] = {
    "": str(SAMPLES["stagingAccountId"]),
    "remove_staging_account": "666677778888",
}
"""By operation id: staging accounts of the account of the examples; without one those of all other operations."""

_NEW_STAGING: Final = "777766665555"
"""One that the hub does not know yet."""

_OF_A_SERVER: Final = (
    "update_server_launch_config",
    "delete_server_launch_config",
    "bulk_update_server_configs",
    "get_server_launch_config",
    "get_server_config_history",
    "apply_launch_configs",
)
"""Operations on a server of a group that lists it."""

_HOSTS: Final = (*(f"database{number}" for number in range(32)), "web0", "web1")
_ANYTHING: Final = ""

Ids = Mapping[str, str]
"""By the name of the field, as in `tools.contract.prose.samples`."""


@dataclass(frozen=True)
class Known:
    """Ids that stand for those of the examples: of each operation that uses something up its own."""

    ids: Mapping[str, Ids]
    """By operation id; those of all others under the empty name."""

    def of(self, operation_id: str) -> Ids:
        """What stands for the ids of the examples of an operation."""
        return {**self.ids[_ANYTHING], **self.ids.get(operation_id, {})}


@dataclass(frozen=True)
class Estate:
    """A running system; `tokens` are ID tokens by role."""

    system: LocalSystem
    tokens: Mapping[Role, str]

    def furnish(self) -> Known:
        """Put something new into it, and accounts in order; answers what stands for the ids of the examples."""
        for account, external_id in {**ACCOUNTS, SPARE: ACCOUNTS[ACCOUNT]}.items():
            _register(self.system, account, external_id)
        for account in _NEW.values():
            _data_management(self.system, "delete_target_account", accountId=account)
        _stage(self.system)
        self._without_tag_sync()
        assert all(map(self.is_within_reach, ACCOUNTS)), "the accounts with a role should be within reach"
        return Known(_furnish(Hub(self.system, Simulated(self.system.drs_endpoint))))

    def _without_tag_sync(self) -> None:
        """Nobody has set its settings, and no run is under way: the examples can be answered well."""
        table = self.system.blueprint.name("target-accounts")
        for row in ("settings#tag-sync", "tag-sync#run"):
            self.system.client("dynamodb").delete_item(TableName=table, Key={"accountId": {"S": row}})

    @property
    def url(self) -> str:
        """Where the API answers."""
        return str(self.system.api_endpoint)

    def is_within_reach(self, account_id: str) -> bool:
        """Whether the hub can work in an account now: it is its own, or the hub knows the id that the role asks for."""
        if account_id == HUB_ACCOUNT:
            return True
        row = self._row(account_id)
        role = f":iam::{account_id}:role/DRSOrchestrationRole"
        return account_id in ACCOUNTS and (
            row.get("externalId", {}).get("S") == ACCOUNTS[account_id]
            and row.get("roleArn", {"S": role})["S"].endswith(role)
        )

    def _row(self, account_id: str) -> Mapping[str, Mapping[str, str]]:
        table = self.system.blueprint.name("target-accounts")
        answer = self.system.client("dynamodb").get_item(TableName=table, Key={"accountId": {"S": account_id}})
        row: Mapping[str, Mapping[str, str]] = answer.get("Item", {})
        return row


@contextmanager
def running(folder: Path) -> Iterator[Estate]:
    """The system, while it lasts; its logs are in the folder."""
    deployed = tuple(TargetAccount(account, REGION, external_id) for account, external_id in ACCOUNTS.items())
    blueprint = Blueprint(targets=deployed, parameters=PARAMETERS)
    with LocalSystem(SCALE, drs=simulated_drs(Settings(), seed=1), blueprint=blueprint, state_dir=folder) as system:
        for account in (HUB_ACCOUNT, *ACCOUNTS):
            for region in drs_regions():
                system.simulator.initialize(account, region)
        yield Estate(system, _sign_in(system))


def _register(system: LocalSystem, account: str, external_id: str) -> None:
    """Let the hub know an account, or know it again as it was at first."""
    fields = {"accountId": account, "externalId": external_id, "regions": [REGION]}
    known = system.invoke("query-handler", {"operation": "get_target_account", "accountId": account})
    if "version" in known:
        again = {"version": known["version"], "status": "active", "roleArn": None}
        told = _data_management(system, "update_target_account", **fields, **again)
    else:
        told = _data_management(system, "add_target_account", **fields)
    assert "version" in told, told


def _stage(system: LocalSystem) -> None:
    """Let the account of the examples have its staging accounts, and not the one that is to be added."""
    for staging in (*_STAGING.values(), _NEW_STAGING):
        _data_management(system, "remove_staging_account", accountId=ACCOUNT, stagingAccountId=staging, force=True)
    for staging in _STAGING.values():
        fields = {"accountId": ACCOUNT, "stagingAccountId": staging, "externalId": str(SAMPLES["externalId"])}
        told = _data_management(system, "add_staging_account", **fields)
        assert "version" in told, told


def _data_management(system: LocalSystem, operation: str, **fields: Any) -> dict[str, Any]:
    answer: dict[str, Any] = system.invoke("data-management-handler", {"operation": operation, **fields})
    return answer


def _furnish(hub: Hub) -> Mapping[str, Ids]:
    """Groups, plans and executions: such as the examples speak of, so that each can be answered well."""
    target = Target(account_id=ACCOUNT, region=REGION)
    hosts = {tier: [host for host in _HOSTS if host.startswith(tier)] for tier in ("database", "web")}
    servers = iter([*hub.drs.protect(target, *hosts["database"], tags={"Tier": "database"})])
    hub.drs.protect(target, *hosts["web"], tags={"Tier": "web"})

    def part() -> Part:
        return Part(target, [next(servers)])

    trouble = part()
    # a fault meets one launch: a retry of the server succeeds
    hub.drs.break_off("launchFailure", servers=list(trouble.servers))
    failed = {"retry_wave": hub.start(Wave([trouble]))}
    ended = {name: hub.start(Wave([part()])) for name in ("terminate_instances", "delete_executions")}
    waiting = {
        name: hub.start(Wave([part()], pause=True), Wave([part()], pause=True))
        for name in ("resume_execution", "cancel_execution", "pause_execution", "skip_wave", _ANYTHING)
    }
    resting = part()
    at_rest = hub.plan(Wave([resting]))
    group = hub.ask("get_recovery_plan", planId=at_rest)["waves"][0]["protectionGroupIds"][0]
    known: dict[str, dict[str, str]] = {
        name: {"executionId": execution_id} for name, execution_id in {**failed, **ended, **waiting}.items()
    }
    known[_ANYTHING] |= {
        "planId": at_rest,
        "groupId": group,
        "serverId": resting.servers[0],
        "sourceServerId": next(servers),
    }
    for name in ("update_protection_group", "delete_protection_group"):
        known[name] = {"groupId": hub.group(part())}
    for name in _OF_A_SERVER:
        own = part()
        known[name] = {"groupId": hub.group(own), "serverId": own.servers[0], "sourceServerId": own.servers[0]}
    configured = known["delete_server_launch_config"]
    hub.ask(
        "update_server_launch_config",
        groupId=configured["groupId"],
        serverId=configured["sourceServerId"],
        version=1,
        launchTemplate={"copyTags": True},
    )
    for name in ("update_recovery_plan", "delete_recovery_plan", "start_execution"):
        known[name] = {"planId": hub.plan(Wave([part()]))}
    known["update_target_account"] = known["delete_target_account"] = {"accountId": SPARE}
    for name, account in _NEW.items():
        known[name] = {"accountId": account}
    for name, staging in _STAGING.items():
        known.setdefault(name, {})["stagingAccountId"] = staging
    known["add_staging_account"] = {"stagingAccountId": _NEW_STAGING}
    for execution_id in ended.values():
        hub.ended(execution_id)
    hub.until(failed["retry_wave"], lambda seen: seen["waves"][0]["status"] == "FAILED", "its server should fail")
    return known


def _sign_in(system: LocalSystem) -> Mapping[Role, str]:
    client, pool_client = system.client("cognito-idp"), system.deployment.value("UserPoolClientId")
    tokens = {}
    for user in create_users(system):
        answer = client.initiate_auth(
            ClientId=pool_client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": user.name, "PASSWORD": user.password},
        )
        tokens[user.role] = str(answer["AuthenticationResult"]["IdToken"])
    return tokens
