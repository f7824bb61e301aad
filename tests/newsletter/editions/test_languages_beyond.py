"""Readers of any language: the frame in the nearest that the site speaks, the texts in theirs."""

from __future__ import annotations

from django.conf.global_settings import LANGUAGES_BIDI
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.editions.compose import Composer
from subscribers.directions import direction_of
from subscribers.languages import LONGEST_TAG, nearest, spoken_languages, spoken_to, tag_of
from subscribers.models.texts import Texts
from tests.newsletter.editions.content import TREE, issue, section
from tests.newsletter.parts import changed
from tests.newsletter.rendering.test_html import Elements

HEBREW = LANGUAGES_BIDI[0]
LANGUAGES = ("am", "ar", "az", "en", "es", "fa", "fr", HEBREW, "pt", "so", "uk", "ur", "yi", "zh")
TAGS = st.builds(
    lambda *parts: tag_of("-".join(filter(None, parts))),
    st.sampled_from(LANGUAGES),
    st.sampled_from(["", "Arab", "Latn", "Hans"]),
    st.sampled_from(["", "BR", "419", "IR"]),
)
WORDS = "Як справи?"


@given(TAGS)
def test_readers_of_any_language_are_spoken_to_in_one_that_the_site_speaks(tag: str) -> None:
    assert spoken_to(tag) in spoken_languages()
    assert spoken_to(tag).split("-")[0] in (tag.split("-")[0], "en")
    assert len(tag) <= LONGEST_TAG


@given(reader=TAGS, original=TAGS, mail_format=st.sampled_from(["html", "text"]))
@example("uk", "en", "html")
@example("pt-BR", "pt", "html")
@example("fa", "fa", "text")
def test_each_text_comes_in_the_language_of_its_readers_and_runs_its_own_way(
    reader: str, original: str, mail_format: str
) -> None:
    said = Texts({original: "Original", reader: WORDS})
    content = issue(
        changed(section(1, "ML-1"), title=said, body=said), language=original, title="Title"
    )

    edition = Composer(content, TREE).edition_for(
        ["ML-1"], language=reader, mail_format=mail_format
    )

    assert edition.language == reader
    assert WORDS in edition.text
    assert "Original" not in edition.text
    if mail_format == "html":
        frame = spoken_to(reader)
        elements = Elements(edition.html)
        (heading,) = (h for h in elements.all("h2") if h.get("id") == "part-1")
        (whole,) = elements.all("html")
        assert (whole["lang"], whole["dir"]) == (frame, str(direction_of(frame)))
        if not nearest(frame, [reader]):
            assert (heading["lang"], heading["dir"]) == (reader, str(direction_of(reader)))
        assert " only" not in edition.text
