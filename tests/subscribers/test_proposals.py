from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.proposals import codes_in, propose, sealed
from subscribers.regions import RegionRecord, RegionTree, Relation


def record(
    code: str, parent: str | None, kind: str = "admin1", members: tuple[str, ...] = ()
) -> RegionRecord:
    return RegionRecord(code, kind, {"en": code}, parent, members, ())


TREE = RegionTree(
    [
        record("001", None, "world"),
        record("ML", "001", "country"),
        record("SN", "001", "country"),
        record("ML-1", "ML"),
        record("ML-4", "ML"),
        record("ML-7", "ML"),
        record("ML-1-1", "ML-1", "admin2"),
        record("x-WEST", "ML", "group", ("ML-1", "ML-4")),
    ]
)
OFFERED = {"ML", "ML-1", "ML-4", "ML-7", "SN", "x-WEST"}


def test_a_chosen_region_is_dropped_and_the_rest_is_kept() -> None:
    proposal = propose({"ML-1", "ML-4"}, OFFERED, TREE, without=["ML-1"])

    assert (proposal.chosen, proposal.dropped) == ({"ML-4"}, ["ML-1"])


def test_the_last_region_leaves_nothing() -> None:
    assert propose({"ML-1"}, OFFERED, TREE, without=["ML-1"]).chosen == set()


def test_a_part_of_a_chosen_country_makes_way_for_the_other_parts_of_it() -> None:
    proposal = propose({"ML", "SN"}, OFFERED, TREE, without=["ML-1"])

    assert proposal.chosen == {"ML-4", "ML-7", "SN"}
    assert proposal.parted == {"ML-1": ["ML"]}


def test_a_member_of_a_chosen_group_makes_way_for_the_other_members() -> None:
    assert propose({"x-WEST"}, OFFERED, TREE, without=["ML-1"]).chosen == {"ML-4"}


def test_a_region_that_comes_in_two_ways_is_dropped_from_both() -> None:
    proposal = propose({"ML", "ML-1", "x-WEST"}, OFFERED, TREE, without=["ML-1"])

    assert proposal.chosen == {"ML-4", "ML-7"}
    assert proposal.parted == {"ML-1": ["ML", "x-WEST"]}


def test_two_parts_of_one_country_are_dropped_one_after_the_other() -> None:
    assert propose({"ML"}, OFFERED, TREE, without=["ML-1", "ML-4"]).chosen == {"ML-7"}


def test_where_nothing_else_of_the_country_is_offered_all_stays() -> None:
    proposal = propose({"ML"}, {"ML", "SN"}, TREE, without=["ML-1"])

    assert proposal.chosen == {"ML"}
    assert proposal.inseparable == {"ML-1": ["ML"]}
    assert not proposal.changes


def test_a_country_whose_part_alone_was_chosen_cannot_be_dropped() -> None:
    proposal = propose({"ML-1"}, OFFERED, TREE, without=["ML"])

    assert proposal.chosen == {"ML-1"}
    assert proposal.through == {"ML": ["ML-1"]}


def test_a_region_that_they_do_not_get_changes_nothing() -> None:
    proposal = propose({"ML-1"}, OFFERED, TREE, without=["SN"])

    assert (proposal.chosen, proposal.absent, proposal.changes) == ({"ML-1"}, ["SN"], False)


@pytest.mark.parametrize("code", ["XX-9", "", "ml-1", "\0", "ML-1 ML-4", "%"])
def test_a_code_that_means_nothing_is_ignored(code: str) -> None:
    assert propose({"ML-1"}, OFFERED, TREE, without=[code], added=[code]) == propose(
        {"ML-1"}, OFFERED, TREE
    )


def test_offered_regions_are_added() -> None:
    proposal = propose({"ML-1"}, OFFERED, TREE, added=["ML-4", "SN", "ML-4"])

    assert (proposal.chosen, proposal.added) == ({"ML-1", "ML-4", "SN"}, ["ML-4", "SN"])


def test_what_is_not_offered_is_not_added() -> None:
    assert propose({"ML-1"}, OFFERED, TREE, added=["001", "ML-1-1"]).chosen == {"ML-1"}


def test_what_comes_already_is_not_added_again() -> None:
    proposal = propose({"ML"}, OFFERED, TREE, added=["ML", "ML-1"])

    assert (proposal.chosen, proposal.present) == ({"ML"}, ["ML", "ML-1"])


codes = st.sets(st.sampled_from(sorted(OFFERED)), min_size=1)


@given(held=codes, dropped=st.sampled_from(sorted(OFFERED)))
def test_dropping_one_region_takes_nothing_else_away(held: set[str], dropped: str) -> None:
    """But for parts that have to do with it, and those that the publication does not offer."""
    proposal = propose(held, OFFERED, TREE, without=[dropped])

    def gets(chosen: set[str], named: str) -> bool:
        return any(TREE.relation(code, named) for code in chosen)

    others = {code for code in OFFERED if TREE.relation(dropped, code) is None}
    assert {c for c in others if gets(held, c)} == {c for c in others if gets(proposal.chosen, c)}


@given(held=codes, dropped=st.sampled_from(sorted(OFFERED)))
def test_what_is_said_to_be_dropped_is_in_nothing_that_is_left(
    held: set[str], dropped: str
) -> None:
    proposal = propose(held, OFFERED, TREE, without=[dropped])

    if proposal.changes:
        left = {TREE.relation(code, dropped) for code in proposal.chosen}
        assert left <= {None, Relation.WIDER}


@given(held=codes, dropped=st.lists(st.sampled_from(sorted(OFFERED))))
def test_dropping_twice_is_dropping_once(held: set[str], dropped: list[str]) -> None:
    once = propose(held, OFFERED, TREE, without=dropped)
    again = propose(once.chosen, OFFERED, TREE, without=dropped)

    assert again.chosen == once.chosen


@given(st.lists(st.sampled_from(["ML-1", "ML-4", "x-WEST"]), min_size=1))
def test_a_link_names_regions_so_that_only_this_site_reads_them(codes: list[str]) -> None:
    named = sealed(codes)

    assert codes_in(named) == codes
    assert not any(code in named for code in codes)


@pytest.mark.parametrize("glued", [")", ">.", "&gt;", "»"])
def test_a_link_names_them_with_what_a_mail_program_took_for_its_end(glued: str) -> None:
    assert codes_in(f"{sealed(['ML-1', 'ML-4'])}{glued}") == ["ML-1", "ML-4"]


def test_a_link_that_names_them_in_writing_is_read_too() -> None:
    assert codes_in("ML-1, ML-4") == ["ML-1", "ML-4"]
