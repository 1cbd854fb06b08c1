"""What people send to import: the exported document, and how its identifiers are called here."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Final, Literal

from pydantic import Field, field_validator
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_core import ValidationError as PydanticValidationError

from shared.errors import LONGEST_PATH, shortened
from shared.models.base import Model, Name
from shared.models.configuration_document import SCHEMA_VERSIONS
from shared.models.launch_config import SecurityGroupId, SubnetId
from shared.models.targets import AccountId, SourceServerId
from shared.models.violation import Violation
from shared.operations import wire_names
from shared.services.request_fields import ClientToken
from shared.stores.owned_kinds import folded

MOST_ITEMS: Final = 5_000
"""Groups and plans of a document: each is in the report, which is one answer of Lambda, and none is stored so fast."""


_VERSION: Final = "schemaVersion"
_VERSION_INSIDE: Final = f"metadata.{_VERSION}"


class OnConflict(StrEnum):
    """What happens to a name that exists already."""

    SKIP = "skip"
    UPDATE = "update"


class Mappings(Model):
    """Old identifier → new identifier; `groups` gives names, `accounts` is asked by group name before account id.

    Names are one whatever their case and their runs of blanks.
    """

    groups: dict[str, Name] = Field(default_factory=dict)
    servers: dict[str, SourceServerId] = Field(default_factory=dict)
    subnets: dict[str, SubnetId] = Field(default_factory=dict)
    security_groups: dict[str, SecurityGroupId] = Field(default_factory=dict)
    accounts: dict[str, AccountId] = Field(default_factory=dict)

    @field_validator("groups", "accounts")
    @classmethod
    def _one_meaning(cls, entries: dict[str, str]) -> dict[str, str]:
        """Refuses every key that contradicts an earlier one, each by its own path."""
        contradicting = list(_contradicting(entries))
        if contradicting:
            raise PydanticValidationError.from_exception_data(cls.__name__, contradicting)
        return entries

    def key_in(self, table: Literal["groups", "accounts"], name: str) -> str | None:
        """The key that is this name, as it is written there."""
        return self._keys[table].get(folded(name))

    @cached_property
    def _keys(self) -> dict[str, dict[str, str]]:
        return {
            "groups": {folded(key): key for key in self.groups},
            "accounts": {folded(key): key for key in self.accounts},
        }

    def unmet(self, met: Collection[tuple[str, str]]) -> Iterator[str]:
        """The paths of those that translated nothing, given the mapping and key of those that did."""
        for name, field in type(self).model_fields.items():
            table = field.alias or name
            yield from (f"mappings.{table}.{key}" for key in getattr(self, name) if (table, key) not in met)


def _contradicting(entries: Mapping[str, str]) -> Iterator[InitErrorDetails]:
    first: dict[str, str] = {}
    for key, value in entries.items():
        earlier = first.setdefault(folded(key), key)
        if entries[earlier] != value:
            refused = PydanticCustomError(
                "AMBIGUOUS",
                "means something else than {earlier}, and names are one whatever their case and their blanks",
                {"earlier": shortened(earlier, LONGEST_PATH)},
            )
            yield InitErrorDetails(type=refused, loc=(key,), input=value)


class ConfigurationDocument(Model):
    """An exported configuration; its groups and plans are read after their identifiers are translated.

    `next_token` is what an export that has more to say ends with; it leads to the next document, not into this one.
    """

    schema_version: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    exported_at: str | None = None
    source_region: str | None = None
    source_account: str | None = None
    protection_groups: tuple[dict[str, Any], ...] = ()
    recovery_plans: tuple[dict[str, Any], ...] = ()
    next_token: str | None = None

    @property
    def version(self) -> object:
        """The schema version, which older exports carry inside `metadata`."""
        return self.schema_version or self.metadata.get("schemaVersion") or self.metadata.get("version")

    @property
    def says_two_versions(self) -> bool:
        """Whether the version in `metadata` is another than the document's own."""
        inside = self.metadata.get("schemaVersion")
        return None not in (inside, self.schema_version) and inside != self.schema_version


_OF_A_DOCUMENT: Final = frozenset(wire_names(ConfigurationDocument))


class ImportConfiguration(ConfigurationDocument):
    """The document itself with the options beside its fields, or whole under `document`."""

    document: ConfigurationDocument | None = None
    mappings: Mappings = Mappings()
    dry_run: Annotated[bool, Field(strict=True)] = False
    on_conflict: OnConflict = OnConflict.SKIP
    client_token: ClientToken | None = None

    @property
    def given(self) -> Iterator[str]:
        """The fields that were given, as they are named in JSON."""
        return (type(self).model_fields[name].alias or name for name in self.model_fields_set)

    @property
    def configuration(self) -> ConfigurationDocument:
        """The document, wherever it was given."""
        return self.document or self


def check_one_document(request: ImportConfiguration, fields: Iterable[str]) -> Iterator[Violation]:
    """A violation if the request, of these `fields`, has a document and those of another beside it."""
    if request.document is not None and not _OF_A_DOCUMENT.isdisjoint(fields):
        yield Violation("document", "give the document's fields or `document`, not both", "ONE_DOCUMENT")


def check_version(request: ImportConfiguration) -> Iterator[Violation]:
    """A violation if the document is of a version that is not known, one for each field if it says two."""
    document = request.configuration
    if document.says_two_versions:
        for field, other in ((_VERSION, _VERSION_INSIDE), (_VERSION_INSIDE, _VERSION)):
            yield _of(request, field, f"is another version than {other}", "AMBIGUOUS")
        return
    if document.version not in SCHEMA_VERSIONS:
        known = " and ".join(SCHEMA_VERSIONS)
        code = "REQUIRED" if document.version is None else "UNKNOWN_VERSION"
        yield _of(request, _VERSION, f"the versions that can be imported are {known}", code)


def check_size(request: ImportConfiguration) -> Iterator[Violation]:
    """A violation if the document has more groups and plans than one import looks at."""
    document = request.configuration
    groups, plans = len(document.protection_groups), len(document.recovery_plans)
    if groups + plans > MOST_ITEMS:
        reason = (
            f"{groups + plans:,} groups and plans in all, at most {MOST_ITEMS:,} are imported at once: "
            "make it several documents, groups before the plans that name them"
        )
        yield _of(request, "protectionGroups" if groups >= plans else "recoveryPlans", reason, "TOO_MANY")


def _of(request: ImportConfiguration, field: str, reason: str, code: str) -> Violation:
    return Violation(field, reason, code).under("" if request.document is None else "document")
