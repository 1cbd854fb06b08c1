"""The calls that were recorded: merged from the notes of all processes of a run, and as they are kept here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from local.cloudformation.template import Place
from tests.least_privilege.iam import Request
from tests.least_privilege.roles import ORCHESTRATION, RECOVERY, STAGING, Role

KEPT: Final = Path(__file__).with_name("calls.json")
STAGING_ACCOUNTS: Final = frozenset({"666677778888", "777788880001", "777788889999", "888899990000"})
"""The accounts that replicate servers for others, in every test that has such."""

STANDS_FOR: Final[Mapping[str, str]] = {
    ":sns:{region}:{account}:mails": ":sns:{region}:{account}:aws-drs-orchestration-execution-notifications-dev",
    ":sns:{region}:{account}:plan-mails": ":sns:{region}:{account}:aws-drs-orchestration-execution-notifications-dev",
    ":stateMachine:drs": ":stateMachine:aws-drs-orchestration-orchestration-dev",
    ":execution:drs:": ":execution:aws-drs-orchestration-orchestration-dev:",
    ":function:notification-formatter:live": ":function:aws-drs-orchestration-notification-formatter-dev:live",
}
"""Names that tests of single gateways give to what a deployment names otherwise."""

ONLY_IN_TESTS: Final = frozenset({"dynamodb:Scan"})
"""What our stores can do and tests ask them to; a function that did it would be noted under its name, and denied."""

OF_SESSIONS: Final = frozenset({"cloudwatch", "drs", "ec2", "iam", "servicequotas", "ssm"})
"""What is asked in the account of the servers, by rights of that account, the hub's own servers included."""

OF_THE_HUB: Final = frozenset({"ssm:CreateOpsItem"})
"""What is asked of these services in the hub itself."""

_ROLES: Final[Mapping[str, Role]] = {role.name: role for role in (ORCHESTRATION, RECOVERY, STAGING)}


@dataclass(frozen=True, order=True)
class Call:
    """A kind of call: what a role was asked to allow, in a resource's tags only those by which conditions decide."""

    role: str
    action: str
    resource: str
    tags: tuple[tuple[str, str], ...] | None = None

    def request(self, place: Place | None = None) -> Request:
        """The question to IAM, where the role is, or as it would be in another place."""
        place = place or _ROLES[self.role].place
        resource = self.resource.replace("{account}", place.account).replace("{region}", place.region)
        tags = {f"aws:ResourceTag/{name}": value for name, value in self.tags or ()}
        return Request(self.action, resource.replace("{target}", "111122223333"), tags)

    @property
    def of(self) -> Role:
        """The role that was asked."""
        return _ROLES[self.role]


Calls = Mapping[Call, frozenset[str]]
"""Who makes each: functions by their names, `state-machine`, or `product` for code of ours that no function ran."""

NOBODYS: Final = "product"


def kept() -> Calls:
    """What was recorded when the whole suite ran last and somebody looked at it."""
    return {
        Call(one["role"], one["action"], one["resource"], _tags(one["tags"])): frozenset(one["by"])
        for one in json.loads(KEPT.read_text(encoding="utf-8"))
    }


def keep(calls: Calls) -> None:
    """Write them down."""
    rows = [
        {
            "role": call.role,
            "action": call.action,
            "resource": call.resource,
            "tags": None if call.tags is None else dict(call.tags),
            "by": sorted(calls[call]),
        }
        for call in sorted(calls, key=_order)
    ]
    lines = ",\n".join(json.dumps(row) for row in rows)
    KEPT.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def merged(folder: Path) -> Calls:
    """What the notes of a run say together; what one process could not see of a tag another may have seen."""
    found: dict[Call, set[str]] = {}
    for notes in sorted(folder.glob("*.jsonl")):
        for line in notes.read_text(encoding="utf-8").splitlines():
            told = json.loads(line)
            if told["by"] == NOBODYS and told["action"] in ONLY_IN_TESTS:
                continue
            found.setdefault(_call(told), set()).add(_function(told["by"]))
    return {call: frozenset(by) for call, by in _without_unseen(found).items()}


def differences(seen: Calls, known: Calls) -> list[str]:
    """What a whole run says otherwise than what is kept; empty if it says the same.

    Every call of it must be kept, and every function that makes it; of what is kept each action must be called, on
    whichever of its resources and by whichever function.
    """
    called = {(call.role, call.action) for call in seen}
    return [
        *(f"not in {KEPT.name}: {_words(call)}" for call in sorted(set(seen) - set(known), key=_order)),
        *(
            f"not in {KEPT.name}: {name} asks the {_words(call)}"
            for call in sorted(set(seen) & set(known), key=_order)
            for name in sorted(seen[call] - known[call] - {NOBODYS})
        ),
        *(
            f"no longer called: {role} role: {action}"
            for role, action in sorted({(call.role, call.action) for call in known} - called)
        ),
    ]


def together(one: Calls, other: Calls) -> Calls:
    """What either of them says."""
    nobody: frozenset[str] = frozenset()
    return {call: one.get(call, nobody) | other.get(call, nobody) for call in {*one, *other}}


def made_by(name: str, calls: Calls) -> list[Call]:
    """The calls of a function, or of the state machine."""
    return [call for call, by in calls.items() if name in by]


def _call(told: Mapping[str, Any]) -> Call:
    action = told["action"]
    of_sessions = action.partition(":")[0] in OF_SESSIONS and action not in OF_THE_HUB
    of_servers = STAGING if told["account"] in STAGING_ACCOUNTS else RECOVERY
    role = of_servers if of_sessions else ORCHESTRATION
    return Call(role.name, action, _as_deployed(told["resource"]), _tags(told["tags"]))


def _as_deployed(resource: str) -> str:
    for given, meant in STANDS_FOR.items():
        resource = resource.replace(given, meant)
    return resource


def _without_unseen(found: Mapping[Call, set[str]]) -> dict[Call, set[str]]:
    seen = {replace(call, tags=None) for call in found if call.tags is not None}
    kept_ones = {call: set(by) for call, by in found.items() if call.tags is not None or call not in seen}
    for call, by in found.items():
        if call.tags is None and call in seen:
            for other in kept_ones:
                if replace(other, tags=None) == call:
                    kept_ones[other] |= by
    return kept_ones


def _function(by: str) -> str:
    return by.removeprefix("aws-drs-orchestration-").removesuffix(f"-{_ENVIRONMENT}")


def _tags(tags: Mapping[str, str] | None) -> tuple[tuple[str, str], ...] | None:
    return None if tags is None else tuple(sorted(tags.items()))


def _order(call: Call) -> tuple[Any, ...]:
    return call.role, call.action, call.resource, call.tags is not None, call.tags or ()


def _words(call: Call) -> str:
    tags = "" if call.tags is None else f" tagged {dict(call.tags)}"
    return f"{call.role} role: {call.action} on {call.resource}{tags}"


_ENVIRONMENT: Final = "dev"
