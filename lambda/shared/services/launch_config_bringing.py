"""Brings servers of one account and region to the launch settings that are to be, and says what was found.

DRS first, because it makes a new default version of the launch template itself; then a version over that one, with what
the template is to hold; then its number as the default; then all is read again and compared. At most three writes for a
server, four where DRS must be told twice that it launches into no instance. Templates are read three times for all of
them, and once more each right before its default is moved. Where an earlier version holds all that is to be, and
nothing else has changed since, that one becomes the default again instead. What somebody else changed between a read
and a write is noticed by the numbers of the versions: such a server is looked at anew once, over what the other has
made, and given up then, or when that would be more than four writes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from shared.errors import DrsServiceError, shortened
from shared.launch_config_records import Brought
from shared.launch_config_rules import FoundConfig, differences
from shared.models.launch_config_state import ConfigOutcome, DriftPolicy
from shared.models.launch_template import DrsLaunchConfiguration, TemplateVersion
from shared.models.targets import Target
from shared.services.absorbing import Absorbing, Failures
from shared.services.launch_config_cases import Aim, Case, Differences
from shared.services.launch_config_orders import BringingDeps, How
from shared.services.launch_template_versions import TemplateVersions

EXTERNAL_EDIT: Final = "EXTERNAL_EDIT"
NOT_AS_WRITTEN: Final = "NOT_AS_WRITTEN"
TEMPLATE_MISSING: Final = "LAUNCH_TEMPLATE_MISSING"
SERVER_BUSY: Final = "SERVER_BUSY"
SERVER_NOT_FOUND: Final = "SERVER_NOT_FOUND"
GROUPS_BY_NAME: Final = "SECURITY_GROUPS_BY_NAME"

LOOKS: Final = 2
"""So often a server is looked at whose configuration others change meanwhile."""

MOST_WRITES: Final = 4
"""Of a server, whoever changes it meanwhile. A further one may only make the default again what somebody else had.

A call that is made again because AWS did not answer, or said wait, counts once.
"""

_LONGEST: Final = 400
"""Characters of a reason; what AWS says may be long, and a state row is small."""

_BUSY: Final = "ConflictException"
_OUR_CODES: Final = MappingProxyType({_BUSY: SERVER_BUSY, "ResourceNotFoundException": SERVER_NOT_FOUND})
"""What DRS's own codes mean of a launch configuration."""

_BY_NAME: Final = (
    "its launch template has security groups by their names, which EC2 does not take beside a network interface: "
    "say securityGroupIds too"
)


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
        self._templates = TemplateVersions(target, deps.templates, self._absorbing, how.note, self._check_free)
        self._told: dict[str, Differences] = {}
        """What was found to be otherwise at the first look."""
        self._cases: dict[str, Case] = {}
        """Those that could be read, as they were found last."""
        self._answered: dict[str, DrsLaunchConfiguration] = {}
        """What DRS has said, also of those whose templates could not be read."""
        self.results: dict[str, Brought] = {}

    def look_and_write(self, wanted: Mapping[str, Aim]) -> list[str]:
        """Bring the servers to what is wanted; those that somebody else changed meanwhile."""
        cases = self._differing(self._look(wanted))
        if self._how.policy is not DriftPolicy.REPAIR:
            for case in cases:
                hindrance = (GROUPS_BY_NAME, _BY_NAME) if case.loses_groups else ("", "")
                self._settle(case, Brought(ConfigOutcome.DRIFTED, case.differences, *hindrance))
            return []
        cases = self._allowed(self._affordable(cases))
        self._told = {case.server_id: case.differences for case in cases} | self._told
        cases = self._write_drs(cases)
        put = self._templates.put([case for case in cases if case.changes_template])
        self._fail(put.failed)
        written = [case for case in cases if case.server_id in put.done or not case.changes_template]
        return [*put.edited, *self._verify(written)]

    def give_up(self, server_ids: Mapping[str, Aim]) -> None:
        """Tell of servers that others changed again and again."""
        for server_id in server_ids:
            reason = "somebody else changed its launch template at the same time, also when it was tried anew"
            self._refuse(server_id, EXTERNAL_EDIT, reason, self._told.get(server_id, ()))

    # -- looking --------------------------------------------------------------------------------------------------

    def _look(self, wanted: Mapping[str, Aim]) -> list[Case]:
        read = self._deps.configurations.read
        configurations = self._absorbing.each(wanted, lambda server_id: read(self._target, server_id))
        self._fail(configurations.failed)
        self._answered |= configurations.answers
        defaults = self._defaults(configurations.answers)
        bases = self._templates.bases(defaults)
        self._fail(bases.failed)
        cases = {
            server_id: Case(
                server_id,
                wanted[server_id],
                drs,
                FoundConfig(drs, bases.answers[server_id]),
                defaults[server_id].number,
            )
            for server_id, drs in configurations.answers.items()
            if server_id in bases.answers
        }
        self._cases |= cases
        return list(cases.values())

    def _defaults(self, of: Mapping[str, DrsLaunchConfiguration]) -> dict[str, TemplateVersion]:
        """The default versions of the servers whose could be read in time."""
        versions = self._templates.defaults({one.template_id for one in of.values()})
        failed = versions.failed
        self._fail({name: failed[one.template_id] for name, one in of.items() if one.template_id in failed})
        found = {}
        for server_id, one in of.items():
            version = versions.answers.get(one.template_id)
            if version is not None:
                found[server_id] = version
            elif one.template_id in versions.answers:
                self._refuse(server_id, TEMPLATE_MISSING, f"EC2 has no launch template {one.template_id}")
        return found

    def _differing(self, cases: Sequence[Case]) -> list[Case]:
        differing = []
        for case in cases:
            case.compare()
            if case.differences or case.is_aside:
                differing.append(case)
            elif case.server_id in self._told:
                self._settle(case, Brought(ConfigOutcome.APPLIED, self._told[case.server_id]))
            else:
                self._settle(case, Brought(ConfigOutcome.UNCHANGED))
        return differing

    def _affordable(self, cases: Sequence[Case]) -> list[Case]:
        """Those that may be written often enough; of others what somebody made the default unseen is that again."""
        spent = self._templates.spent
        dear = [case for case in cases if spent[case.server_id] + case.cost > MOST_WRITES]
        self._templates.put_back([case for case in dear if case.is_aside])
        for case in dear:
            theirs = case.found.version.number
            reason = f"somebody else changed its launch template at the same time, of which version {theirs} is theirs"
            self._refuse(case.server_id, EXTERNAL_EDIT, reason, self._told.get(case.server_id, case.differences))
        return [case for case in cases if case.server_id not in self.results]

    def _allowed(self, cases: Sequence[Case]) -> list[Case]:
        for case in cases:
            if case.loses_groups:
                self._refuse(case.server_id, GROUPS_BY_NAME, _BY_NAME, case.differences)
        able = [case for case in cases if not case.loses_groups]
        if not able:
            return []
        held = self._how.before_writing({case.server_id: _seen(case) for case in able})
        for case in able:
            if case.server_id in held:
                self._refuse(case.server_id, SERVER_BUSY, held[case.server_id], case.differences)
        return [case for case in able if case.server_id not in held]

    def _check_free(self, server_id: str) -> None:
        holder = self._how.holder(server_id)
        if holder:
            # as DRS says it of a server in a job
            raise DrsServiceError(holder, drsCode=_BUSY, httpStatus=409)

    # -- writing --------------------------------------------------------------------------------------------------

    def _write_drs(self, cases: Sequence[Case]) -> list[Case]:
        """DRS makes a version of its own each time, which is read before the next is put over it."""
        by_id = {case.server_id: case for case in cases if case.writes.drs}

        def update(server_id: str) -> int:
            self._check_free(server_id)
            return self._deps.configurations.update(self._target, server_id, by_id[server_id].writes.drs)

        done = self._absorbing.each(by_id, update)
        self._templates.spent.update(done.answers)
        self._fail(done.failed)
        versions = self._defaults({server_id: by_id[server_id].drs for server_id in done.answers})
        for server_id, version in versions.items():
            _renew(by_id[server_id], version)
        return [case for case in cases if case.server_id in versions or case.server_id not in by_id]

    # -- comparing ------------------------------------------------------------------------------------------------

    def _verify(self, cases: Sequence[Case]) -> list[str]:
        """Read again what was written, and settle it; those that somebody else changed since."""
        read = self._deps.configurations.read
        written = [case.server_id for case in cases if case.writes.drs]
        again = self._absorbing.each(written, lambda server_id: read(self._target, server_id))
        self._fail(again.failed)
        versions = self._defaults({case.server_id: case.drs for case in cases if case.version})
        edited = []
        for case in cases:
            drs = again.answers.get(case.server_id) if case.writes.drs else case.drs
            version = versions.get(case.server_id) if case.version else case.found.version
            if drs is None or version is None:
                continue
            if case.version and not case.stands(version):
                edited.append(case.server_id)
            else:
                self._settle_written(case, FoundConfig(drs, version))
        return edited

    def _settle_written(self, case: Case, now: FoundConfig) -> None:
        case.found = now
        left = differences(case.aim.goals(now.settings), now.settings)
        told = self._told[case.server_id]
        if not left:
            self._settle(case, Brought(ConfigOutcome.APPLIED, told))
            return
        names = ", ".join(each.field for each in left)
        reason = f"was written and is otherwise when it is read again: {names}"
        self._settle(case, Brought(ConfigOutcome.FAILED, told, NOT_AS_WRITTEN, reason))

    def _settle(self, case: Case, brought: Brought) -> None:
        self.results[case.server_id] = _told(case, brought)

    # -- what goes wrong ------------------------------------------------------------------------------------------

    def _fail(self, failed: Failures) -> None:
        for server_id, error in failed.items():
            code = error.code.value
            if isinstance(error, DrsServiceError):
                code = _OUR_CODES.get(error.drs_code, error.drs_code)
            self._refuse(server_id, code, error.message, self._told.get(server_id, ()))
            self.results[server_id] = replace(self.results[server_id], error=error)

    def _refuse(self, server_id: str, code: str, reason: str, told: Differences = ()) -> None:
        found = {} if code == SERVER_NOT_FOUND else self._known(server_id)
        self.results[server_id] = Brought(ConfigOutcome.FAILED, told, code, shortened(reason, _LONGEST), found=found)

    def _known(self, server_id: str) -> Mapping[str, Any]:
        """What was found of a server, or what DRS alone has said of it."""
        if server_id in self._cases:
            return self._cases[server_id].found.settings
        answered = self._answered.get(server_id)
        return {} if answered is None else answered.settings


def _renew(case: Case, version: TemplateVersion) -> None:
    """What is to be written over the version that DRS made."""
    written = case.writes.drs
    case.found = FoundConfig(replace(case.drs, settings={**case.drs.settings, **written}), version)
    case.default = version.number
    case.compare()
    case.writes = replace(case.writes, drs=written)


def _seen(case: Case) -> Brought:
    return _told(case, Brought(ConfigOutcome.DRIFTED, case.differences))


def _told(case: Case, brought: Brought) -> Brought:
    version = case.found.version
    return replace(brought, template_id=version.template_id, template_version=version.number, found=case.found.settings)
