from __future__ import annotations

import pytest
from django.utils import translation

from subscribers.directions import FSI, PDI
from subscribers.listing import listed, separated


@pytest.mark.parametrize(
    ("language", "names", "seen"),
    [
        ("en", ["Kayes", "Segou", "Gao"], "Kayes, Segou and Gao"),
        ("en", ["Kayes"], "Kayes"),
        ("en", [], ""),
        ("fr", ["Kayes", "Ségou"], "Kayes et Ségou"),
        ("es", ["Kayes", "Segú"], "Kayes y Segú"),
        ("es", ["Kayes", "Ilobu"], "Kayes e Ilobu"),
        ("es", ["Kayes", "Hierro"], "Kayes y Hierro"),
        ("pt", ["Kayes", "Segou"], "Kayes e Segou"),
        ("ar", ["كايس", "سيغو", "غاو"], "كايس، سيغو وغاو"),
        ("ar", ["Kayes", "غاو"], f"{FSI}Kayes{PDI} وغاو"),
    ],
)
def test_names_are_listed_as_each_language_does(language: str, names: list[str], seen: str) -> None:
    with translation.override(language):
        assert listed(names) == seen


def test_names_stand_apart_as_each_language_does() -> None:
    with translation.override("ar"):
        assert separated(["كايس", "Gao"]) == f"كايس، {FSI}Gao{PDI}"
    with translation.override("en"):
        assert separated(["Kayes", "Gao"]) == "Kayes, Gao"
