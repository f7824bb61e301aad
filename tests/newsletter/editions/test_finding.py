"""What is found in the bytes, with editions composed and then tampered with."""

from __future__ import annotations

import time

import pytest

from newsletter.editions.compose import ComposedEdition, Composer
from newsletter.editions.content import IssueContent, SectionContent
from newsletter.editions.finding import Finder
from newsletter.editions.parsing import parse
from newsletter.editions.selection import PartKey
from newsletter.rendering import markdown
from tests.newsletter.editions.content import TREE, incident, issue, section
from tests.newsletter.parts import changed, reworded

LETTER = "The letter says what all of the readers have to know this month, in *one* line."
KAYES = "A convoy was stopped twice on the road to Kayes, and the mine there closed for a week."
SEGOU = "In Segou the boats left again, since the river rose early and the crossings were quiet."


def part(number: int, body: str, *regions: str, title: str = "") -> SectionContent:
    return changed(section(number, *regions), body=body, title=title or f"Title {number}")


CONTENT = issue(part(1, LETTER), part(2, KAYES, "ML-1"), part(3, SEGOU, "ML-4"))


def compose(
    content: IssueContent, *chosen: str, mail_format: str = "html", language: str = "en"
) -> ComposedEdition:
    return Composer(content, TREE).edition_for(chosen, language=language, mail_format=mail_format)


def found(content: IssueContent, edition: ComposedEdition, *allowed: PartKey) -> set[PartKey]:
    """`edition` stands for readers who chose what `allowed` is about, or Senegal."""
    chosen = [s.regions[0] for s in content.sections if s.id in allowed and s.regions] or ["SN"]

    def sound() -> ComposedEdition:
        return Composer(content, TREE).limited_to(
            allowed, chosen, language=edition.language, mail_format=edition.mail_format
        )

    return set(Finder(content).parts_in(edition, parse(edition.html), allowed, sound))


@pytest.mark.parametrize("mail_format", ["html", "text"])
@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_was_composed_is_found(mail_format: str, language: str) -> None:
    edition = compose(CONTENT, "ML-1", mail_format=mail_format, language=language)

    assert found(CONTENT, edition, 1, 2) == {1, 2}


def test_markdown_of_every_kind_is_found() -> None:
    rich = (
        "# Head\n\nUn*believ*able & “quoted” <odd> [a link](https://example.org/a?b=c&d=e).\n\n"
        "1. one\n2. two\n\n> cited at some length, so that lines end in other places than before\n"
    )
    content = issue(changed(part(1, rich), incidents=(incident(1),)))

    assert found(content, compose(content, "ML-1"), 1) == {1}


@pytest.mark.parametrize("where", ["html", "text"])
def test_a_foreign_section_pasted_into_one_part_is_found(where: str) -> None:
    edition = compose(CONTENT, "ML-1")
    pasted = {"html": markdown.to_html(SEGOU), "text": markdown.to_text(SEGOU)}[where]
    leaky = reworded(edition, **{where: getattr(edition, where) + pasted})

    assert found(CONTENT, leaky, 1, 2) == {1, 2, 3}


@pytest.mark.parametrize(
    "hiding", ["<!-- {} -->", '<img alt="{}">', "<p style='display:none'>{}</p>", "{}"]
)
def test_a_foreign_section_is_found_wherever_it_hides(hiding: str) -> None:
    edition = compose(CONTENT, "ML-1")
    leaky = reworded(edition, html=edition.html + hiding.format(SEGOU))

    assert 3 in found(CONTENT, leaky, 1, 2)


def test_a_line_of_a_foreign_section_is_enough() -> None:
    edition = compose(issue(part(1, LETTER), part(2, " ".join([KAYES, SEGOU]), "ML-1")), "SN")
    leaky = reworded(edition, text=edition.text + SEGOU[3:])

    assert 3 in found(CONTENT, leaky, 1)


def test_the_mark_of_a_foreign_section_is_enough() -> None:
    edition = compose(CONTENT, "ML-1")
    leaky = reworded(edition, html=edition.html.replace('id="part-1"', 'id="part-1" id="part-3"'))

    assert found(CONTENT, leaky, 1, 2) == {1, 2, 3}


def test_an_incident_of_a_foreign_section_is_found() -> None:
    told = changed(incident(1), summary="Four lorries were burnt at the bridge before dawn")
    content = issue(part(1, LETTER), changed(part(2, KAYES, "ML-1"), incidents=(told,)))
    edition = compose(content, "SN")

    leaky = reworded(edition, text=edition.text + str(told.summary))

    assert found(content, edition, 1) == {1}
    assert found(content, leaky, 1) == {1, 2}


@pytest.mark.parametrize("where", ["html", "text"])
def test_a_section_missing_from_one_part_is_not_found(where: str) -> None:
    edition = compose(CONTENT, "ML-1")
    without = getattr(compose(CONTENT, "SN"), where)

    assert found(CONTENT, reworded(edition, **{where: without}), 1, 2) == {1}


def test_a_section_that_lost_its_end_is_not_found() -> None:
    edition = compose(CONTENT, "ML-1")
    cut = reworded(edition, text=edition.text.replace(" for a week", ""))
    assert cut.text != edition.text

    assert found(CONTENT, cut, 1, 2) == {1}


@pytest.mark.parametrize("mail_format", ["html", "text"])
@pytest.mark.parametrize("titles", [("Kayes", "Segou"), ("Both", "Both")])
def test_sections_of_equal_text_raise_no_false_alarm(
    mail_format: str, titles: tuple[str, str]
) -> None:
    content = issue(
        part(1, LETTER),
        part(2, KAYES, "ML-1", title=titles[0]),
        part(3, KAYES, "ML-4", title=titles[1]),
    )

    assert found(content, compose(content, "ML-1", mail_format=mail_format), 1, 2) == {1, 2}
    assert found(content, compose(content, "ML", mail_format=mail_format), 1, 2, 3) == {1, 2, 3}


@pytest.mark.parametrize("mail_format", ["html", "text"])
def test_of_sections_of_equal_text_the_wrong_one_is_found(mail_format: str) -> None:
    content = issue(
        part(1, LETTER),
        part(2, KAYES, "ML-1", title="Kayes"),
        part(3, KAYES, "ML-4", title="Segou"),
    )
    for_segou = compose(content, "ML-4", mail_format=mail_format)

    assert found(content, for_segou, 1, 2) == {1, 3}


def test_equal_text_that_nobody_here_may_read_is_found() -> None:
    content = issue(part(1, LETTER), part(2, KAYES, "ML-1"), part(3, KAYES, "ML-4"))
    edition = compose(content, "SN")

    assert found(content, reworded(edition, text=edition.text + KAYES), 1) == {1, 2, 3}


def test_a_section_inside_another_raises_no_false_alarm() -> None:
    content = issue(part(1, LETTER), part(2, f"{SEGOU} {KAYES}", "ML-1"), part(3, SEGOU, "ML-4"))

    assert found(content, compose(content, "ML-1"), 1, 2) == {1, 2}


def test_words_that_the_mail_has_of_its_own_raise_no_false_alarm() -> None:
    footer = part(2, "The Dispatch\\\n1 Main Street\n\n### Incidents", "ML-1")
    content = issue(changed(part(1, LETTER), incidents=(incident(1),)), footer)

    assert found(content, compose(content, "SN"), 1) == {1}


def test_a_source_that_another_part_links_to_raises_no_false_alarm() -> None:
    source = "https://reports.example.org/2023/10/a-convoy-was-stopped-on-the-road.html"
    told = changed(incident(1), source_url=source)
    content = issue(
        part(1, LETTER),
        changed(part(2, f"{KAYES} See [the report]({source}).", "ML-1"), incidents=(told,)),
        part(3, f"{SEGOU} See [the report]({source} 'in full'), as in Kayes.", "ML-4"),
    )

    assert found(content, compose(content, "ML-4"), 1, 3) == {1, 3}


def test_the_assessment_of_a_region_that_nobody_here_chose_is_found() -> None:
    content = issue(part(1, LETTER), assessed=("ML-1", "ML-4"))
    sound, for_both = compose(content, "ML-1"), compose(content, "ML-1", "ML-4")

    assert found(content, sound, 1, "ML-1") == {1, "ML-1"}
    assert found(content, for_both, 1, "ML-1") == {1, "ML-1", "ML-4"}


def test_an_assessment_that_is_missing_is_not_found() -> None:
    content = issue(part(1, LETTER), assessed=("ML-1",))

    assert found(content, compose(content, "SN"), 1, "ML-1") == {1}


@pytest.mark.parametrize("mail_format", ["html", "text"])
def test_a_bottom_line_has_its_incidents_in_each_format(mail_format: str) -> None:
    told = changed(part(1, LETTER), kind="bottom_line", incidents=(incident(1),))

    edition = compose(issue(told), "SN", mail_format=mail_format)

    assert "A base was taken" in (edition.html or edition.text)
    assert found(issue(told), edition, 1) == {1}


def test_the_longest_text_is_read_in_no_time() -> None:
    content = issue(part(1, "ab\\\n" * 15_000), part(2, KAYES, "ML-1"))
    edition = compose(content, "SN")
    finder, page = Finder(content), parse(edition.html)
    start = time.process_time()

    assert finder.parts_in(edition, page, {1}, lambda: edition) == {1}
    assert time.process_time() - start < 1
