"""DRS: what it holds of a server for its launch."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

from shared.aws.calls import read
from shared.cross_account import AccountSession, Sessions
from shared.errors import DrsServiceError
from shared.launch_config_rules import DRS_FIELDS, LAUNCH_INTO, NO_INSTANCE, NOT_TAKEN
from shared.models.launch_template import DrsLaunchConfiguration
from shared.models.targets import Target
from shared.patience import patient

if TYPE_CHECKING:
    from mypy_boto3_drs import DrsClient

Result = TypeVar("Result")

_OURS: Final = {"launchIntoEC2InstanceID": "launchIntoEc2InstanceId"}
_THEIRS: Final = {ours: theirs for theirs, ours in _OURS.items()}
_NO_INSTANCE: Final[tuple[Mapping[str, str], ...]] = (NO_INSTANCE, {})
"""Ways to say that there is none to launch into; the first does not fit the pattern of AWS's model, the second does."""


class LaunchConfigurationGateway:
    """Launch configurations of DRS in any account and region, in sessions named after a purpose."""

    def __init__(self, sessions: Sessions, purpose: str = "drs-orchestration") -> None:
        self._sessions = sessions
        self._purpose = purpose

    def named(self, purpose: str) -> "LaunchConfigurationGateway":
        """The same gateway for another purpose."""
        return LaunchConfigurationGateway(self._sessions, purpose)

    def read(self, target: Target, source_server_id: str) -> DrsLaunchConfiguration:
        """What DRS holds of a server."""
        return self._call(
            target,
            "GetLaunchConfiguration",
            lambda client: _configuration(client.get_launch_configuration(sourceServerID=source_server_id)),
        )

    def update(self, target: Target, source_server_id: str, settings: Mapping[str, Any]) -> int:
        """Change the named settings, and answer in how many writes; each makes a new default version of the template.

        How DRS is told that it launches into no instance any more AWS does not say. It is told in one way after the
        other until its answer names none; if it never does, all else is as it is to be, and a look tells the rest.
        """
        if LAUNCH_INTO not in settings or any(settings[LAUNCH_INTO].values()):
            self._send(target, source_server_id, settings)
            return 1
        others = {name: value for name, value in settings.items() if name != LAUNCH_INTO}
        taken = 0
        for nothing in _NO_INSTANCE:
            try:
                is_named = (
                    LAUNCH_INTO in self._send(target, source_server_id, {**others, LAUNCH_INTO: nothing}).settings
                )
            except DrsServiceError as error:
                if error.drs_code != NOT_TAKEN:
                    raise
                continue
            taken += 1
            if not is_named:
                return taken
        if others and not taken:
            self._send(target, source_server_id, others)
            taken = 1
        return taken

    def _send(self, target: Target, source_server_id: str, settings: Mapping[str, Any]) -> DrsLaunchConfiguration:
        members: Any = {name: _renamed(value, _THEIRS) for name, value in settings.items()}
        return self._call(
            target,
            "UpdateLaunchConfiguration",
            lambda client: _configuration(
                client.update_launch_configuration(sourceServerID=source_server_id, **members)
            ),
        )

    def _call(self, target: Target, operation: str, call: Callable[["DrsClient"], Result]) -> Result:
        def in_region(session: AccountSession) -> Result:
            return call(patient(session.client("drs", target.region)))

        return read(self._sessions, self._purpose, target, operation, in_region)


def _configuration(answer: Mapping[str, Any]) -> DrsLaunchConfiguration:
    settings = {name: answer[name] for name in DRS_FIELDS if answer.get(name) is not None}
    if LAUNCH_INTO in settings:
        settings[LAUNCH_INTO] = _renamed(settings[LAUNCH_INTO], _OURS)
        if not any(settings[LAUNCH_INTO].values()):
            # that it names no instance is told in several ways
            del settings[LAUNCH_INTO]
    return DrsLaunchConfiguration(str(answer["ec2LaunchTemplateID"]), settings)


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    return {names.get(name, name): part for name, part in value.items()} if isinstance(value, Mapping) else value
