"""A change that rests on the uses of a thing is made on those that there are, or begun anew."""

import pytest

from data_management.uses import upon_uses, upon_version
from shared.errors import ConflictError, ConflictReason, ThrottledError
from shared.stores.ties import TRIES, UsedMeanwhileError, Uses

NOBODY = Uses((), ())


def test_a_write_that_came_too_late_is_made_on_a_new_look() -> None:
    looks: list[int] = []

    def look() -> Uses:
        looks.append(len(looks))
        return NOBODY

    def write(_uses: Uses) -> int:
        if len(looks) < TRIES:
            raise UsedMeanwhileError
        return len(looks)

    assert upon_uses(look, write, "the group Web") == TRIES


def test_whoever_is_too_late_again_and_again_is_told_to_come_back() -> None:
    def write(_uses: Uses) -> None:
        raise UsedMeanwhileError

    with pytest.raises(ThrottledError, match="the group Web") as busy:
        upon_uses(lambda: NOBODY, write, "the group Web")

    assert busy.value.details["retryAfterSeconds"] == 1


def test_any_other_refusal_is_the_callers() -> None:
    def write(_uses: Uses) -> None:
        raise ConflictError("it is in use", reason=ConflictReason.IN_USE)

    with pytest.raises(ConflictError):
        upon_uses(lambda: NOBODY, write, "the group Web")


def changed() -> None:
    raise ConflictError("it was changed by another", reason=ConflictReason.VERSION_CONFLICT)


def test_a_deletion_that_is_always_too_late_is_told_to_come_back() -> None:
    with pytest.raises(ThrottledError, match="the group Web") as busy:
        upon_version(None, changed, "the group Web")

    assert busy.value.details["retryAfterSeconds"] == 1


def test_a_deletion_of_a_version_is_refused_if_there_is_another() -> None:
    with pytest.raises(ConflictError):
        upon_version(3, changed, "the group Web")
