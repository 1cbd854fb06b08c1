"""Callers who meet at groups, plans and accounts: AWS's own engine decides, and what is left is whole."""

import io
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import pytest

from data_management.application import Application, Tables
from execution.tying import ExecutionTies
from local.drs_simulator import InMemoryEc2
from shared.aws.extension_ports import ExtensionPort
from shared.aws.inventory_ports import LongLivedDrs
from shared.aws.regions import drs_regions
from shared.aws.tag_ports import ServerTagsPort
from shared.clock import VirtualClock
from shared.errors import ConflictError
from shared.models.execution import ExecutionStatus
from shared.models.targets import ServerKey
from shared.observability import observe
from shared.roles import Role
from shared.stores.execution_store import ExecutionStore
from shared.stores.tie_holders import Holder
from shared.stores.ties import TieRefusedError
from tests.integration.configuration.conftest import Call
from tests.support.at_once import at_once
from tests.support.configuration import DATABASE, HUB, NOW, source_server
from tests.support.ec2_choices import ChoicesOfTest
from tests.support.four_tables import FourTables
from tests.support.functions import NO_BRINGING, OWN_FUNCTION, FunctionsOfTest
from tests.support.store_contract.samples import header, termination
from tests.support.subscriptions import SubscriptionsOfTest
from tests.support.tags import InstanceTagsOfTest

pytestmark = pytest.mark.dynamodb_local

SERVERS = [source_server(number).source_server_id for number in range(5)]


class _Drs:
    """Knows every server that is asked for."""

    def source_servers(self, _target: object, ids: list[str]) -> list[Any]:
        return [source_server(int(each.removeprefix("s-"), 16)) for each in ids]


@pytest.fixture
def app(tables: FourTables) -> Application:
    return Application(
        tables=Tables(
            groups=tables.protection_groups,
            plans=tables.recovery_plans,
            accounts=tables.target_accounts,
            executions=tables.execution_history,
        ),
        topic=SubscriptionsOfTest(),
        functions=FunctionsOfTest(),
        own_function=OWN_FUNCTION,
        bringing=NO_BRINGING,
        drs=cast(LongLivedDrs, _Drs()),
        extensions=cast(ExtensionPort, None),
        ec2_choices=ChoicesOfTest(),
        instance_tags=InstanceTagsOfTest(InMemoryEc2()),
        server_tags=cast(ServerTagsPort, None),
        drs_regions=drs_regions("aws"),
        partition="aws",
        hub_account_id=HUB,
        clock=VirtualClock(NOW),
        observability=observe("test", "CRITICAL", io.StringIO()),
        direct_role=Role.ADMIN,
    )


def call(app: Application, operation: str, /, **parameters: Any) -> dict[str, Any]:
    return app.handle({"operation": operation, "parameters": parameters}, Call())


def group(app: Application, name: str, /, **fields: Any) -> dict[str, Any]:
    selection = {} if "sourceServerIds" in fields else {"serverSelectionTags": {"name": name}}
    return call(app, "create_protection_group", groupName=name, region=DATABASE.region, **{**selection, **fields})


def plan(app: Application, name: str, /, *groups: str, **fields: Any) -> dict[str, Any]:
    return call(app, "create_recovery_plan", planName=name, waves=waves(*groups), **fields)


def waves(*groups: str) -> list[dict[str, Any]]:
    return [
        {"waveNumber": number, "waveName": f"Wave {number}", "protectionGroupIds": [group_id]}
        for number, group_id in enumerate(groups)
    ]


def meet(*calls: Callable[[], dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """What the winners were answered, and why the others lost."""
    answers = [cast(dict[str, Any], each) for each in at_once(*calls)]
    assert all(isinstance(each, dict) for each in answers), answers
    lost = [each for each in answers if "error" in each]
    assert all(each["error"] == "CONFLICT_ERROR" for each in lost), lost
    return [each for each in answers if "error" not in each], [each["details"]["reason"] for each in lost]


@pytest.mark.requirement("SRS-I06")
@pytest.mark.parametrize("attempt", range(3))
def test_of_creates_of_one_name_one_wins(app: Application, attempt: int) -> None:
    names = [f"Shop {attempt}".upper() if number % 2 else f"shop {attempt}" for number in range(6)]
    tags = [{"serverSelectionTags": {"number": str(number)}} for number in range(6)]

    won, lost = meet(*[partial(group, app, name, **tag) for name, tag in zip(names, tags, strict=True)])

    assert (len(won), lost) == (1, ["NAME_EXISTS"] * 5)
    assert call(app, "list_protection_groups")["items"] == won
    used = str(won[0]["groupId"])
    won, lost = meet(*[partial(plan, app, name, used) for name in names])
    assert (len(won), lost) == (1, ["NAME_EXISTS"] * 5)
    assert call(app, "list_recovery_plans")["items"] == won


@pytest.mark.parametrize("attempt", range(3))
def test_of_groups_that_claim_one_server_one_wins(app: Application, attempt: int) -> None:
    won, lost = meet(
        *[
            partial(group, app, f"Group {attempt}-{number}", sourceServerIds=[SERVERS[0], SERVERS[1 + number]])
            for number in range(4)
        ]
    )

    assert (len(won), lost) == (1, ["SERVER_CONFLICT"] * 3)
    free = [each for each in SERVERS if each not in won[0]["sourceServerIds"]]
    assert "error" not in group(app, "Rest", sourceServerIds=free)


@pytest.mark.parametrize("attempt", range(3))
def test_of_groups_that_want_one_address_one_wins(app: Application, attempt: int) -> None:
    def wanting(server: str) -> dict[str, Any]:
        template = {"subnetId": f"subnet-0000000{attempt}", "staticPrivateIp": "10.0.0.9"}
        servers = [{"sourceServerId": server, "launchTemplate": template}]
        return group(app, f"Group {attempt}-{server}", sourceServerIds=[server], servers=servers)

    answers = [cast(dict[str, Any], each) for each in at_once(*[partial(wanting, server) for server in SERVERS[:4]])]

    lost = [each for each in answers if "error" in each]
    assert len(lost) == 3
    assert {field["code"] for each in lost for field in each["details"]["fields"]} == {"DUPLICATE_IP"}


@pytest.mark.parametrize("attempt", range(3))
def test_of_groups_that_select_by_the_same_tags_one_wins(app: Application, attempt: int) -> None:
    tags = {"tier": "db", "attempt": str(attempt)}

    won, lost = meet(*[partial(group, app, f"Group {number}", serverSelectionTags=tags) for number in range(6)])

    assert (len(won), lost) == (1, ["TAG_CONFLICT"] * 5)


@pytest.mark.requirement("SRS-I06")
@pytest.mark.parametrize("attempt", range(3))
def test_of_updates_of_one_version_one_wins(app: Application, attempt: int) -> None:
    made = group(app, f"Group {attempt}")
    shop = plan(app, f"Plan {attempt}", made["groupId"])

    for operation, named, key in (
        ("update_protection_group", made, "groupId"),
        ("update_recovery_plan", shop, "planId"),
    ):
        asked = {key: named[key], "version": 1}
        won, lost = meet(*[partial(call, app, operation, **asked, description=str(number)) for number in range(6)])

        assert (len(won), lost) == (1, ["VERSION_CONFLICT"] * 5)
        stored = call(app, operation.replace("update", "get"), **{key: named[key]})
        assert stored == won[0]
        assert stored["version"] == 2


@pytest.mark.parametrize("attempt", range(3))
def test_of_large_changes_of_one_version_the_stored_one_has_its_servers_and_the_others_wait_or_have_lost(
    app: Application, attempt: int
) -> None:
    made = group(app, f"Large {attempt}", sourceServerIds=SERVERS[:1])
    lists = [[source_server(each).source_server_id for each in range(first, first + 150)] for first in (0, 40, 80)]
    change = partial(call, app, "update_protection_group", groupId=made["groupId"], version=1)

    answers = at_once(*[partial(change, sourceServerIds=servers) for servers in lists])

    lost = [each for each in answers if isinstance(each, dict) and "error" in each]
    assert {each["details"].get("reason", each["error"]) for each in lost} <= {"VERSION_CONFLICT", "THROTTLED"}
    stored = call(app, "get_protection_group", groupId=made["groupId"])
    assert len(lost) == 4 - stored["version"]
    thief = group(app, "Thief", sourceServerIds=stored["sourceServerIds"])
    taken = thief["details"]
    assert len(taken["servers"]) + taken.get("moreServers", 0) == len(stored["sourceServerIds"])
    free = [each for servers in lists for each in servers if each not in stored["sourceServerIds"]]
    assert "error" not in group(app, "Rest", sourceServerIds=sorted(set(free)))


@pytest.mark.parametrize("attempt", range(8))
def test_a_group_is_deleted_or_used_by_a_plan_and_never_both(app: Application, attempt: int) -> None:
    made = group(app, f"Group {attempt}")
    other = group(app, f"Other {attempt}")
    stored = plan(app, "Stored", other["groupId"])
    used = str(made["groupId"])

    answers = at_once(
        partial(call, app, "delete_protection_group", groupId=used),
        partial(plan, app, "New", other["groupId"], used),
        partial(call, app, "update_recovery_plan", planId=stored["planId"], version=1, waves=waves(used)),
    )

    deleted, *saved = [cast(dict[str, Any], each) for each in answers]
    using = [each["planId"] for each in saved if "error" not in each]
    found = call(app, "get_protection_group", groupId=used)
    assert ("error" in found) == (deleted == {})
    if deleted == {}:
        assert using == []
        codes = [each["details"]["fields"][0]["code"] for each in saved]
        assert codes == ["UNKNOWN_GROUP"] * 2
        assert [each["waves"] for each in call(app, "list_recovery_plans")["items"]] == [stored["waves"]]
    else:
        assert deleted["details"]["reason"] == "IN_USE"
        again = call(app, "delete_protection_group", groupId=used)
        assert sorted(each["planId"] for each in again["details"]["plans"]) == sorted(using)


@pytest.mark.parametrize("attempt", range(6))
def test_an_account_is_forgotten_or_used_by_a_group_and_never_both(app: Application, attempt: int) -> None:
    account_id = DATABASE.account_id
    call(app, "add_target_account", accountId=account_id, externalId="long-enough")
    used = group(app, f"Mover {attempt}")

    answers = at_once(
        partial(call, app, "delete_target_account", accountId=account_id),
        partial(group, app, f"New {attempt}", accountId=account_id),
        partial(call, app, "update_protection_group", groupId=used["groupId"], version=1, accountId=account_id),
    )

    forgotten, *saved = [cast(dict[str, Any], each) for each in answers]
    inside = sorted(str(each["groupId"]) for each in saved if "error" not in each)
    if forgotten == {}:
        assert inside == []
        codes = [each["details"]["fields"][0]["code"] for each in saved]
        assert codes == ["ACCOUNT_NOT_REGISTERED"] * 2
    else:
        assert forgotten["details"]["reason"] == "IN_USE"
        again = call(app, "delete_target_account", accountId=account_id)
        assert sorted(each["groupId"] for each in again["details"]["groups"]) == inside


@pytest.mark.parametrize("attempt", range(4))
def test_a_plan_is_edited_or_started_as_it_was_read_and_never_both(app: Application, attempt: int) -> None:
    used = group(app, f"Group {attempt}")["groupId"]
    shop = plan(app, f"Plan {attempt}", used)
    executions = ExecutionStore(app.tables.executions, app.clock)
    run = header(f"exec-{attempt}", shop["planId"], status=ExecutionStatus.RUNNING)
    executions.create(run)

    def start() -> str:
        try:
            app.plan_ties.take({shop["planId"]: 1}, Holder.of_execution(run))
        except TieRefusedError:
            return "edited"
        return "started"

    update = partial(call, app, "update_recovery_plan", planId=shop["planId"], version=1, description="edited")
    began, edited = at_once(start, update)

    assert isinstance(edited, dict)
    outcome = edited["details"]["reason"] if "error" in edited else edited["version"]
    assert (began, outcome) in {("started", "ACTIVE_EXECUTION"), ("edited", 2)}


@pytest.mark.parametrize("attempt", range(3))
def test_of_the_same_create_at_the_same_time_there_is_one_and_all_are_answered_it(
    app: Application, attempt: int
) -> None:
    used = group(app, "Group")["groupId"]

    answers = at_once(*[partial(plan, app, "Shop", used, clientToken=f"token-{attempt}")] * 6)

    assert all(answer == answers[0] for answer in answers)
    assert call(app, "list_recovery_plans")["items"] == [answers[0]]


def add(app: Application, account_id: str, /, **fields: Any) -> dict[str, Any]:
    return call(app, "add_target_account", accountId=account_id, externalId="a-secret-of-its-own", **fields)


@pytest.mark.parametrize("attempt", range(3))
def test_of_registrations_of_one_account_one_wins(app: Application, attempt: int) -> None:
    account_id = f"{attempt:012}"

    won, lost = meet(*[partial(add, app, account_id, accountName=f"Account {number}") for number in range(6)])

    assert (len(won), lost) == (1, ["NAME_EXISTS"] * 5)
    stored = app.accounts.get(account_id)
    assert (stored.account_name, stored.version) == (won[0]["accountName"], 1)


@pytest.mark.parametrize("attempt", range(3))
def test_of_the_same_registration_at_the_same_time_there_is_one_and_all_are_answered_it(
    app: Application, attempt: int
) -> None:
    once = partial(add, app, f"{attempt:012}", clientToken=f"token-{attempt}")

    answers = at_once(*[once] * 6)

    made = [each for each in answers if each.get("error") != "THROTTLED"]
    assert made
    assert all(each == made[0] == once() for each in made)


@pytest.mark.parametrize("attempt", range(3))
def test_of_changes_of_one_version_of_an_account_one_wins(app: Application, attempt: int) -> None:
    account_id = f"{attempt:012}"
    add(app, account_id)
    change = partial(call, app, "update_target_account", accountId=account_id, version=1)

    won, lost = meet(*[partial(change, accountName=f"Account {number}") for number in range(6)])

    assert (len(won), lost) == (1, ["VERSION_CONFLICT"] * 5)
    stored = app.accounts.get(account_id)
    assert (stored.account_name, stored.version) == (won[0]["accountName"], 2)


@pytest.mark.parametrize("attempt", range(3))
def test_an_account_is_not_forgotten_in_place_of_a_change(app: Application, attempt: int) -> None:
    account_id = f"{attempt:012}"
    add(app, account_id)

    forgotten, changed = at_once(
        partial(call, app, "delete_target_account", accountId=account_id, version=1),
        partial(call, app, "update_target_account", accountId=account_id, version=1, accountName="Changed"),
    )

    stored = app.accounts.find(account_id)
    if forgotten == {}:
        assert stored is None
        assert changed["error"] == "RESOURCE_NOT_FOUND"
    else:
        assert forgotten["details"]["reason"] == "VERSION_CONFLICT"
        assert stored is not None
        assert (stored.account_name, stored.version) == (changed["accountName"], 2)


@pytest.mark.parametrize("attempt", range(6))
def test_an_account_is_forgotten_or_named_by_an_alarm_of_a_plan_and_never_both(app: Application, attempt: int) -> None:
    account_id = DATABASE.account_id
    add(app, account_id)
    used = str(group(app, f"Group {attempt}")["groupId"])
    stored = plan(app, "Stored", used)
    alarm = {"alarmName": "shop", "accountId": account_id, "region": DATABASE.region}
    alarmed = [{**waves(used)[0], "healthChecks": [alarm]}]

    answers = at_once(
        partial(call, app, "delete_target_account", accountId=account_id),
        partial(call, app, "create_recovery_plan", planName="New", waves=alarmed),
        partial(call, app, "update_recovery_plan", planId=stored["planId"], version=1, waves=alarmed),
    )

    forgotten, *saved = [cast(dict[str, Any], each) for each in answers]
    naming = sorted(str(each["planId"]) for each in saved if "error" not in each)
    if forgotten == {}:
        assert naming == []
        codes = [each["details"]["fields"][0]["code"] for each in saved]
        assert codes == ["ACCOUNT_NOT_REGISTERED"] * 2
        assert [each["waves"] for each in call(app, "list_recovery_plans")["items"]] == [stored["waves"]]
    else:
        assert forgotten["details"]["reason"] == "IN_USE"
        again = call(app, "delete_target_account", accountId=account_id)
        assert sorted(each["planId"] for each in again["details"]["plans"]) == naming


@pytest.mark.parametrize("attempt", range(6))
def test_an_account_is_forgotten_or_needed_by_a_start_and_a_termination_and_never_both(
    app: Application, attempt: int
) -> None:
    account_id = DATABASE.account_id
    add(app, account_id)
    executions = ExecutionStore(app.tables.executions, app.clock)
    preparing = header(f"exec-{attempt}")
    over = header(f"over-{attempt}", status=ExecutionStatus.COMPLETED)
    for each in (preparing, over):
        executions.create(each)
    assert executions.close(over)
    server = ServerKey(account_id=account_id, region=DATABASE.region, source_server_id=SERVERS[0])
    ties = ExecutionTies.over(
        plans=app.tables.plans,
        groups=app.tables.groups,
        accounts=app.tables.accounts,
        executions=executions,
        clock=app.clock,
        hub_account_id=HUB,
    )

    def start() -> bool:
        try:
            ties.accounts.take([account_id], Holder.of_execution(preparing))
        except TieRefusedError:
            return False
        return executions.move_from_preparing(preparing.model_copy(update={"status": ExecutionStatus.PENDING}))

    def terminate() -> bool:
        try:
            with ties.reopening(over, 1, [server]):
                executions.create_termination(termination(over))
        except ConflictError as refusal:
            assert refusal.details["accountIds"] == [account_id]
            return False
        return True

    forgotten, started, terminated = at_once(
        partial(call, app, "delete_target_account", accountId=account_id), start, terminate
    )

    needed = {preparing.execution_id: started, over.execution_id: terminated}
    if forgotten == {}:
        assert needed == {preparing.execution_id: False, over.execution_id: False}
        assert not executions.find(over.execution_id).open
    else:
        assert forgotten["details"]["reason"] == "IN_USE"
        assert all(needed.values()), needed
        again = call(app, "delete_target_account", accountId=account_id)
        assert sorted(each["executionId"] for each in again["details"]["executions"]) == sorted(needed)
