"""The steps of a deployment, in their order; each is told, and none is taken if one before it failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tools.deployment.built import Built
from tools.deployment.changes import grave, refusal, told
from tools.deployment.errors import DeploymentError
from tools.deployment.parameters import Mode, Named, given, of_mode, revised
from tools.deployment.progress import Progress
from tools.deployment.smoke import Smoke
from tools.deployment.stacks import Request, Stacks, StackState
from tools.deployment.upload import Bucket

PRODUCTION: Final = "prod"

_FIREWALL: Final = "ConsoleFirewall"
_NO_FIREWALL: Final = (
    "No firewall stands before the console, because none can be made outside us-east-1. cfn/waf-stack.yaml makes one "
    "there; deploy again with ARGS='CloudFrontWebAclArn=arn:…'."
)
_TOLD: Final = (
    "CloudFrontURL",
    _FIREWALL,
    "ApiEndpoint",
    "UserPoolId",
    "UserPoolClientId",
    "OrchestrationRoleArn",
)
"""The outputs that whoever deploys goes on with."""


@dataclass(frozen=True)
class Wish:
    """What whoever deploys asks for."""

    project: str
    environment: str
    mode: Mode | None = None
    said: Mapping[str, str] = field(default_factory=dict)
    accepted: frozenset[str] = frozenset()
    role_arn: str | None = None
    previews: bool = False
    looks_inside: bool = True
    over_http: bool = True

    @property
    def stack_name(self) -> str:
        """The name of the stack of everything."""
        return f"{self.project}-{self.environment}"


@dataclass(frozen=True)
class Deployment:
    """Everything that a deployment needs, and to whom it tells what it does."""

    stacks: Stacks
    bucket: Bucket
    smoke: Smoke
    tell: Callable[[str], None]
    new_name: Callable[[], str]
    """A name that no change set has yet."""

    def deploy(self, wish: Wish, built: Built, template: Mapping[str, Any]) -> None:
        """Bring the stack to what was built and asked for; `template` is the master as data.

        DeploymentError for whatever prevents it. What is refused is not executed, and its change set is taken back.
        """
        before = self.stacks.find(wish.stack_name)
        is_new = before is None or before.is_new
        if before is not None:
            before.check_takes_update()
        previous = {} if before is None or is_new else before.parameters
        parameters = self._parameters(wish, built, template, previous)
        self._hand_over(built)
        # What a new stack holds is all new, and outputs of stacks that are not made yet would be held to patterns.
        request = Request(
            stack_name=wish.stack_name,
            change_set=self.new_name(),
            template=built.master,
            parameters=parameters,
            tags=_tags(wish, {**_defaults(template), **previous, **wish.said}["Owner"]),
            role_arn=wish.role_arn,
            is_new=is_new,
            looks_inside=wish.looks_inside and not is_new,
        )
        change_set = self._shown(request, wish.accepted)
        if wish.previews:
            if change_set is not None:
                self.stacks.drop(change_set)
            self.tell("Nothing was changed: this was a preview.")
            return
        after = self._executed(wish, change_set, is_new=is_new)
        self._protect(wish, after)
        self.tell("Asking what is deployed:")
        self.smoke.ask(after.outputs, over_http=wish.over_http)
        self.tell(f"{wish.stack_name} is deployed.")
        for name in _TOLD:
            if name in after.outputs:
                self.tell(f"  {name:<20}  {after.outputs[name]}")
        if after.outputs.get(_FIREWALL) == "none" and after.parameters.get("EnableWAF") == "true":
            self.tell(_NO_FIREWALL)

    def _parameters(
        self, wish: Wish, built: Built, template: Mapping[str, Any], previous: Mapping[str, str]
    ) -> list[dict[str, Any]]:
        said = of_mode(wish.mode, wish.said, previous)
        asked = revised(said, previous)
        if asked != said:
            self.tell("The API is deployed anew (ApiRevision): what it serves is changed by parameters alone.")
        named = Named(wish.project, wish.environment, self.bucket.name, built.prefix)
        return given(template, named.parameters, asked, previous)

    def _hand_over(self, built: Built) -> None:
        """The templates to CloudFormation to be looked at, then everything into the bucket."""
        self.bucket.check(self.stacks.client.meta.region_name)
        checked = 0
        for name, text in built.templates():
            self.stacks.check_template(name, text)
            checked += 1
        self.tell(f"CloudFormation takes the {checked} templates.")
        put = self.bucket.lay_out(built.objects, built.prefix)
        self.tell(f"s3://{self.bucket.name}/{built.prefix}: {put} uploaded, {len(built.objects) - put} were there.")

    def _shown(self, request: Request, accepted: frozenset[str]) -> str | None:
        """The change set that was shown and may be executed; none if nothing would change."""
        change_set = self.stacks.prepare(request)
        if change_set is None:
            self.tell(f"{request.stack_name} is what was built already.")
            return None
        changes = list(self.stacks.changes(change_set, looks_inside=request.looks_inside))
        self.tell(f"{request.stack_name} is {'made' if request.is_new else 'changed'}:")
        for line in told(changes):
            self.tell(line)
        if lost := grave(changes, accepted):
            self.stacks.drop(change_set)
            raise DeploymentError(refusal(lost))
        return change_set

    def _executed(self, wish: Wish, change_set: str | None, *, is_new: bool) -> StackState:
        state = self.stacks.find(wish.stack_name)
        if state is None:
            raise DeploymentError(f"there is no stack {wish.stack_name}, though it was prepared")
        if change_set is None:
            return state
        progress = Progress(self.stacks, state.stack_id, self.tell)
        self.stacks.client.execute_change_set(ChangeSetName=change_set)
        return progress.finish("CREATE_COMPLETE" if is_new else "UPDATE_COMPLETE")

    def _protect(self, wish: Wish, state: StackState) -> None:
        """Nobody deletes production's stack without taking this back first."""
        if wish.environment != PRODUCTION or state.is_protected:
            return
        self.stacks.client.update_termination_protection(StackName=state.stack_id, EnableTerminationProtection=True)
        protected = self.stacks.find(state.stack_id)
        if protected is None or not protected.is_protected:
            raise DeploymentError(f"{wish.stack_name} is deployed, but not protected against termination")
        self.tell("The stack is protected against termination.")


def _tags(wish: Wish, owner: str) -> Mapping[str, str]:
    """Of the stack itself; its resources have theirs from the templates."""
    return {"Project": wish.project, "Environment": wish.environment, "Owner": owner}


def _defaults(template: Mapping[str, Any]) -> Mapping[str, str]:
    return {name: str(body["Default"]) for name, body in template["Parameters"].items() if "Default" in body}
