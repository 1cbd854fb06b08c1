"""What memory the functions take for a start of 1,000 servers, beside what their templates give them.

Each runs from its zip as the local system runs it: a process of AWS's runtime client, HTTP to DRS, the tables of the
templates. The peak counts that Linux tells of a process, which has the interpreter and the runtime client in it too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from local.cloudformation.template import load
from local.demo.configuration import PARAMETERS
from local.drs_door import simulated_drs
from local.drs_simulator import RateLimits, Settings
from local.function_process import ROOT
from local.stacks import TargetAccount
from local.system import Blueprint, LocalSystem
from tests.bench.areas import Area, Line, at_most
from tests.bench.findings import Findings
from tests.bench.test_inventory import EXTERNAL_ID, TARGETS, peak
from tests.support.packages import FOR_THIS_PYTHON, built_into
from tools.packaging.contents import function_names

REGION: Final = "us-west-2"
OF_A_GROUP: Final = 50
GROUPS_OF_AN_ACCOUNT: Final = 5
SERVERS: Final = OF_A_GROUP * GROUPS_OF_AN_ACCOUNT * len(TARGETS)
SCALE: Final = 60.0
PATIENCE: Final = 600.0
"""Real seconds for the first instances; their jobs take some minutes of engine time."""

SHARE: Final = 50
"""Per cent of its memory that a function may take: the other half is for what grows, as the recorded answers do."""

FUNCTIONS: Final = tuple(function_names(ROOT / "lambda"))
MEMORY: Final = Area(
    f"Memory of the functions, of which one starts {SERVERS:,} servers",
    tuple(
        Line(f"{name}{what}", allowed, unit, varies=varies)
        for name in FUNCTIONS
        for what, allowed, unit, varies in (
            ("", None, "MiB", True),
            (", of what its template gives", at_most(SHARE), "%", True),
        )
    ),
)


def given() -> dict[str, int]:
    """The MemorySize of each function, by the name of its folder."""
    found = {
        name: resource["Properties"]["MemorySize"]
        for template in ("lambda-stack", "frontend-stack")
        for resource in load(ROOT / f"cfn/{template}.yaml")["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Function"
        for name in FUNCTIONS
        if name in str(resource["Properties"]["FunctionName"])
    }
    assert found.keys() == set(FUNCTIONS)
    return found


class Busy:
    """A system with a plan of all servers, and what its functions have taken."""

    def __init__(self, system: LocalSystem) -> None:
        self.system = system
        self.most = dict.fromkeys(FUNCTIONS, 0.0)

    def ask(self, function: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """The answer of a function, which must be none of an error; who is told to try again does."""
        end = time.monotonic() + PATIENCE
        while True:
            answer: dict[str, Any] = self.system.invoke(function, {"operation": operation, "parameters": parameters})
            self.look()
            if "error" not in answer:
                return answer
            # the tables of the local system are slower than DynamoDB: a start may have to be tried again
            assert answer.get("retryable") and time.monotonic() < end, answer
            time.sleep(answer["details"].get("retryAfterSeconds", 1))

    def look(self) -> None:
        """Note the peaks of the processes that live."""
        for name in FUNCTIONS:
            peaks = [peak(process) for process in self.system.processes(name)]
            self.most[name] = max(self.most[name], *peaks, 0.0)

    def plan(self) -> str:
        """A plan of one wave for each group of a hundred servers."""
        for account_id in TARGETS:
            self.ask("data-management-handler", "add_target_account", accountId=account_id, externalId=EXTERNAL_ID)
        hosts = [{"hostname": f"host-{n}.example.com", "tags": {"Tier": "app"}} for n in range(SERVERS // len(TARGETS))]
        regions = [{"account": each, "region": REGION, "servers": hosts} for each in TARGETS]
        self.system.simulator.load_estate({"regions": regions})
        waves = [
            {
                "waveNumber": number,
                "waveName": f"Wave {number}",
                "protectionGroupId": self._group(number, account_id, ids),
            }
            for number, (account_id, ids) in enumerate(self._crowds())
        ]
        made = self.ask("data-management-handler", "create_recovery_plan", planName="All", waves=waves)
        return str(made["planId"])

    def _crowds(self) -> Iterator[tuple[str, list[str]]]:
        for account_id in TARGETS:
            ids = sorted(self.system.simulator._world.cell(account_id, REGION).servers)
            for first in range(0, len(ids), OF_A_GROUP):
                yield account_id, ids[first : first + OF_A_GROUP]

    def _group(self, number: int, account_id: str, ids: list[str]) -> str:
        made = self.ask(
            "data-management-handler",
            "create_protection_group",
            groupName=f"Group {number}",
            accountId=account_id,
            region=REGION,
            sourceServerIds=ids,
            launchConfig={"copyTags": True},
        )
        return str(made["groupId"])

    def until(self, is_so: Callable[[], bool]) -> None:
        """Wait for it, and look at the processes all the while."""
        end = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < end, "it did not come about"
            self.look()
            time.sleep(1)


@pytest.mark.wheels
@FOR_THIS_PYTHON
def test_the_functions_take_no_more_than_half_of_the_memory_that_they_are_given(
    tmp_path: Path, report: Findings
) -> None:
    packages = tmp_path / "packages"
    built_into(packages)
    blueprint = Blueprint(
        targets=tuple(TargetAccount(each, REGION, EXTERNAL_ID) for each in TARGETS),
        parameters={**PARAMETERS, "DeployFrontend": "true"},
        packages=packages,
    )
    drs = simulated_drs(Settings(rate_limits=RateLimits(enabled=False)))
    with LocalSystem(SCALE, drs=drs, blueprint=blueprint, state_dir=tmp_path / "state") as system:
        busy = Busy(system)
        busy.look()
        plan_id = busy.plan()
        busy.ask("query-handler", "preflight_recovery_plan", planId=plan_id)
        started = busy.ask(
            "execution-handler",
            "start_execution",
            planId=plan_id,
            executionType="DRILL",
            override={"reason": "the bench has more servers than DRS takes"},
        )
        execution_id = started["executionId"]

        def launched() -> int:
            shown = busy.ask("query-handler", "get_execution", executionId=execution_id)
            return sum(each["launchedCount"] for each in shown["waves"])

        busy.until(lambda: launched() >= OF_A_GROUP)
        exported = busy.ask("query-handler", "export_configuration")
        busy.ask("data-management-handler", "import_configuration", document=exported, dryRun=True)

    report(
        MEMORY,
        {
            **busy.most,
            **{f"{name}, of what its template gives": 100 * busy.most[name] / size for name, size in given().items()},
        },
    )
