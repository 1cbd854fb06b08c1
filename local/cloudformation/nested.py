"""Creator of nested stacks: the template that its address names, from the folder of the template that names it."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import urlsplit

from local.cloudformation.deploy import Created, Creator, Stack
from local.cloudformation.template import TemplateError, load


def stack(parent: Stack, logical_name: str, properties: dict[str, Any]) -> Created:
    """A stack of a stack; its outputs are its attributes. A parameter that its template lacks is refused, as in AWS."""
    template = PurePosixPath(urlsplit(properties["TemplateURL"]).path).name
    path = parent.path.parent / template
    if not path.is_file():
        raise TemplateError(f"{parent.path.name}: {logical_name} is {template}, which is not beside it")
    given = properties.get("Parameters", {})
    unknown = set(given) - set(load(path).get("Parameters", {}))
    if unknown:
        raise TemplateError(f"{parent.path.name}: {logical_name} is given {sorted(unknown)}, which {template} lacks")
    lists = sorted(name for name, value in given.items() if isinstance(value, list | dict))
    if lists:
        raise TemplateError(f"{parent.path.name}: {logical_name} is given {lists} as no text")
    outputs = parent.nested(path, given).deploy()
    parent.context.outputs[template] = outputs
    stack_id = parent.place.pseudo_parameters(path.stem)["AWS::StackId"]
    return Created(stack_id, {f"Outputs.{name}": value for name, value in outputs.items()})


CREATORS: Final[Mapping[str, Creator]] = {"AWS::CloudFormation::Stack": stack}
