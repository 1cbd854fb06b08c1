"""What is asked of a bringing of servers to their launch settings: which settings, in what manner, and with what."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from shared.aws.launch_config_ports import LaunchConfigurationsPort, LaunchTemplatesPort
from shared.clock import Clock
from shared.launch_config_records import Brought
from shared.launch_config_rules import ADDRESS, EffectiveConfig, FoundConfig, Settings, address_to_release
from shared.models.launch_config_state import DriftPolicy
from shared.models.launch_template import TemplateVersion

BeforeWriting = Callable[[Mapping[str, Brought]], Mapping[str, str]]
"""Is told what is about to be changed, and where, and answers for which of these servers not, and why.

Once more of those that are looked at anew, because others changed them meanwhile.
"""


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
    """In which manner; `note` describes the versions that are made. Nothing is begun after `until`.

    `holder` is asked right before each write of a server, and may say who holds it by now.
    """

    policy: DriftPolicy = DriftPolicy.REPAIR
    before_writing: BeforeWriting = lambda _: {}
    note: str = "DRS Orchestration"
    until: datetime | None = None
    holder: Callable[[str], str] = lambda _: ""


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
