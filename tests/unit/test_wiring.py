"""The wiring of the API's functions: every part that an application declares can be made, of settings that it reads."""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import pytest

from data_management.wiring import build as wire_data_management
from execution.pace import START_SECONDS
from execution.wiring import build as wire_execution
from query.wiring import build as wire_query
from shared.aws.regions import drs_regions
from shared.clock import SystemClock
from shared.cross_account import Sessions
from shared.operations import DATA_MANAGEMENT, EXECUTION, QUERY
from shared.patience import CALL_SECONDS, OutOfPatienceError, patience
from shared.settings import ApiSettings, DataManagementSettings, ExecutionSettings, QuerySettings, Settings
from shared.stores.dynamo_table import DynamoTable
from tests.support.parts import ENVIRONMENT, every_part

WIRED: Final[Mapping[str, tuple[type[ApiSettings], Callable[..., Any]]]] = {
    QUERY: (QuerySettings, wire_query),
    DATA_MANAGEMENT: (DataManagementSettings, wire_data_management),
    EXECUTION: (ExecutionSettings, wire_execution),
}

API_GATEWAY_SECONDS: Final = 29
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""

AGREED_SECONDS: Final = 20
"""A preflight is answered in: what is not found out by then is UNKNOWN."""

SECONDS_OF_WRITES: Final = 16
"""A start needs these where it is largest, docs/benchmarks.md."""


class _Read:
    """Settings that remember which of them were read."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.names: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.names.add(name)
        return getattr(self._settings, name)


@pytest.fixture(params=WIRED)
def function(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_table_and_name_that_a_function_demands_is_read_for_some_part(function: str) -> None:
    of, wire = WIRED[function]
    read = _Read(of.from_env(ENVIRONMENT))

    every_part(wire(read, SystemClock()))

    assert set(of.model_fields) - set(Settings.model_fields) <= read.names


def test_a_part_is_made_once(function: str) -> None:
    of, wire = WIRED[function]
    application = wire(of.from_env(ENVIRONMENT), SystemClock())

    once, again = every_part(application), every_part(application)

    assert {name for name, part in once.items() if part != again[name]} == set()


def test_all_tables_of_a_function_are_reached_by_one_client() -> None:
    tables = wire_data_management(DataManagementSettings.from_env(ENVIRONMENT), SystemClock()).tables

    made = {name: cast(DynamoTable, table) for name, table in vars(tables).items()}

    assert {name: table._name for name, table in made.items()} == {
        "groups": "groups",
        "plans": "plans",
        "accounts": "accounts",
        "executions": "executions",
    }
    assert len({id(table._client) for table in made.values()}) == 1


def test_roles_in_target_accounts_are_found_in_the_table_of_accounts() -> None:
    application = wire_query(QuerySettings.from_env(ENVIRONMENT), SystemClock())

    assert isinstance(application.sessions, Sessions)
    assert application.sessions._accounts == application.accounts.way_into


@pytest.mark.parametrize(("region", "partition"), [("us-east-1", "aws"), ("us-gov-west-1", "aws-us-gov")])
def test_the_inventory_is_of_all_regions_of_the_hubs_partition(region: str, partition: str) -> None:
    application = wire_query(QuerySettings.from_env({**ENVIRONMENT, "REGION": region}), SystemClock())

    assert application.inventory.regions == drs_regions(partition)
    assert region in application.inventory.regions


def test_what_a_preflight_reads_of_an_account_is_believed_by_the_sessions_in_it(function: str) -> None:
    of, wire = WIRED[function]
    application = wire(of.from_env(ENVIRONMENT), SystemClock())

    assert application.preflight.believe == application.sessions.believe


def test_a_preflight_that_nothing_follows_has_more_time_than_that_of_a_start_and_less_than_its_call() -> None:
    times = {
        service: wire(of.from_env(ENVIRONMENT), SystemClock()).preflight.patience
        for service, (of, wire) in WIRED.items()
    }

    assert times[EXECUTION] < times[QUERY] < CALL_SECONDS


def test_a_report_has_the_time_that_was_agreed_and_a_start_enough_besides_for_its_writes() -> None:
    report, start = (
        wire(of.from_env(ENVIRONMENT), SystemClock()).preflight.patience
        for of, wire in (WIRED[QUERY], WIRED[EXECUTION])
    )

    assert report <= CALL_SECONDS <= AGREED_SECONDS
    assert start + SECONDS_OF_WRITES <= START_SECONDS


def test_quotas_and_locks_are_in_the_table_of_executions() -> None:
    application = cast(Any, wire_execution(ExecutionSettings.from_env(ENVIRONMENT), SystemClock()))

    tables = [one._table for one in (application.locks, application.preflight.quotas, application.preflight.holders)]

    assert [table._name for table in tables] == ["executions"] * 3


def test_a_rehearsal_shares_what_is_read_and_writes_to_other_tables() -> None:
    application = wire_data_management(DataManagementSettings.from_env(ENVIRONMENT), SystemClock())

    rehearsal = application.rehearsal()

    differing = {name for name, part in every_part(rehearsal).items() if part is not every_part(application)[name]}
    assert differing == {"tables", "topic", "functions"}
    assert rehearsal.groups is not application.groups


def test_step_functions_and_sns_are_sent_nothing_when_the_time_of_the_call_is_over() -> None:
    runs: Any = wire_execution(ExecutionSettings.from_env(ENVIRONMENT), SystemClock()).runs
    topic: Any = wire_data_management(DataManagementSettings.from_env(ENVIRONMENT), SystemClock()).topic

    with patience(0):
        with pytest.raises(OutOfPatienceError):
            runs._client.send_task_success(taskToken="token", output="{}")
        with pytest.raises(OutOfPatienceError):
            topic._client.unsubscribe(SubscriptionArn="arn")


def test_a_start_that_took_all_its_time_is_answered_although_step_functions_is_silent() -> None:
    runs: Any = wire_execution(ExecutionSettings.from_env(ENVIRONMENT), SystemClock()).runs

    assert START_SECONDS + runs._seconds < API_GATEWAY_SECONDS
