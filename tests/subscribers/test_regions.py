"""Finding regions, and the tree that decides which of them concern a reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from subscribers.collation import fold
from subscribers.models import Region, RegionKind, RegionSpelling
from subscribers.regions import RegionRecord, RegionTree, Relation, find
from tests.factories import make_publication, make_subscription
from tests.regions import entries, load_regions


def tree_of_the_file() -> RegionTree:
    loaded = entries()
    return RegionTree(
        RegionRecord(
            entry.code,
            entry.kind,
            entry.names,
            entry.parent,
            tuple(entry.members),
            tuple(e.code for e in loaded if entry.code in e.successors),
        )
        for entry in loaded
    )


TREE = tree_of_the_file()


def record(
    code: str,
    parent: str | None = "W",
    members: tuple[str, ...] = (),
    predecessors: tuple[str, ...] = (),
) -> RegionRecord:
    kind = RegionKind.GROUP if code.startswith("g") else RegionKind.ADMIN1
    return RegionRecord(code, kind, {"en": code}, parent, members, predecessors)


# Folding and finding


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ségou", "segou"),
        ("  TAOUDÉNIT ", "taoudenit"),
        ("Côte d’Ivoire", "cote d ivoire"),
        ("cote d'ivoire", "cote d ivoire"),
        ("Saint-Louis", "saint louis"),
        ("Saint  Louis", "saint louis"),
        ("Sa\u0301o", "sao"),
        ("N‑1", "n 1"),
        ("Łódź", "lodz"),
        ("Şanʻā’", "san a"),
        ("Ağdərə", "agdara"),
        ("إِثْيُوبْيَا", "اثيوبيا"),
        ("السـودان", "السودان"),
        ("غزّة", "غزه"),
        ("\u200fصنعاء\u200e", "صنعا"),
        (" -’ ", ""),
    ],
)
def test_folding_leaves_letters_and_digits_in_words(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.fixture
def regions(db: None) -> None:
    load_regions()


def found(text: str) -> list[str]:
    return [region.code for region in find(text)]


@pytest.mark.usefixtures("regions")
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Timbuktu", "ML-6"),
        ("Tombouctou", "ML-6"),
        ("Timbuctoo", "ML-6"),
        ("ml-6", "ML-6"),
        ("Taoudenni", "ML-10"),
        ("Taoudénit", "ML-10"),
        ("Taoudenit", "ML-10"),
        ("TAOUDENI", "ML-10"),
        ("Taoudéni", "ML-10"),
        ("Menaka", "ML-9"),
        ("Ménaka", "ML-9"),
        ("Segou", "ML-4"),
        ("Ségou", "ML-4"),
        ("Région de Ségou", "ML-4"),
        ("Kayes Region", "ML-1"),
        ("Koulikouro", "ML-2"),
        ("Ivory Coast", "CI"),
        ("Cote d'Ivoire", "CI"),
        ("Afrique de l'Ouest", "011"),
        ("Western Mali", "x-WESTERN-MALI"),
        ("Liptako–Gourma", "x-LIPTAKO-GOURMA"),
        ("AES", "x-AES"),
    ],
)
def test_a_region_is_found_by_code_name_and_alias(text: str, code: str) -> None:
    assert found(text) == [code]


@pytest.mark.usefixtures("regions")
@pytest.mark.parametrize("text", ["", " - ", "Kaye", "Kayess", "Timbuk", "Region", "zzz"])
def test_a_text_that_is_no_exact_name_finds_nothing(text: str) -> None:
    assert found(text) == []


@pytest.mark.usefixtures("regions")
@pytest.mark.parametrize("p_code", ["ML09", "ML10", "ML9", "ML20", "ML01"])
def test_an_ocha_p_code_is_not_taken_for_an_iso_code(p_code: str) -> None:
    assert found(p_code) == []


@pytest.mark.usefixtures("regions")
def test_a_country_is_not_mixed_up_with_a_division_whose_code_ends_alike() -> None:
    Region.objects.create(
        code="GN-ML",
        kind=RegionKind.ADMIN2,
        names={"en": "Mali"},
        parent=Region.objects.get(code="GN-L"),
    )

    assert found("Mali") == ["GN-ML", "ML"]
    assert found("ML") == ["ML"]


@pytest.mark.usefixtures("regions")
def test_namesakes_are_all_found_and_ordered_by_code() -> None:
    togo = Region.objects.create(
        code="TG",
        kind=RegionKind.COUNTRY,
        names={"en": "Togo"},
        parent=Region.objects.get(code="011"),
    )
    Region.objects.create(code="TG-S", kind=RegionKind.ADMIN1, names={"en": "Savanes"}, parent=togo)

    assert found("savanes") == ["CI-SV", "TG-S"]
    assert RegionTree.load().label("TG-S", "en") == "Savanes (Togo)"


@pytest.mark.usefixtures("regions")
def test_one_alias_may_stand_for_several_regions() -> None:
    assert found("Nouakchott") == ["MR-13", "MR-14", "MR-15"]


@pytest.mark.usefixtures("regions")
def test_a_region_is_found_once_when_its_alias_repeats_its_name() -> None:
    RegionSpelling.objects.create(region=Region.objects.get(code="ML-1"), text="KAYES")

    assert found("Kayes") == ["ML-1"]


@pytest.mark.usefixtures("regions")
def test_finding_takes_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        find("Kayes")


# Names


@pytest.mark.parametrize(
    ("code", "language", "label"),
    [
        ("CI-SV", "fr", "Savanes (Côte d’Ivoire)"),
        ("ML-4", "en", "Segou (Mali)"),
        ("ML-4", "fr", "Ségou (Mali)"),
        ("BF-12", "en", "Sahel (Burkina Faso)"),
        ("SN-DK", "fr-ca", "Dakar (Sénégal)"),
        ("x-ML-KITA", "en", "Kita (Mali)"),
        ("x-WESTERN-MALI", "en", "Western Mali (Mali)"),
        ("ML", "en", "Mali"),
        ("011", "fr", "Afrique occidentale"),
        ("x-AES", "fr", "Alliance des États du Sahel"),
    ],
)
def test_a_label_names_the_country_of_what_lies_inside_one(
    code: str, language: str, label: str
) -> None:
    assert TREE.label(code, language) == label


def test_a_language_without_names_of_its_own_gets_the_english_one() -> None:
    assert TREE.name("ML-6", "de") == "Timbuktu"


@pytest.mark.parametrize(
    ("code", "country"),
    [
        ("ML", "ML"),
        ("ML-6", "ML"),
        ("x-ML-SAN", "ML"),
        ("x-WESTERN-MALI", "ML"),
        ("011", ""),
        ("x-LIPTAKO-GOURMA", ""),
    ],
)
def test_the_country_is_the_one_that_a_region_lies_in(code: str, country: str) -> None:
    assert TREE.country(code) == country


def test_an_unknown_code_is_not_in_the_tree() -> None:
    assert "ML-1" in TREE
    assert "ML-99" not in TREE
    with pytest.raises(KeyError):
        TREE.label("ML-99", "en")


# Ancestors


def test_ancestors_come_nearest_first() -> None:
    assert TREE.ancestors("ML-1") == ("ML", "011", "202", "002", "001")


def test_a_predecessor_is_the_nearest_ancestor() -> None:
    assert TREE.ancestors("x-ML-KITA") == ("ML-1", "ML", "011", "202", "002", "001")


def test_a_circle_of_predecessors_does_no_harm() -> None:
    tree = RegionTree(
        [record("W", None), record("a", predecessors=("b",)), record("b", predecessors=("a",))]
    )

    assert tree.ancestors("a") == ("b", "W")
    assert tree.relation("a", "b") is Relation.WITHIN


def test_a_tree_of_records_that_name_a_missing_region_is_refused() -> None:
    with pytest.raises(KeyError, match="elsewhere"):
        RegionTree([record("a", parent="elsewhere")])


# Who gets what


@pytest.mark.parametrize(
    ("chosen", "named", "relation"),
    [
        # the same place, whatever its kind
        ("ML-1", "ML-1", Relation.SAME),
        ("x-AES", "x-AES", Relation.SAME),
        # a place inside the chosen one
        ("ML", "ML-6", Relation.WITHIN),
        ("011", "SN-KD", Relation.WITHIN),
        ("001", "ML", Relation.WITHIN),
        # a country-wide or wider section
        ("ML-6", "ML", Relation.WIDER),
        ("ML-6", "011", Relation.WIDER),
        ("ML-6", "001", Relation.WIDER),
        # places side by side
        ("ML-1", "ML-2", None),
        ("ML", "SN", None),
        ("ML-1", "SN", None),
        ("ML-9", "ML-10", None),
        ("CI-SV", "BF-02", None),
        # the law of 2023: what was cut out still lies in what it was cut out of
        ("ML-1", "x-ML-KITA", Relation.WITHIN),
        ("ML-1", "x-ML-NIORO", Relation.WITHIN),
        ("x-ML-KITA", "ML-1", Relation.WIDER),
        ("x-ML-KITA", "ML", Relation.WIDER),
        ("ML", "x-ML-KITA", Relation.WITHIN),
        ("x-ML-KITA", "x-ML-NIORO", None),
        ("ML-2", "x-ML-KITA", None),
        # a group chosen
        ("x-WESTERN-MALI", "ML-1", Relation.WITHIN),
        ("x-WESTERN-MALI", "x-ML-KITA", Relation.WITHIN),
        ("x-WESTERN-MALI", "ML", Relation.WIDER),
        ("x-WESTERN-MALI", "ML-5", None),
        ("x-AES", "ML-5", Relation.WITHIN),
        ("x-AES", "ML", Relation.WITHIN),
        ("x-AES", "SN", None),
        ("x-AES", "011", Relation.WIDER),
        # a group named
        ("ML-1", "x-WESTERN-MALI", Relation.WIDER),
        ("x-ML-KITA", "x-WESTERN-MALI", Relation.WIDER),
        ("ML", "x-WESTERN-MALI", Relation.WITHIN),
        ("ML-5", "x-WESTERN-MALI", None),
        ("ML", "x-AES", Relation.WIDER),
        ("ML-BKO", "x-AES", Relation.WIDER),
        ("MR", "x-AES", None),
        # a group chosen and another named
        ("x-AES", "x-WESTERN-MALI", Relation.WITHIN),
        ("x-WESTERN-MALI", "x-AES", Relation.WIDER),
        ("x-LIPTAKO-GOURMA", "x-WESTERN-MALI", None),
        # part of the named group lies in the chosen country
        ("NE", "x-LIPTAKO-GOURMA", Relation.WITHIN),
        # nobody knows it
        ("ML", "ML-99", None),
        ("ML-99", "ML", None),
        ("ML-99", "ML-99", None),
    ],
)
def test_what_a_named_region_is_to_who_chose_another(
    chosen: str, named: str, relation: Relation | None
) -> None:
    assert TREE.relation(chosen, named) is relation


def test_groups_that_share_a_member_reach_each_other() -> None:
    tree = RegionTree(
        [
            record("W", None),
            *(record(code) for code in "abc"),
            record("g1", members=("a", "b")),
            record("g2", members=("b", "c")),
        ]
    )

    assert tree.relation("g1", "g2") is Relation.WITHIN


def test_a_group_of_groups_stands_for_the_members_of_each() -> None:
    tree = RegionTree(
        [
            record("W", None),
            record("a"),
            record("b"),
            record("g1", parent="b", members=("a",)),
            record("g2", members=("g1",)),
        ]
    )

    assert tree.relation("g2", "a") is Relation.WITHIN
    assert tree.relation("a", "g2") is Relation.WIDER
    assert tree.relation("g2", "b") is None


@st.composite
def forests(draw: st.DrawFn) -> dict[str, RegionRecord]:
    """Random trees with predecessors and groups; the order of making rules out circles."""
    places = [record("p0", None)]
    for number in range(1, draw(st.integers(1, 9))):
        older = st.sampled_from([p.code for p in places])
        predecessors = draw(st.lists(older, max_size=2, unique=True))
        places.append(record(f"p{number}", draw(older), predecessors=tuple(predecessors)))
    members = st.lists(st.sampled_from([p.code for p in places]), max_size=4, unique=True)
    groups = [
        record(f"g{number}", "p0", members=tuple(draw(members)))
        for number in range(draw(st.integers(0, 3)))
    ]
    return {r.code: r for r in (*places, *groups)}


def lies_inside(inner: str, outer: str, forest: dict[str, RegionRecord]) -> bool:
    held_by = [*forest[inner].predecessors, forest[inner].parent]
    return outer in held_by or any(lies_inside(h, outer, forest) for h in held_by if h)


def stands_for(code: str, forest: dict[str, RegionRecord]) -> tuple[str, ...]:
    return forest[code].members if code.startswith("g") else (code,)


def by_the_rule(chosen: str, named: str, forest: dict[str, RegionRecord]) -> Relation | None:
    """The rule in its own words, one pair of places after the other."""
    relations = {Relation.SAME} if chosen == named else set()
    for ours in stands_for(chosen, forest):
        for theirs in stands_for(named, forest):
            if lies_inside(theirs, ours, forest) or (ours == theirs and ours != chosen):
                relations.add(Relation.WITHIN)
            if lies_inside(ours, theirs, forest) or (ours == theirs and theirs != named):
                relations.add(Relation.WIDER)
    return next((relation for relation in Relation if relation in relations), None)


@given(forests())
def test_relations_agree_with_the_rule_applied_pair_by_pair(
    forest: dict[str, RegionRecord],
) -> None:
    tree = RegionTree(forest.values())

    for chosen in forest:
        for named in forest:
            assert tree.relation(chosen, named) is by_the_rule(chosen, named, forest)


# From the database


@pytest.mark.usefixtures("regions")
def test_the_stored_tree_says_what_the_file_says() -> None:
    stored = RegionTree.load()

    for chosen in (entry.code for entry in entries()):
        assert stored.ancestors(chosen) == TREE.ancestors(chosen)
        assert stored.label(chosen, "fr") == TREE.label(chosen, "fr")


@pytest.mark.usefixtures("regions")
def test_the_tree_is_loaded_in_three_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(3):
        RegionTree.load()


@pytest.mark.usefixtures("regions")
def test_a_tree_of_some_regions_says_what_the_whole_one_says_of_them() -> None:
    codes = ["x-ML-KITA", "x-WESTERN-MALI", "x-AES", "SN-DK", "ML-BKO", "no-such"]
    some = RegionTree.around(codes)

    for one in codes:
        assert [some.relation(one, other) for other in codes] == [
            TREE.relation(one, other) for other in codes
        ]
    assert some.label("SN-DK", "fr") == "Dakar (Sénégal)"


@pytest.mark.usefixtures("regions")
def test_a_tree_of_some_regions_does_not_pass_over_others() -> None:
    some = RegionTree.around(["ML-1"])

    assert some.relation("ML-1", "ML") is Relation.WIDER
    with pytest.raises(LookupError, match="SN-DK"):
        some.relation("ML-1", "SN-DK")


@pytest.mark.usefixtures("regions")
def test_what_can_be_no_code_is_not_asked_of_the_database() -> None:
    tree = RegionTree.around(["ML-1", "\0", "x" * 1000])

    assert "ML-1" in tree
    assert "\0" not in tree


@pytest.mark.usefixtures("regions")
def test_a_tree_for_readers_knows_what_they_chose_and_may_choose() -> None:
    subscription = make_subscription(regions=["ML-1"])
    publication = make_publication(regions=["SN-DK"])

    tree = RegionTree.for_readers_of(publication, ["NE"])

    assert {"ML-1", "SN-DK", "NE"} <= {code for code in ("ML-1", "SN-DK", "NE") if code in tree}
    assert subscription.publication != publication


@pytest.mark.usefixtures("regions")
def test_a_tree_does_not_change_with_the_database() -> None:
    tree = RegionTree.load()

    Region.objects.filter(code="ML-1").update(names={"en": "Kayes the Great"})

    assert tree.name("ML-1", "en") == "Kayes"
