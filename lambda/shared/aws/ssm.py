"""Systems Manager: commands on launched instances, and whether their agents can be told of them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from botocore.exceptions import ClientError

from shared.aws.calls import code_of, read
from shared.aws.once import call_once
from shared.clock import Clock
from shared.cross_account import AccountSession, Sessions
from shared.models.base import format_instant
from shared.models.checks_seen import Document, Invocation, SentListing
from shared.models.health_checks import CommandCheck
from shared.models.targets import Target
from shared.patience import patient

_IDS_PER_CALL: Final = 50
"""DescribeInstanceInformation takes 100 values in a filter and answers 50 instances a page (SSM API reference)."""
_UNKNOWN_DOCUMENT: Final = "InvalidDocument"
_WELL: Final = "Success"

Result = TypeVar("Result")


class SsmGateway:
    """SSM in any account and region, in sessions named after a purpose; reads are complete, commands are sent once."""

    def __init__(self, sessions: Sessions, clock: Clock, purpose: str = "drs-orchestration") -> None:
        self._sessions = sessions
        self._clock = clock
        self._purpose = purpose

    def named(self, purpose: str) -> "SsmGateway":
        """The same gateway for another purpose."""
        return SsmGateway(self._sessions, self._clock, purpose)

    def document(self, target: Target, name: str) -> Document | None:
        """A document of the account or of AWS; None if there is none of that name."""

        def described(client: Any) -> Document | None:
            try:
                found = client.describe_document(Name=name)["Document"]
            except ClientError as error:
                if code_of(error) == _UNKNOWN_DOCUMENT:
                    return None
                raise
            return Document(name, found.get("DocumentType", ""), found.get("Status", ""))

        return self._read(target, "DescribeDocument", described)

    def agents(self, target: Target, instance_ids: Sequence[str]) -> dict[str, str]:
        """What SSM says of the agents of these instances: `Online`, or else; who never registered is left out."""

        def listed(client: Any) -> dict[str, str]:
            pages = client.get_paginator("describe_instance_information")
            slices = [
                list(instance_ids[start : start + _IDS_PER_CALL])
                for start in range(0, len(instance_ids), _IDS_PER_CALL)
            ]
            return {
                agent["InstanceId"]: agent.get("PingStatus", "")
                for part in slices
                for page in pages.paginate(Filters=[{"Key": "InstanceIds", "Values": part}])
                for agent in page["InstanceInformationList"]
            }

        return self._read(target, "DescribeInstanceInformation", listed)

    def sent_since(self, target: Target, since: datetime) -> SentListing:
        """All commands sent since an instant, all pages."""

        def listed(client: Any) -> SentListing:
            began_at = self._clock.now()
            pages = client.get_paginator("list_commands").paginate(
                # SSM reads whole seconds, without a fraction
                Filters=[{"key": "InvokedAfter", "value": _whole_seconds(since)}]
            )
            sent = {
                command["Comment"]: command["CommandId"]
                for page in pages
                for command in page["Commands"]
                if command.get("Comment")
            }
            return SentListing(since, began_at, sent)

        return self._read(target, "ListCommands", listed)

    def invocations(self, target: Target, command_id: str) -> tuple[Invocation, ...]:
        """How a command is on each of its instances, as far as SSM lists them."""

        def listed(client: Any) -> tuple[Invocation, ...]:
            pages = client.get_paginator("list_command_invocations").paginate(CommandId=command_id, Details=True)
            return tuple(_invocation(item) for page in pages for item in page["CommandInvocations"])

        return self._read(target, "ListCommandInvocations", listed)

    def send(
        self,
        target: Target,
        instance_ids: Sequence[str],
        command: CommandCheck,
        *,
        marker: str,
        not_after: datetime,
    ) -> str:
        """One call of SendCommand, never repeated, not sent after `not_after` of the clock; answers the command's id.

        SSM gives up delivering it when its time is over. Raises NotSentError, DoubtError, or DrsServiceError for what
        SSM surely refused.
        """
        parameters: Mapping[str, Sequence[str]] = {name: list(each) for name, each in command.parameters.items()}
        return call_once(
            self._sessions,
            self._purpose,
            target,
            "SendCommand",
            lambda client: str(
                client.send_command(
                    InstanceIds=list(instance_ids),
                    DocumentName=command.document_name,
                    Parameters=parameters,
                    Comment=marker,
                    TimeoutSeconds=command.timeout_seconds,
                )["Command"]["CommandId"]
            ),
            service="ssm",
            clock=self._clock,
            not_after=not_after,
        )

    def _read(self, target: Target, operation: str, call: Callable[[Any], Result]) -> Result:
        def in_region(session: AccountSession) -> Result:
            return call(patient(session.client("ssm", target.region)))

        return read(self._sessions, self._purpose, target, operation, in_region)


def _whole_seconds(instant: datetime) -> str:
    """Rounded down, so that nothing of that second is left out."""
    return format_instant(instant - timedelta(microseconds=instant.microsecond)).replace(".000Z", "Z")


def _invocation(item: Mapping[str, Any]) -> Invocation:
    """A command may consist of steps: the first that did not end well tells why."""
    steps = item.get("CommandPlugins", ())
    bad = next((step for step in steps if step.get("Status") not in (None, _WELL)), None)
    return Invocation(
        instance_id=item["InstanceId"],
        status=item["Status"],
        details=item.get("StatusDetails", ""),
        output=str((bad or {}).get("Output", "")).strip(),
    )
