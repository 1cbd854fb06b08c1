"""Each of the injected bugs is caught, and a mutant whose text has moved on says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proof.mutants import MUTANTS, Change, MovedOnError, Mutant, catch


def test_there_are_the_twelve_bugs_of_the_design_and_one_that_was_met_and_their_names_differ() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == 12 + 1


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_proof_catches(mutant: Mutant) -> None:
    assert catch(mutant) is not None, f"no seed has caught {mutant.name!r}"


@pytest.mark.parametrize("text", ["nothing of it", "old old"])
def test_a_change_whose_text_is_not_there_once_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "code.py").write_text(text, encoding="utf-8")

    with pytest.raises(MovedOnError, match=r"code\.py"):
        Change("code.py", "old", "new").apply(tmp_path)
