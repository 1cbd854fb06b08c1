"""The launch templates of the EC2 twin in memory, as the product's port has them; every call is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping

from local.drs_simulator import Ec2RefusedError, InMemoryEc2
from local.drs_simulator.templates import MemoryTemplate, NoSuchVersionError
from shared.errors import DrsServiceError
from shared.launch_config_rules import ConfigWrites
from shared.launch_template_data import whole
from shared.models.launch_template import TemplateNumbers, TemplateVersion
from shared.models.targets import Target


class TemplatesOfTest:
    """Behind the same roles as everything else; `enter` asks for a client of the account as a gateway does."""

    def __init__(self, ec2: InMemoryEc2, enter: Callable[[Target], None] = lambda _target: None) -> None:
        self._ec2 = ec2
        self._enter = enter
        self.calls: Counter[str] = Counter()
        self.refuse_next: list[DrsServiceError] = []
        """What the next calls are answered, one each."""
        self.listed: int | None = None
        """Of so many templates at most a listing tells."""
        self.before: Callable[[str], None] = lambda _operation: None
        """Called before each call with its name: somebody else may be faster."""

    def named(self, purpose: str) -> TemplatesOfTest:  # noqa: ARG002
        """The same: nobody looks at the names of sessions here."""
        return self

    def default_versions(self, target: Target, template_ids: Collection[str]) -> Mapping[str, TemplateVersion]:
        """Those that exist."""
        self._call(target, "default_versions")
        return {
            template_id: TemplateVersion(template_id, one.default, one.latest, one.version(one.default))
            for template_id in sorted(template_ids)[: self.listed]
            if (one := self._find(target, template_id)) is not None
        }

    def default_version(self, target: Target, template_id: str) -> TemplateVersion | None:
        """It, if there is such a template."""
        self._call(target, "default_version")
        one = self._find(target, template_id)
        return None if one is None else TemplateVersion(template_id, one.default, one.latest, one.version(one.default))

    def version(self, target: Target, template_id: str, number: int) -> TemplateVersion | None:
        """It, if it exists."""
        self._call(target, "version")
        try:
            template = self._find(target, template_id)
            return None if template is None else TemplateVersion(template_id, number, number, template.version(number))
        except NoSuchVersionError:
            return None

    def numbers(self, target: Target, template_ids: Collection[str]) -> Mapping[str, TemplateNumbers]:
        """Those that exist."""
        self._call(target, "numbers")
        return {
            template_id: TemplateNumbers(one.default, one.latest)
            for template_id in template_ids
            if (one := self._find(target, template_id)) is not None
        }

    def add_version(self, target: Target, source: TemplateVersion, writes: ConfigWrites, note: str) -> int:  # noqa: ARG002
        """The named members over those of the source, or all that are to stay."""
        self._call(target, "add_version")
        template = self._get(target, source.template_id)
        if writes.without:
            return template.add(whole(source.data, writes.template, writes.without))
        return template.add(writes.template, source.number)

    def make_default(self, target: Target, template_id: str, number: int) -> TemplateNumbers:
        """The version that launches use from now on."""
        self._call(target, "make_default")
        template = self._get(target, template_id)
        try:
            template.make_default(number)
        except NoSuchVersionError as error:
            raise _refused(target, str(error)) from error
        return TemplateNumbers(template.default, template.latest)

    def _call(self, target: Target, operation: str) -> None:
        self.before(operation)
        self._enter(target)
        self.calls[operation] += 1
        if self.refuse_next:
            raise self.refuse_next.pop(0)

    def _find(self, target: Target, template_id: str) -> MemoryTemplate | None:
        return self._ec2.templates.get((target.account_id, target.region, template_id))

    def _get(self, target: Target, template_id: str) -> MemoryTemplate:
        try:
            return self._ec2.template(target.account_id, target.region, template_id)
        except Ec2RefusedError as error:
            raise _refused(target, str(error)) from error


def _refused(target: Target, words: str) -> DrsServiceError:
    return DrsServiceError(words, drsCode="InvalidLaunchTemplateId.NotFound", httpStatus=400, region=target.region)
