"""Whose version of a launch template is the default: versions are read, made and put in place, of many servers at once.

EC2 has no write that depends on what is there. So of each template the numbers of its versions are read right before
one becomes its default, anew each time that this is tried, and what EC2 answers then tells of any that was made in
between. One thing nothing tells: that somebody made another of the versions that are there already the default between
these two calls. Then ours is the default in its place, and that version is still there.
"""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from shared.aws.launch_config_ports import LaunchTemplatesPort
from shared.errors import CrossAccountError, DrsServiceError
from shared.models.launch_template import TemplateNumbers, TemplateVersion
from shared.models.targets import Target
from shared.services.absorbing import Absorbing, Answers, TimeOverError
from shared.services.launch_config_cases import Case

Number = TypeVar("Number", int, int | None)
"""Of a version."""

Move: TypeAlias = Callable[[Case], int | None]
"""Makes the version of a server the default, and answers the newest; None if it must not."""


@dataclass(slots=True)
class Put:
    """What came of putting versions in place, by server; who is nowhere in it was left, because time is over."""

    done: set[str] = field(default_factory=set)
    edited: list[str] = field(default_factory=list)
    """Those of which somebody else made a version or a default meanwhile."""
    failed: dict[str, DrsServiceError | CrossAccountError] = field(default_factory=dict)


class TemplateVersions:
    """Launch templates of an account and region; `note` describes the versions that are made.

    Each write that was carried out is counted in `spent`, and `check` is called right before it, and raises where it
    may not be made.
    """

    def __init__(
        self,
        target: Target,
        templates: LaunchTemplatesPort,
        absorbing: Absorbing,
        note: str,
        check: Callable[[str], None],
    ) -> None:
        self._target = target
        self._templates = templates
        self._absorbing = absorbing
        self._note = note
        self._check = check
        self.spent: Counter[str] = Counter()
        self._ousted: dict[str, int] = {}
        """The versions of ours that took the place of one that nobody had seen, by server."""

    # -- reading --------------------------------------------------------------------------------------------------

    def defaults(self, template_ids: Collection[str]) -> Answers[TemplateVersion | None]:
        """The default version of each; None for what does not exist. Those of which no listing tells are asked for."""
        if not template_ids:
            return Answers()
        try:
            listed = self._absorbing.one(lambda: self._templates.default_versions(self._target, template_ids))
        except TimeOverError:
            return Answers()
        except (DrsServiceError, CrossAccountError) as error:
            return Answers(failed=dict.fromkeys(template_ids, error))
        others = [one for one in sorted(template_ids) if one not in listed]
        asked = self._absorbing.each(others, lambda one: self._templates.default_version(self._target, one))
        return Answers({**listed, **asked.answers}, asked.failed)

    def bases(self, defaults: Mapping[str, TemplateVersion]) -> Answers[TemplateVersion]:
        """By server what is to be written over: its default, or the version whose place was taken unseen."""
        unseen = {
            server_id: one
            for server_id, one in defaults.items()
            if self._ousted.get(server_id) == one.number and one.latest > one.number
        }
        read = self._absorbing.each(
            unseen,
            lambda name: self._templates.version(self._target, unseen[name].template_id, unseen[name].latest),
        )
        seen = {name: one for name, one in defaults.items() if name not in unseen}
        found = {name: one or unseen[name] for name, one in read.answers.items()}
        return Answers({**seen, **found}, read.failed)

    # -- writing --------------------------------------------------------------------------------------------------

    def put(self, cases: Sequence[Case]) -> Put:
        """Have the default of each hold what is to be."""
        put = Put()
        left = self._with_earlier(cases, lambda case: case.former, Case.goes_back, put)
        # one that was made and did not become the default, because that was denied or broke off, is not made again
        left = self._with_earlier(left, lambda case: case.unused, Case.is_written_in, put)
        self._make_default(self._made(left, put), self._move_alone, put)
        return put

    def put_back(self, cases: Sequence[Case]) -> Put:
        """Make what is to be written over the default again."""
        put = Put()
        for case in cases:
            case.version, case.is_new = case.found.version.number, False
        self._make_default(cases, self._move, put)
        return put

    def _with_earlier(
        self,
        cases: Sequence[Case],
        number_of: Callable[[Case], int],
        will_do: Callable[[Case, TemplateVersion], bool],
        put: Put,
    ) -> list[Case]:
        """Let a version that is there already be the default, if it will do; without those that could not be read."""
        by_id = {case.server_id: case for case in cases if not case.version and number_of(case)}
        read = self._absorbing.each(
            by_id, lambda name: self._templates.version(self._target, by_id[name].template_id, number_of(by_id[name]))
        )
        put.failed |= read.failed
        for server_id, version in read.answers.items():
            if version is not None and will_do(by_id[server_id], version):
                by_id[server_id].version = version.number
        return [case for case in cases if case.server_id not in by_id or case.server_id in read.answers]

    def _made(self, cases: Sequence[Case], put: Put) -> list[Case]:
        """Those with a version that is to be the default."""
        by_id = {case.server_id: case for case in cases}
        for case in cases:
            if case.is_aside and not case.writes.any_of_template:
                case.version = case.found.version.number
        made = self._write([case for case in cases if not case.version], self._add, put)
        self.spent.update(made.keys())
        for server_id, number in made.items():
            by_id[server_id].version, by_id[server_id].is_new = number, True
        return [case for case in cases if case.version]

    def _make_default(self, cases: Sequence[Case], move: Move, put: Put) -> None:
        by_id = {case.server_id: case for case in cases}
        for server_id, latest in self._write(cases, move, put).items():
            case = by_id[server_id]
            if latest is not None:
                self.spent[server_id] += 1
            if latest == case.newest:
                put.done.add(server_id)
                continue
            put.edited.append(server_id)
            if latest is not None:
                self._ousted[server_id] = case.version

    def _write(self, cases: Sequence[Case], write: Callable[[Case], Number], put: Put) -> dict[str, Number]:
        by_id = {case.server_id: case for case in cases}

        def checked(server_id: str) -> Number:
            self._check(server_id)
            return write(by_id[server_id])

        made = self._absorbing.each(by_id, checked)
        put.failed |= made.failed
        return made.answers

    def _add(self, case: Case) -> int:
        return self._templates.add_version(self._target, case.found.version, case.writes, self._note)

    def _move_alone(self, case: Case) -> int | None:
        """None, and nothing is moved, if somebody else made a version or a default since it was read."""
        numbers = self._templates.numbers(self._target, {case.template_id})
        return self._move(case) if _is_alone(case, numbers.get(case.template_id)) else None

    def _move(self, case: Case) -> int:
        return self._templates.make_default(self._target, case.template_id, case.version).latest


def _is_alone(case: Case, now: TemplateNumbers | None) -> bool:
    is_ours = not case.is_new or case.version == case.newest
    return is_ours and now is not None and (now.default, now.latest) == (case.default, case.newest)
