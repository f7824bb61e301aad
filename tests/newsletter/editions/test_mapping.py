from __future__ import annotations

from newsletter.editions.compose import ComposedEdition, Composer
from newsletter.editions.content import IssueContent
from newsletter.editions.mapping import map_view
from newsletter.rendering.map_addresses import read
from newsletter.rendering.maps import Map, Marked
from newsletter.rendering.view import MapView
from tests.newsletter.editions.content import TREE, issue, section
from tests.newsletter.rendering.test_html import Elements


def shown(content: IssueContent, language: str = "en") -> MapView:
    view = map_view(content.assessments, content, TREE, language)
    assert view is not None
    return view


def map_at(url: str) -> Map:
    return read(url.rpartition("/")[2].removesuffix(".png"))


def compose(content: IssueContent, *chosen: str) -> ComposedEdition:
    return Composer(content, TREE).edition_for(chosen, language="en", mail_format="html")


def test_the_map_shows_what_is_assessed_in_the_readers_language() -> None:
    view = shown(issue(assessed=("ML-1", "ML-4")), "fr")

    kayes, segou = (
        Marked("ML-1 fr", "increased", ("ML-1",)),
        Marked("ML-4 fr", "increased", ("ML-4",)),
    )
    assert map_at(view.url) == Map((kayes, segou), "fr")
    assert map_at(view.dark_url) == Map((kayes, segou), "fr", dark=True)
    assert "ML-1 fr" in view.alt


def test_a_group_is_drawn_through_its_members_under_its_own_name() -> None:
    view = shown(issue(assessed=("WEST",)))

    assert map_at(view.url).regions == (Marked("WEST en", "increased", ("ML-1", "ML-4")),)


def test_a_country_is_drawn_through_its_regions() -> None:
    (mali,) = map_at(shown(issue(assessed=("ML",))).url).regions

    assert mali.name == "ML en"
    assert len(mali.outlines) == 11


def test_a_region_without_an_outline_is_named_all_the_same() -> None:
    (world,) = map_at(shown(issue(assessed=("001",))).url).regions

    assert world == Marked("001 en", "increased", ())


def test_where_nothing_is_assessed_there_is_no_map() -> None:
    content = issue(assessed=())

    assert map_view(content.assessments, content, TREE, "en") is None


def test_readers_of_the_same_regions_see_the_same_picture_and_others_another() -> None:
    content = issue(section(1, "ML-1"), section(2, "ML-4"), assessed=("ML-1", "ML-4"))

    def picture(*chosen: str) -> str | None:
        (img,) = Elements(compose(content, *chosen).html).all("img")
        return img["src"]

    assert picture("ML-1", "ML-4") == picture("WEST")
    assert picture("ML-1") != picture("ML-4")


def test_the_map_of_a_mail_says_in_words_what_it_shows() -> None:
    content = issue(section(1, "ML-1"), assessed=("ML-1",))

    edition = compose(content, "ML-1")

    (img,) = Elements(edition.html).all("img")
    assert img["alt"] == "Up in ML-1 en."
    assert "Map: Up in ML-1 en." in edition.text
