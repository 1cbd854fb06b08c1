"""Changes rest on what was read."""

from shared.errors import ConflictError, ConflictReason


def check_version(noun: str, name: str, item_id: str, stored: int, expected: int | None) -> None:
    """ConflictError VERSION_CONFLICT, with the id and the stored version, if another is expected."""
    if expected is not None and expected != stored:
        raise ConflictError(
            f"The {noun} {name} is at version {stored}, not {expected}: it was changed by another; read it again",
            reason=ConflictReason.VERSION_CONFLICT,
            id=item_id,
            version=stored,
        )
