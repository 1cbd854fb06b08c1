"""What was found wrong with an instance stays found, when the retry ends that was to find out anew or to replace it."""

from typing import Final

from shared.engine.state import Draft
from shared.models.server_record import HealthStatus, LaunchStatus, ServerRecord

NOT_AGAIN: Final = "it was not launched again: "


def keep_findings(draft: Draft, number: int) -> None:
    """No server of a loaded wave is checked anew any more: what was found before is the last that is known of it."""
    for server in draft.servers_of(number):
        if server.launch is LaunchStatus.LAUNCHED and server.health is HealthStatus.UNKNOWN and server.finding:
            draft.change_server(server.server, health=HealthStatus.UNHEALTHY, reason=server.finding, relaunch=False)


def keep_instance(draft: Draft, server: ServerRecord, reason: str) -> None:
    """A server that no launch has taken in its new attempt stands as before: its instance lives on, as it was found."""
    judged = draft.launches.get(server.judged_launch_id or "")
    draft.change_server(
        server.server,
        launch=LaunchStatus.LAUNCHED,
        reason=f"{NOT_AGAIN}{reason}",
        launch_id=server.judged_launch_id,
        job_id=None if judged is None else judged.job_id,
        recovery_instance_id=server.replaced_instance_id,
        replaced_instance_id=None,
        relaunch=False,
    )
    draft.change_server(server.server, health=HealthStatus.UNHEALTHY, reason=server.finding or "it was found unhealthy")


def is_kept(server: ServerRecord) -> bool:
    """Whether a server stands as before that was to be launched again."""
    return server.launch is LaunchStatus.LAUNCHED and server.launch_reason.startswith(NOT_AGAIN)


def forget_instance(draft: Draft, server: ServerRecord) -> None:
    """Whether the one that a job was to replace still lives is unknown, once the job has none or is abandoned."""
    draft.change_server(server.server, recovery_instance_id=None, recovery_point=None, launched_at=None, finding=None)
