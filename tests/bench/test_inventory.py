"""The inventory of 2,000 servers in 5 accounts and all regions: what it asks of DRS, and the memory that it takes.

Calls are counted in a system on virtual time. The memory is that of the process of the function, run as the local
system runs it: AWS's runtime client, HTTP to DRS, the tables of the templates.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from local.accounts import HUB_ACCOUNT
from local.demo.configuration import PARAMETERS
from local.drs_door import simulated_drs
from local.drs_simulator import RateLimits, Settings, Simulator
from local.stacks import TargetAccount
from local.system import Blueprint, LocalSystem
from shared.aws.regions import drs_regions
from shared.models.targets import Target
from shared.services.inventory import KEPT_SECONDS, WITHOUT_SERVERS_SECONDS
from tests.bench.areas import Area, Line, at_most, below, exactly
from tests.bench.findings import Findings
from tests.integration.configuration.conftest import account, let_it_take_its_time, new_system

EXTERNAL_ID: Final = "an-external-id"
TARGETS: Final = ("111122223333", "222233334444", "333344445555", "444455556666")
ACCOUNTS: Final = (HUB_ACCOUNT, *TARGETS)
SERVERS: Final = {"us-west-2": 250, "eu-west-1": 150}
"""Of each account, by region: two pages of 200 in one, and one page in the other."""

PAGES: Final = 3 * len(ACCOUNTS)
UNKNOWN: Final = (len(drs_regions("aws")) - len(SERVERS)) * len(ACCOUNTS)
ALL: Final = sum(SERVERS.values()) * len(ACCOUNTS)
PAGE: Final = 100
MEBIBYTE: Final = 1024 * 1024

CALLS: Final = Area(
    "Inventory of 2,000 servers in 5 accounts and every region: DRS calls",
    (
        Line("regions of an account"),
        Line("pages of the places with servers", exactly(PAGES)),
        Line("the first read, beyond pages and one probe of each unknown region", exactly(0)),
        Line("a walk over all pages of 100, beyond the first read", exactly(0)),
        Line("capacity of all accounts, a moment later", exactly(0)),
        Line("a read when what was read is too old, beyond pages", exactly(0)),
        Line("writes of such a read", exactly(0)),
        Line("a read an hour later, beyond pages and probes", exactly(0)),
    ),
)
MEMORY: Final = Area(
    "Inventory of 2,000 servers in 5 accounts and every region: the process of the function",
    (
        Line("peak memory", below(256), "MiB", varies=True),
        Line("CPU of the first read", at_most(5), "s", varies=True),
        Line("CPU of a page of 100 after it", at_most(0.1), "s", varies=True),
        Line("answer with 100 servers", below(6 * MEBIBYTE), "bytes"),
    ),
)


def estate() -> dict[str, Any]:
    """The servers of all accounts, as the simulator reads them."""
    return {
        "regions": [
            {
                "account": account_id,
                "region": region,
                "servers": [
                    {"hostname": f"host-{number}.{region}.example.com", "tags": {"Tier": "app", "Owner": "shop"}}
                    for number in range(count)
                ],
            }
            for account_id in ACCOUNTS
            for region, count in SERVERS.items()
        ]
    }


def read(simulator: Simulator) -> int:
    """How many calls have read source servers."""
    return len(simulator.record.calls("DescribeSourceServers"))


def walk(ask: Callable[..., dict[str, Any]]) -> list[str]:
    """The servers of all pages, each by its place and id."""
    found: list[str] = []
    more: dict[str, Any] = {}
    while True:
        answer = ask("get_source_server_inventory", limit=PAGE, **more)
        assert answer["complete"], answer["findings"]
        found += [f"{one['accountId']}/{one['region']}/{one['sourceServerId']}" for one in answer["items"]]
        if "nextToken" not in answer:
            return found
        more = {"nextToken": answer["nextToken"]}


@pytest.mark.requirement("SRS-Q05")
def test_an_inventory_asks_for_each_page_once_and_each_region_without_drs_once_an_hour(
    report: Findings, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_it_take_its_time(monkeypatch)
    system = new_system(drs_regions("aws"))
    for account_id in TARGETS:
        if system.accounts.find(account_id) is None:
            system.accounts.put_new(account(Target(account_id=account_id, region="us-west-2")))
    system.simulator.load_estate(estate())
    calls: list[int] = []

    def spent() -> int:
        calls.append(read(system.simulator))
        return calls[-1] - (calls[-2] if len(calls) > 1 else 0)

    system.ask("get_source_server_inventory")
    first = spent()
    found = walk(system.ask)
    walked = spent()
    assert "error" not in system.ask("get_all_capacity")
    capacity = spent()
    system.clock.advance(KEPT_SECONDS)
    before = system.tables["accounts"].scan()
    system.ask("get_source_server_inventory")
    again = spent()
    written = len([row for row in system.tables["accounts"].scan() if row not in before])
    system.clock.advance(WITHOUT_SERVERS_SECONDS)
    system.ask("get_source_server_inventory")
    later = spent()

    assert len(found) == len(set(found)) == ALL
    report(
        CALLS,
        {
            "regions of an account": len(drs_regions("aws")),
            "pages of the places with servers": PAGES,
            "the first read, beyond pages and one probe of each unknown region": first - PAGES - UNKNOWN,
            "a walk over all pages of 100, beyond the first read": walked,
            "capacity of all accounts, a moment later": capacity,
            "a read when what was read is too old, beyond pages": again - PAGES,
            "writes of such a read": written,
            "a read an hour later, beyond pages and probes": later - PAGES - UNKNOWN,
        },
    )


@pytest.mark.requirement("SRS-Q05")
def test_the_process_of_the_function_stays_small(tmp_path: Path, report: Findings) -> None:
    deployed = tuple(TargetAccount(account_id, "us-west-2", EXTERNAL_ID) for account_id in TARGETS)
    blueprint = Blueprint(targets=deployed, parameters=PARAMETERS)
    drs = simulated_drs(Settings(rate_limits=RateLimits(enabled=False)))
    with LocalSystem(1.0, drs=drs, blueprint=blueprint, state_dir=tmp_path) as system:

        def ask(operation: str, **parameters: Any) -> dict[str, Any]:
            function = "data-management-handler" if operation.startswith("add_") else "query-handler"
            answer: dict[str, Any] = system.invoke(function, {"operation": operation, "parameters": parameters})
            assert "error" not in answer, answer
            return answer

        for account_id in TARGETS:
            ask("add_target_account", accountId=account_id, externalId=EXTERNAL_ID)
        system.simulator.load_estate(estate())
        ask("get_current_account")
        [process] = system.processes("query-handler")
        spent = [cpu(process)]
        page = ask("get_source_server_inventory", limit=PAGE)
        spent.append(cpu(process))
        first = read(system.simulator)
        found = walk(ask)
        spent.append(cpu(process))
        most = peak(process)

    assert first == PAGES + UNKNOWN
    assert len(found) == len(set(found)) == ALL
    report(
        MEMORY,
        {
            "peak memory": most,
            "CPU of the first read": spent[1] - spent[0],
            "CPU of a page of 100 after it": (spent[2] - spent[1]) * PAGE / ALL,
            "answer with 100 servers": len(str(page).encode()),
        },
    )


def cpu(pid: int) -> float:
    """Seconds of CPU that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak(pid: int) -> float:
    """The most memory that a process has had, in MiB."""
    told = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="utf-8"))
    assert told is not None
    return int(told[1]) / 1024
