"""The keys of the items of the execution-history table; sort keys begin with the plan, so the header comes first."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from shared.models.base import format_instant
from shared.models.mail import MailType
from shared.models.targets import InstanceKey, ServerKey, Target
from shared.stores.table import Key

PARTITION: Final = "executionId"
SORT: Final = "planId"


def item_key(execution_id: str, sort_key: str) -> Key:
    """The whole key of an item of an execution; a header's sort key is its plan's id."""
    return {PARTITION: execution_id, SORT: sort_key}


def plan_of(sort_key: str) -> str:
    """The plan with which a sort key begins."""
    return sort_key.split("#", 1)[0]


def wave(plan_id: str, wave_number: int) -> str:
    """`<planId>#WAVE#0003`"""
    return f"{plan_id}#WAVE#{wave_number:04d}"


def servers(plan_id: str, wave_number: int | None = None) -> str:
    """The prefix of all servers, or of a wave's."""
    return f"{plan_id}#SERVER#" + ("" if wave_number is None else f"{wave_number:04d}#")


def server(plan_id: str, wave_number: int, key: ServerKey) -> str:
    """`<planId>#SERVER#0003#<account>#<region>#s-…`"""
    return f"{servers(plan_id, wave_number)}{key}"


def verified(plan_id: str, wave_number: int) -> str:
    """The prefix of what was found of the launch settings of a wave's servers."""
    return f"{plan_id}#SETTINGS#{wave_number:04d}#"


def verified_server(plan_id: str, wave_number: int, key: ServerKey) -> str:
    """`<planId>#SETTINGS#0003#<account>#<region>#s-…`"""
    return f"{verified(plan_id, wave_number)}{key}"


def verifying(plan_id: str, wave_number: int) -> str:
    """`<planId>#VERIFYING#0003`"""
    return f"{plan_id}#VERIFYING#{wave_number:04d}"


def members(plan_id: str) -> str:
    """The prefix of what tells which servers came from which group."""
    return f"{plan_id}#MEMBERS#"


def members_part(plan_id: str, part: int) -> str:
    """`<planId>#MEMBERS#0001`"""
    return f"{members(plan_id)}{part:04d}"


def launch(plan_id: str, launch_id: str) -> str:
    """`<planId>#LAUNCH#<launchId>`"""
    return f"{plan_id}#LAUNCH#{launch_id}"


def requests(plan_id: str) -> str:
    """The prefix of all requests."""
    return f"{plan_id}#REQUEST#"


def request(plan_id: str, request_id: str) -> str:
    """`<planId>#REQUEST#<id>`"""
    return f"{requests(plan_id)}{request_id}"


def inbox(plan_id: str) -> str:
    """`<planId>#INBOX`"""
    return f"{plan_id}#INBOX"


def gates(plan_id: str) -> str:
    """The prefix of all gates."""
    return f"{plan_id}#GATE#"


def gate(plan_id: str, scope: str, number: int) -> str:
    """`<planId>#GATE#0003#0001`, or `<planId>#GATE#all#0001`"""
    return f"{gates(plan_id)}{scope.zfill(4) if scope.isdecimal() else scope}#{number:04d}"


def terminations(plan_id: str) -> str:
    """The prefix of all terminations."""
    return f"{plan_id}#TERMINATION#"


def termination(plan_id: str, number: int) -> str:
    """`<planId>#TERMINATION#0001`"""
    return f"{terminations(plan_id)}{number:04d}"


def report(plan_id: str, job_id: str) -> str:
    """`<planId>#REPORT#<jobId>`"""
    return f"{plan_id}#REPORT#{job_id}"


def mail(plan_id: str, mail_type: MailType) -> str:
    """`<planId>#MAIL#start`"""
    return f"{plan_id}#MAIL#{mail_type}"


def events(plan_id: str) -> str:
    """The prefix of the timeline."""
    return f"{plan_id}#EVENT#"


def event(plan_id: str, time: datetime, step: int, index: int) -> str:
    """`<planId>#EVENT#<time>#<step>#<index>`"""
    return f"{events(plan_id)}{format_instant(time)}#{step:08d}#{index:04d}"


def lock(key: ServerKey | InstanceKey) -> Key:
    """The row of the one owner of a server, or of an instance."""
    return item_key(f"lock#{key}", "lock")


def quota(target: Target) -> Key:
    """The row of the reservations in an account and region."""
    return item_key(f"quota#{target.account_id}#{target.region}", "quota")


def turn() -> Key:
    """The row that tells whom the reconciler looked after last when its time was short."""
    return item_key("reconciler", "turn")


def hearing(target: Target) -> Key:
    """The row that tells whether launch events come from an account and region."""
    return item_key(f"events#{target.account_id}#{target.region}", "events")


CONFIG_STATE: Final = "state"
CONFIG_RUN: Final = "run"
CONFIG_EVENTS: Final = "history#"
"""The prefix of the history of a server's launch configuration."""


def config_of(server_key: ServerKey) -> str:
    """The partition of the launch configuration of a server."""
    return f"config#{server_key}"


def config_state(server_key: ServerKey) -> Key:
    """The row that tells how the launch configuration of a server stands."""
    return item_key(config_of(server_key), CONFIG_STATE)


def config_event(server_key: ServerKey, time: datetime, event_id: str) -> Key:
    """`history#<time>#<id>`"""
    return item_key(config_of(server_key), f"{CONFIG_EVENTS}{format_instant(time)}#{event_id}")


TEMPORARY: Final = "temporary-settings"
"""The partition of what is there of launch settings for one execution only."""


def temporary(server_key: ServerKey) -> Key:
    """The row of a server in it."""
    return item_key(TEMPORARY, str(server_key))


def config_run(group_id: str) -> Key:
    """The row of the latest run that applied the launch settings of a group."""
    return item_key(f"configrun#{group_id}", CONFIG_RUN)


def config_part(group_id: str, run_id: str, number: int) -> Key:
    """The row of a part of its servers that it has not done yet."""
    return item_key(f"configrun#{group_id}", f"part#{run_id}#{number:04d}")
