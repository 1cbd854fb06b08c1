"""Lets SSM run commands on instances as far as a rehearsal needs it: agents, invocations, outcomes on request."""

import importlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from moto.core.responses import ActionResult

from local.clock import LocalClock
from local.moto_patches.patches import Patches

AWS_DOCUMENTS: Final = ("AWS-RunPowerShellScript", "AWS-RunShellScript")
FAILURES: Final = "/rehearsal/commands"
"""Below it parameters of the same account and region say which commands fail: `<document>`, or
`<document>/<instance>`; a command prints the parameter's value and fails for as long as the parameter is there."""

RUNS_FOR: Final = timedelta(seconds=5)
"""A command ends so many engine seconds after it was sent."""


def install(patches: Patches, clock: LocalClock) -> None:
    """moto runs every command with success at once, on instances that need not exist, and cannot list invocations.

    Here an agent is online while its instance runs; SendCommand refuses what is not there; a command runs for a while,
    succeeds unless a parameter says otherwise, and is stamped with engine time.
    """
    if not patches.begin(__name__):
        return
    response = importlib.import_module("moto.ssm.responses").SimpleSystemManagerResponse
    backend = importlib.import_module("moto.ssm.models").SimpleSystemManagerBackend
    _know_documents_and_agents(patches, response)
    _stamp_commands(patches, backend, clock)
    _list_commands(patches, response, clock)


def _know_documents_and_agents(patches: Patches, response: Any) -> None:
    def describe_document(self: Any) -> Any:
        name = self._get_param("Name")
        if name not in AWS_DOCUMENTS:
            return real_describe(self)
        described = {"Name": name, "Owner": "Amazon", "Status": "Active", "DocumentType": "Command"}
        return ActionResult({"Document": described})

    def describe_instance_information(self: Any) -> Any:
        wanted = {value for one in self._get_param("Filters", []) for value in one["Values"]}
        running = _running(self.ssm_backend)
        agents = [{"InstanceId": name, "PingStatus": "Online"} for name in running if not wanted or name in wanted]
        return ActionResult({"InstanceInformationList": agents})

    real_describe = patches.replace(response, "describe_document", describe_document)
    patches.replace(response, "describe_instance_information", describe_instance_information)


def _stamp_commands(patches: Patches, backend: Any, clock: LocalClock) -> None:
    def send_command(self: Any, **given: Any) -> Any:
        if given["document_name"] not in AWS_DOCUMENTS:
            self._get_documents(given["document_name"])
        running = set(_running(self))
        for name in given["instance_ids"]:
            if name not in running:
                raise _error("InvalidInstanceId", f"Instances [[{name}]] not in a valid state for account")
        command = real_send(self, **{**given, "instance_ids": list(given["instance_ids"])})
        # moto adds every instance of the account where no targets are named
        command.instance_ids = list(given["instance_ids"])
        command.requested_date_time, command.outcomes = clock.now(), {}
        return command

    real_send = patches.replace(backend, "send_command", send_command)


def _list_commands(patches: Patches, response: Any, clock: LocalClock) -> None:
    def list_commands(self: Any) -> Any:
        filters = {one["key"]: one["value"] for one in self._get_param("Filters", [])}
        after = _instant(filters["InvokedAfter"]) if "InvokedAfter" in filters else datetime.min.replace(tzinfo=UTC)
        commands = self.ssm_backend.list_commands(self._get_param("CommandId"), self._get_param("InstanceId"))
        shown = [command.response_object() for command in commands if command.requested_date_time >= after]
        return ActionResult({"Commands": shown})

    def list_command_invocations(self: Any) -> Any:
        instance = self._get_param("InstanceId")
        invocations = [
            _invocation(self.ssm_backend, command, name, clock.now())
            for command in self.ssm_backend.list_commands(self._get_param("CommandId"), None)
            for name in command.instance_ids
            if instance in (None, name)
        ]
        return ActionResult({"CommandInvocations": invocations})

    patches.replace(response, "list_commands", list_commands)
    patches.replace(response, "list_command_invocations", list_command_invocations)


def _running(backend: Any) -> list[str]:
    ec2 = importlib.import_module("moto.ec2.models").ec2_backends[backend.account_id][backend.region_name]
    return [instance.id for instance in ec2.all_running_instances()]


def _invocation(backend: Any, command: Any, instance_id: str, now: datetime) -> Mapping[str, Any]:
    if now - command.requested_date_time >= RUNS_FOR and instance_id not in command.outcomes:
        # how it ended stays, whatever becomes of the parameter
        failure = _failure(backend, command.document_name, instance_id)
        command.outcomes[instance_id] = ("Success", "") if failure is None else ("Failed", failure)
    status, output = command.outcomes.get(instance_id, ("InProgress", ""))
    return {
        "CommandId": command.command_id,
        "InstanceId": instance_id,
        "Comment": command.comment,
        "DocumentName": command.document_name,
        "RequestedDateTime": command.requested_date_time,
        "Status": status,
        "StatusDetails": status,
        "CommandPlugins": [{"Name": "aws:runShellScript", "Status": status, "Output": output}],
    }


def _failure(backend: Any, document: str, instance_id: str) -> str | None:
    for name in (f"{FAILURES}/{document}/{instance_id}", f"{FAILURES}/{document}"):
        parameter = backend.get_parameter(name)
        if parameter is not None:
            return str(parameter.value)
    return None


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _error(code: str, message: str) -> Exception:
    error: Exception = importlib.import_module("moto.ssm.exceptions").SSMException(code, message)
    return error
