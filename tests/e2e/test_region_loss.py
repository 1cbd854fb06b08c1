"""The hub's region is lost as `make run ARGS=--region-loss` rehearses it: a second system goes on from the export."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.e2e.test_demo import Demo, nothing_is_left

LONG = 480.0
"""Real seconds for two systems, one after the other, on a busy machine."""


@pytest.mark.requirement("PRD-31")
def test_a_second_system_from_the_export_drills_what_the_first_one_had(tmp_path: Path) -> None:
    demo = Demo(tmp_path, "--region-loss")

    assert demo.end(LONG) == 0, demo.output

    told = demo.output
    assert "Exported 4 groups and 2 plans, noted 2 accounts and the tag sync" in told
    assert "The region us-east-1 is lost: its tables, functions, state machine, rules and users are gone" in told
    assert re.search(r"^A second system is deployed in us-west-2, in [\d.]+ s$", told, re.MULTILINE)
    assert "The second system exports what the first one did; of its executions it knows nothing" in told
    assert "COMPLETED 100 %: 1 COMPLETED 100 %, 2 COMPLETED 100 %, 3 COMPLETED 100 %" in told
    assert "AWS shows no recovery instance and no running EC2 instance in either account" in told
    assert re.search(r"^From the loss to the end of the drill: [\d.]+ s \(deployed [\d.]+ s, ", told, re.MULTILINE)
    nothing_is_left(demo, [])
