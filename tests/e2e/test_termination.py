"""Termination finds what its execution launched, in every account, and nothing else."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from shared.models.targets import Target
from tests.e2e.accounts import APPLICATION, DATABASE
from tests.e2e.hub import Hub, Part, Wave
from tests.e2e.waiting import eventually


@dataclass(frozen=True)
class Aftermath:
    """Two executions that have ended, and what others launched beside them; nothing is terminated yet."""

    failed: str
    """A drill whose second wave failed: one of its servers was not launched."""
    recovery: str
    """A recovery of another server in the same account."""
    foreign: dict[Target, set[str]]
    """Instances that nobody of ours launched."""


@pytest.fixture(scope="module")
def aftermath(hub: Hub) -> Aftermath:
    """Everything launched at once."""
    databases = hub.drs.protect(DATABASE, "end-database-1", "end-database-2")
    good, bad = hub.drs.protect(APPLICATION, "end-application-good", "end-application-bad")
    hub.drs.break_off("launchFailure", servers=[bad])
    failed = hub.start(Wave([Part(DATABASE, databases)]), Wave([Part(APPLICATION, [good, bad])], on_failure="STOP"))
    recovery = hub.start(Wave([Part(DATABASE, hub.drs.protect(DATABASE, "end-recovered"))]), kind="RECOVERY")
    jobs = {
        hub.drs.launch_as_somebody_else(target, *hub.drs.protect(target, "end-foreign"))
        for target in (DATABASE, APPLICATION)
    }
    statuses = (hub.ended(failed)["status"], hub.ended(recovery)["status"])
    assert statuses == ("PARTIAL", "COMPLETED")
    foreign = {target: _started_by_hand(hub, target) for target in (DATABASE, APPLICATION)}
    for entry in eventually(lambda: _launched_by(hub, jobs), "the foreign jobs should launch"):
        foreign[Target(account_id=entry["account"], region=entry["region"])].add(entry["instanceId"])
    return Aftermath(failed, recovery, foreign)


def _launched_by(hub: Hub, jobs: set[str]) -> list[dict[str, Any]] | None:
    found = [entry for entry in hub.drs.effects("instanceLaunched") if entry["jobId"] in jobs]
    return found if len(found) == len(jobs) else None


def _started_by_hand(hub: Hub, target: Target) -> set[str]:
    """An instance that DRS does not know."""
    ec2 = hub.system.client("ec2", target.account_id, target.region)
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    started = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, InstanceType="t3.micro")
    return {started["Instances"][0]["InstanceId"]}


@pytest.mark.requirement("PRD-08", "SRS-E12", "SRS-F31")
def test_terminating_ends_exactly_what_the_execution_launched_in_both_accounts_failed_wave_included(
    hub: Hub, aftermath: Aftermath
) -> None:
    ours, others = hub.drs.instances_of(aftermath.failed), hub.drs.instances_of(aftermath.recovery)
    assert {target: len(instances) for target, instances in ours.items()} == {DATABASE: 2, APPLICATION: 1}
    assert _everything(ours) <= _alive(hub)
    before = hub.drs.asked_to_terminate()

    with ThreadPoolExecutor(max_workers=2) as people:
        first, second = people.map(
            lambda _: hub.ask("terminate_instances", executionId=aftermath.failed, reason="the drill is over"), range(2)
        )
    _wait_until_it_says_done(hub, aftermath.failed)

    assert not _everything(ours) & _alive(hub), "EC2 and DRS show them gone as soon as we say so"
    assert (first["number"], second["number"]) == (1, 1), "the second terminate adopts the first"
    asked = hub.drs.asked_to_terminate()[len(before) :]
    assert sorted(asked) == sorted(_everything(ours)), "each once, and no other"
    assert (_everything(others) | _everything(aftermath.foreign)) <= _alive(hub)
    execution = hub.execution(aftermath.failed)
    assert execution["status"] == "PARTIAL", "the header stays"
    assert sorted(server["launchStatus"] for server in execution["servers"]["items"]) == [
        "FAILED",
        "TERMINATED",
        "TERMINATED",
        "TERMINATED",
    ]


@pytest.mark.requirement("SRS-F31")
def test_a_recovery_is_terminated_only_by_who_repeats_its_id(hub: Hub, aftermath: Aftermath) -> None:
    ours = _everything(hub.drs.instances_of(aftermath.recovery))
    assert len(ours) == 1
    before = hub.drs.asked_to_terminate()

    without = hub.refusal("terminate_instances", executionId=aftermath.recovery)
    mistaken = hub.refusal("terminate_instances", executionId=aftermath.recovery, confirm=aftermath.failed)

    assert [refused["error"] for refused in (without, mistaken)] == ["VALIDATION_ERROR"] * 2
    assert [refused["details"]["fields"][0]["field"] for refused in (without, mistaken)] == ["confirm"] * 2
    assert aftermath.recovery in without["message"]
    status = hub.ask("get_termination_status", executionId=aftermath.recovery)
    assert status["status"] == "NOT_REQUESTED"
    assert hub.drs.asked_to_terminate() == before

    hub.ask("terminate_instances", executionId=aftermath.recovery, confirm=aftermath.recovery)
    _wait_until_it_says_done(hub, aftermath.recovery)

    assert not ours & _alive(hub)
    assert set(hub.drs.asked_to_terminate()) - set(before) == ours
    assert _everything(aftermath.foreign) <= _alive(hub)


def _wait_until_it_says_done(hub: Hub, execution_id: str) -> None:
    """The oracle looks right after this."""
    eventually(
        lambda: hub.ask("get_termination_status", executionId=execution_id)["status"] == "COMPLETED",
        f"the instances of {execution_id} should be terminated",
        every=0.1,
    )


def _everything(instances: dict[Target, set[str]]) -> set[str]:
    return set().union(*instances.values())


def _alive(hub: Hub) -> set[str]:
    """What EC2 or DRS shows in either account."""
    return set().union(
        *(hub.alive_instances(target) | hub.recovery_instances(target) for target in (DATABASE, APPLICATION))
    )
