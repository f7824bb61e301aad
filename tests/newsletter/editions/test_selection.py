from __future__ import annotations

import pytest

from newsletter.editions.content import IssueContent
from newsletter.editions.selection import regions_in, select
from tests.newsletter.editions.content import TREE, incident, issue, section


def chosen(content: IssueContent, *codes: str) -> dict[int, tuple[str, ...]]:
    return {s.section.id: s.wider for s in select(content, codes, TREE).sections}


def test_a_section_without_regions_is_for_everyone() -> None:
    assert chosen(issue(section(1)), "SN") == {1: ()}


@pytest.mark.parametrize(
    ("named", "choice", "reaches"),
    [
        ("ML-1", "ML-1", True),  # the region itself
        ("ML-1", "ML", True),  # it lies in the country they chose
        ("ML-1", "001", True),
        ("ML", "ML-1", True),  # it is about the whole country
        ("ML-1", "ML-4", False),  # the neighbour
        ("ML-1", "SN", False),
        ("WEST", "ML-4", True),  # a member of the group
        ("WEST", "ML-6", False),
        ("ML-1", "WEST", True),
        ("ML-6", "WEST", False),
    ],
)
def test_a_section_reaches_its_region_and_what_lies_above_and_below(
    named: str, choice: str, reaches: bool
) -> None:
    assert bool(chosen(issue(section(1, named)), choice)) is reaches


def test_a_section_on_a_wider_place_is_marked_with_it() -> None:
    assert chosen(issue(section(1, "ML")), "ML-1") == {1: ("ML",)}


def test_a_section_that_names_their_own_region_too_is_not_marked() -> None:
    assert chosen(issue(section(1, "ML", "ML-1")), "ML-1") == {1: ()}


def test_a_reader_of_the_wider_place_sees_no_mark() -> None:
    assert chosen(issue(section(1, "ML")), "ML") == {1: ()}


def test_a_reader_of_several_of_its_regions_gets_a_section_once() -> None:
    selection = select(issue(section(1, "ML-1", "ML-4")), ("ML-1", "ML-4", "ML"), TREE)

    assert len(selection.sections) == 1


def test_sections_keep_the_order_of_the_issue() -> None:
    content = issue(section(3, "ML-4"), section(1), section(2, "ML-1"))

    assert list(chosen(content, "ML-1", "ML-4")) == [3, 1, 2]


def test_only_the_assessments_of_their_regions_are_theirs() -> None:
    selection = select(issue(section(1), assessed=("ML-1", "ML-4", "ML")), ("ML-1",), TREE)

    assert [a.region for a in selection.assessments] == ["ML-1", "ML"]


def test_a_reader_with_the_common_parts_alone_has_nothing_regional() -> None:
    content = issue(section(1), section(2, "ML-1"), assessed=("ML-1",))

    assert select(content, ("SN",), TREE).has_nothing_regional
    assert not select(content, ("ML-1",), TREE).has_nothing_regional


def test_what_they_may_drop_of_a_part_is_what_they_chose_or_what_lies_in_it() -> None:
    content = issue(section(1, "ML-1", "ML-4", "ML"))

    assert select(content, ("ML-1",), TREE).sections[0].own == ("ML-1",)
    assert select(content, ("ML",), TREE).sections[0].own == ("ML-1", "ML-4", "ML")


def test_a_part_on_a_wider_place_alone_has_nothing_to_drop() -> None:
    assert select(issue(section(1, "ML")), ("ML-1",), TREE).sections[0].own == ()


def test_regions_with_a_part_or_a_trend_that_they_do_not_get_are_left_out() -> None:
    content = issue(section(1), section(2, "ML-1", "ML-4"), section(3, "ML-6"), assessed=["SN"])

    assert select(content, ("ML-1",), TREE).left_out == {"ML-6", "SN"}


def test_who_gets_all_of_it_has_nothing_left_out() -> None:
    assert select(issue(section(1, "ML-1"), section(2, "ML-6")), ("ML",), TREE).left_out == set()


def test_a_reader_of_a_region_with_incidents_alone_has_something_of_their_own() -> None:
    content = issue(section(1, incidents=(incident(1, "ML-6"),)))

    assert not select(content, ("ML-6",), TREE).has_nothing_regional
    assert not select(content, ("ML",), TREE).has_nothing_regional
    assert select(content, ("ML-1",), TREE).has_nothing_regional


def test_incidents_are_named_where_neither_a_part_nor_a_trend_is_on_their_region() -> None:
    incidents = (incident(1, "ML-6"), incident(2, "ML-4"), incident(3, "ML-1"), incident(4, "SN"))
    content = issue(section(1, incidents=incidents), section(2, "ML-1"), assessed=["ML-4"])

    assert select(content, ("ML",), TREE).with_incidents == ("ML-6",)


def test_a_region_whose_incidents_a_reader_gets_is_not_left_out() -> None:
    content = issue(section(1, incidents=(incident(1, "ML-6"),)), section(2, "ML-6"))

    assert select(content, ("ML-1",), TREE).left_out == set()


def test_a_region_of_an_incident_in_another_regions_part_brings_nothing_to_those_who_add_it() -> (
    None
):
    content = issue(section(1), section(2, "ML-1", incidents=(incident(1, "ML-6"),)))

    assert select(content, ("SN",), TREE).left_out == {"ML-1"}


def test_an_issue_is_about_the_regions_of_its_parts_trends_and_incidents_for_everyone() -> None:
    everyones = section(1, incidents=(incident(1, "ML-6"),))
    content = issue(
        everyones, section(2, "ML-1", incidents=(incident(2, "ML-4"),)), assessed=["SN"]
    )

    assert regions_in(content) == {"ML-1", "ML-6", "SN"}
