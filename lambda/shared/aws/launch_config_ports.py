"""What applying launch settings needs of DRS and EC2, each in the server's own account and region.

Everything raises DrsServiceError or CrossAccountError. The changes may be made once more: what they ask for is then so.
"""

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from shared.launch_config_rules import ConfigWrites
from shared.models.launch_template import DrsLaunchConfiguration, TemplateNumbers, TemplateVersion
from shared.models.targets import Target


class LaunchConfigurationsPort(Protocol):
    """The launch configurations of DRS."""

    def named(self, purpose: str) -> "LaunchConfigurationsPort":
        """The same, in sessions named after the purpose."""
        ...

    def read(self, target: Target, source_server_id: str) -> DrsLaunchConfiguration:
        """What DRS holds of a server."""
        ...

    def update(self, target: Target, source_server_id: str, settings: Mapping[str, Any]) -> int:
        """Change the named settings, by the names of our fields, and answer in how many writes.

        With each DRS makes a new default version of the template.
        """
        ...


class LaunchTemplatesPort(Protocol):
    """The launch templates of EC2."""

    def named(self, purpose: str) -> "LaunchTemplatesPort":
        """The same, in sessions named after the purpose."""
        ...

    def default_versions(self, target: Target, template_ids: Collection[str]) -> Mapping[str, TemplateVersion]:
        """The default versions of as many of these templates as few calls tell of; the others are to be asked for."""
        ...

    def default_version(self, target: Target, template_id: str) -> TemplateVersion | None:
        """The same of one; None if there is no such template."""
        ...

    def version(self, target: Target, template_id: str, number: int) -> TemplateVersion | None:
        """That version of a template; None if it does not exist any more. Its `latest` is its own number."""
        ...

    def numbers(self, target: Target, template_ids: Collection[str]) -> Mapping[str, TemplateNumbers]:
        """Which versions of these templates are the default and the newest; what does not exist is left out."""
        ...

    def add_version(self, target: Target, source: TemplateVersion, writes: ConfigWrites, note: str) -> int:
        """A new version: the named members over those of its source, without those that are to go; its number."""
        ...

    def make_default(self, target: Target, template_id: str, number: int) -> TemplateNumbers:
        """From now on launches use that version; which is the newest, told in the same moment."""
        ...
