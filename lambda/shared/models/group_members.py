"""Which servers of an execution came from which group, as far as groups are known by then."""

from shared.models.base import Model


class GroupMembers(Model):
    """A part of that, one of `parts` that are written with the execution: server ids by the id of their group."""

    execution_id: str
    plan_id: str
    part: int
    parts: int
    servers: dict[str, tuple[str, ...]]
