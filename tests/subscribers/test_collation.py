from __future__ import annotations

import pytest
from django.utils import translation

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


def test_spanish_has_a_letter_of_its_own_after_n() -> None:
    names = ["Ñuble", "Nzérékoré", "Oaxaca", "Niger"]

    with translation.override("es"):
        assert in_order(names) == ["Niger", "Nzérékoré", "Ñuble", "Oaxaca"]
    with translation.override("fr"):
        assert in_order(names) == ["Niger", "Ñuble", "Nzérékoré", "Oaxaca"]


def test_arabic_stands_in_the_order_of_its_letters_however_alef_is_written() -> None:
    names = ["تمبكتو", "أغاديز", "باماكو", "انيامي", "إنوغو"]

    assert in_order(names) == ["أغاديز", "إنوغو", "انيامي", "باماكو", "تمبكتو"]
    assert fold("مـــالي") == fold("مالي")
