"""The whole world: what the files say of it, loading it, and finding a place in it."""

from __future__ import annotations

from collections import Counter
from time import process_time

import pytest
from django.db import IntegrityError, transaction
from django.test import TestCase

from subscribers.fallback import in_language
from subscribers.models import Region, RegionKind
from subscribers.regions import RegionTree, search
from subscribers.regions.files import SHIPPED, check, read
from subscribers.services.loading_regions import load_regions

ENTRIES = {entry.code: entry for entry in read(SHIPPED)}
#: Countries and areas of UN M49 in its regions, and those of ISO 3166 that M49 lacks.
M49 = {"002": 60, "019": 57, "142": 50, "150": 51, "009": 29}
BESIDE_M49 = {"TW": "142", "AQ": "001"}


def lies_in(code: str | None, wider: str) -> bool:
    return code is not None and (code == wider or lies_in(ENTRIES[code].parent, wider))


def test_the_files_make_a_tree() -> None:
    check(ENTRIES.values())


def test_every_country_and_every_division_of_iso_3166_is_there() -> None:
    iso = [entry for code, entry in ENTRIES.items() if not code.startswith("x-")]
    kinds = Counter(entry.kind for entry in iso)

    assert kinds["country"] == 249
    assert kinds["admin1"] + kinds["admin2"] == 5046
    for entry in iso:
        if entry.kind in ("admin1", "admin2"):
            country = entry.code[:2]
            assert lies_in(entry.code, country), entry.code
            assert ENTRIES[entry.parent or ""].kind == (
                RegionKind.COUNTRY if entry.kind == "admin1" else RegionKind.ADMIN1
            )


def test_every_country_lies_in_the_region_that_un_m49_puts_it_in() -> None:
    countries = [code for code, entry in ENTRIES.items() if entry.kind == "country"]
    found = Counter(
        continent
        for code in countries
        if code not in BESIDE_M49
        for continent in M49
        if lies_in(code, continent)
    )

    assert found == M49
    assert all(lies_in(code, where) for code, where in BESIDE_M49.items())


@pytest.mark.parametrize(
    ("subregion", "countries"),
    [
        *[("015", 7), ("014", 22), ("017", 9), ("018", 5), ("011", 17), ("029", 28), ("013", 8)],
        *[("005", 16), ("021", 5), ("143", 5), ("035", 11), ("034", 9), ("145", 18), ("151", 10)],
        *[("154", 16), ("039", 16), ("155", 9), ("053", 6), ("054", 5), ("057", 8), ("061", 10)],
    ],
)
def test_subregions_have_as_many_countries_as_in_un_m49(subregion: str, countries: int) -> None:
    inside = [e for e in ENTRIES.values() if e.parent == subregion and e.kind == "country"]

    assert len(inside) == countries


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("ML-6", {"en": "Timbuktu", "fr": "Tombouctou", "es": "Tombuctú", "ar": "تمبكتو"}),
        ("UA-14", {"en": "Donetsk", "fr": "Donetsk", "pt-BR": "Donetsk"}),
        ("SO-SD", {"en": "Middle Shabelle", "ar": "شبيلي الوسطى"}),
        ("CD", {"en": "DR Congo", "fr": "RD Congo"}),
        ("ET", {"pt": "Etiópia", "ar-EG": "إثيوبيا", "de": "Ethiopia"}),
        ("JO", {"fr": "Jordanie", "pt": "Jordânia", "ar": "الأردن"}),
        ("IN-PY", {"en": "Puducherry", "fr": "Pondichéry"}),
        ("EG", {"fr": "Égypte", "es": "Egipto", "pt": "Egito"}),
    ],
)
def test_places_are_called_as_people_call_them(code: str, names: dict[str, str]) -> None:
    for language, name in names.items():
        assert in_language(ENTRIES[code].names, language) == name


def test_countries_have_a_name_in_every_language_of_readers() -> None:
    """English where a language writes the name alike; Arabic never does."""
    countries = [e for e in ENTRIES.values() if e.kind in ("country", "subregion", "world")]

    assert [e.code for e in countries if "ar" not in e.names] == []
    assert sum("fr" in e.names for e in countries) > 180


def test_names_are_plain_text() -> None:
    for entry in ENTRIES.values():
        for text in (*entry.names.values(), *entry.aliases):
            assert "'" not in text
            assert text == text.strip()
            assert not set("[]<>") & set(text), entry.code


class TestTheWorldInTheDatabase(TestCase):
    """Loaded once for all of these."""

    seconds: float

    @classmethod
    def setUpTestData(cls) -> None:
        start = process_time()
        load_regions()
        cls.seconds = process_time() - start

    def test_loading_it_takes_no_time_to_speak_of(self) -> None:
        assert self.seconds < 3

    def test_loading_it_again_writes_nothing(self) -> None:
        # A savepoint and its release, what is stored, links that are there already, the count.
        with self.assertNumQueries(7) as context:
            load_regions()

        inserts = [q["sql"] for q in context.captured_queries if "INSERT" in q["sql"]]
        assert all("_members" in sql or "_successors" in sql for sql in inserts)

    def test_a_place_is_found_however_it_is_typed(self) -> None:
        for typed, code in TYPED.items():
            assert [region.code for region in search(typed)][:1] == [code], typed

    def test_a_search_is_narrowed_to_what_matters(self) -> None:
        keys = Region.objects.filter(code__in=["GN-ML", "SN"]).values_list("pk", flat=True)
        assert [r.code for r in search("Mali", among=keys)] == ["GN-ML"]

    def test_a_search_has_an_end(self) -> None:
        assert len(search("a", limit=5)) == 5
        assert search("", limit=5) == search("’") == []

    def test_a_search_takes_two_queries(self) -> None:
        with self.assertNumQueries(2):
            for region in search("Savanes"):
                assert region.parent
                assert region.parent.parent
                assert region.parent.parent.name_in("en")

    def test_a_tree_of_some_regions_holds_few(self) -> None:
        with self.assertNumQueries(4):
            tree = RegionTree.around(["UA-14", "x-LIPTAKO-GOURMA", "no-such"])

        assert tree.ancestors("UA-14") == ("UA", "151", "150", "001")
        assert len(tree) < 25

    def test_the_database_takes_no_region_without_an_english_name(self) -> None:
        mali = Region.objects.get(code="ML")
        for names in ({}, {"fr": "Kita"}, {"en": ""}):
            with pytest.raises(IntegrityError), transaction.atomic():
                Region.objects.bulk_create(
                    [Region(code="x-1", kind="admin1", names=names, parent=mali)]
                )

    def test_the_database_takes_no_second_world_and_nothing_that_lies_in_itself(self) -> None:
        mali = Region.objects.filter(code="ML")
        with pytest.raises(IntegrityError), transaction.atomic():
            Region.objects.create(code="x-1", kind="world", names={"en": "Mars"})
        with pytest.raises(IntegrityError), transaction.atomic():
            mali.update(parent=mali.get())


TYPED = {
    "Tombouctou": "ML-6",
    "timbuktu": "ML-6",
    "TOMBUCTÚ": "ML-6",
    "Cote d'Ivoire": "CI",
    "Côte d’Ivoire": "CI",
    "COTE DIVOIRE": "CI",
    "cote d ivoire": "CI",
    "ساحل العاج": "CI",
    "Kiev": "UA-30",
    "Kyiv": "UA-30",
    "إثيوبيا": "ET",
    "اثيوبيا": "ET",
    "إثـيوبيـا": "ET",
    "الصحراء الغربيه": "EH",
    "الصّحراء الغربيّة": "EH",
    "خرطوم": "SD-KH",
    "Mali": "ML",
    "DR Congo (Zaire)": "CD",
    "Democratic Republic of Congo": "CD",
    "Myanmar (Burma)": "MM",
    "Lower Shabelle": "SO-SH",
    "Deir Ezzor": "SY-DY",
    "Bosnia-Herzegovina": "BA",
    "Lerida": "ES-L",
    "N'Djamena": "TD-ND",
    "Ndjamena": "TD-ND",
    "ua-63": "UA-63",
    "łódź": "PL-10",
    "Turkey": "TR",
}
