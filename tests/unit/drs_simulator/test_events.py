"""Launch events: when they come, what they say, and that some never come."""

from datetime import datetime, timedelta

from local.drs_simulator import Quirks, RateLimits, Settings
from tests.support.drs_rehearsal import ACCOUNT, REGION, Rehearsal


def test_every_server_of_a_job_has_its_event(rehearsal: Rehearsal) -> None:
    servers = rehearsal.protect(3)
    rehearsal.fail(kind="launchFailure", servers=[servers[1]])

    job_id = rehearsal.launch(servers, isDrill=True)

    told = {event["resources"][0].rpartition("/")[2]: event["detail"]["state"] for event in rehearsal.events}
    assert told == {
        servers[0]: "RECOVERY_LAUNCH_SUCCEEDED",
        servers[1]: "RECOVERY_LAUNCH_FAILED",
        servers[2]: "RECOVERY_LAUNCH_SUCCEEDED",
    }
    event = rehearsal.events[0]
    assert (event["source"], event["detail-type"]) == ("aws.drs", "DRS Source Server Launch Result")
    assert (event["account"], event["region"]) == (ACCOUNT, REGION)
    assert (event["detail"]["job-id"], event["detail"]["is-drill"]) == (job_id, "TRUE")


def test_events_come_in_the_last_ten_seconds_of_their_job(rehearsal: Rehearsal) -> None:
    for server in rehearsal.protect(20):
        job_id = rehearsal.launch([server])
        ended = datetime.fromisoformat(rehearsal.job(job_id)["endDateTime"])
        at = datetime.fromisoformat(rehearsal.events[-1]["time"])
        assert timedelta(0) <= ended - at <= timedelta(seconds=11)


def test_one_event_in_twenty_is_lost() -> None:
    rehearsal = Rehearsal(Settings(rate_limits=RateLimits(enabled=False)))
    rehearsal.launch(rehearsal.protect(100))
    rehearsal.launch(rehearsal.protect(100))

    lost = rehearsal.simulator.record.effects("eventLost")

    assert 1 <= len(lost) <= 25
    assert len(rehearsal.events) + len(lost) == 200


def test_events_may_all_be_lost_or_one_by_plan() -> None:
    rehearsal = Rehearsal(Settings(rate_limits=RateLimits(enabled=False), quirks=Quirks(event_loss=0)))
    first, second = rehearsal.protect(2)
    rehearsal.fail(kind="lostEvent", servers=[first])

    rehearsal.launch([first, second])

    assert [event["resources"][0].rpartition("/")[2] for event in rehearsal.events] == [second]


def test_whoever_gets_an_event_may_call_the_simulator(rehearsal: Rehearsal) -> None:
    heard = []
    simulator = rehearsal.simulator
    simulator.delivers_events_inline = False
    rehearsal.launch(rehearsal.protect())
    assert rehearsal.events == []

    heard.append(simulator.deliver_events())

    assert heard == [1]
    assert simulator.deliver_events() == 0
