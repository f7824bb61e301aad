from __future__ import annotations

import pytest

from subscribers.collation import fold, in_order


@pytest.mark.parametrize(
    "names",
    [
        ["Ménaka", "Mopti"],
        ["Ségou", "Sénégal", "Sikasso"],
        ["Île de Gorée", "Sikasso"],
        ["Côte d’Ivoire", "Guinée", "Guinée-Bissau", "Œuf", "Ouagadougou"],
        ["cote", "côte"],
    ],
)
def test_names_stand_where_a_reader_of_french_looks_for_them(names: list[str]) -> None:
    assert in_order(reversed(names)) == names


def test_ligatures_are_found_by_their_letters() -> None:
    assert fold("Œuf") == "oeuf"
