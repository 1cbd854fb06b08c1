"""Delivers EventBridge events to functions and to the buses of other accounts."""

import copy
import importlib
import json
import logging
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from moto.awslambda.exceptions import UnknownFunctionException

from local.moto_patches.lambda_invoke import find_function
from local.moto_patches.patches import Patches
from local.moto_patches.policies import bus_admits, function_admits

LOG: Final = logging.getLogger(__name__)

InvokeAsync = Callable[[str, bytes], None]


def install(patches: Patches, invoke_async: InvokeAsync) -> None:
    """moto raises NotImplementedError for a function target and drops account, time and resources between buses.

    AWS invokes the function asynchronously with the event (or the target's Input), if the function's policy allows
    events.amazonaws.com; and passes an event on to another bus unchanged, if that bus's policy allows the account.
    A rule that has a schedule only sees no events (moto shows it all of them). A delivery that fails is logged: AWS
    counts it as FailedInvocations and tells nobody.
    """
    if not patches.begin(__name__):
        return
    rule_type = importlib.import_module("moto.events.models").Rule

    def send_to_targets(self: Any, original_event: Any, transform_input: bool = True) -> None:
        event = {**original_event, "time": _iso(original_event["time"])}
        if self.state != "ENABLED" or not _matches(self.event_pattern, event):
            return
        for target in list(self.targets):
            _send(self, target, event, transform_input)

    def _send(rule: Any, target: Any, event: Any, transform: bool) -> None:
        arn = str(target["Arn"])
        if arn.split(":")[2] == "lambda":
            deliver_to_function(arn, rule.arn, payload_of(target, event), invoke_async)
        elif ":event-bus/" in arn:
            _forward(arn, event, rule.account_id)
        else:
            single = copy.copy(rule)
            single.targets = [target]
            real_send(single, _as_moto_wants(event), transform)

    real_send = patches.replace(rule_type, "send_to_targets", send_to_targets)


def _matches(pattern: Any, event: dict[str, Any]) -> bool:
    return pattern.dump() is not None and bool(pattern.matches_event(event))


def _forward(bus_arn: str, event: dict[str, Any], sender: str) -> None:
    bus = find_bus(bus_arn)
    if sender != bus_arn.split(":")[4] and not bus_admits(bus.policy, sender):
        LOG.warning("event %s refused: the policy of %s does not admit account %s", event["id"], bus_arn, sender)
        return
    publish(bus, event)


def deliver_to_function(arn: str, rule_arn: str, payload: bytes, invoke_async: InvokeAsync) -> None:
    """Invokes a function for a rule, if the function's policy lets that rule in."""
    try:
        statements = find_function(arn).policy.statements
    except UnknownFunctionException:
        LOG.warning("event not delivered: %s, the target of %s, does not exist", arn, rule_arn)
        return
    if not function_admits(statements, "events.amazonaws.com", rule_arn, arn):
        LOG.warning("event refused: the policy of %s does not admit %s", arn, rule_arn)
        return
    invoke_async(arn, payload)


def payload_of(target: dict[str, Any], event: dict[str, Any]) -> bytes:
    """What a target receives: its constant Input, its transformed event, or the event."""
    if "Input" in target:
        return str(target["Input"]).encode()
    delivered = {key: value for key, value in event.items() if key != "ingestion-time"}
    transformer = target.get("InputTransformer")
    if transformer is None:
        return json.dumps(delivered).encode()
    parser = importlib.import_module("moto.events.utils").EventTemplateParser
    stamped = {"ingestion-time": event["time"], **event}
    transformed = parser.parse(transformer["InputTemplate"], transformer.get("InputPathsMap", {}), stamped)
    return json.dumps(transformed).encode()


def find_bus(arn: str) -> Any:
    """moto's bus of that ARN."""
    _, _, _, region, account, resource = arn.split(":", 5)
    backends = importlib.import_module("moto.events.models").events_backends
    return backends[account][region].describe_event_bus(resource.split("/", 1)[1])


def publish(bus: Any, event: dict[str, Any]) -> None:
    """Shows an event to every rule of a bus."""
    for rule in list(bus.rules.values()):
        rule.send_to_targets(copy.deepcopy(event))


def event_of(source: str, detail_type: str, account: str, region: str, time: datetime, **rest: Any) -> dict[str, Any]:
    """An event as EventBridge writes it; `rest` may give `resources`, `detail` and `id`."""
    return {
        "version": "0",
        "id": rest.get("id", str(uuid.uuid4())),
        "detail-type": detail_type,
        "source": source,
        "account": account,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": rest.get("resources", []),
        "detail": rest.get("detail", {}),
    }


def _as_moto_wants(event: dict[str, Any]) -> dict[str, Any]:
    stamp = datetime.fromisoformat(event["time"]).timestamp()
    return {"ingestion-time": stamp, **event, "time": stamp}


def _iso(time: Any) -> str:
    if isinstance(time, str):
        return time
    return datetime.fromtimestamp(float(time), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
