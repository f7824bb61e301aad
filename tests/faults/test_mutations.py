from __future__ import annotations

import pytest

from tests.faults.crew import ROOT
from tests.faults.mutations import MUTATIONS, Mutation


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.drill)
def test_a_mutation_finds_what_it_takes_out(mutation: Mutation) -> None:
    for path, (text, _by) in mutation.replaced.items():
        assert (ROOT / path).read_text().count(text) == 1
