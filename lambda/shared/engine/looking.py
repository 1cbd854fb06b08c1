"""A look before a launch: whatever an earlier attempt brought to life is taken, never replaced."""

from collections.abc import Sequence

from shared.engine.observations import Unavailable
from shared.engine.state import Draft
from shared.models.drs import RecoveryInstance, SourceServer
from shared.models.launch import LaunchRecord
from shared.models.server_record import LaunchStatus, ServerRecord

DEAD = frozenset({"SHUTTING-DOWN", "TERMINATED", "NOT_FOUND"})
"""States in which DRS still lists an instance that nobody can use."""

SUCCEEDED = frozenset({"LAUNCHED", "SUCCEEDED"})
"""What DRS says of a launch that made the instance which the source server names."""


def find_instance(
    draft: Draft, server: ServerRecord, source: SourceServer | None = None
) -> Sequence[RecoveryInstance] | Unavailable | None:
    """The living instance of the server that any launch of this execution made, or none; None if only just asked.

    DRS may name it at the source server before it lists it. One of another execution or of a person does not count:
    whoever launched it did so before this execution.
    """
    listed = draft.observer.instances(server.server)
    if listed is None or isinstance(listed, Unavailable):
        return listed
    ours = {
        launch.job_id
        for launch in draft.launches_of(server.wave_number)
        if launch.job_id is not None
        and launch.target == server.server.target
        and any(member.source_server_id == server.server.source_server_id for member in launch.servers)
    }
    known = {instance.recovery_instance_id for instance in listed}
    candidates = [instance for instance in listed if instance.ec2_state not in DEAD]
    if (
        source is not None
        and source.recovery_instance_id is not None
        and source.recovery_instance_id not in known
        # else it may still be the instance of a launch before ours
        and source.last_launch_status in SUCCEEDED
    ):
        candidates.append(
            RecoveryInstance(
                recovery_instance_id=source.recovery_instance_id,
                ec2_instance_id=source.recovery_instance_id,
                job_id=source.last_launch_job_id,
            )
        )
    return [instance for instance in candidates if instance.job_id in ours][:1]


def launch_of(draft: Draft, instance: RecoveryInstance) -> LaunchRecord:
    """The launch whose job made an instance that is ours."""
    return next(launch for launch in draft.launches.values() if launch.job_id == instance.job_id)


def adopt_instance(draft: Draft, server: ServerRecord, instance: RecoveryInstance) -> None:
    """The server is launched by what an earlier attempt made; its checks begin."""
    draft.change_server(
        server.server,
        launch=LaunchStatus.LAUNCHED,
        reason=f"instance {instance.recovery_instance_id} of job {instance.job_id} is there",
        launch_id=launch_of(draft, instance).launch_id,
        job_id=instance.job_id,
        recovery_instance_id=instance.recovery_instance_id,
        recovery_point=instance.point_in_time,
        replaced_instance_id=None,
        finding=None,
        launched_at=draft.now,
        checked_from=draft.now,
    )
