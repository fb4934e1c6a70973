"""The mutants fit the code they are faults of; that the suite kills them is said by `python -m tests.faults.mutants`."""

import pytest

from tests.faults.mutants.__main__ import ROOT
from tests.faults.mutants.catalogue import MUTANTS, Mutant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.what)
def test_a_mutant_fits_the_code_and_names_tests_that_exist(mutant: Mutant) -> None:
    for edit in mutant.edits:
        assert (ROOT / edit.file).read_text().count(edit.old) == 1, edit.old
    for test in mutant.tests:
        file, _, name = test.partition("::")
        assert f"def {name.partition('[')[0]}(" in (ROOT / file).read_text()


def test_there_are_at_least_twenty() -> None:
    assert len({mutant.what for mutant in MUTANTS}) == len(MUTANTS) >= 20
