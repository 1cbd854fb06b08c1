"""The address of a plan gets the mails of its executions, beside the subscriber of everything."""

import pytest

from tests.e2e.accounts import DATABASE
from tests.e2e.hub import Hub, Part
from tests.e2e.waiting import eventually

EVERYTHING = "operator@example.com"
ADDRESS = "payroll@example.com"


@pytest.fixture(scope="module")
def plans(hub: Hub) -> list[str]:
    """Two plans, of which the second names the address."""
    ids = []
    for name, address in (("Without an address", {}), ("Payroll", {"notificationEmail": ADDRESS})):
        group = hub.group(Part(DATABASE, hub.drs.protect(DATABASE, f"mailed-{name.split()[0].lower()}")))
        waves = [{"waveNumber": 0, "waveName": "Only", "protectionGroupId": group}]
        ids.append(hub.ask("create_recovery_plan", planName=name, waves=waves, **address)["planId"])
    return ids


@pytest.mark.requirement("SRS-I11")
def test_a_drills_mails_go_to_the_plans_address_too(hub: Hub, plans: list[str]) -> None:
    started = [hub.ask("start_execution", planId=plan_id, executionType="DRILL")["executionId"] for plan_id in plans]

    without, mailed = started
    for kind in ("start", "complete"):
        assert _receivers(hub, mailed, kind, 2) == [EVERYTHING, ADDRESS]
        assert _receivers(hub, without, kind, 1) == [EVERYTHING]


def _receivers(hub: Hub, execution_id: str, kind: str, count: int) -> list[str]:
    """To whom a mail went, as soon as so many have it."""
    mails = eventually(
        lambda: found if len(found := hub.mails(execution_id, kind)) >= count else None,
        f"{count} should get the {kind} mail of {execution_id}",
    )
    return sorted(mail.to for mail in mails)
