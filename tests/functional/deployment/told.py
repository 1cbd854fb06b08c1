"""A CloudFormation, a bucket and a Lambda that do what a test says: what moto has not, above all nested stacks."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Final, cast

from botocore.exceptions import ClientError

from tests.support.templates import CFN
from tools.deployment.built import Built
from tools.deployment.deploy import Deployment
from tools.deployment.smoke import Answer, Smoke
from tools.deployment.stacks import Stacks
from tools.deployment.upload import Bucket
from tools.packaging.contents import function_names
from tools.packaging.templates import build

ACCOUNT: Final = "123456789012"
REGION: Final = "us-east-1"
API: Final = "https://abc.execute-api.us-east-1.amazonaws.com/dev"
STACK: Final = "aws-drs-orchestration-dev"
OUTPUTS: Final = {
    "QueryHandlerFunctionName": "aws-drs-orchestration-query-handler-dev",
    "ApiEndpoint": API,
    "UserPoolId": "us-east-1_pool",
    "CloudFrontURL": "https://console.example.com",
}


def this_build() -> Built:
    """The templates of this tree as they would be built, with keys that are none of a real zip."""
    functions = {name: f"lambda/{name}-0123456789abcdef.zip" for name in function_names(CFN.parent / "lambda")}
    machine = "state-machine/state-machine-0123456789abcdef.asl.json"
    texts = {path.name: path.read_text(encoding="utf-8") for path in CFN.glob("*.yaml")}
    templates = build(texts, {**functions, "state-machine": machine}, "aws-drs-orchestration")
    manifest = {"sourcePrefix": "aws-drs-orchestration", "functions": functions, "stateMachine": machine}
    return Built(manifest, {one.key: one.content for one in templates} | dict.fromkeys(functions.values(), b"a zip"))


def arn(name: str) -> str:
    """The id of a stack."""
    return f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{name}/1"


def change_set_arn(name: str) -> str:
    """The id of a change set."""
    return f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:changeSet/{name}/1"


def refused(code: str, message: str) -> ClientError:
    """How AWS refuses."""
    return ClientError({"Error": {"Code": code, "Message": message}}, "Asked")


def modified(name: str, kind: str, replacement: str = "False", **more: Any) -> dict[str, Any]:
    """One change of a change set."""
    change = {"Action": "Modify", "LogicalResourceId": name, "ResourceType": kind, "PhysicalResourceId": arn(name)}
    return {"Type": "Resource", "ResourceChange": {**change, "Replacement": replacement, **more}}


def other(action: str, name: str, kind: str, **more: Any) -> dict[str, Any]:
    """One addition or removal of a change set."""
    change = {"Action": action, "LogicalResourceId": name, "ResourceType": kind, "PhysicalResourceId": arn(name)}
    return {"Type": "Resource", "ResourceChange": {**change, **more}}


@dataclass
class Happening:
    """What an event of a stack says; `of` is the stack whose event it is."""

    of: str
    name: str
    kind: str
    status: str
    reason: str = ""
    physical: str = ""


@dataclass
class ToldCloudFormation:
    """One stack, what its change sets would do and what happens when one is executed."""

    status: str | None = "UPDATE_COMPLETE"
    parameters: dict[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=lambda: dict(OUTPUTS))
    change_sets: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    resources: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)
    course: Sequence[Happening] = ()
    ends: str = "UPDATE_COMPLETE"
    protected: bool = False
    takes_protection: bool = True
    is_silent: bool = False
    """Whether no event tells of what happens."""
    refuses_template: str = ""
    deleted_by: str | None = None
    """The role that the last deletion was handed to."""
    calls: list[str] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    asked_for_events: Counter[str] = field(default_factory=Counter)
    meta: Any = field(default_factory=lambda: SimpleNamespace(region_name=REGION))
    _events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    _looks: int = 0

    def describe_stacks(self, StackName: str) -> dict[str, Any]:
        self.calls.append("DescribeStacks")
        if self.status is None:
            raise refused("ValidationError", f"Stack with id {StackName} does not exist")
        self._looks += 1
        if self.status == "EXECUTED" and self._looks > 1:
            self._happen()
        shown = "UPDATE_COMPLETE" if self.status == "EXECUTED" else self.status
        stack = {
            "StackId": arn(STACK),
            "StackStatus": shown,
            "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in self.parameters.items()],
            "Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in self.outputs.items()],
            "EnableTerminationProtection": self.protected,
        }
        return {"Stacks": [stack]}

    def validate_template(self, TemplateBody: str) -> dict[str, Any]:
        self.calls.append("ValidateTemplate")
        if self.refuses_template and self.refuses_template in TemplateBody:
            raise refused("ValidationError", f"Template error: {self.refuses_template}")
        return {}

    def create_change_set(self, **request: Any) -> dict[str, Any]:
        self.calls.append("CreateChangeSet")
        self.requests.append(request)
        if self.status is None:
            self.status = "REVIEW_IN_PROGRESS"
        return {"Id": change_set_arn("root")}

    def describe_change_set(self, ChangeSetName: str, NextToken: str = "0") -> dict[str, Any]:
        self.calls.append("DescribeChangeSet")
        name = ChangeSetName.split("/")[1]
        if name in self.failures:
            return {"Status": "FAILED", "StatusReason": self.failures[name], "Changes": [], "StackName": name}
        at, changes = int(NextToken), self.change_sets.get(name, [])
        answer: dict[str, Any] = {"Status": "CREATE_COMPLETE", "Changes": changes[at : at + 2]}
        return answer | ({"NextToken": str(at + 2)} if at + 2 < len(changes) else {})

    def delete_change_set(self, ChangeSetName: str) -> dict[str, Any]:
        self.calls.append("DeleteChangeSet")
        return {}

    def execute_change_set(self, ChangeSetName: str) -> dict[str, Any]:
        self.calls.append("ExecuteChangeSet")
        # AWS tells the former status for a moment
        self.status, self._looks = "EXECUTED", 0
        return {}

    def delete_stack(self, StackName: str, RoleARN: str | None = None) -> dict[str, Any]:
        self.calls.append("DeleteStack")
        self.deleted_by = RoleARN
        self.status, self._looks = "EXECUTED", 0
        return {}

    def update_termination_protection(self, StackName: str, EnableTerminationProtection: bool) -> dict[str, Any]:
        self.calls.append("UpdateTerminationProtection")
        self.protected = EnableTerminationProtection and self.takes_protection
        return {}

    def get_template(self, StackName: str) -> dict[str, Any]:
        self.calls.append("GetTemplate")
        return {"TemplateBody": self.templates[StackName.split("/")[1]]}

    def get_paginator(self, name: str) -> Any:
        return SimpleNamespace(
            paginate={"list_stack_resources": self._listed, "describe_stack_events": self._told}[name]
        )

    def _listed(self, StackName: str) -> Iterator[dict[str, Any]]:
        self.calls.append("ListStackResources")
        for name, kind in self.resources.get(StackName.split("/")[1], []):
            one = {"LogicalResourceId": name, "ResourceType": kind, "PhysicalResourceId": arn(name)}
            yield {"StackResourceSummaries": [{**one, "ResourceStatus": "CREATE_COMPLETE"}]}

    def _told(self, StackName: str) -> Iterator[dict[str, Any]]:
        self.calls.append("DescribeStackEvents")
        self.asked_for_events[StackName.split("/")[1]] += 1
        yield {"StackEvents": list(reversed(self._events.get(StackName.split("/")[1], [])))}

    def past(self, happening: Happening) -> None:
        """Something that happened long before."""
        self._event(happening, datetime(2020, 1, 1, tzinfo=UTC))

    def _happen(self) -> None:
        now = datetime(2026, 1, 1, tzinfo=UTC)
        begun = Happening(STACK, STACK, "AWS::CloudFormation::Stack", "UPDATE_IN_PROGRESS", physical=arn(STACK))
        for second, happening in enumerate([] if self.is_silent else [begun, *self.course]):
            self._event(happening, now + timedelta(seconds=second))
        self.status = self.ends

    def _event(self, it: Happening, when: datetime) -> None:
        events = self._events.setdefault(it.of, [])
        events.append(
            {
                "EventId": f"{it.of}-{len(events)}",
                "StackId": arn(it.of),
                "LogicalResourceId": it.name,
                "PhysicalResourceId": it.physical or arn(it.name),
                "ResourceType": it.kind,
                "ResourceStatus": it.status,
                "ResourceStatusReason": it.reason,
                "Timestamp": when,
            }
        )


@dataclass
class ToldBucket:
    """A bucket with its objects' checksums."""

    region: str | None = None
    refuses: str = ""
    objects: dict[str, str] = field(default_factory=dict)
    puts: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def get_bucket_location(self, Bucket: str, ExpectedBucketOwner: str) -> dict[str, Any]:
        self.calls.append("GetBucketLocation")
        if self.refuses:
            raise refused(self.refuses, "no")
        return {"LocationConstraint": self.region}

    def head_object(self, Key: str, **_: Any) -> dict[str, Any]:
        self.calls.append("HeadObject")
        if Key not in self.objects:
            raise refused("404", "Not Found")
        return {"ChecksumSHA256": self.objects[Key]}

    def put_object(self, Key: str, ChecksumSHA256: str, ExpectedBucketOwner: str, **_: Any) -> dict[str, Any]:
        self.calls.append("PutObject")
        if ExpectedBucketOwner != ACCOUNT:
            raise refused("AccessDenied", "the bucket is another account's")
        self.objects[Key] = ChecksumSHA256
        self.puts.append(Key)
        return {}


@dataclass
class ToldFunctions:
    """Functions that answer what they are told to."""

    answer: Any = field(default_factory=lambda: {"status": "ok"})
    error: str = ""
    invoked: list[tuple[str, str, bytes]] = field(default_factory=list)

    def invoke(self, FunctionName: str, Qualifier: str, Payload: bytes) -> dict[str, Any]:
        self.invoked.append((FunctionName, Qualifier, Payload))
        answer = {"Payload": io.BytesIO(json.dumps(self.answer).encode())}
        return answer | ({"FunctionError": self.error} if self.error else {})


def pages(**other: Answer) -> Callable[[str], Answer]:
    """A web that answers well, but where it is told otherwise (`health`, `config`)."""
    config = {"apiEndpoint": API, "cognitoUserPoolId": OUTPUTS["UserPoolId"]}
    answers = {"health": Answer(200, b'{"status": "ok"}'), "config": Answer(200, json.dumps(config).encode()), **other}
    return lambda url: answers["health" if url.endswith("/health") else "config"]


@dataclass
class Account:
    """Everything that a deployment asks, and what it said."""

    cloud: ToldCloudFormation = field(default_factory=ToldCloudFormation)
    bucket: ToldBucket = field(default_factory=ToldBucket)
    functions: ToldFunctions = field(default_factory=ToldFunctions)
    web: Callable[[str], Answer] = field(default_factory=pages)
    said: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    slept_then: Callable[[], None] = lambda: None
    """What happens while somebody waits for the third time."""

    def deployment(self) -> Deployment:
        """A deployment into this account."""
        return Deployment(
            stacks=self.stacks(),
            bucket=Bucket(cast(Any, self.bucket), "artefacts", ACCOUNT),
            smoke=Smoke(cast(Any, self.functions), self.web, self.slept.append, self.said.append),
            tell=self.said.append,
            new_name=lambda: "deploy-1",
        )

    def stacks(self) -> Stacks:
        """Its stacks."""
        return Stacks(cast(Any, self.cloud), self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if len(self.slept) == 3:
            self.slept_then()

    def told(self, text: str) -> bool:
        """Whether it was said."""
        return any(text in line for line in self.said)
