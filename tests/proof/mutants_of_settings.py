"""Bugs of launch settings, which the worlds must see that play them."""

from __future__ import annotations

from typing import Final

from tests.proof.mutating import Change, Mutant
from tests.proof.scenario import SETTINGS

_LOOKING: Final = "shared/engine/launch_settings.py"

OF_SETTINGS: Final = (
    Mutant(
        "launched before anybody has looked at the settings",
        13,
        (
            Change(
                _LOOKING,
                "if not has_settings or (seen is not None and _allows(draft, seen)):",
                "if not has_settings or seen is None or _allows(draft, seen):",
            ),
        ),
        hints=(2,),
        worlds=SETTINGS,
    ),
    Mutant(
        "a look at settings is believed for ever",
        13,
        (
            Change(
                _LOOKING,
                "SettingsVerdict.READY and draft.now - seen.verified_at < draft.bounds.settings_trust",
                "SettingsVerdict.READY",
            ),
        ),
        hints=(49,),
        worlds=SETTINGS,
    ),
    Mutant(
        "refused settings are launched",
        13,
        (
            Change(
                _LOOKING,
                "return seen.verdict is SettingsVerdict.READY and draft.now",
                "return seen.verdict is not SettingsVerdict.UNREAD and draft.now",
            ),
        ),
        hints=(2,),
        worlds=SETTINGS,
    ),
    Mutant(
        "what nobody has accepted is launched all the same",
        13,
        (
            Change(
                "data-management-handler/data_management/settings_verdicts.py",
                "if is_sure or not is_accepted:",
                "if is_sure:",
            ),
        ),
        hints=(2,),
        worlds=SETTINGS,
    ),
    Mutant(
        "settings repaired although the group blocks",
        13,
        (
            Change(
                "shared/services/launch_config_bringing.py",
                "if self._how.policy is not DriftPolicy.REPAIR:",
                "if self._how.policy is DriftPolicy.WARN:",
            ),
        ),
        hints=(25,),
        worlds=SETTINGS,
    ),
)
