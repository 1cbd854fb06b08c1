"""OpsCenter as far as this system uses it: it keeps what was made, and may be down."""

from dataclasses import dataclass, field

from shared.aws.ops_ports import OpsItem
from shared.aws.ports import HandOverError


@dataclass
class Center:
    """Keeps what was made, and counts how often it was asked."""

    made: list[OpsItem] = field(default_factory=list)
    is_there: bool = True
    asked: int = 0

    def create(self, item: OpsItem) -> str:
        """The id of the new one; HandOverError while it is down."""
        self.asked += 1
        if not self.is_there:
            raise HandOverError("Systems Manager made no OpsItem")
        self.made.append(item)
        return f"oi-{len(self.made)}"
