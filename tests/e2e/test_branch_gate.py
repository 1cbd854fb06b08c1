"""The gate of one branch while the other branch runs."""

from tests.e2e.accounts import APPLICATION, DATABASE
from tests.e2e.hub import Hub, Part, Wave
from tests.e2e.waiting import eventually


def test_the_gate_of_one_branch_is_approved_while_the_other_branch_launches(hub: Hub) -> None:
    (gated,) = hub.drs.protect(DATABASE, "branch-gated")
    (running,) = hub.drs.protect(APPLICATION, "branch-running", os="Windows Server 2022")
    (last,) = hub.drs.protect(APPLICATION, "branch-last")
    execution_id = hub.start(
        Wave([Part(DATABASE, [gated])], pause=True),
        Wave([Part(APPLICATION, [running])]),
        Wave([Part(APPLICATION, [last])], after=[0, 1]),
    )
    mail = hub.pause_mail(execution_id)
    eventually(lambda: any(running in job.servers for job in hub.drs.jobs()), "the other branch should launch")

    finished = hub.paste(mail, "resume")

    assert finished.code == 0, finished.errors
    execution = hub.ended(execution_id)
    assert execution["status"] == "COMPLETED", execution["statusReason"]
    of_gated, of_running, of_last = (hub.drs.job_with(server) for server in (gated, running, last))
    assert of_running.created < of_gated.created, "the open gate held nothing but its own branch"
    assert of_gated.ran_together_with(of_running), "the gated wave began while the other branch launched"
    assert of_gated.ended is not None and of_running.ended is not None
    assert of_last.created > max(of_gated.ended, of_running.ended), "what needs both branches waited for both"
    assert [gate["status"] for gate in execution["gates"]] == ["APPROVED"]
