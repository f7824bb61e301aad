"""Each doubt about an issue is raised where it should be, and only there."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from newsletter.editions.content import IncidentContent, IssueContent
from newsletter.editions.doubts import Publisher, doubts_about
from tests.newsletter.editions.content import TREE, assessment, incident, issue, section
from tests.newsletter.parts import changed, en

BILINGUAL = Publisher(regions=("ML",), languages=("en", "fr"))
ENGLISH = changed(BILINGUAL, languages=("en",))


def doubts(content: IssueContent, publisher: Publisher = ENGLISH) -> list[str]:
    return list(doubts_about(content, TREE, publisher))


def test_a_part_on_a_region_without_assessment_is_a_doubt() -> None:
    content = issue(section(1, "ML-1"), section(2, "ML-4"), assessed=("ML-1",))

    assert doubts(content) == ["ML-4 en has a section, but no assessment."]


def test_an_assessment_without_a_part_is_a_doubt() -> None:
    content = issue(section(1, "ML-1"), assessed=("ML-1", "ML-4"))

    assert doubts(content) == ["ML-4 en is assessed, but has no section."]


@pytest.mark.parametrize("assessed", [(), ("ML-1", "ML-4")])
def test_parts_with_all_or_no_assessments_are_no_doubt(assessed: tuple[str, ...]) -> None:
    assert doubts(issue(section(1, "ML-1"), section(2, "ML-4"), assessed=assessed)) == []


@pytest.mark.parametrize(("dated", "title", "stale"), [
    ("2023-09-30", "The Dispatch, July 2023", "July"),
    ("2023-01-31", "Western Mali, November", "November"),
    ("2023-01-31", "Western Mali, December", ""),
    ("2023-09-30", "August and September", ""),
    ("2023-09-30", "On the march; it may rain, and julyish", ""),
])  # fmt: skip
@pytest.mark.parametrize("where", ["subject", "section"])
def test_a_stale_month(dated: str, title: str, stale: str, where: str) -> None:
    part = changed(section(1), title=title if where == "section" else "Dear readers")
    content = changed(
        issue(part, subject=title if where == "subject" else "News"),
        dated=date.fromisoformat(dated),
    )

    expected = [f"“{title}” names {stale}, in an issue dated {dated}."] if stale else []
    assert doubts(content) == expected


def happened(*regions: str, **fields: Any) -> IncidentContent:
    return changed(incident(1), regions=regions, date_end=date(2023, 9, 5), **fields)


@pytest.mark.parametrize("regions", [("ML-1",), ("ML",), ("WEST",), ("ML-4", "ML-1")])
def test_an_incident_where_its_part_is_about_is_no_doubt(regions: tuple[str, ...]) -> None:
    assert doubts(issue(section(1, "ML-1", incidents=(happened(*regions),)))) == []


def test_an_incident_in_a_region_that_its_part_is_not_about_is_a_doubt() -> None:
    content = issue(section(1, "ML-1", incidents=(happened("ML-4"),)))

    assert doubts(content) == [
        "“A base was taken” in “Title 1” happened in ML-4 en, which the section is not about."
    ]


def test_an_incident_of_a_part_for_everyone_may_be_anywhere() -> None:
    assert doubts(issue(section(1, incidents=(happened("ML-4"),)))) == []


def test_what_is_on_a_region_that_the_publication_does_not_cover_is_a_doubt() -> None:
    content = issue(section(1, "SN"), section(2, "ML-1"), assessed=("SN", "ML-1"))

    assert doubts(content) == [
        "“Title 1” is on SN en, which this publication does not cover.",
        "SN en is assessed, but this publication does not cover it.",
    ]
    assert doubts(content, changed(ENGLISH, regions=())) == []


@pytest.mark.parametrize(("start", "end", "precision", "told"), [
    ("2023-09-01", None, "day", False),
    ("2023-08-01", None, "day", False),
    ("2023-07-31", None, "day", True),
    ("2023-10-31", None, "day", False),
    ("2023-11-01", None, "day", True),
    ("2022-09-10", None, "day", True),
    ("2023-03-01", "2023-09-02", "day", False),
    ("2023-01-01", "2023-03-02", "day", True),
    (None, "2023-07-01", "before", True),
    ("2012-01-01", None, "start", False),
])  # fmt: skip
def test_an_incident_dated_more_than_a_month_from_the_issue_is_a_doubt(
    start: str | None, end: str | None, precision: str, told: bool
) -> None:
    dates: dict[str, Any] = {
        "date_start": date.fromisoformat(start) if start else None,
        "date_end": date.fromisoformat(end) if end else None,
    }
    told_in = changed(incident(1), regions=("ML-1",), date_precision=precision, **dates)

    found = doubts(issue(section(1, "ML-1", incidents=(told_in,))))

    assert bool(found) == told
    assert all("“A base was taken” in “Title 1” is dated" in doubt for doubt in found)


def test_the_month_of_what_the_issue_knows_counts_too() -> None:
    content = issue(
        section(1, "ML-1", incidents=(happened("ML-1"),)),
        dated=date(2023, 11, 3),
        cutoff_on=date(2023, 10, 31),
        subject="News",
    )

    assert doubts(content) == []


def test_names_left_untranslated_are_a_doubt_where_the_rest_is_translated() -> None:
    told = happened("ML-1", actor1="Armed forces", actor2="JNIM", place="City")
    translated = changed(
        told, summary=en("A base", fr="Une base"), event_type=en("attack", fr="attaque")
    )
    named = changed(translated, actor1=en("Armed forces", fr="Armée"), place=en("City", fr="Ville"))

    def about(one: IncidentContent) -> list[str]:
        found = doubts(issue(section(1, "ML-1", incidents=(one,))), BILINGUAL)
        return [doubt for doubt in found if doubt.startswith("In “Title 1”")]

    left = "In “Title 1”, not translated into French: “Armed forces” and “City”."
    assert about(translated) == [f"{left} Write a name there too if it is the same."]
    assert about(told) == about(named) == []
    assert doubts(issue(section(1, "ML-1", incidents=(translated,))), ENGLISH) == []


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ("One • two", "“•”"),
        ("| a | b |\n|---|---|\n| c | d |", "“|---|---|”"),
        ("a\tb", "a tab"),
        ("a&amp;nbsp;b", "“&nbsp;”"),
        ("a\u200bb", "an invisible character"),
        ("a\ufeffb", "an invisible character"),
        ("pass\u200dword", "an invisible character"),
        ("[report](example.org/a)", "“[report](example.org/a)”"),
        ("![far](", "“![far](”"),
        ("**bold", "“**”"),
        ("<b>bold", "“<b>”"),
        ("{{ first_name }}", "“{{ first_name }}”"),
        ("*|FNAME|*", "“|FNAME|”"),
        ("#Heading", "“#Heading”"),
        ("`code`", "“`”"),
    ],
)
def test_what_is_left_over_is_a_doubt_with_its_place(body: str, left: str) -> None:
    french = changed(section(1), title=en("Title 1", fr="Titre"), body=en("Body.", fr=body))

    assert doubts(issue(changed(section(1), body=body))) == [
        f"Left over in “Title 1” (English): {left}."
    ]
    assert doubts(issue(french)) == [f"Left over in “Title 1” (French): {left}."]


@pytest.mark.parametrize(
    "body",
    [
        "• one\n• two", "a&nbsp;b", "**bold** *it*", "# Heading", "مالي\u200cمالي",
        "👨\u200d👩", "https://example.org/a_b?c&d=e", "[a](https://example.org)", "a | b", "#",
        "1 < 2 > 0", "<https://example.org>", "![](picture:1)",
    ],
)  # fmt: skip
def test_what_is_shown_as_it_was_meant_is_no_doubt(body: str) -> None:
    assert doubts(issue(changed(section(1), body=body))) == []


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (issue(section(1), title="**A**"), "the title (English)"),
        (issue(section(1), subject=en("News", fr="**A**")), "the subject (French)"),
        (issue(changed(section(1), title="**A**")), "“**A**” (English)"),
        (
            issue(section(1, incidents=(happened("ML", summary="**A**"),))),
            "“**A**” in “Title 1” (English)",
        ),
        (
            issue(section(1, incidents=(happened("ML", place=en("Bamba", fr="**A**")),))),
            "“A base was taken” in “Title 1” (French)",
        ),
        (
            issue(section(1, "ML-1"), assessed=(changed(assessment("ML-1"), reason="**A**"),)),
            "the assessment of ML-1 en (English)",
        ),
    ],
)
def test_what_is_no_markdown_is_looked_through_too(content: IssueContent, place: str) -> None:
    assert doubts(content) == [f"Left over in {place}: “**”."]


@pytest.mark.parametrize(
    ("body", "doubt"),
    [
        (
            "[https://bank.org](https://other.org/a)",
            "the link “https://bank.org” leads to another address: https://other.org/a.",
        ),
        (
            "[bank.org/in](https://other.org/)",
            "the link “bank.org/in” leads to another address: https://other.org/.",
        ),
        (
            "[log in](https://bank.org@other.org/)",
            "https://bank.org@other.org/ has a user name, which hides where it leads.",
        ),
    ],
)
def test_a_link_that_is_not_what_it_says_is_a_doubt(body: str, doubt: str) -> None:
    assert doubts(issue(changed(section(1), body=body))) == [f"In “Title 1” (English), {doubt}"]


@pytest.mark.parametrize(
    "body",
    [
        "[bank.org](https://www.bank.org/in?a=b)", "[the bank](https://other.org)", "www.bank.org",
        "[Ségou.org](https://xn--sgou-bpa.org)", "[Mr. Smith](https://other.org)", "<a@bank.org>",
        "[3.5](https://other.org)",
    ],
)  # fmt: skip
def test_a_link_that_is_what_it_says_is_no_doubt(body: str) -> None:
    assert doubts(issue(changed(section(1), body=body))) == []


def test_the_source_of_an_incident_is_looked_at_too() -> None:
    told = happened("ML", source_url="https://a@other.org/")

    place = "“A base was taken” in “Title 1” (English)"
    assert doubts(issue(section(1, incidents=(told,)))) == [
        f"In {place}, https://a@other.org/ has a user name, which hides where it leads."
    ]
