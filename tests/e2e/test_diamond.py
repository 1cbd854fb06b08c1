"""A diamond of four waves across two accounts and two regions."""

import pytest

from tests.e2e.accounts import APPLICATION, APPLICATION_EUROPE, DATABASE, DATABASE_EUROPE
from tests.e2e.hub import Hub, Part, Wave


@pytest.mark.requirement("PRD-01", "PRD-12", "PRD-18")
def test_a_diamond_is_recovered_in_its_order_and_its_middle_two_waves_together(hub: Hub) -> None:
    root = hub.drs.protect(DATABASE, "diamond-root-1", "diamond-root-2")
    left_database = hub.drs.protect(DATABASE, "diamond-left-database")
    left_application = hub.drs.protect(APPLICATION, "diamond-left-application")
    right = hub.drs.protect(APPLICATION_EUROPE, "diamond-right-1", "diamond-right-2")
    tip = hub.drs.protect(DATABASE_EUROPE, "diamond-tip")

    execution_id = hub.start(
        Wave([Part(DATABASE, root)]),
        Wave([Part(DATABASE, left_database), Part(APPLICATION, left_application)], after=[0]),
        Wave([Part(APPLICATION_EUROPE, right)], after=[0]),
        Wave([Part(DATABASE_EUROPE, tip)], after=[1, 2]),
    )
    execution = hub.ended(execution_id)

    assert execution["status"] == "COMPLETED", execution["statusReason"]
    jobs = hub.drs.jobs_of(execution_id)
    assert sorted(sorted(job.servers) for job in jobs) == sorted(
        sorted(servers) for servers in (root, left_database, left_application, right, tip)
    ), "one job for each account and region of each wave, and no other"
    of_root, of_tip = hub.drs.job_with(root[0]), hub.drs.job_with(tip[0])
    middle = [hub.drs.job_with(servers[0]) for servers in (left_database, left_application, right)]
    assert [job.target for job in (of_root, *middle, of_tip)] == [
        DATABASE,
        DATABASE,
        APPLICATION,
        APPLICATION_EUROPE,
        DATABASE_EUROPE,
    ]
    for job in middle:
        assert of_root.ended is not None and of_root.ended < job.created
        assert job.ended is not None and job.ended < of_tip.created
        assert all(job.ran_together_with(other) for other in middle)
    for target, instances in hub.drs.instances_of(execution_id).items():
        assert instances <= hub.alive_instances(target), "what DRS launched, EC2 shows"
