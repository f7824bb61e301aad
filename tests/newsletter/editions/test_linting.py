"""Each rule speaks up where it should, and is silent where it should be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import pytest

from newsletter.editions.content import IssueContent
from newsletter.editions.linting import lint_edition, lint_issue
from newsletter.editions.parsing import parse
from newsletter.rendering.slots import CLOSE, OPEN, Slot
from tests.newsletter.editions.content import issue, section


@dataclass(frozen=True)
class Page:
    html: str = ""
    text: str = "What happened."
    subject: str = "Western Mali, September 2023"
    language: str = "en"


def faults(page: Page) -> list[str]:
    return [remark.text for remark in lint_edition(page, parse(page.html)) if remark.is_fault]


def doubts(page: Page) -> list[str]:
    return [remark.text for remark in lint_edition(page, parse(page.html)) if not remark.is_fault]


def doubts_about(content: IssueContent) -> list[str]:
    return [remark.text for remark in lint_issue(content)]


def test_a_sound_edition_has_no_remarks() -> None:
    html = (
        f'<html lang="en"><h2 id="part-1">Kayes</h2><img src="m.png" alt="">'
        f'<a href="#part-1">up</a><a href="{Slot.UNSUBSCRIBE_URL.mark}">leave</a>'
        '<a href="https://example.org/a?b=c#d">more</a><a href="mailto:a@example.org">write</a>'
    )

    assert faults(Page(html)) == doubts(Page(html)) == []


@pytest.mark.parametrize(("size", "faulty", "doubtful"), [
    (80_000, False, False), (80_008, False, True), (102_400, False, True), (102_408, True, False),
])  # fmt: skip
def test_size(size: int, faulty: bool, doubtful: bool) -> None:
    page = Page("é\n" * (size // 8))

    assert bool(faults(page)) == faulty
    assert bool(doubts(page)) == doubtful


def test_a_page_that_gmail_would_cut_is_a_fault_with_its_size() -> None:
    assert faults(Page("é\n" * 12_801)) == [
        "The mail has 100.0\xa0KB, and Gmail would cut it: 100.0\xa0KB at most. Shorten it."
    ]


def test_a_picture_without_words_is_a_fault() -> None:
    assert faults(Page('<img src="a.png">')) == [
        "1 picture has no words for those who do not see it."
    ]


@pytest.mark.parametrize("picture", ['<img src="a.png" alt="A map">', "<img src='a.png' alt>"])
def test_a_picture_with_words_or_declared_to_need_none_is_no_fault(picture: str) -> None:
    assert faults(Page(picture)) == []


def test_a_dead_anchor_is_a_fault() -> None:
    assert faults(Page('<a href="#nowhere">up</a>')) == [
        "A link leads to “#nowhere”, which is not in the email."
    ]


@pytest.mark.parametrize("link", [
    "", "javascript:alert(1)", "ftp://example.org", "example.org", "/here", "https://",
    "https://[::1", "https://a b.example", "mailto:", "data:text/html,x",
])  # fmt: skip
def test_a_link_that_leads_nowhere_is_a_fault(link: str) -> None:
    assert faults(Page(f'<a href="{link}">there</a>')) == [
        f"“{link}” is not an address that an email can link to."
    ]


@pytest.mark.parametrize("word", ["TK", "TKTK", "TODO", "XXX", "XXXX", "FIXME", "Lorem ipsum"])
@pytest.mark.parametrize("where", ["text", "subject"])
def test_a_placeholder_is_a_fault(word: str, where: str) -> None:
    page = replace(Page(), **{where: f"The toll was {word}, as of today."})

    assert faults(page) == [f"Placeholder “{word}” left in the text."]


@pytest.mark.parametrize(
    "text", ["TKO", "todo", "Explorem ipsum", "the .tk domain", "see https://a.example/TK/TODO"]
)
def test_what_only_looks_like_a_placeholder_is_none(text: str) -> None:
    assert faults(Page(text=text)) == []


@pytest.mark.parametrize(
    "mark", [f"{OPEN}first_name{CLOSE}", OPEN, CLOSE, f"{OPEN}Unsubscribe_URL{CLOSE}"]
)
@pytest.mark.parametrize("where", ["html", "text", "subject"])
def test_a_mark_that_nothing_fills_is_a_fault(mark: str, where: str) -> None:
    page = replace(Page(), **{where: f"Dear {mark} reader"})

    assert faults(page) == ["Unknown placeholder in this edition."]


def test_a_mail_needs_a_subject() -> None:
    assert faults(Page(subject=" ")) == ["The email has no subject."]


@pytest.mark.parametrize(("length", "number"), [(70, 0), (71, 1)])
def test_a_long_subject_is_a_doubt(length: int, number: int) -> None:
    page = Page(subject="x" * length)

    assert (len(doubts(page)), faults(page)) == (number, [])


def test_words_in_another_language_than_the_mail_are_a_doubt() -> None:
    html = '<html lang="fr"><h2 lang="en">Kayes</h2>'

    assert doubts(Page(html, language="fr")) == ["Some of it is in English only."]
    assert doubts(Page(html.replace('"en"', '"fr"'), language="fr")) == []


def test_a_part_on_a_region_without_assessment_is_a_doubt() -> None:
    content = issue(section(1, "ML-1"), section(2, "ML-4"), assessed=("ML-1",))

    assert doubts_about(content) == ["ML-4 en has a section, but no assessment."]


def test_an_assessment_without_a_part_is_a_doubt() -> None:
    content = issue(section(1, "ML-1"), assessed=("ML-1", "ML-4"))

    assert doubts_about(content) == ["ML-4 en is assessed, but has no section."]


@pytest.mark.parametrize("assessed", [(), ("ML-1", "ML-4")])
def test_parts_with_all_or_no_assessments_are_no_doubt(assessed: tuple[str, ...]) -> None:
    assert doubts_about(issue(section(1, "ML-1"), section(2, "ML-4"), assessed=assessed)) == []


@pytest.mark.parametrize(("dated", "title", "stale"), [
    ("2023-09-30", "The Dispatch, July 2023", "July"),
    ("2023-09-30", "La lettre de juillet", "juillet"),
    ("2023-01-31", "Western Mali, November", "November"),
    ("2023-01-31", "Western Mali, December", ""),
    ("2023-09-30", "August and September", ""),
    ("2023-09-30", "On the march; it may rain, and julyish", ""),
])  # fmt: skip
@pytest.mark.parametrize("where", ["subject", "section"])
def test_a_stale_month(dated: str, title: str, stale: str, where: str) -> None:
    part = replace(section(1), title=title if where == "section" else "Dear readers")
    content = replace(
        issue(part, subject=title if where == "subject" else "News"),
        dated=date.fromisoformat(dated),
    )

    expected = [f"“{title}” names {stale}, in an issue dated {dated}."] if stale else []
    assert doubts_about(content) == expected
