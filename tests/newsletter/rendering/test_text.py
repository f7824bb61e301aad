from __future__ import annotations

import re
from html import unescape

import pytest
from django.utils import translation

from newsletter.rendering.slots import CLOSE, OPEN, Slot, for_reader
from newsletter.rendering.view import EditionView
from subscribers.models.texts import Words
from subscribers.proposals import codes_in
from tests.newsletter.parts import changed
from tests.newsletter.rendering.test_html import HOSTILE, Elements, words_of
from tests.newsletter.rendering.views import (
    EDITION,
    MAP,
    NOTHING,
    TREND,
    WHOLE,
    with_every_text,
    with_incident,
)
from tests.newsletter.rendering.whole import render_html, render_text

EXPECTED = """\
Up in Timbuktu, down in Kayes.

Sahel Letter
Western Mali, September 2023
============================

3 October 2023 · Information as of 30 September 2023


Your regions at a glance
------------------------

Timbuktu: ↑ increased
  The siege goes on.
  Attacks: 12 (5 before)
  before  #################
  now     ########################################

Kayes: ↓ decreased
  The siege goes on.
  Attacks: 12 (new: not counted before)


What changed since “Western Mali, August 2023”
----------------------------------------------

- Timbuktu: ↓ decreased, now ↑ increased

Kayes still ↓ decreased.


Map: Up in Timbuktu, down in Kayes.
https://example.org/map/1.png


Dear readers
------------

The road is closed. See the charter
<https://example.org/charter?x=1&y=2>.


A town under siege
------------------
Timbuktu · Covers Mali

Supplies

- fuel: 3 lorries
- food: 12 boats

Incidents

- 7 September 2023 · Banikane · Timbuktu
  A boat was hit by at least three rockets.
  Rocket attack by JNIM against civilians · 49 to 154 killed
  Source: <https://www.example.com/boat?a=1&b=2>

Stop getting Timbuktu:
[preferences_url]?without=(ML-6)


Not in your edition: Gao and Kidal.
Add these regions:
[preferences_url]?with=(ML-7,ML-8)


------------------------------------------------------------------------

You get this because you subscribed on [subscribed_on] and chose
[chosen_regions].

Change your regions: [preferences_url]
Unsubscribe: [unsubscribe_url]
View in browser: [web_url]

Sahel Letter
1 River Street, Springfield
Privacy: https://example.org/privacy
"""
FRENCH = changed(WHOLE, language="fr", title=Words(WHOLE.title, only_in="en"))
BOTH = pytest.mark.parametrize(
    "view", [WHOLE, NOTHING, FRENCH], ids=["full", "nothing", "in French"]
)


def test_the_text_reads_like_a_letter() -> None:
    view = changed(EDITION, map=MAP, privacy_url="https://example.org/privacy")

    text = for_reader(render_text(view)).replace(OPEN, "[").replace(CLOSE, "]")
    text = text.replace("\u00a0", " ")
    text = re.sub(r"(?<=[?]with=|thout=)\S+", lambda link: f"({','.join(codes_in(link[0]))})", text)

    assert text == EXPECTED


@BOTH
def test_the_text_has_every_number_of_the_html(view: EditionView) -> None:
    numbers = re.findall(r"\d+", words_of(render_html(view)))

    assert set(numbers) <= set(re.findall(r"\d+", render_text(view)))


@BOTH
def test_the_text_has_nearly_every_word_of_the_html(view: EditionView) -> None:
    words = re.findall(r"\w+", words_of(render_html(view)))
    missing = set(words) - set(re.findall(r"\w+", render_text(view)))

    assert len([word for word in words if word in missing]) <= 0.1 * len(words)


@BOTH
def test_the_text_has_every_link_of_the_html(view: EditionView) -> None:
    text = render_text(view)

    for link in Elements(render_html(view)).all("a"):
        assert unescape(str(link["href"])) in text


def test_the_text_leads_to_the_map_that_the_html_shows() -> None:
    assert f"\n{MAP.url}\n" in render_text(WHOLE)


def test_bars_begin_in_one_column_however_long_their_labels_are() -> None:
    text = render_text(changed(FRENCH, trends=(TREND,)))

    bars = [line for line in text.splitlines() if line.endswith("##")]
    assert [bar.split()[0] for bar in bars] == ["avant", "maintenant"]
    assert {bar.index("#") for bar in bars} == {2 + len("maintenant") + 2}


def test_a_colon_before_a_link_stands_as_its_language_wants_it_wherever_the_link_stands() -> None:
    text = render_text(FRENCH)

    assert "Ajouter ces régions\u00a0:\n" in text
    assert "Modifier vos régions\u00a0: " in text
    assert not re.findall(r"(?m)\w:$", text)


@BOTH
def test_both_parts_hold_the_same_slots(view: EditionView) -> None:
    html, text = render_html(view), render_text(view)

    for slot in set(Slot) - {Slot.CORRECTED_URL, Slot.MAP_URL, Slot.DARK_MAP_URL}:
        assert text.count(slot.mark) == html.count(slot.mark) > 0


def test_lines_fit_a_terminal() -> None:
    view = with_every_text("many words of an ordinary length, and then some more " * 5)

    lines = render_text(view).splitlines()
    assert max(len(line) for line in lines if Slot.PREFERENCES_URL.mark not in line) <= 78


def test_an_address_is_never_broken() -> None:
    address = "https://example.com/" + "a-long-path/" * 12
    view = changed(EDITION, sections=(with_incident(source_url=address),))

    assert f"<{address}>" in render_text(view)


def test_regions_of_the_reader_start_a_line() -> None:
    lines = for_reader(render_text(NOTHING)).splitlines()

    assert lines.count(f"{Slot.CHOSEN_REGIONS.mark}.") == 2


def test_dates_follow_the_language_of_the_view_and_not_of_the_caller() -> None:
    with translation.override("en"):
        text = render_text(changed(EDITION, language="fr"))

    assert "3 octobre 2023" in text


def test_a_source_that_is_no_web_page_is_left_out() -> None:
    view = changed(EDITION, sections=(with_incident(source_url="javascript:alert(1)"),))

    assert "alert" not in render_text(view)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_plain_text(text: str) -> None:
    said = render_text(with_every_text(text))

    # Long ones are wrapped, but none is altered.
    assert " ".join(said.split()).count(text) >= 15


def test_nobody_can_write_a_slot() -> None:
    text = render_text(with_every_text(f"a{OPEN}unsubscribe_url{CLOSE}b"))

    assert text.count(Slot.UNSUBSCRIBE_URL.mark) == 1
