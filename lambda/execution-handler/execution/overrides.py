"""What an operator takes upon himself, for a reason that is kept."""

from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from shared.models.base import Model
from shared.models.finding import ABOUT_SETTINGS, OVERRIDABLE, FindingCode
from shared.services.request_fields import Reason


def _check_overridable(code: FindingCode) -> FindingCode:
    if code not in OVERRIDABLE:
        raise PydanticCustomError("enum", "it cannot be overridden: {code}", {"code": code.value})
    return code


def _check_about_settings(code: FindingCode) -> FindingCode:
    if code not in ABOUT_SETTINGS:
        raise PydanticCustomError("enum", "it is not about launch settings: {code}", {"code": code.value})
    return code


OverridableCode = Annotated[
    FindingCode,
    AfterValidator(_check_overridable),
    WithJsonSchema({"type": "string", "enum": [code.value for code in OVERRIDABLE]}, mode="validation"),
]
"""What a start can be made in spite of; who names anything else is told so at once."""

SettingsCode = Annotated[
    FindingCode,
    AfterValidator(_check_about_settings),
    WithJsonSchema({"type": "string", "enum": [code.value for code in ABOUT_SETTINGS]}, mode="validation"),
]
"""What can be accepted of a wave that has begun."""


class Override(Model):
    """Start in spite of findings of these codes, or of any that can be overridden, for a reason that is kept.

    What costs a server or an instance is covered only if its code is named: SNAPSHOT_MISSING and EXTENSION_UNUSABLE
    with the reason NOTHING_TO_LAUNCH, PREPARED_INSTANCE with TOLD_BY_OTHERS or LAUNCHED_INTO_BEFORE, and
    PREPARED_NOT_CHECKED. What is named of LAUNCH_CONFIG_DRIFT and LAUNCH_CONFIG_INVALID also holds for whatever is
    found later, TEMPORARY_SETTINGS_LEFT for what an earlier execution had put there and is there still.
    """

    reason: Annotated[Reason, Field(min_length=1)]
    codes: Annotated[tuple[OverridableCode, ...], Field(min_length=1)] | None = None

    @property
    def named_codes(self) -> tuple[str, ...]:
        """The codes that it names; none if it is about any that can be overridden."""
        return tuple(sorted({code.value for code in self.codes or ()}))

    @property
    def accepted_codes(self) -> tuple[str, ...]:
        """What is accepted of the launch settings of every server, whatever is found of them."""
        return _about_settings(self.codes or ())


class SettingsOverride(Model):
    """Launch the servers of a wave as DRS has them, whatever is found of their launch settings.

    In spite of findings of these codes, or of all that are about launch settings, for a reason that is kept.
    """

    reason: Annotated[Reason, Field(min_length=1)]
    codes: Annotated[tuple[SettingsCode, ...], Field(min_length=1)] | None = None

    @property
    def accepted_codes(self) -> tuple[str, ...]:
        """What is accepted."""
        return _about_settings(self.codes or ABOUT_SETTINGS)


def _about_settings(codes: tuple[FindingCode, ...]) -> tuple[str, ...]:
    return tuple(sorted({code.value for code in codes if code in ABOUT_SETTINGS}))
