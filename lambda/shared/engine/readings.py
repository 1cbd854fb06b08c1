"""What was seen of an instance, as far as it means anything for its server's health."""

from dataclasses import dataclass

from shared.models.server_record import HealthStatus


@dataclass(frozen=True)
class Reading:
    """What AWS's answers mean; UNKNOWN asks for another look."""

    health: HealthStatus
    reason: str
