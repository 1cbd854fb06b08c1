"""Brings servers of one account and region to the launch settings that are to be, and says what was found.

DRS first, because it makes a new default version of the launch template itself; then a version over that one, with what
the template is to hold; then its number as the default; then all is read again and compared. At most three writes for a
server, and three reads of templates for all of them. Where an earlier version holds all that is to be, and nothing else
has changed since, that one becomes the default again instead. What somebody else changed between a read and a write is
noticed by the numbers of the versions: such a server is looked at anew once, and given up then.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Protocol

from shared.aws.launch_config_ports import LaunchConfigurationsPort, LaunchTemplatesPort
from shared.clock import Clock
from shared.errors import CrossAccountError, DrsServiceError, shortened
from shared.launch_config_records import Brought
from shared.launch_config_rules import (
    ADDRESS,
    TEMPLATE_FIELDS,
    ConfigWrites,
    EffectiveConfig,
    FoundConfig,
    Settings,
    address_to_release,
    differences,
    is_as_written,
    writes_for,
)
from shared.models.launch_config_state import ConfigDifference, ConfigOutcome, DriftPolicy
from shared.models.launch_template import DrsLaunchConfiguration, TemplateVersion
from shared.models.targets import Target
from shared.services.absorbing import Absorbing, Answer, Failures, TimeOverError

EXTERNAL_EDIT: Final = "EXTERNAL_EDIT"
NOT_AS_WRITTEN: Final = "NOT_AS_WRITTEN"
TEMPLATE_MISSING: Final = "LAUNCH_TEMPLATE_MISSING"
SERVER_BUSY: Final = "SERVER_BUSY"
SERVER_NOT_FOUND: Final = "SERVER_NOT_FOUND"

LOOKS: Final = 2
"""So often a server is looked at whose configuration others change meanwhile."""

_LONGEST: Final = 400
"""Characters of a reason; what AWS says may be long, and a state row is small."""

_OUR_CODES: Final = MappingProxyType(
    {"ConflictException": SERVER_BUSY, "ResourceNotFoundException": SERVER_NOT_FOUND},
)
"""What DRS's own codes mean of a launch configuration."""

Differences = tuple[ConfigDifference, ...]
BeforeWriting = Callable[[Mapping[str, Brought]], Mapping[str, str]]
"""Is told what is about to be changed, and where, and answers for which of these servers not, and why.

Once more of those that are looked at anew, because others changed them meanwhile.
"""


class Aim(Protocol):
    """What is to be of a server, which may depend on what is there."""

    def goals(self, found: Settings) -> Settings:
        """The fields that are to be so, None for one that is not to be set; the others stay as they are."""
        ...

    @property
    def former(self) -> int | None:
        """An earlier version of its launch template that may hold what is to be."""
        ...

    def goes_back(self, former: TemplateVersion, now: FoundConfig) -> bool:
        """Whether to make that version the default again does the same as to write, and nothing else."""
        ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """Settings that a server is to have, and the static address that was written for it before, if one was.

    Who `takes_address` lets it have no static address, whichever is there.
    """

    config: EffectiveConfig
    address: str | None = None
    takes_address: bool = False

    def goals(self, found: Settings) -> dict[str, Any]:
        """The settings, and whether an address is to go."""
        goes = address_to_release(self.config, found, self.address) or (self.takes_address and ADDRESS in found)
        return {**self.config.settings, **({ADDRESS: None} if goes else {})}

    @property
    def former(self) -> None:
        """Settings are written, whatever was there before."""
        return

    def goes_back(self, former: TemplateVersion, now: FoundConfig) -> bool:  # noqa: ARG002
        """Never."""
        return False


@dataclass(frozen=True, slots=True)
class How:
    """In which manner; `note` describes the versions that are made. Nothing is begun after `until`."""

    policy: DriftPolicy = DriftPolicy.REPAIR
    before_writing: BeforeWriting = lambda _: {}
    note: str = "DRS Orchestration"
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class BringingDeps:
    """DRS, EC2 and time; `pause` lets so many seconds pass."""

    configurations: LaunchConfigurationsPort
    templates: LaunchTemplatesPort
    clock: Clock
    pause: Callable[[float], None]
    workers: int = 4

    def named(self, purpose: str) -> "BringingDeps":
        """The same, in sessions named after a purpose."""
        configurations, templates = self.configurations.named(purpose), self.templates.named(purpose)
        return replace(self, configurations=configurations, templates=templates)


@dataclass(slots=True)
class _Case:
    """A server on its way."""

    server_id: str
    aim: Aim
    drs: DrsLaunchConfiguration
    found: FoundConfig
    differences: Differences = ()
    writes: ConfigWrites = field(default_factory=ConfigWrites)
    version: int = 0
    """Which is to be the default; 0 for the one that is."""
    is_new: bool = False
    """Whether that one was made here."""

    @property
    def template_id(self) -> str:
        return self.drs.template_id

    def compare(self) -> None:
        """Hold what is there against what is to be."""
        goals = self.aim.goals(self.found.settings)
        self.differences = differences(goals, self.found.settings)
        self.writes = writes_for(goals, self.found)

    @property
    def changes_template(self) -> bool:
        return any(each.field in TEMPLATE_FIELDS for each in self.differences)


def bring(target: Target, wanted: Mapping[str, Aim], how: How, deps: BringingDeps) -> dict[str, Brought]:
    """What came of each server; those that time did not allow are left out, and may be brought again."""
    bringing = _Bringing(target, how, deps)
    left = dict(wanted)
    for _ in range(LOOKS):
        edited = bringing.look_and_write(left)
        left = {server_id: wanted[server_id] for server_id in edited}
        if not left:
            break
    bringing.give_up(left)
    return bringing.results


class _Bringing:
    """One call of `bring`."""

    def __init__(self, target: Target, how: How, deps: BringingDeps) -> None:
        self._target = target
        self._how = how
        self._deps = deps
        self._absorbing = Absorbing(deps.clock, deps.pause, how.until, deps.workers)
        self._told: dict[str, Differences] = {}
        """What was found to be otherwise at the first look."""
        self.results: dict[str, Brought] = {}

    def look_and_write(self, wanted: Mapping[str, Aim]) -> list[str]:
        """Bring the servers to what is wanted; those that somebody else changed meanwhile."""
        cases = self._differing(self._look(wanted))
        if self._how.policy is not DriftPolicy.REPAIR:
            for case in cases:
                self._settle(case, Brought(ConfigOutcome.DRIFTED, case.differences))
            return []
        cases = self._allowed(cases)
        self._told = {case.server_id: case.differences for case in cases} | self._told
        cases = self._write_drs(cases)
        cases, edited = self._write_templates(cases)
        return [*edited, *self._verify(cases)]

    def give_up(self, server_ids: Mapping[str, Aim]) -> None:
        """Tell of servers that others changed again and again."""
        for server_id in server_ids:
            reason = "somebody else changed its launch template at the same time, also when it was tried anew"
            told = self._told.get(server_id, ())
            self.results[server_id] = Brought(ConfigOutcome.FAILED, told, EXTERNAL_EDIT, reason)

    # -- looking --------------------------------------------------------------------------------------------------

    def _look(self, wanted: Mapping[str, Aim]) -> list[_Case]:
        read = self._deps.configurations.read
        configurations = self._absorbing.each(wanted, lambda server_id: read(self._target, server_id))
        self._fail(configurations.failed)
        ids = {one.template_id for one in configurations.answers.values()}
        versions = self._of_all(
            list(configurations.answers), lambda: self._deps.templates.default_versions(self._target, ids)
        )
        cases = []
        for server_id, drs in configurations.answers.items() if versions is not None else ():
            version = (versions or {}).get(drs.template_id)
            if version is None:
                self._refuse(server_id, TEMPLATE_MISSING, f"EC2 has no launch template {drs.template_id}")
            else:
                cases.append(_Case(server_id, wanted[server_id], drs, FoundConfig(drs, version)))
        return cases

    def _differing(self, cases: Sequence[_Case]) -> list[_Case]:
        differing = []
        for case in cases:
            case.compare()
            if case.differences:
                differing.append(case)
            elif case.server_id in self._told:
                self._settle(case, Brought(ConfigOutcome.APPLIED, self._told[case.server_id]))
            else:
                self._settle(case, Brought(ConfigOutcome.UNCHANGED))
        return differing

    def _allowed(self, cases: Sequence[_Case]) -> list[_Case]:
        if not cases:
            return []
        held = self._how.before_writing({case.server_id: _seen(case) for case in cases})
        for case in cases:
            if case.server_id in held:
                self._refuse(case.server_id, SERVER_BUSY, held[case.server_id], case.differences)
        return [case for case in cases if case.server_id not in held]

    # -- writing --------------------------------------------------------------------------------------------------

    def _write_drs(self, cases: Sequence[_Case]) -> list[_Case]:
        """DRS makes a version of its own each time, which is read before the next is put over it."""
        by_id = {case.server_id: case for case in cases}
        writing = [case.server_id for case in cases if case.writes.drs]
        update = self._deps.configurations.update
        done = self._absorbing.each(
            writing, lambda server_id: update(self._target, server_id, by_id[server_id].writes.drs)
        )
        self._fail(done.failed)
        ids = {by_id[server_id].template_id for server_id in done.answers}
        versions = self._of_all(list(done.answers), lambda: self._deps.templates.default_versions(self._target, ids))
        for server_id in done.answers if versions is not None else ():
            self._renew(by_id[server_id], (versions or {}).get(by_id[server_id].template_id))
        read = done.answers if versions is not None else {}
        lost = {server_id for server_id in writing if server_id not in read} | {*self.results}
        return [case for case in cases if case.server_id not in lost]

    def _renew(self, case: _Case, version: TemplateVersion | None) -> None:
        """What is to be written over the version that DRS made."""
        if version is None:
            self._refuse(case.server_id, TEMPLATE_MISSING, f"EC2 has no launch template {case.template_id} any more")
            return
        written = case.writes.drs
        case.found = FoundConfig(replace(case.drs, settings={**case.drs.settings, **written}), version)
        case.compare()
        case.writes = replace(case.writes, drs=written)

    def _write_templates(self, cases: Sequence[_Case]) -> tuple[list[_Case], list[str]]:
        """Those that are written, and those of which somebody else made a version or a default meanwhile."""
        by_id = {case.server_id: case for case in cases}
        changing = [case.server_id for case in cases if case.changes_template]
        unread = self._go_back([by_id[server_id] for server_id in changing])
        writing = [
            server_id
            for server_id in changing
            if by_id[server_id].writes.any_of_template and not by_id[server_id].version and server_id not in unread
        ]
        made = self._absorbing.each(writing, lambda server_id: self._add(by_id[server_id]))
        self._fail(made.failed)
        for server_id, number in made.answers.items():
            by_id[server_id].version, by_id[server_id].is_new = number, True
        moving = [by_id[server_id] for server_id in changing if by_id[server_id].version]
        edited = self._edited(moving)
        ready = [
            case.server_id for case in moving if case.server_id not in edited and case.server_id not in self.results
        ]
        defaults = self._absorbing.each(ready, lambda server_id: self._make_default(by_id[server_id]))
        self._fail(defaults.failed)
        unwritten = {*writing, *unread, *(case.server_id for case in moving)} - {*defaults.answers}
        return [case for case in cases if case.server_id not in unwritten], edited

    def _go_back(self, cases: Sequence[_Case]) -> list[str]:
        """Find the earlier versions that are to be the default again; the servers of which that could not be read."""
        by_id = {case.server_id: case for case in cases if case.aim.former is not None}
        read = self._deps.templates.version
        formers = self._absorbing.each(
            by_id,
            lambda server_id: read(self._target, by_id[server_id].template_id, by_id[server_id].aim.former or 0),
        )
        self._fail(formers.failed)
        for server_id, former in formers.answers.items():
            case = by_id[server_id]
            if former is not None and case.aim.goes_back(former, case.found):
                case.version = former.number
        return [server_id for server_id in by_id if server_id not in formers.answers]

    def _add(self, case: _Case) -> int:
        return self._deps.templates.add_version(self._target, case.found.version, case.writes, self._how.note)

    def _make_default(self, case: _Case) -> None:
        self._deps.templates.make_default(self._target, case.template_id, case.version)

    def _edited(self, cases: Sequence[_Case]) -> list[str]:
        ids = {case.template_id for case in cases}
        numbers = self._of_all(
            [case.server_id for case in cases], lambda: self._deps.templates.numbers(self._target, ids)
        )
        if numbers is None:
            return []
        edited = []
        for case in cases:
            source, now = case.found.version, numbers.get(case.template_id)
            newest = source.latest + case.is_new
            alone = not case.is_new or case.version == newest
            if not alone or now is None or (now.default, now.latest) != (source.number, newest):
                edited.append(case.server_id)
        return edited

    # -- comparing ------------------------------------------------------------------------------------------------

    def _verify(self, cases: Sequence[_Case]) -> list[str]:
        """Read again what was written, and settle it; those that somebody else changed since."""
        by_id = {case.server_id: case for case in cases}
        read = self._deps.configurations.read
        written = [case.server_id for case in cases if case.writes.drs]
        again = self._absorbing.each(written, lambda server_id: read(self._target, server_id))
        self._fail(again.failed)
        templates = {case.template_id for case in cases if case.version}
        versions = self._of_all(
            [case.server_id for case in cases], lambda: self._deps.templates.default_versions(self._target, templates)
        )
        if versions is None:
            return []
        edited = []
        for server_id, case in by_id.items():
            if server_id in self.results or (case.writes.drs and server_id not in again.answers):
                continue
            now = FoundConfig(
                again.answers.get(server_id, case.drs), versions.get(case.template_id, case.found.version)
            )
            if case.version and not _stands(case, now):
                edited.append(server_id)
            else:
                self._settle_written(case, now)
        return edited

    def _settle_written(self, case: _Case, now: FoundConfig) -> None:
        case.found = now
        left = differences(case.aim.goals(now.settings), now.settings)
        told = self._told[case.server_id]
        if not left:
            self._settle(case, Brought(ConfigOutcome.APPLIED, told))
            return
        names = ", ".join(each.field for each in left)
        reason = f"was written and is otherwise when it is read again: {names}"
        self._settle(case, Brought(ConfigOutcome.FAILED, told, NOT_AS_WRITTEN, reason))

    def _settle(self, case: _Case, brought: Brought) -> None:
        self.results[case.server_id] = _told(case, brought)

    # -- what goes wrong ------------------------------------------------------------------------------------------

    def _of_all(
        self, server_ids: Sequence[str], ask: Callable[[], Mapping[str, Answer]]
    ) -> Mapping[str, Answer] | None:
        """The answer about all of these servers; None if there is none, which they are told."""
        if not server_ids:
            return {}
        try:
            return self._absorbing.one(ask)
        except TimeOverError:
            return None
        except (DrsServiceError, CrossAccountError) as error:
            self._fail(dict.fromkeys(server_ids, error))
            return None

    def _fail(self, failed: Failures) -> None:
        for server_id, error in failed.items():
            code = error.code.value
            if isinstance(error, DrsServiceError):
                code = _OUR_CODES.get(error.drs_code, error.drs_code)
            self._refuse(server_id, code, error.message, self._told.get(server_id, ()))
            self.results[server_id] = replace(self.results[server_id], error=error)

    def _refuse(self, server_id: str, code: str, reason: str, told: Differences = ()) -> None:
        self.results[server_id] = Brought(ConfigOutcome.FAILED, told, code, shortened(reason, _LONGEST))


def _stands(case: _Case, now: FoundConfig) -> bool:
    """Whether the default is the version that was made, and holds what was written over its source."""
    if now.version.number != case.version:
        return False
    return not case.is_new or is_as_written(case.found.version.data, case.writes, now.version.data)


def _seen(case: _Case) -> Brought:
    return _told(case, Brought(ConfigOutcome.DRIFTED, case.differences))


def _told(case: _Case, brought: Brought) -> Brought:
    version = case.found.version
    return replace(brought, template_id=version.template_id, template_version=version.number, found=case.found.settings)
