from __future__ import annotations

from dataclasses import replace

from newsletter.editions.compose import ComposedEdition, Composer
from newsletter.editions.content import IssueContent
from newsletter.editions.mapping import drawn_map
from newsletter.rendering.map_addresses import read
from newsletter.rendering.maps import Map, Marked
from newsletter.rendering.slots import Slot
from tests.newsletter.editions.content import TREE, issue, section
from tests.newsletter.rendering.test_html import Elements


def drawn(content: IssueContent, language: str = "en") -> Map:
    found = drawn_map([a.region for a in content.assessments], content, TREE, language)
    assert found is not None
    return found


def map_at(url: str) -> Map:
    return read(url.rpartition("/")[2].removesuffix(".png"))


def compose(content: IssueContent, *chosen: str) -> ComposedEdition:
    return Composer(content, TREE).edition_for(chosen, language="en", mail_format="html")


def test_the_map_shows_what_is_assessed_in_the_readers_language() -> None:
    kayes, segou = (
        Marked("ML-1 fr", "increased", ("ML-1",)),
        Marked("ML-4 fr", "increased", ("ML-4",)),
    )

    assert drawn(issue(assessed=("ML-1", "ML-4")), "fr") == Map((kayes, segou), "fr")


def test_a_group_is_drawn_through_its_members_under_its_own_name() -> None:
    view = drawn(issue(assessed=("WEST",)))

    assert view.regions == (Marked("WEST en", "increased", ("ML-1", "ML-4")),)


def test_a_country_is_drawn_through_its_regions() -> None:
    (mali,) = drawn(issue(assessed=("ML",))).regions

    assert mali.name == "ML en"
    assert len(mali.outlines) == 11


def test_a_region_without_an_outline_is_named_all_the_same() -> None:
    (world,) = drawn(issue(assessed=("001",))).regions

    assert world == Marked("001 en", "increased", ())


def test_where_nothing_is_assessed_there_is_no_map() -> None:
    edition = compose(issue(section(1)), "ML-1")

    assert drawn_map([], issue(), TREE, "en") is None
    assert Slot.MAP_URL.mark not in edition.html + edition.text


def test_an_edition_that_was_not_sent_shows_the_map_of_its_own_regions() -> None:
    composer = Composer(issue(section(1, "ML-1"), assessed=("ML-1", "ML-4")), TREE)
    edition = composer.edition_for(["ML-1"], language="fr", mail_format="html")

    addresses = edition.map_addresses

    kayes = Map((Marked("ML-1 fr", "increased", ("ML-1",)),), "fr")
    assert map_at(addresses[Slot.MAP_URL]) == kayes
    assert map_at(addresses[Slot.DARK_MAP_URL]) == replace(kayes, dark=True)
    assert Slot.MAP_URL.mark in edition.html
    assert Slot.MAP_URL.mark in edition.text


def test_the_map_of_a_mail_says_in_words_what_it_shows() -> None:
    content = issue(section(1, "ML-1"), assessed=("ML-1",))

    edition = compose(content, "ML-1")

    (img,) = Elements(edition.html).all("img")
    assert img["alt"] == "Up in ML-1 en."
    assert "Map: Up in ML-1 en." in edition.text
