"""Each rule speaks up where it should, and is silent where it should be."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from django.utils import translation

from newsletter.editions.linting import lint_edition
from newsletter.editions.parsing import parse
from newsletter.rendering.slots import CLOSE, OPEN, Slot


@dataclass(frozen=True)
class Page:
    html: str = ""
    text: str = "What happened."
    subject: str = "Western Mali, September 2023"
    language: str = "en"
    mail_format: str = "html"


def faults(page: Page) -> list[str]:
    return [remark.text for remark in lint_edition(page, parse(page.html)) if remark.is_fault]


def doubts(page: Page) -> list[str]:
    return [remark.text for remark in lint_edition(page, parse(page.html)) if not remark.is_fault]


def test_a_sound_edition_has_no_remarks() -> None:
    html = (
        f'<html lang="en" dir="ltr"><h2 id="part-1">Kayes</h2><img src="m.png" alt="">'
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
    html = '<html lang="fr" dir="ltr"><h2 lang="en">Kayes</h2>'

    assert doubts(Page(html, language="fr")) == ["Some of it is in English only."]
    assert doubts(Page(html.replace('"en"', '"fr"'), language="fr")) == []


@pytest.mark.parametrize(
    ("desk", "doubt"),
    [("en", "Some of it is in French only."), ("fr", "Une partie n’existe qu’en français.")],
)
def test_a_language_is_named_in_that_of_the_desk(desk: str, doubt: str) -> None:
    with translation.override(desk):
        assert doubts(Page('<html lang="en" dir="ltr"><h2 lang="fr">Kayes</h2>')) == [doubt]
