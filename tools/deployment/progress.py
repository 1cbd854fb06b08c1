"""Follows a stack until it is done, tells what happens in it and in those nested in it, and why it failed if it did."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from tools.deployment.errors import DeploymentError
from tools.deployment.kept import NESTED_STACK
from tools.deployment.stacks import POLL_SECONDS, Stacks, StackState

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

LONGEST_SECONDS: Final = 2 * 60 * 60.0
"""CloudFront takes half an hour at its worst; whoever waits longer than this is told, and the stack goes on."""

_CONSEQUENCES: Final = ("Resource creation cancelled", "Resource update cancelled", "The following resource(s) failed")
_OF_A_NESTED_STACK: Final = "Embedded stack "


@dataclass
class Progress:
    """What is told of one operation on a stack, which begins when this is made."""

    stacks: Stacks
    stack_id: str
    tell: Callable[[str], None]
    _seen: set[str] = field(default_factory=set)
    _paths: dict[str, str] = field(default_factory=dict)
    _working: set[str] = field(default_factory=set)
    """The stacks that something happens in: AWS counts how often it is asked for events."""
    _done: set[str] = field(default_factory=set)
    _failures: list[str] = field(default_factory=list)
    _begun: Any = None

    def __post_init__(self) -> None:
        self._paths[self.stack_id] = ""
        self._working.add(self.stack_id)
        self._seen = {event["EventId"] for event in self._events(self.stack_id)}

    def finish(self, wanted: str) -> StackState:
        """Wait for an end and answer how the stack is then; DeploymentError with every reason if it is another."""
        for _ in range(int(LONGEST_SECONDS / POLL_SECONDS)):
            state = self.stacks.find(self.stack_id)
            if state is None:
                raise DeploymentError("the stack is gone while it was waited for")
            self._tell_news()
            # Until its first event the stack may still be told as it was before; deleted it never was before.
            if (self._begun is not None or state.status == "DELETE_COMPLETE") and not state.status.endswith(
                "_IN_PROGRESS"
            ):
                if state.status == wanted:
                    return state
                raise DeploymentError(self._why(state))
            self.stacks.sleep(POLL_SECONDS)
        raise DeploymentError(f"CloudFormation is not done after {LONGEST_SECONDS / 3600:.0f} hours; it goes on")

    def _why(self, state: StackState) -> str:
        listed = "".join(f"\n  {failure}" for failure in self._failures)
        return f"the stack is {state.status}" + (listed or f": {state.reason or 'no reason is given'}")

    def _tell_news(self) -> None:
        """What is new in every stack that something happens in, until no further one begins to."""
        looked: set[str] = set()
        while ahead := self._working - looked:
            for stack in sorted(ahead, key=self._paths.__getitem__):
                looked.add(stack)
                for event in reversed(list(self._events(stack))):
                    self._tell(stack, event)
        self._working -= self._done
        self._done.clear()

    def _tell(self, stack: str, event: Mapping[str, Any]) -> None:
        if event["EventId"] in self._seen:
            return
        self._seen.add(event["EventId"])
        if self._begun is None:
            self._begun = event["Timestamp"]
        if event["Timestamp"] < self._begun:
            return
        path = self._path(stack, event)
        status, reason = event["ResourceStatus"], event.get("ResourceStatusReason", "")
        self._follow(event, path)
        if status.endswith("_FAILED"):
            if not reason.startswith((*_CONSEQUENCES, _OF_A_NESTED_STACK)):
                self._failures.append(f"{path or 'the stack'}: {reason}")
            self.tell(f"  {event['Timestamp']:%H:%M:%S}  {status:<24}  {path} {reason}".rstrip())
        elif status.endswith("_COMPLETE") and path:
            self.tell(f"  {event['Timestamp']:%H:%M:%S}  {status:<24}  {path}")

    def _follow(self, event: Mapping[str, Any], path: str) -> None:
        """Look into a nested stack from when something begins in it until that is over."""
        nested = event.get("PhysicalResourceId")
        if event["ResourceType"] != NESTED_STACK or not nested or nested == event["StackId"]:
            return
        self._paths.setdefault(nested, path)
        self._working.add(nested)
        if event["ResourceStatus"].endswith("_IN_PROGRESS"):
            self._done.discard(nested)
        else:
            self._done.add(nested)

    def _path(self, stack: str, event: Mapping[str, Any]) -> str:
        """The path of what an event is about; a stack's own events are about the stack."""
        above = self._paths[stack]
        if event.get("PhysicalResourceId") == event["StackId"]:
            return above
        return f"{above}/{event['LogicalResourceId']}" if above else event["LogicalResourceId"]

    def _events(self, stack: str) -> Iterator[Mapping[str, Any]]:
        """The events of a stack, the newest first, up to those that were told already."""
        client: CloudFormationClient = self.stacks.client
        try:
            for page in client.get_paginator("describe_stack_events").paginate(StackName=stack):
                events = page["StackEvents"]
                yield from events
                if any(event["EventId"] in self._seen for event in events):
                    return
        except ClientError as error:
            # A nested stack that was removed is known by its id for a while, and then no more.
            if "does not exist" not in str(error):
                raise
