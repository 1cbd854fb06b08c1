"""CloudFormation, as far as a deployment asks it: change sets of all nested stacks, and how a stack is getting on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from tools.deployment.changes import Change, Effect, path_of, read
from tools.deployment.errors import DeploymentError
from tools.deployment.kept import KEPT, NESTED_STACK

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

POLL_SECONDS: Final = 5.0
CHANGE_SET_SECONDS: Final = 900.0
"""So long a change set of twenty stacks may be worked out."""

_NOTHING: Final = re.compile(r"didn't contain changes|No updates are to be performed", re.IGNORECASE)
_CHANGE_SET: Final = re.compile(r"arn:[\w-]+:cloudformation:[\w-]+:\d{12}:changeSet/[\w-]+/[\w-]+")
_TAKES_AN_UPDATE: Final = frozenset(
    {
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
    }
)
_NEVER_CREATED: Final = frozenset({"REVIEW_IN_PROGRESS", "CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"})
_WHAT_HELPS: Final[Mapping[str, str]] = {
    "ROLLBACK_COMPLETE": "it could never be created; make destroy removes what is left, then deploy again",
    "ROLLBACK_FAILED": "it could neither be created nor taken back; make destroy removes what is left",
    "CREATE_FAILED": "it could not be created; make destroy removes what is left, then deploy again",
    "DELETE_FAILED": "it is half deleted; make destroy goes on with it, with production's CloudFormation by hand",
    "UPDATE_ROLLBACK_FAILED": "aws cloudformation continue-update-rollback brings it back; then deploy again",
    "UPDATE_FAILED": "aws cloudformation rollback-stack brings it back; then deploy again",
}


@dataclass(frozen=True)
class StackState:
    """A stack as it is: its id, its status, what it was given and what it answers."""

    stack_id: str
    status: str
    reason: str
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]
    is_protected: bool

    @property
    def is_new(self) -> bool:
        """Whether nothing of it was made yet: only change sets were."""
        return self.status == "REVIEW_IN_PROGRESS"

    @property
    def was_created(self) -> bool:
        """Whether it ever was there as a whole, so that somebody may have used it."""
        return self.status not in _NEVER_CREATED

    def check_takes_update(self) -> None:
        """DeploymentError with what helps, if it cannot be updated as it is."""
        if self.status in _TAKES_AN_UPDATE or self.is_new:
            return
        helps = _WHAT_HELPS.get(self.status, "somebody works on it; deploy again when that is over")
        raise DeploymentError(f"the stack is {self.status}: {helps}")


@dataclass(frozen=True)
class Request:
    """What a change set is made of."""

    stack_name: str
    change_set: str
    template: str
    parameters: Sequence[Mapping[str, Any]]
    tags: Mapping[str, str]
    role_arn: str | None
    is_new: bool
    looks_inside: bool
    """Whether CloudFormation works out what would happen inside the nested stacks."""


@dataclass(frozen=True)
class Stacks:
    """The stacks of one account and region."""

    client: CloudFormationClient
    sleep: Callable[[float], None]

    def find(self, name: str) -> StackState | None:
        """A stack by name or id; none if there is none."""
        try:
            (stack,) = self.client.describe_stacks(StackName=name)["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return StackState(
            stack_id=stack["StackId"],
            status=stack["StackStatus"],
            reason=stack.get("StackStatusReason", ""),
            parameters={one["ParameterKey"]: one.get("ParameterValue", "") for one in stack.get("Parameters", [])},
            outputs={one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])},
            is_protected=stack.get("EnableTerminationProtection", False),
        )

    def check_template(self, name: str, text: str) -> None:
        """DeploymentError with CloudFormation's words if it does not take the template."""
        try:
            self.client.validate_template(TemplateBody=text)
        except ClientError as error:
            raise DeploymentError(f"CloudFormation does not take {name}: {_words(error)}") from error

    def prepare(self, request: Request) -> str | None:
        """The id of a change set that can be executed; none if nothing would change, DeploymentError otherwise."""
        optional = {"RoleARN": request.role_arn} if request.role_arn else {}
        try:
            made = self.client.create_change_set(
                StackName=request.stack_name,
                ChangeSetName=request.change_set,
                ChangeSetType="CREATE" if request.is_new else "UPDATE",
                TemplateBody=request.template,
                Parameters=request.parameters,  # type: ignore[arg-type]
                Capabilities=["CAPABILITY_NAMED_IAM"],
                Tags=[{"Key": key, "Value": value} for key, value in request.tags.items()],
                IncludeNestedStacks=request.looks_inside,
                **optional,  # type: ignore[arg-type]
            )
        except ClientError as error:
            raise DeploymentError(f"CloudFormation makes no change set: {_words(error)}") from error
        return self._worked_out(made["Id"])

    def changes(self, change_set_id: str, *, looks_inside: bool, within: str = "") -> Iterator[Change]:
        """Everything that a change set would do, in the nested stacks too.

        What is inside a nested stack that goes, or that CloudFormation did not look into, is what it holds now.
        """
        described = list(self._pages(change_set_id))
        own = {change.path: change for change in read(described, within)}
        yield from own.values()
        for each in (one["ResourceChange"] for one in described if one.get("Type", "Resource") == "Resource"):
            if each["ResourceType"] != NESTED_STACK:
                continue
            change = own[path_of(within, each["LogicalResourceId"])]
            if looks_inside and change.effect in {Effect.ADDED, Effect.CHANGED} and each.get("ChangeSetId"):
                yield from self.changes(each["ChangeSetId"], looks_inside=True, within=change.path)
            elif change.effect is not Effect.ADDED:
                effect = Effect.UNKNOWN if change.effect is Effect.CHANGED else change.effect
                yield from self._held(each["PhysicalResourceId"], change.path, effect)

    def drop(self, change_set_id: str) -> None:
        """Take a change set back that is not executed."""
        self.client.delete_change_set(ChangeSetName=change_set_id)

    def resources(self, stack: str, within: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Every resource of a stack and of those nested in it that is there, by its path."""
        for page in self.client.get_paginator("list_stack_resources").paginate(StackName=stack):
            for each in page["StackResourceSummaries"]:
                if each["ResourceStatus"] == "DELETE_COMPLETE" or "PhysicalResourceId" not in each:
                    continue
                path = path_of(within, each["LogicalResourceId"])
                yield path, each
                if each["ResourceType"] == NESTED_STACK:
                    yield from self.resources(each["PhysicalResourceId"], path)

    def _held(self, stack: str, within: str, effect: Effect) -> Iterator[Change]:
        for path, resource in self.resources(stack, within):
            if resource["ResourceType"] in KEPT:
                yield Change(path, resource["ResourceType"], effect, (f"with {within}",))

    def _worked_out(self, change_set_id: str) -> str | None:
        for _ in range(int(CHANGE_SET_SECONDS / POLL_SECONDS)):
            found = self.client.describe_change_set(ChangeSetName=change_set_id)
            if found["Status"] == "CREATE_COMPLETE":
                return change_set_id
            if found["Status"] == "FAILED":
                reason = self._reason(change_set_id, found.get("StatusReason", "no reason is given"))
                self.drop(change_set_id)
                if _NOTHING.search(reason):
                    return None
                raise DeploymentError(f"CloudFormation cannot work out the changes: {reason}")
            self.sleep(POLL_SECONDS)
        self.drop(change_set_id)
        raise DeploymentError(f"CloudFormation has not worked out the changes in {CHANGE_SET_SECONDS:.0f} seconds")

    def _reason(self, change_set_id: str, said: str) -> str:
        """Why a change set failed: a parent only names the nested one that did."""
        nested = [arn for arn in _CHANGE_SET.findall(said) if arn != change_set_id]
        if not nested:
            return said
        found = self.client.describe_change_set(ChangeSetName=nested[0])
        stack = found.get("StackName", nested[0])
        return f"{stack}: {self._reason(nested[0], found.get('StatusReason', said))}"

    def _pages(self, change_set_id: str) -> Iterator[Mapping[str, Any]]:
        token: dict[str, str] = {}
        while True:
            page = self.client.describe_change_set(ChangeSetName=change_set_id, **token)  # type: ignore[arg-type]
            yield from page["Changes"]
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}


def _words(error: ClientError) -> str:
    """What AWS says, without the name of the call."""
    return str(error.response.get("Error", {}).get("Message") or error)
