"""What became of many launches is recorded a few in each step, told once each, and never claimed before."""

from shared.drs_utils import job_tags
from shared.engine.bounds import OUTCOMES_PER_STEP
from shared.engine.effects import LaunchOutcome
from shared.models.drs import Job
from shared.models.event import EventType
from shared.models.execution import ExecutionStatus
from shared.models.launch import LaunchRecord, LaunchState
from shared.models.targets import Target
from shared.models.wave_record import ENDED_WAVE_STATUSES, WaveStatus
from tests.support.planned_wave import PlannedWave
from tests.support.stage import REGION, Stage, server_key, stage
from tests.support.stage_stories import heal, lost_and_not_checked

MANY = 2 * OUTCOMES_PER_STEP + 5
TARGETS = tuple(Target(account_id=str(111122220000 + number), region=REGION) for number in range(MANY))


def everywhere() -> Stage:
    """One wave with one server, and so one launch, in each of many accounts."""
    return stage(PlannedWave(tuple(server_key(number, target) for number, target in enumerate(TARGETS))))


def outcomes(made: Stage) -> int:
    """How many outcomes one step records."""
    decision = made.step(1)
    count = sum(isinstance(effect, LaunchOutcome) for effect in decision.effects)
    assert count < OUTCOMES_PER_STEP or decision.wait_seconds == 1, "the next step follows at once"
    return count


def told(made: Stage, kind: EventType) -> int:
    lines = [str(event.details["launchId"]) for event in made.events if event.type is kind]
    assert len(lines) == len(set(lines)), "each is told once"
    return len(lines)


def test_jobs_that_end_all_at_once_are_finished_in_several_steps() -> None:
    made = everywhere()
    made.settle()
    for job in made.running_jobs():
        made.finish_job(job)

    assert [outcomes(made) for _ in range(3)] == [OUTCOMES_PER_STEP, OUTCOMES_PER_STEP, 5]

    made.settle()
    assert told(made, EventType.LAUNCH_DONE) == MANY
    assert made.status() is ExecutionStatus.COMPLETED
    assert {launch.state for launch in made.launches.values()} == {LaunchState.DONE}


def test_an_execution_does_not_end_before_everything_is_recorded() -> None:
    made = everywhere()
    made.settle()
    for job in made.running_jobs():
        made.finish_job(job, failed=[server_key(number, target) for number, target in enumerate(TARGETS)])

    while made.status() is ExecutionStatus.RUNNING:
        made.step(1)

    assert {launch.state for launch in made.launches.values()} == {LaunchState.DONE}


def test_jobs_that_are_all_found_at_once_are_adopted_in_several_steps() -> None:
    made = everywhere()
    made.refuse |= dict.fromkeys(TARGETS, LaunchState.OPEN)
    made.settle()
    for launch in made.launches.values():
        made.add_job(launch)

    assert [outcomes(made) for _ in range(3)] == [OUTCOMES_PER_STEP, OUTCOMES_PER_STEP, 5]

    assert told(made, EventType.LAUNCH_ADOPTED) == MANY
    assert len(made.jobs) == MANY


def test_launches_that_are_all_lost_are_given_up_in_several_steps_and_made_anew_once() -> None:
    made = everywhere()
    made.refuse |= dict.fromkeys(TARGETS, LaunchState.OPEN)
    made.settle()
    made.refuse.clear()
    made.step(300)

    for _ in range(6):
        made.step(1)

    assert told(made, EventType.LAUNCH_LOST) == MANY
    assert len(made.jobs) == MANY


def full_beside_a_late_job() -> tuple[Stage, LaunchRecord, Job]:
    """All servers have their verdicts in this step, which is full of strangers before it comes to a late job."""
    made = everywhere()
    made.refuse |= dict.fromkeys(TARGETS, LaunchState.OPEN)
    made.settle()
    lost = sorted(made.launches.values(), key=lambda launch: str(launch.target))
    made.refuse.clear()
    made.step(300)
    for _ in range(6):
        made.step(1)
    instances = list[str]()
    for job in made.running_jobs():
        place, _ = made.jobs[job]
        key = server_key(TARGETS.index(place), place)
        made.finish_job(job, without_instance=[key])
        instances.append(made.add_instance(key, job, checks="initializing"))
    made.settle(6)
    assert not made.header.is_terminal

    for instance in instances:
        heal(made, instance)
    for launch in lost[:OUTCOMES_PER_STEP]:
        stranger = made.add_job(launch).model_copy(update={"tags": {}, "created_at": made.now})
        made.jobs[stranger.job_id] = (launch.target, stranger)
        made.job_tags[stranger.job_id] = {"Owner": "somebody"}
    late = made.add_job(lost[-1])
    made.step(300)
    return made, lost[-1], late


def test_an_execution_does_not_end_in_a_step_that_did_not_come_to_the_late_job_of_a_lost_launch() -> None:
    made, lost, late = full_beside_a_late_job()
    made.settle()

    assert made.launches[lost.launch_id].job_id == late.job_id
    assert not made.header.is_terminal


def test_nor_has_its_wave_a_verdict_and_the_server_follows_that_job() -> None:
    made, lost, late = full_beside_a_late_job()
    assert made.wave(0) not in ENDED_WAVE_STATUSES

    made.settle()
    made.finish_job(late.job_id)
    for _ in range(10):
        made.step(30)

    assert made.status() is ExecutionStatus.COMPLETED
    ((key, _),) = lost.members
    server, (instance,) = made.server(key), made.instances[key]
    assert (server.job_id, server.recovery_instance_id) == (late.job_id, instance.recovery_instance_id)


def healed_without_time_to_look() -> tuple[Stage, LaunchRecord]:
    """The last server has its verdict in this step, which has no time to look for the late job of another's launch."""
    first, second = TARGETS[:2]
    made, lost, slow = lost_and_not_checked(first, second)
    heal(made, slow)
    made.unreachable[first] = ""
    made.step(60)
    return made, lost


def test_an_execution_does_not_end_in_a_step_without_time_to_look_for_the_late_job_of_a_lost_launch() -> None:
    made, lost = healed_without_time_to_look()
    assert (made.wave(0), made.header.is_terminal) == (WaveStatus.VALIDATING, False)

    late = made.add_job(lost)
    made.unreachable.clear()
    made.settle()

    assert made.launches[lost.launch_id].job_id == late.job_id
    assert (made.wave(0), made.header.is_terminal) == (WaveStatus.VALIDATING, False)


def test_its_wave_is_judged_once_there_is_time_and_after_five_minutes_without_any() -> None:
    in_time, _ = healed_without_time_to_look()
    in_time.unreachable.clear()
    in_time.step(1)
    assert in_time.wave(0) is WaveStatus.COMPLETED

    never, _ = healed_without_time_to_look()
    never.step(290)
    assert never.wave(0) is WaveStatus.VALIDATING
    never.step(10)
    assert never.wave(0) is WaveStatus.COMPLETED


def recovered_beside_lost_ones(*targets: Target) -> Stage:
    """A launch was lost in each of these accounts; the next one has recovered the server, and only checks are left."""
    made = stage(PlannedWave(tuple(server_key(number, target) for number, target in enumerate(targets))))
    made.refuse |= dict.fromkeys(targets, LaunchState.OPEN)
    made.settle()
    made.refuse.clear()
    made.step(300)
    made.settle()
    for job in made.running_jobs():
        made.finish_job(job)
    return made


def steps_to_the_end(made: Stage, *without_time: Target) -> int:
    """How many steps it takes, in each of which there is no time for the next of these, in turn."""
    for number in range(100):
        if made.header.is_terminal:
            return number
        made.unreachable = {without_time[number % len(without_time)]: ""}
        made.step(30)
    raise AssertionError(f"it does not end: {made.status()} {made.header.status_reason}")


def test_that_each_account_was_asked_in_some_step_since_the_last_verdict_is_enough_to_end() -> None:
    made = recovered_beside_lost_ones(*TARGETS[:3])

    assert steps_to_the_end(made, *TARGETS[:3]) < 20

    assert (made.status(), made.header.status_reason) == (ExecutionStatus.COMPLETED, "its only wave completed")


def test_an_end_waits_for_time_to_look_for_five_minutes_and_says_so() -> None:
    made, _ = healed_without_time_to_look()
    while made.wave(0) is not WaveStatus.COMPLETED:
        made.step(30)
    judged_at = made.now
    made.step(30)
    words = f"its only wave completed; late jobs of lost launches are looked for in {TARGETS[0]} before the end"
    assert (made.status(), made.header.status_reason) == (ExecutionStatus.DRAINING, words)

    steps_to_the_end(made, TARGETS[0])

    assert (made.now - judged_at).total_seconds() == 300
    words = f"its only wave completed; nobody had time to look for late jobs of lost launches in {TARGETS[0]}"
    assert (made.status(), made.header.status_reason) == (ExecutionStatus.COMPLETED, words)


def test_no_call_is_made_in_a_step_that_did_not_come_to_the_late_job_of_its_server() -> None:
    few = TARGETS[: OUTCOMES_PER_STEP + 1]
    made = stage(
        PlannedWave(tuple(server_key(number, target) for number, target in enumerate(few)), deadline_minutes=60)
    )
    made.refuse |= dict.fromkeys(few, LaunchState.OPEN)
    while [launch.state for launch in made.launches.values()] != [LaunchState.LOST] * 2 * len(few):
        made.step(5)
    lost = sorted(made.launches.values(), key=lambda launch: str(launch.target))
    made.refuse.clear()
    for launch in lost[::2]:
        job = made.add_job(launch).model_copy(update={"tags": {}, "created_at": made.now})
        made.jobs[job.job_id] = (launch.target, job)
        made.job_tags[job.job_id] = {"Owner": "somebody"}
    made.job_tags[job.job_id] = job_tags(lost[-2].launch_id, lost[-2].execution_id)

    made.step(360)
    made.settle()

    assert made.launches[lost[-2].launch_id].job_id == job.job_id
    assert sum(launch.target == lost[-2].target for launch in made.launches.values()) == 2
