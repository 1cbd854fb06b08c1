"""Takes a system away: says what goes and what stays, and asks before anything is done.

Never production's, unless it could not be created: nobody has used that, and no other way leads to a deployment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from local.cloudformation.template import parse
from tools.deployment.errors import DeploymentError
from tools.deployment.kept import NESTED_STACK
from tools.deployment.progress import Progress
from tools.deployment.stacks import Stacks, StackState

PRODUCTION: Final = "prod"
_CONSOLE: Final = "Custom::ConsolePages"
_BUCKET: Final = "AWS::S3::Bucket"


@dataclass(frozen=True)
class Resource:
    """One resource that is there, and whether it outlives its stack."""

    path: str
    resource_type: str
    physical_id: str
    stays: bool


@dataclass(frozen=True)
class Destruction:
    """The way to take a system away; `confirm` asks somebody to type a name, and answers what was typed."""

    stacks: Stacks
    tell: Callable[[str], None]
    confirm: Callable[[str], str]

    def destroy(self, stack_name: str, role_arn: str | None) -> None:
        """Delete the stack once its name was typed; DeploymentError for production's, and for whatever fails."""
        state = self.stacks.find(stack_name)
        if state is None:
            raise DeploymentError(f"there is no stack {stack_name}")
        _refuse_production(stack_name, state)
        resources = [] if state.is_new else list(self._resources(state.stack_id))
        for line in _told(stack_name, resources):
            self.tell(line)
        if self.confirm(f"To delete it type its name, {stack_name}: ") != stack_name:
            raise DeploymentError("nothing was deleted: the name was not typed")
        progress = Progress(self.stacks, state.stack_id, self.tell)
        optional = {"RoleARN": role_arn} if role_arn else {}
        self.stacks.client.delete_stack(StackName=state.stack_id, **optional)  # type: ignore[arg-type]
        progress.finish("DELETE_COMPLETE")
        self.tell(f"{stack_name} is deleted.")
        for line in _left(resources):
            self.tell(line)

    def _resources(self, stack_id: str) -> Iterator[Resource]:
        policies: dict[str, Mapping[str, Any]] = {"": self._declared(stack_id)}
        for path, found in self.stacks.resources(stack_id):
            within, _, logical_name = path.rpartition("/")
            if found["ResourceType"] == NESTED_STACK:
                policies[path] = self._declared(found["PhysicalResourceId"])
                continue
            policy = policies[within].get(logical_name, {}).get("DeletionPolicy", "Delete")
            yield Resource(path, found["ResourceType"], found["PhysicalResourceId"], policy != "Delete")

    def _declared(self, stack: str) -> Mapping[str, Any]:
        """The resources of a stack as its own template declares them, not as those of this checkout do."""
        # JSON comes as data, YAML as text.
        body: Any = self.stacks.client.get_template(StackName=stack)["TemplateBody"]
        template = parse(body) if isinstance(body, str) else body
        resources: Mapping[str, Any] = template["Resources"]
        return resources


def _refuse_production(stack_name: str, state: StackState) -> None:
    is_production = state.parameters.get("Environment", "") == PRODUCTION or stack_name.endswith(f"-{PRODUCTION}")
    if is_production and state.was_created:
        raise DeploymentError(
            f"{stack_name} is production: this never deletes it. Whoever means it takes its termination protection "
            "back and deletes it in CloudFormation, by hand"
        )
    if state.is_protected:
        raise DeploymentError(f"{stack_name} is protected against termination: somebody wants it to stay")


def _told(stack_name: str, resources: Sequence[Resource]) -> Iterator[str]:
    staying = [one for one in resources if one.stays]
    yield f"{stack_name} has {len(resources)} resources. {len(resources) - len(staying)} are deleted with it."
    if any(one.resource_type == _CONSOLE for one in resources):
        for bucket in (one for one in resources if one.resource_type == _BUCKET and not one.stays):
            yield f"The pages of the console in the bucket {bucket.physical_id} are deleted with it."
    if staying:
        yield "These stay, with all that is in them:"
        yield from (f"  {one.path} ({one.resource_type})  {one.physical_id}" for one in staying)


def _left(resources: Sequence[Resource]) -> Iterator[str]:
    staying = [one for one in resources if one.stays]
    if staying:
        yield "Left behind, to be deleted by hand when nobody needs them; a new stack of these names needs them gone:"
        yield from (f"  {one.resource_type:<26}  {one.physical_id}" for one in staying)
