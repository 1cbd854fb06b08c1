"""A server on its way to its launch settings: what is to be of it, what was found, and what is to be written."""

from dataclasses import dataclass, field
from typing import Protocol

from shared.launch_config_rules import (
    TEMPLATE_FIELDS,
    ConfigWrites,
    FoundConfig,
    Settings,
    differences,
    is_as_written,
    loses_groups,
    writes_for,
)
from shared.models.launch_config_state import ConfigDifference
from shared.models.launch_template import DrsLaunchConfiguration, TemplateVersion

Differences = tuple[ConfigDifference, ...]


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


@dataclass(slots=True)
class Case:
    """A server on its way; `found` is what is to be written over, mostly the default version."""

    server_id: str
    aim: Aim
    drs: DrsLaunchConfiguration
    found: FoundConfig
    default: int
    """The version that was the default when it was looked at."""
    differences: Differences = ()
    writes: ConfigWrites = field(default_factory=ConfigWrites)
    version: int = 0
    """Which is to be the default; 0 for the one that is."""
    is_new: bool = False
    """Whether that one was made here."""

    @property
    def template_id(self) -> str:
        """Its launch template."""
        return self.drs.template_id

    @property
    def is_aside(self) -> bool:
        """Whether what is written over is not the default, and is to be."""
        return self.found.version.number != self.default

    @property
    def changes_template(self) -> bool:
        """Whether another version is to be the default."""
        return self.is_aside or any(each.field in TEMPLATE_FIELDS for each in self.differences)

    @property
    def newest(self) -> int:
        """The newest version of the template, if nobody else makes any."""
        return self.found.version.latest + self.is_new

    @property
    def former(self) -> int:
        """An earlier version that may hold what is to be; 0 for none."""
        return self.aim.former or 0

    @property
    def unused(self) -> int:
        """The newest version, if it is not the default and another is to be made; 0 for none."""
        latest = self.found.version.latest
        return latest if self.writes.any_of_template and latest > self.found.version.number else 0

    @property
    def cost(self) -> int:
        """How many writes it takes at most."""
        return bool(self.writes.drs) + self.changes_template + self.writes.any_of_template

    @property
    def loses_groups(self) -> bool:
        """Whether its template has security groups by their names, which would be gone."""
        return loses_groups(self.aim.goals(self.found.settings), self.found)

    def goes_back(self, former: TemplateVersion) -> bool:
        """Whether to make that version the default again is all that is to be done."""
        return self.aim.goes_back(former, self.found)

    def is_written_in(self, version: TemplateVersion) -> bool:
        """Whether that version is what one made now would be: what is to be written, over what is there."""
        return is_as_written(self.found.version.data, self.writes, version.data)

    def compare(self) -> None:
        """Hold what is there against what is to be."""
        goals = self.aim.goals(self.found.settings)
        self.differences = differences(goals, self.found.settings)
        self.writes = writes_for(goals, self.found)

    def stands(self, now: TemplateVersion) -> bool:
        """Whether the default is the version that was to be, and holds what was written over its source."""
        if now.number != self.version:
            return False
        return not self.is_new or is_as_written(self.found.version.data, self.writes, now.data)
