"""The guide of recovery and failback, step by step: what this software does of it, and what then is there."""

from typing import Final

import pytest

from tests.e2e.hub import Hub
from tests.e2e.pasting import settle
from tests.e2e.terminal import Terminal
from tests.unit.docs.markdown import Document

GUIDE: Final = Document("docs/guides/DRS_RECOVERY_AND_FAILBACK_COMPLETE_GUIDE.md")
STEPS: Final = GUIDE.blocks_run_by("tests/e2e/test_recovery_guide.py")


@pytest.mark.requirement("PRD-02", "PRD-34")
def test_a_recovery_goes_by_the_guide_from_its_preflight_to_the_end_of_its_instances(
    hub: Hub, terminal: Terminal
) -> None:
    preflight, start, answer_gate, read, terminate = STEPS
    plan_id = terminal.given["PLAN"]

    terminal.paste(preflight)
    assert terminal.answer()["canStart"], terminal.answer()["findings"]

    before = _executions(hub, plan_id)
    terminal.paste(start)
    terminal.paste(start)
    execution_id = terminal.answer()["executionId"]
    assert _executions(hub, plan_id) - before == {execution_id}, "the second press is the first one"

    settle(hub, execution_id)
    while hub.execution(execution_id)["status"] == "PAUSED":
        terminal.paste(answer_gate)
        settle(hub, execution_id)

    terminal.paste(read)
    ended = terminal.answer()
    assert (ended["status"], ended["executionType"]) == ("COMPLETED", "RECOVERY"), ended["statusReason"]
    assert ended["rto"]["actualSecondsWithoutGates"] < ended["rto"]["actualSeconds"]
    assert ended["rpo"]

    recovered = set().union(*hub.drs.instances_of(execution_id).values())
    there = hub.every("check_existing_instances", planId=plan_id)
    assert {one["ec2InstanceId"] for one in there} == recovered
    drill = hub.ask("preflight_recovery_plan", planId=plan_id, executionType="DRILL")
    warned = [one for one in drill["findings"] if one["code"] == "LEFTOVER_INSTANCES"]
    assert set().union(*(one["details"]["instances"].values() for one in warned)) == recovered
    assert {one["outcome"] for one in warned} == {"WARN"} and drill["canStart"], "as the guide says, it warns only"

    refused = hub.refusal("terminate_instances", executionId=execution_id)
    assert refused["details"]["fields"][0]["field"] == "confirm"
    terminal.paste(terminate)
    settle(hub, execution_id)
    assert list(hub.every("check_existing_instances", planId=plan_id)) == []


def _executions(hub: Hub, plan_id: str) -> set[str]:
    return {one["executionId"] for one in hub.every("list_executions", planId=plan_id)}
