"""One broken rule of the input: where, why, and a word for programs."""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.errors import ValidationError


@dataclass(frozen=True, slots=True, order=True)
class Violation:
    """A broken rule; `field` is the JSON path below the request, such as `waves[1].dependsOnWaves[0]`."""

    field: str
    reason: str
    code: str

    def under(self, path: str) -> "Violation":
        """The same violation, of an object that lies at `path` of a larger one."""
        separator = "" if not self.field or self.field.startswith("[") else "."
        return Violation(f"{path}{separator}{self.field}", self.reason, self.code)

    def wire(self) -> dict[str, str]:
        """The entry of `details.fields`."""
        return {"field": self.field, "reason": self.reason, "code": self.code}


def refuse(violations: Iterable[Violation]) -> None:
    """Raises one ValidationError that names all violations; returns if there is none."""
    fields = [violation.wire() for violation in violations]
    if fields:
        raise ValidationError.of(fields)
