from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import pytest
from django.utils import translation

from newsletter.rendering.render import render_html
from newsletter.rendering.slots import CLOSE, OPEN, Slot, fill_html
from newsletter.rendering.view import EditionView
from tests.newsletter.rendering.views import (
    EDITION,
    INCIDENT,
    NOTHING,
    TIMBUKTU,
    TREND,
    with_every_text,
    with_incident,
)

VOID = {"meta", "br", "hr"}
HOSTILE = [
    "<script>alert(1)</script>",
    "{{ settings.SECRET_KEY }}",
    "{% debug %}",
    "{# gone #}",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "%(name)s %s {0}",
    "\u202eright to left\u200f",
]


class Elements(HTMLParser):
    """The elements of a page, refusing those that are not closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for found, attributes in self.found if found == tag]


def words_of(html: str) -> str:
    """What a reader sees, on one line."""
    body = html.partition("<body")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", f"<body{body}")).split())


def test_the_page_is_well_formed_and_has_one_title() -> None:
    elements = Elements(render_html(EDITION))

    assert len(elements.all("title")) == len(elements.all("h1")) == 1
    assert len(elements.all("h2")) == 1 + len(EDITION.sections)


def test_layout_tables_say_that_they_are_no_data_and_the_glance_is_data() -> None:
    tables = Elements(render_html(EDITION)).all("table")

    assert sum(t.get("role") != "presentation" for t in tables) == 1


def test_the_language_is_told_where_mail_programs_look() -> None:
    elements = Elements(render_html(replace(EDITION, language="fr")))

    assert elements.all("html") == [{"lang": "fr", "dir": "ltr"}]
    assert elements.all("div")[0]["lang"] == "fr"


def test_dates_follow_the_language_of_the_view_and_not_of_the_caller() -> None:
    with translation.override("en"):
        seen = words_of(render_html(replace(EDITION, language="fr")))

    assert "3 octobre 2023" in seen
    assert "7 septembre 2023" in seen


def test_parts_come_in_the_order_of_a_letter() -> None:
    seen = words_of(render_html(EDITION))
    order = [
        "Sahel Letter",
        "Western Mali, September 2023",
        "3 October 2023 · Information up to 30 September 2023",
        "Your regions at a glance",
        "Dear readers",
        "A town under siege",
        "Timbuktu · Covers Mali",
        "fuel: 3 lorries",
        "7 September 2023 · Banikane · Timbuktu",
        "You get this because",
        "1 River Street, Springfield",
    ]

    places = [seen.index(phrase) for phrase in order]

    assert places == sorted(places)


def test_the_glance_says_trend_reason_and_counts() -> None:
    seen = words_of(render_html(replace(EDITION, trends=(TREND,))))

    assert "Timbuktu ↑ increased The siege goes on. Attacks: 12 (5 before)" in seen


def test_several_trends_are_summed_up_in_the_first_sentence() -> None:
    seen = words_of(render_html(EDITION))

    assert "at a glance Increased in Timbuktu; decreased in Kayes." in seen


def test_an_incident_says_what_is_known_of_it() -> None:
    seen = words_of(render_html(EDITION))

    assert "A boat was hit by at least three rockets." in seen
    assert "Rocket attack by JNIM against Civilians · 49 to 154 killed" in seen
    assert "Source: example.com" in seen


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "ftp://example.com", "http://[", "", "/"]
)
def test_a_source_that_is_no_web_page_is_not_linked(address) -> None:
    html = render_html(replace(EDITION, sections=(with_incident(source_url=address),)))

    assert "Source:" not in html
    assert "alert" not in html


def test_a_place_called_like_its_region_is_named_once() -> None:
    view = replace(EDITION, sections=(with_incident(place="Timbuktu"),))

    assert "7 September 2023 · Timbuktu A boat" in words_of(render_html(view))


def test_a_title_that_names_the_region_is_not_repeated_under_it() -> None:
    section = replace(
        TIMBUKTU, title="Kayes", body="Quiet.", region_names=("Kayes",), covers_wider=()
    )

    assert "Kayes Quiet." in words_of(render_html(replace(NOTHING, sections=(section,))))


def test_a_reader_whose_regions_have_nothing_is_told_so() -> None:
    seen = words_of(render_html(NOTHING))

    assert f"about the regions you chose, {Slot.CHOSEN_REGIONS.mark}." in seen
    assert "at a glance" not in seen


def test_other_readers_are_not_told_so() -> None:
    assert "only the parts for everyone" not in render_html(EDITION)


def test_every_slot_is_there_to_be_filled() -> None:
    values = dict.fromkeys(Slot, "https://example.org/x?a=1&b=2")

    filled = fill_html(render_html(EDITION), values)

    hrefs = [a["href"] for a in Elements(filled).all("a")]
    assert hrefs.count(values[Slot.UNSUBSCRIBE_URL]) == 3
    assert OPEN not in filled


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_typed_and_does_nothing(text) -> None:
    elements = Elements(html := render_html(with_every_text(text)))

    assert not {tag for tag, _ in elements.found} & {"script", "img", "svg"}
    assert not [a for _, attributes in elements.found for a in attributes if a.startswith("on")]
    # Publication twice, address, title twice (and in the head), section, trend and incident.
    assert unescape(html).count(text) >= 10


def test_nobody_can_write_a_slot() -> None:
    forged = with_every_text(f"a{OPEN}unsubscribe_url{CLOSE}b")

    html = render_html(forged)

    assert html.count(Slot.UNSUBSCRIBE_URL.mark) == 1
    assert "aunsubscribe_urlb" in html


def test_the_same_view_gives_the_same_bytes() -> None:
    assert render_html(EDITION) == render_html(EDITION)


def test_an_edition_of_six_regions_is_far_from_being_clipped() -> None:
    section = replace(TIMBUKTU, body="A paragraph of news. " * 60, incidents=(INCIDENT,) * 5)
    view: EditionView = replace(EDITION, trends=(TREND,) * 6, sections=(section,) * 8)

    assert len(render_html(view).encode()) < 40_000
