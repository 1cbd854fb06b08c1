"""Each of the injected bugs is caught, and a mutant whose text has moved on says so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from tests.proof.catching import SEARCHED, catch
from tests.proof.mutants import MUTANTS
from tests.proof.mutating import Change, MovedOnError, Mutant

ALWAYS: Final = {
    "intent dropped",
    "tag ignored",
    "call of a found OPEN item",
    "lock skipped",
    "step not claimed",
    "request without its signal",
    "wake that approves",
    "reservation freed early",
    "ledger from server items",
    "retry that does not look",
    "gate token unconditional",
    "commit before effects",
}
"""Caught in every run: each breaks one of the engine's rules. Of the others a sample is, as of every sweep."""
BY_NAME: Final = {mutant.name: mutant for mutant in MUTANTS}


def test_the_names_of_the_bugs_differ_and_each_has_a_seed_that_make_test_plays_too() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) == 50
    assert all(0 <= seed < SEARCHED for mutant in MUTANTS for seed in mutant.hints)
    assert all(mutant.hints for mutant in MUTANTS)
    assert BY_NAME.keys() >= ALWAYS


@pytest.mark.parametrize(
    "mutant",
    [
        pytest.param(mutant, id=mutant.name, marks=() if mutant.name in ALWAYS else pytest.mark.sweep)
        for mutant in MUTANTS
    ],
)
def test_the_proof_catches(mutant: Mutant) -> None:
    caught = catch(mutant)

    assert caught is not None, f"invariant {mutant.number} has not seen {mutant.name!r} in any seed"
    assert caught.seed in mutant.hints, f"{mutant.name!r} is no longer seen in its seed, but in {caught.seed}"


def test_a_bug_that_another_invariant_sees_first_is_not_caught() -> None:
    mutant = replace(BY_NAME["lock skipped"], number=12)

    assert catch(mutant, seeds=1) is None


@pytest.mark.parametrize("text", ["nothing of it", "old old"])
def test_a_change_whose_text_is_not_there_once_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "code.py").write_text(text, encoding="utf-8")

    with pytest.raises(MovedOnError, match=r"code\.py"):
        Change("code.py", "old", "new").apply(tmp_path)
