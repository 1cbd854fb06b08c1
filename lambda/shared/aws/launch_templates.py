"""EC2: launch templates, read many at a time and changed version by version."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from botocore.exceptions import ClientError

from shared.aws.calls import code_of, read
from shared.cross_account import AccountSession, Sessions
from shared.launch_config_rules import ConfigWrites
from shared.launch_template_data import whole
from shared.models.launch_template import TemplateNumbers, TemplateVersion
from shared.models.targets import Target
from shared.patience import patient

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import (
        DescribeLaunchTemplateVersionsResultTypeDef,
        LaunchTemplateTypeDef,
        LaunchTemplateVersionTypeDef,
    )

Result = TypeVar("Result")

PAGE: Final = 200
"""Entries of a page of both listings (EC2 API reference)."""

FEW: Final = 4
"""So many templates are asked for one by one; more are looked for in a listing of all templates of the region."""

_BOTH: Final = ("$Default", "$Latest")
_VERSIONS_EACH: Final = 2


class LaunchTemplateGateway:
    """Launch templates of EC2 in any account and region, in sessions named after a purpose."""

    def __init__(self, sessions: Sessions, purpose: str = "drs-orchestration") -> None:
        self._sessions = sessions
        self._purpose = purpose

    def named(self, purpose: str) -> "LaunchTemplateGateway":
        """The same gateway for another purpose."""
        return LaunchTemplateGateway(self._sessions, purpose)

    def default_versions(self, target: Target, template_ids: Collection[str]) -> Mapping[str, TemplateVersion]:
        """The default versions of those templates of which few pages tell; of few templates there is no page worth it.

        A listing is of all templates of the region, so it ends where asking for each of these costs less.
        """
        if len(template_ids) <= FEW:
            return {}
        seen, token = _Seen(), ""
        for _ in range(_pages_for(len(template_ids))):
            token = seen.add(self._page(target, token))
            if not token:
                break
        return {name: one for name, one in seen.known(is_all=not token).items() if name in template_ids}

    def default_version(self, target: Target, template_id: str) -> TemplateVersion | None:
        """The same of one template; None if it does not exist."""

        def found(client: "EC2Client") -> TemplateVersion | None:
            try:
                answer = client.describe_launch_template_versions(LaunchTemplateId=template_id, Versions=_BOTH)
            except ClientError as error:
                if not _is_missing(error):
                    raise
                return None
            seen = _Seen()
            seen.add(answer)
            return seen.known(is_all=True).get(template_id)

        return self._call(target, "DescribeLaunchTemplateVersions", found)

    def _page(self, target: Target, token: str) -> "DescribeLaunchTemplateVersionsResultTypeDef":
        """A page of the default and newest versions of all templates; each has a time-out of its own."""
        more: Any = {"NextToken": token} if token else {}
        return self._call(
            target,
            "DescribeLaunchTemplateVersions",
            lambda client: client.describe_launch_template_versions(Versions=_BOTH, MaxResults=PAGE, **more),
        )

    def version(self, target: Target, template_id: str, number: int) -> TemplateVersion | None:
        """That version of a template; None if it does not exist any more."""

        def found(client: "EC2Client") -> TemplateVersion | None:
            try:
                answer = client.describe_launch_template_versions(LaunchTemplateId=template_id, Versions=[str(number)])
            except ClientError as error:
                if not _is_missing(error):
                    raise
                return None
            return next((_version(one, number) for one in answer["LaunchTemplateVersions"]), None)

        return self._call(target, "DescribeLaunchTemplateVersions", found)

    def numbers(self, target: Target, template_ids: Collection[str]) -> Mapping[str, TemplateNumbers]:
        """Which versions of these templates are the default and the newest; what does not exist is left out."""

        def found(client: "EC2Client") -> dict[str, TemplateNumbers]:
            ids = sorted(template_ids)
            slices = [ids[start : start + PAGE] for start in range(0, len(ids), PAGE)]
            return {name: numbers for part in slices for name, numbers in _numbers(client, part)}

        return self._call(target, "DescribeLaunchTemplates", found) if template_ids else {}

    def add_version(self, target: Target, source: TemplateVersion, writes: ConfigWrites, note: str) -> int:
        """A new version: the named members over those of its source, without those that are to go; its number.

        A version over a source has all its members; where one is to go, all that are to stay are named.
        """
        over: Any = {"SourceVersion": str(source.number)}
        members: Any = dict(writes.template)
        if writes.without:
            over, members = {}, whole(source.data, writes.template, writes.without)

        def added(client: "EC2Client") -> int:
            answer = client.create_launch_template_version(
                LaunchTemplateId=source.template_id, VersionDescription=note, LaunchTemplateData=members, **over
            )
            return answer["LaunchTemplateVersion"]["VersionNumber"]

        return self._call(target, "CreateLaunchTemplateVersion", added)

    def make_default(self, target: Target, template_id: str, number: int) -> TemplateNumbers:
        """From now on launches use that version; which is the newest, told in the same moment."""

        def moved(client: "EC2Client") -> TemplateNumbers:
            answer = client.modify_launch_template(LaunchTemplateId=template_id, DefaultVersion=str(number))
            return _numbers_of(answer["LaunchTemplate"])

        return self._call(target, "ModifyLaunchTemplate", moved)

    def _call(self, target: Target, operation: str, call: Callable[["EC2Client"], Result]) -> Result:
        def in_region(session: AccountSession) -> Result:
            return call(patient(session.client("ec2", target.region)))

        return read(self._sessions, self._purpose, target, operation, in_region)


@dataclass(slots=True)
class _Seen:
    """Versions as pages tell of them."""

    defaults: "dict[str, LaunchTemplateVersionTypeDef]" = field(default_factory=dict)
    numbers: dict[str, set[int]] = field(default_factory=dict)

    def add(self, page: "DescribeLaunchTemplateVersionsResultTypeDef") -> str:
        """What the page tells; where the next begins, if there is one."""
        for version in page["LaunchTemplateVersions"]:
            template_id = version["LaunchTemplateId"]
            self.numbers.setdefault(template_id, set()).add(version["VersionNumber"])
            if version["DefaultVersion"]:
                self.defaults[template_id] = version
        return page.get("NextToken", "")

    def known(self, *, is_all: bool) -> dict[str, TemplateVersion]:
        """The defaults of which the newest is known too: unless that is all, where both were seen and are two."""
        return {
            name: _version(one, max(self.numbers[name]))
            for name, one in self.defaults.items()
            if is_all or len(self.numbers[name]) > 1
        }


def _pages_for(count: int) -> int:
    """How many pages of all templates are worth it: as many as have twice as many templates, each with two versions."""
    return -(-count * _VERSIONS_EACH * 2 // PAGE)


def _numbers(client: "EC2Client", ids: Collection[str]) -> Iterator[tuple[str, TemplateNumbers]]:
    """One template that does not exist has the call refused for all of them; then each is asked for by itself."""
    pages = client.get_paginator("describe_launch_templates").paginate(LaunchTemplateIds=list(ids))
    try:
        listed = [one for page in pages for one in page["LaunchTemplates"]]
    except ClientError as error:
        if not _is_missing(error):
            raise
        if len(ids) > 1:
            for template_id in ids:
                yield from _numbers(client, [template_id])
        return
    for one in listed:
        yield one["LaunchTemplateId"], _numbers_of(one)


def _numbers_of(template: "LaunchTemplateTypeDef") -> TemplateNumbers:
    return TemplateNumbers(template["DefaultVersionNumber"], template["LatestVersionNumber"])


def _is_missing(error: ClientError) -> bool:
    return code_of(error).startswith("InvalidLaunchTemplateId.")


def _version(version: "LaunchTemplateVersionTypeDef", latest: int) -> TemplateVersion:
    data: Any = version["LaunchTemplateData"]
    return TemplateVersion(version["LaunchTemplateId"], version["VersionNumber"], latest, data)
