from __future__ import annotations

import re
from datetime import date
from html import unescape
from html.parser import HTMLParser

import pytest
from django.utils import translation

from newsletter.rendering.slots import CLOSE, OPEN, Slot, fill_html, for_anyone
from newsletter.rendering.trends import PastIssueView, SinceView, TrendHistoryView
from newsletter.rendering.view import EditionView
from subscribers.models.texts import Words
from subscribers.proposals import sealed
from tests.newsletter.parts import changed
from tests.newsletter.rendering.views import (
    EDITION,
    INCIDENT,
    MAP,
    NOTHING,
    TIMBUKTU,
    TREND,
    WHOLE,
    with_every_text,
    with_incident,
)
from tests.newsletter.rendering.whole import render_html, render_text

VOID = {"meta", "br", "hr", "img", "source"}
HOSTILE = [
    "<script>alert(1)</script>",
    "{{ settings.SECRET_KEY }}",
    "{% debug %}",
    "{# gone #}",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "%(name)s %s {0}",
    "javascript:alert(1)",
    "[press](javascript:alert(1))",
    "right to left\u200f",
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
    assert len(elements.all("h2")) == 2 + len(EDITION.sections)


def test_layout_tables_say_that_they_are_no_data_and_the_glance_is_data() -> None:
    tables = Elements(render_html(EDITION)).all("table")

    assert sum(t.get("role") != "presentation" for t in tables) == 1


def test_the_language_is_told_where_mail_programs_look() -> None:
    elements = Elements(render_html(changed(EDITION, language="fr")))

    assert elements.all("html") == [{"lang": "fr", "dir": "ltr"}]
    assert elements.all("div")[0]["lang"] == "fr"


def test_dates_follow_the_language_of_the_view_and_not_of_the_caller() -> None:
    with translation.override("en"):
        seen = words_of(render_html(changed(EDITION, language="fr")))

    assert "3 octobre 2023" in seen
    assert "7 septembre 2023" in seen


def test_parts_come_in_the_order_of_a_letter() -> None:
    seen = words_of(render_html(WHOLE))
    order = [
        "Up in Timbuktu, down in Kayes.",
        "Sahel Letter",
        "Western Mali, September 2023",
        "3 October 2023 · Information as of 30 September 2023",
        "Bottom line",
        "Your regions at a glance",
        "What changed since “Western Mali, August 2023”",
        "Dear readers",
        "A town under siege",
        "Timbuktu · Covers Mali",
        "fuel: 3 lorries",
        "7 September 2023 · Banikane · Timbuktu",
        "Stop getting Timbuktu",
        "Not in your edition: Gao and Kidal. Add these regions",
        "You get this because",
        "Change your regions",
        "Unsubscribe",
        "View in browser",
        "1 River Street, Springfield",
        "Privacy",
    ]

    places = [seen.index(phrase) for phrase in order]

    assert places == sorted(places)


def test_the_glance_says_trend_reason_and_counts() -> None:
    seen = words_of(render_html(changed(EDITION, trends=(TREND,))))

    assert "Timbuktu ↑ increased The siege goes on. Attacks: 12 (5 before)" in seen


def test_the_first_words_are_the_trends_of_their_regions() -> None:
    seen = words_of(render_html(EDITION))

    assert seen.startswith("Up in Timbuktu, down in Kayes. Sahel Letter")


def test_without_a_trend_the_first_words_name_the_parts_of_their_regions() -> None:
    seen = words_of(render_html(changed(EDITION, trends=())))

    assert seen.startswith("In this issue: A town under siege. Sahel Letter")


def test_a_bar_is_as_long_as_its_count_is_large() -> None:
    view = changed(EDITION, trends=(changed(TREND, count=12, previous_count=3, largest=24),))

    widths = [t.get("width") for t in Elements(render_html(view)).all("table")]

    assert [w for w in widths if w != "100%"] == ["12%", "50%"]


def test_the_longest_label_of_a_bar_has_its_room() -> None:
    with translation.override("fr"):
        room, longest = TREND.label_width, max(len(label) for label, _length in TREND.bars)

    html = render_html(changed(EDITION, trends=(TREND,), language="fr"))

    assert longest == len("maintenant")
    assert room >= 8 * longest + 8
    assert html.count(f'width="{room}" style="padding:4px 8px 0 0;white-space:nowrap') == 2


def test_a_count_without_a_previous_one_has_no_bar() -> None:
    view = changed(EDITION, trends=(changed(TREND, previous_count=None),))

    assert {t.get("width") for t in Elements(render_html(view)).all("table")} == {"100%"}


def test_what_changed_says_how_each_trend_went_and_which_ones_stayed() -> None:
    seen = words_of(render_html(EDITION)).replace("\u00a0", " ")

    assert "Timbuktu ↓ decreased, now ↑ increased" in seen
    assert "Kayes still ↓ decreased." in seen
    assert "did not reach you" not in seen


def test_a_reader_who_was_away_is_told_what_they_missed() -> None:
    issues = tuple(PastIssueView(f"No. {m}", date(2023, m, 1)) for m in (6, 7, 8))
    trends = ("increased", "decreased", "decreased", "increased")
    view = changed(EDITION, since=SinceView((TrendHistoryView("ML-1", "Kayes", issues, trends),)))

    seen = words_of(render_html(view)).replace("\u00a0", " ")

    assert "What changed since “No. 6”" in seen
    assert "“No. 7” and “No. 8” came out in between and did not reach you." in seen
    assert (
        "Kayes ↑ increased (June 2023), ↓ decreased (July 2023), ↓ decreased (August 2023), "
        "now ↑ increased"
    ) in seen


def test_who_was_sent_nothing_before_is_told_of_no_change() -> None:
    assert " since “" not in render_html(changed(EDITION, since=None))


def test_a_map_has_its_size_its_sentence_and_a_dark_twin() -> None:
    elements = Elements(render_html(WHOLE))

    (picture,) = elements.all("img")
    assert (picture["src"], picture["alt"]) == (MAP.url, MAP.alt)
    assert picture["width"] == "544"
    assert elements.all("source")[0]["srcset"] == MAP.dark_url


def test_without_a_map_there_is_no_picture() -> None:
    assert "<img" not in render_html(EDITION)


def test_a_region_can_be_dropped_under_its_part_and_the_others_added() -> None:
    hrefs = [a["href"] for a in Elements(render_html(EDITION)).all("a")]

    assert hrefs.count(f"{Slot.PREFERENCES_URL.mark}?without={sealed(['ML-6'])}") == 1
    assert hrefs.count(f"{Slot.PREFERENCES_URL.mark}?with={sealed(['ML-7', 'ML-8'])}") == 1


def test_a_whole_issue_leaves_nothing_out() -> None:
    assert "Not in your edition" not in render_html(changed(EDITION, left_out=()))


@pytest.mark.parametrize("address", ["", "javascript:alert(1)", "http://["])
def test_no_page_about_privacy_is_no_link(address: str) -> None:
    assert "Privacy" not in render_html(changed(EDITION, privacy_url=address))


FRENCH = Words("En français", only_in="fr")


def test_a_text_in_another_language_says_so_and_is_marked() -> None:
    incident = changed(INCIDENT, summary=FRENCH, event_type=FRENCH)
    section = changed(TIMBUKTU, title=FRENCH, body=FRENCH, incidents=(incident,))
    trend = changed(TREND, reason=FRENCH, counted=FRENCH)
    view = changed(EDITION, title=FRENCH, trends=(trend,), sections=(section,))

    html = render_html(view)

    marked = [tag for tag, attributes in Elements(html).found if attributes.get("lang") == "fr"]
    # The title, a reason and its counts, then heading and text of the section, and of its
    # incident what happened and who did it.
    assert marked == ["h1", "span", "span", "h2", "div", "span", "span"]
    assert words_of(html).count("In French only") == 1


def test_an_incident_says_what_is_known_of_it() -> None:
    seen = words_of(render_html(EDITION))

    assert "A boat was hit by at least three rockets." in seen
    assert "Rocket attack by JNIM against civilians · 49 to 154 killed" in seen
    assert "Source: example.com" in seen


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "ftp://example.com", "http://[", "", "/"]
)
def test_a_source_that_is_no_web_page_is_not_linked(address: str) -> None:
    html = render_html(changed(EDITION, sections=(with_incident(source_url=address),)))

    assert "Source:" not in html
    assert "alert" not in html


def test_a_place_called_like_its_region_is_named_once() -> None:
    view = changed(EDITION, sections=(with_incident(place="Timbuktu"),))

    assert "7 September 2023 · Timbuktu A boat" in words_of(render_html(view))


def test_a_title_that_names_the_region_is_not_repeated_under_it() -> None:
    section = changed(
        TIMBUKTU, title="Kayes", body="Quiet.", region_names=("Kayes",), covers_wider=()
    )

    assert "Kayes Quiet." in words_of(render_html(changed(NOTHING, sections=(section,))))


def test_a_reader_whose_regions_have_nothing_is_told_so() -> None:
    seen = words_of(render_html(NOTHING))

    assert f"about the regions you chose, {Slot.CHOSEN_REGIONS.mark}." in seen
    assert "at a glance" not in seen


def test_other_readers_are_not_told_so() -> None:
    assert "only the parts for everyone" not in render_html(EDITION)


def test_every_slot_is_there_to_be_filled() -> None:
    values = {slot: f"https://example.org/{slot}?a=1&b=2" for slot in Slot}

    filled = fill_html(render_html(EDITION), values)

    hrefs = [a["href"] for a in Elements(filled).all("a")]
    for slot in (Slot.UNSUBSCRIBE_URL, Slot.PREFERENCES_URL, Slot.WEB_URL):
        assert hrefs.count(values[slot]) == 1
    assert OPEN not in filled


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_typed_and_does_nothing(text: str) -> None:
    elements = Elements(html := render_html(with_every_text(text)))

    assert not {tag for tag, _ in elements.found} & {"script", "svg"}
    assert [picture["src"] for picture in elements.all("img")] == [MAP.url]
    assert not [a for a in elements.all("a") if str(a["href"]).startswith("javascript:")]
    assert not [a for _, attributes in elements.found for a in attributes if a.startswith("on")]
    # Publication twice, address, title thrice, glance, changes, map, section and incident.
    assert unescape(html).count(text) >= 18


def test_nobody_can_write_a_slot() -> None:
    forged = with_every_text(f"a{OPEN}unsubscribe_url{CLOSE}b")

    html = render_html(forged)

    assert html.count(Slot.UNSUBSCRIBE_URL.mark) == 1
    assert "aunsubscribe_urlb" in html


def test_the_same_view_gives_the_same_bytes() -> None:
    assert render_html(EDITION) == render_html(EDITION)


def test_an_edition_of_six_regions_is_far_from_being_clipped() -> None:
    section = changed(TIMBUKTU, body="A paragraph of news. " * 60, incidents=(INCIDENT,) * 3)
    view: EditionView = changed(WHOLE, trends=(TREND,) * 6, sections=(section,) * 8)

    assert len(render_html(view).encode()) < 40_000


def test_who_reads_the_mail_on_the_web_sees_nothing_about_its_reader() -> None:
    issues = (PastIssueView("No. 7", date(2023, 7, 1)), PastIssueView("No. 8", date(2023, 8, 1)))
    trends = ("increased", "decreased", "increased")
    view = changed(WHOLE, since=SinceView((TrendHistoryView("ML-1", "Kayes", issues, trends),)))

    for part in (render_html(view), render_text(view)):
        seen = " ".join(for_anyone(part).split())
        assert "increased (July 2023)" in seen.replace("\u00a0", " ")
        for personal in (
            "did not reach you",
            "Stop getting",
            "Not in your edition",
            "You get this",
        ):
            assert personal not in seen
