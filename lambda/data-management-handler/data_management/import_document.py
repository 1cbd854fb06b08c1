"""What people send to import: the exported document, and how its identifiers are called here."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from shared.models.base import Model, Name
from shared.models.configuration_document import SCHEMA_VERSIONS
from shared.models.launch_config import SecurityGroupId, SubnetId
from shared.models.targets import AccountId, SourceServerId
from shared.models.violation import Violation
from shared.services.request_fields import ClientToken

MOST_ITEMS: Final = 5_000
"""Groups and plans of a document: each is in the report, which is one answer of Lambda, and none is stored so fast."""


class OnConflict(StrEnum):
    """What happens to a name that exists already."""

    SKIP = "skip"
    UPDATE = "update"


class Mappings(Model):
    """Old identifier → new identifier; `groups` gives names, `accounts` is asked by group name before account id."""

    groups: dict[str, Name] = Field(default_factory=dict)
    servers: dict[str, SourceServerId] = Field(default_factory=dict)
    subnets: dict[str, SubnetId] = Field(default_factory=dict)
    security_groups: dict[str, SecurityGroupId] = Field(default_factory=dict)
    accounts: dict[str, AccountId] = Field(default_factory=dict)


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


class ImportConfiguration(ConfigurationDocument):
    """The document itself with the options beside its fields, or whole under `document`."""

    document: ConfigurationDocument | None = None
    mappings: Mappings = Mappings()
    dry_run: Annotated[bool, Field(strict=True)] = False
    on_conflict: OnConflict = OnConflict.SKIP
    client_token: ClientToken | None = None

    @model_validator(mode="after")
    def _one_document(self) -> "ImportConfiguration":
        if self.document is not None and self.model_fields_set.intersection(ConfigurationDocument.model_fields):
            raise PydanticCustomError("ONE_DOCUMENT", "give the document's fields or `document`, not both")
        return self

    @property
    def configuration(self) -> ConfigurationDocument:
        """The document, wherever it was given."""
        return self.document or self


def check_request(request: ImportConfiguration) -> tuple[Violation, ...]:
    """What is wrong with the request before its groups and plans are looked at."""
    path, document = "" if request.document is None else "document", request.configuration
    return tuple(violation.under(path) for violation in (*_version(document), *_size(document)))


def _version(document: ConfigurationDocument) -> Iterator[Violation]:
    if document.version not in SCHEMA_VERSIONS:
        known = " and ".join(SCHEMA_VERSIONS)
        code = "REQUIRED" if document.version is None else "UNKNOWN_VERSION"
        yield Violation("schemaVersion", f"the versions that can be imported are {known}", code)


def _size(document: ConfigurationDocument) -> Iterator[Violation]:
    groups, plans = len(document.protection_groups), len(document.recovery_plans)
    if groups + plans > MOST_ITEMS:
        reason = (
            f"{groups + plans:,} groups and plans in all, at most {MOST_ITEMS:,} are imported at once: "
            "make it several documents, groups before the plans that name them"
        )
        yield Violation("protectionGroups" if groups >= plans else "recoveryPlans", reason, "TOO_MANY")
