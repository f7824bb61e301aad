"""The regions that come with the service: what the file says, and bringing it in."""

from __future__ import annotations

from collections import Counter
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import DjangoAssertNumQueries

from subscribers.collation import fold
from subscribers.models import Region, RegionKind, RegionSpelling
from tests.regions import WEST_AFRICA, entries, load_regions

pytestmark = pytest.mark.django_db

LAW_OF_2023 = {
    "ML-1": {"x-ML-KITA", "x-ML-NIORO"},
    "ML-2": {"x-ML-DIOILA", "x-ML-NARA"},
    "ML-3": {"x-ML-BOUGOUNI", "x-ML-KOUTIALA"},
    "ML-4": {"x-ML-SAN"},
    "ML-5": {"x-ML-BANDIAGARA", "x-ML-DOUENTZA"},
}


def codes(regions: Any) -> set[str]:
    return set(regions.values_list("code", flat=True))


def everything_stored() -> list[list[Any]]:
    tables = (Region, RegionSpelling, Region.members.through, Region.successors.through)
    return [list(table._default_manager.order_by("pk").values_list()) for table in tables]


# What the file says


def test_each_country_has_the_divisions_that_iso_gives_it() -> None:
    load_regions()

    iso = Region.objects.filter(kind=RegionKind.ADMIN1).exclude(code__startswith="x-")
    assert Counter(iso.values_list("parent__code", flat=True)) == {
        "ML": 11,
        "SN": 14,
        "GN": 8,
        "MR": 15,
        "CI": 14,
        "NE": 8,
        "BF": 13,
    }
    assert all(code.startswith(f"{of}-") for code, of in iso.values_list("code", "parent__code"))


def test_menaka_is_nine_and_taoudenni_ten_since_both_are_in_iso() -> None:
    load_regions()

    rows = Region.objects.filter(code__in=("ML-9", "ML-10")).order_by("-code")
    assert list(rows.values_list("code", "names__en", "names__fr", "valid_from")) == [
        ("ML-9", "Menaka", "Ménaka", date(2017, 11, 23)),
        ("ML-10", "Taoudenni", "Taoudénit", date(2017, 11, 23)),
    ]


def test_the_regions_of_the_law_of_2023_succeed_what_they_were_cut_out_of() -> None:
    load_regions()

    for predecessor, successors in LAW_OF_2023.items():
        new = Region.objects.get(code=predecessor).successors.all()
        assert codes(new) == successors
        assert set(new.values_list("parent__code", "valid_from")) == {("ML", date(2024, 9, 24))}


def test_western_mali_is_a_group_of_six_regions() -> None:
    load_regions()

    group = Region.objects.get(code="x-WESTERN-MALI")
    assert (group.kind, group.parent) == (RegionKind.GROUP, Region.objects.get(code="ML"))
    assert codes(group.members) == {"ML-1", "ML-2", "ML-3", "ML-4", "ML-6", "ML-10"}


def test_groups_across_borders_have_members_in_each_of_three_countries() -> None:
    load_regions()

    for code in ("x-AES", "x-LIPTAKO-GOURMA"):
        group = Region.objects.get(code=code)
        assert group.parent == Region.objects.get(code="011")
        assert {member.code[:2] for member in group.members.all()} == {"ML", "BF", "NE"}


def test_no_alias_repeats_what_a_name_or_code_already_finds() -> None:
    for entry in entries():
        own = {fold(text) for text in (entry.code, *entry.names.values())}
        assert own.isdisjoint(map(fold, entry.aliases)), entry.code


def test_names_in_the_file_use_typographic_apostrophes() -> None:
    for entry in entries():
        assert "'" not in "".join((*entry.names.values(), *entry.aliases))


# Loading it


def test_loading_tells_how_many_regions_there_are() -> None:
    assert load_regions() == len(entries()) == Region.objects.count()


def test_loading_twice_changes_nothing() -> None:
    load_regions()
    before = everything_stored()

    load_regions()

    assert everything_stored() == before


def test_a_region_under_another_code_stays_as_it_is() -> None:
    load_regions()
    own = Region.objects.create(
        code="x-MENAKA-TOWN",
        kind=RegionKind.ADMIN2,
        names={"en": "Menaka", "fr": "Ménaka"},
        parent=Region.objects.get(code="ML-9"),
    )

    assert load_regions() == len(entries()) + 1
    assert Region.objects.get(code="x-MENAKA-TOWN").parent == own.parent


def test_a_changed_region_of_the_file_is_set_back_under_the_same_key() -> None:
    load_regions()
    segou = Region.objects.get(code="ML-4")
    Region.objects.filter(pk=segou.pk).update(
        names={"en": "Sigou"}, parent=Region.objects.get(code="SN"), valid_from=date(2000, 1, 1)
    )

    load_regions()

    again = Region.objects.get(code="ML-4")
    assert again.parent
    assert (again.pk, again.name_in("en"), again.parent.code) == (segou.pk, "Segou", "ML")
    assert again.valid_from is None


def test_aliases_and_members_that_an_editor_added_are_kept() -> None:
    load_regions()
    mopti = Region.objects.get(code="ML-5")
    mopti.groups.add(Region.objects.get(code="x-WESTERN-MALI"))
    mopti.spellings.create(text="Venice of Mali")

    load_regions()

    assert codes(mopti.groups) >= {"x-WESTERN-MALI"}
    assert mopti.spellings.filter(text="Venice of Mali").exists()


def test_what_is_missing_is_put_back() -> None:
    load_regions()
    RegionSpelling.objects.filter(text="Ivory Coast").delete()
    Region.objects.get(code="x-AES").members.clear()

    load_regions()

    assert Region.objects.get(spellings__text="Ivory Coast").code == "CI"
    assert codes(Region.objects.get(code="x-AES").members) == {"ML", "BF", "NE"}


def test_loading_takes_few_queries(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    # What is stored, six levels of the tree, spellings, two kinds of link, the count, and a
    # savepoint.
    with django_assert_max_num_queries(16):
        load_regions()


def test_the_command_says_how_many_regions_are_in_place() -> None:
    out = StringIO()

    call_command("load_regions", *WEST_AFRICA, stdout=out)

    assert out.getvalue() == f"The regions are in place: {len(entries())} of them.\n"


def test_the_command_says_what_it_left_alone() -> None:
    call_command("load_regions", *WEST_AFRICA, stdout=StringIO())
    Region.objects.filter(code="ML-1").update(names={"en": "Khasso"}, mended=["names.en"])
    out = StringIO()

    call_command("load_regions", *WEST_AFRICA, stdout=out)

    assert "What staff changed in 1 of them stays as they left it.\n" in out.getvalue()
