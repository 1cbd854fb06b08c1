"""EC2: launch templates, read many at a time and changed version by version."""

from collections.abc import Callable, Collection, Iterator, Mapping
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
    from mypy_boto3_ec2.type_defs import LaunchTemplateVersionTypeDef

Result = TypeVar("Result")

PAGE: Final = 200
"""Entries of a page of both listings (EC2 API reference)."""

FEW: Final = 4
"""So many templates are asked for one by one; more are picked out of a listing of all templates of the region."""

_BOTH: Final = ("$Default", "$Latest")


class LaunchTemplateGateway:
    """Launch templates of EC2 in any account and region, in sessions named after a purpose."""

    def __init__(self, sessions: Sessions, purpose: str = "drs-orchestration") -> None:
        self._sessions = sessions
        self._purpose = purpose

    def named(self, purpose: str) -> "LaunchTemplateGateway":
        """The same gateway for another purpose."""
        return LaunchTemplateGateway(self._sessions, purpose)

    def default_versions(self, target: Target, template_ids: Collection[str]) -> Mapping[str, TemplateVersion]:
        """The default version of each of these templates that exists."""

        def found(client: "EC2Client") -> dict[str, TemplateVersion]:
            defaults: dict[str, LaunchTemplateVersionTypeDef] = {}
            latest: dict[str, int] = {}
            for version in _versions(client, template_ids):
                template_id = version["LaunchTemplateId"]
                latest[template_id] = max(version["VersionNumber"], latest.get(template_id, 0))
                if version["DefaultVersion"]:
                    defaults[template_id] = version
            return {name: _version(one, latest[name]) for name, one in defaults.items() if name in template_ids}

        return self._call(target, "DescribeLaunchTemplateVersions", found) if template_ids else {}

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

    def make_default(self, target: Target, template_id: str, number: int) -> None:
        """From now on launches use that version."""
        self._call(
            target,
            "ModifyLaunchTemplate",
            lambda client: client.modify_launch_template(LaunchTemplateId=template_id, DefaultVersion=str(number)),
        )

    def _call(self, target: Target, operation: str, call: Callable[["EC2Client"], Result]) -> Result:
        def in_region(session: AccountSession) -> Result:
            return call(patient(session.client("ec2", target.region)))

        return read(self._sessions, self._purpose, target, operation, in_region)


def _versions(client: "EC2Client", template_ids: Collection[str]) -> Iterator["LaunchTemplateVersionTypeDef"]:
    """Default and newest versions of these templates, and perhaps of others."""
    pages = client.get_paginator("describe_launch_template_versions")
    if len(template_ids) > FEW:
        for page in pages.paginate(Versions=_BOTH, PaginationConfig={"PageSize": PAGE}):
            yield from page["LaunchTemplateVersions"]
        return
    for template_id in template_ids:
        try:
            for page in pages.paginate(LaunchTemplateId=template_id, Versions=_BOTH):
                yield from page["LaunchTemplateVersions"]
        except ClientError as error:
            if not _is_missing(error):
                raise


def _numbers(client: "EC2Client", ids: Collection[str]) -> Iterator[tuple[str, TemplateNumbers]]:
    """One template that does not exist has the call refused for all of them; then each is asked for by itself."""
    try:
        listed = client.describe_launch_templates(LaunchTemplateIds=list(ids))["LaunchTemplates"]
    except ClientError as error:
        if not _is_missing(error):
            raise
        if len(ids) > 1:
            for template_id in ids:
                yield from _numbers(client, [template_id])
        return
    for one in listed:
        yield one["LaunchTemplateId"], TemplateNumbers(one["DefaultVersionNumber"], one["LatestVersionNumber"])


def _is_missing(error: ClientError) -> bool:
    return code_of(error).startswith("InvalidLaunchTemplateId.")


def _version(version: "LaunchTemplateVersionTypeDef", latest: int) -> TemplateVersion:
    data: Any = version["LaunchTemplateData"]
    return TemplateVersion(version["LaunchTemplateId"], version["VersionNumber"], latest, data)
