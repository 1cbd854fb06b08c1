"""The rules of a recovery plan that need no look at the world."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from shared.engine.graph import find_cycle
from shared.item_rules import check_item_size
from shared.models.health_checks import (
    ALARMS,
    COMMANDS,
    DECLARATION_BYTES,
    AlarmCheck,
    HealthChecks,
    alarms_of,
    commands_of,
)
from shared.models.recovery_plan import RecoveryPlanFields, Wave
from shared.models.violation import Violation
from shared.text_rules import check_name, check_text

DEPENDENCIES: Final = 2_500
"""In all waves of a plan together: an execution's header carries the graph and stays under 100 KB (engine.md, 9)."""

NAME_BYTES: Final = 16_000
"""Of the names of all waves together, as UTF-8, for the same reason: 32 for each of 500 waves."""

GROUPS: Final = 1_000
"""In all waves of a plan together: an execution keeps the ids and names of a wave's groups in one item."""

GROUP_BYTES: Final = 290
"""Of each group in that item at most: an id of 26 letters, and a name of 64 that have up to four bytes each."""

_WAY_OUT: Final = (
    "shorten the descriptions of its waves, put what is long in their healthChecks into SSM documents, "
    "or make it two plans"
)

_IN_NO_ADDRESS: Final = r"@\s<>()\[\],;:\\" + '"'
"""RFC 5322 has its specials only within quotes, which mailboxes do not use: what has them is a name with an address."""
_EMAIL: Final = re.compile(rf"[^{_IN_NO_ADDRESS}]+@[^{_IN_NO_ADDRESS}]+\.[^{_IN_NO_ADDRESS}]+")


def check_plan_rules(plan: RecoveryPlanFields, stored: RecoveryPlanFields | None = None) -> tuple[Violation, ...]:
    """Every broken rule of the plan; texts of the `stored` one pass."""
    waves = plan.waves
    return (
        *check_item_size(plan, "plan", "waves", _WAY_OUT),
        *_texts(plan, stored),
        *_email(plan, stored),
        *_numbers(waves),
        *_dependencies(waves),
        *_graph_size(waves),
        *_names_size(waves),
        *_cycle(waves),
        *_group_count(waves),
        *_groups(waves),
        *_optional_servers(waves),
        *_health_checks(waves),
    )


def _texts(plan: RecoveryPlanFields, stored: RecoveryPlanFields | None) -> Iterator[Violation]:
    before = stored.waves if stored else ()
    names, descriptions = {wave.wave_name for wave in before}, {wave.description for wave in before}
    yield from check_name("planName", plan.plan_name, [stored.plan_name] if stored else ())
    yield from check_text("description", plan.description, [stored.description] if stored else ())
    for position, wave in enumerate(plan.waves):
        yield from check_name(f"waves[{position}].waveName", wave.wave_name, names)
        yield from check_text(f"waves[{position}].description", wave.description, descriptions)


def _email(plan: RecoveryPlanFields, stored: RecoveryPlanFields | None) -> Iterator[Violation]:
    address = plan.notification_email
    is_stored = stored is not None and stored.notification_email == address
    if address is not None and not is_stored and not _EMAIL.fullmatch(address):
        yield Violation("notificationEmail", "not an e-mail address", "WRONG_FORMAT")


def _numbers(waves: Sequence[Wave]) -> Iterator[Violation]:
    first: dict[int, int] = {}
    for position, wave in enumerate(waves):
        number = wave.wave_number
        if number in first:
            other = f"waves[{first[number]}]"
            reason = f"{number} is also the number of {other}"
            yield Violation(f"waves[{position}].waveNumber", reason, "DUPLICATE_WAVE_NUMBER", other=other)
        first.setdefault(number, position)


def _numbered(waves: Sequence[Wave]) -> tuple[frozenset[int], frozenset[int]]:
    """The numbers of the waves, and those that several have: one of these is meant to have another."""
    counts = Counter(wave.wave_number for wave in waves)
    return frozenset(counts), frozenset(number for number, count in counts.items() if count > 1)


def _dependencies(waves: Sequence[Wave]) -> Iterator[Violation]:
    known, doubled = _numbered(waves)
    for position, wave in enumerate(waves):
        for entry, number in enumerate(wave.depends_on_waves):
            path = f"waves[{position}].dependsOnWaves[{entry}]"
            if number in doubled:
                continue
            if number == wave.wave_number:
                yield Violation(path, f"waveNumber {number} cannot wait for itself", "SELF_DEPENDENCY")
            elif number not in known and not doubled:
                yield Violation(path, f"there is no waveNumber {number} in the plan", "UNKNOWN_WAVE")


def _graph_size(waves: Sequence[Wave]) -> Iterator[Violation]:
    count = sum(len(wave.depends_on_waves) for wave in waves)
    if count > DEPENDENCIES:
        yield Violation("waves", f"{count} dependencies in all, at most {DEPENDENCIES} are allowed", "TOO_MANY")


def _names_size(waves: Sequence[Wave]) -> Iterator[Violation]:
    size = sum(len(wave.wave_name.encode()) for wave in waves)
    if size > NAME_BYTES:
        reason = f"the names of all waves are {size} bytes as UTF-8, at most {NAME_BYTES} are allowed: shorten them"
        yield Violation("waves", reason, "TOO_LARGE")


def _cycle(waves: Sequence[Wave]) -> Iterator[Violation]:
    known, doubled = _numbered(waves)
    told = known - doubled
    waits = {
        wave.wave_number: set(told.intersection(wave.depends_on_waves)) - {wave.wave_number}
        for wave in waves
        if wave.wave_number in told
    }
    cycle = find_cycle(waits)
    if cycle is not None:
        named = " → ".join(map(str, cycle))
        yield Violation("waves", f"waves wait for each other in a cycle, by waveNumber: {named}", "CYCLE")


def group_count(waves: Sequence[Wave]) -> int:
    """How many groups the waves list in all."""
    return sum(len(wave.protection_group_ids) for wave in waves)


def _group_count(waves: Sequence[Wave]) -> Iterator[Violation]:
    count = group_count(waves)
    if count > GROUPS:
        yield Violation("waves", f"{count} groups in all, at most {GROUPS} are allowed", "TOO_MANY")


def _groups(waves: Sequence[Wave]) -> Iterator[Violation]:
    first: dict[str, int] = {}
    for position, wave in enumerate(waves):
        if not wave.protection_group_ids:
            yield Violation(f"waves[{position}].protectionGroupIds", "a wave needs a group", "WAVE_WITHOUT_GROUPS")
        for entry, group_id in enumerate(wave.protection_group_ids):
            path = f"waves[{position}].protectionGroupIds[{entry}]"
            if group_id not in first:
                first[group_id] = position
            elif first[group_id] == position:
                yield Violation(path, f"group {group_id} is listed twice", "DUPLICATE_GROUP")
            else:
                other = f"waves[{first[group_id]}]"
                yield Violation(path, f"group {group_id} is also in {other}", "GROUP_IN_TWO_WAVES", other=other)


def _optional_servers(waves: Sequence[Wave]) -> Iterator[Violation]:
    first: dict[str, int] = {}
    for position, wave in enumerate(waves):
        for entry, server_id in enumerate(wave.optional_server_ids):
            path = f"waves[{position}].optionalServerIds[{entry}]"
            if server_id not in first:
                first[server_id] = position
            elif first[server_id] == position:
                yield Violation(path, f"{server_id} is listed twice", "DUPLICATE_SERVER")
            else:
                other = f"waves[{first[server_id]}]"
                reason = f"{server_id} is also in {other}; a server is in one wave"
                yield Violation(path, reason, "SERVER_IN_TWO_WAVES", other=other)


def _health_checks(waves: Sequence[Wave]) -> Iterator[Violation]:
    for position, wave in enumerate(waves):
        checks = wave.health_checks
        if checks is None:
            continue
        path = f"waves[{position}].healthChecks"
        alarms, commands = alarms_of(checks), commands_of(checks)
        if len(alarms) > ALARMS or len(commands) > COMMANDS:
            counted = f"{len(alarms)} alarms and {len(commands)} commands"
            yield Violation(path, f"{counted}, at most {ALARMS} and {COMMANDS} are allowed", "OUT_OF_RANGE")
        size = HealthChecks.model_construct(alarms=alarms, commands=commands).json_bytes
        if size > DECLARATION_BYTES:
            reason = f"{size} bytes as JSON, at most {DECLARATION_BYTES}: put what is long into an SSM document"
            yield Violation(path, reason, "TOO_LARGE")
        for entry, check in enumerate(checks):
            if isinstance(check, AlarmCheck) and check in checks[:entry]:
                reason = f"the alarm {check.alarm_name} is listed twice"
                yield Violation(f"{path}[{entry}]", reason, "DUPLICATE_ALARM")
