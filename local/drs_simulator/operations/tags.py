"""Operations on the tags of source servers, jobs and recovery instances."""

from typing import Any, Final

from local.drs_simulator.errors import invalid_field, resource_not_found
from local.drs_simulator.state import Cell
from local.drs_simulator.world import World

_MOST_TAGS: Final = 50


def tag_resource(_world: World, cell: Cell, parameters: dict[str, Any]) -> dict[str, Any]:
    """Add or replace tags.

    Raises ResourceNotFound, and Validation for a reserved key or more than fifty tags.
    """
    tags, added = _tags_of(cell, parameters["resourceArn"]), parameters["tags"]
    reserved = next((key for key in added if key.lower().startswith("aws:")), None)
    if reserved is not None:
        raise invalid_field("tags", f"the key {reserved} is reserved for AWS")
    if len(tags | added) > _MOST_TAGS:
        raise invalid_field("tags", f"a resource has at most {_MOST_TAGS} tags")
    tags.update(added)
    return {}


def untag_resource(_world: World, cell: Cell, parameters: dict[str, Any]) -> dict[str, Any]:
    """Remove tags; keys that are not there are no error. Raises ResourceNotFound."""
    tags = _tags_of(cell, parameters["resourceArn"])
    for key in parameters["tagKeys"]:
        tags.pop(key, None)
    return {}


def list_tags_for_resource(_world: World, cell: Cell, parameters: dict[str, Any]) -> dict[str, Any]:
    """The tags of a resource; raises ResourceNotFound."""
    return {"tags": _tags_of(cell, parameters["resourceArn"])}


def _tags_of(cell: Cell, arn: str) -> dict[str, str]:
    resource_id = arn.rpartition("/")[2]
    for resources in (cell.servers, cell.jobs, cell.instances):
        resource = resources.get(resource_id)
        if resource is not None and resource.arn == arn:
            return resource.tags
    raise resource_not_found(f"{arn} does not exist", arn, "Resource")
