from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from newsletter.links import map_urls, web_url
from newsletter.models import Edition, Part
from newsletter.rendering.maps import Map, Marked, draw
from tests.factories import make_publication, make_subscription
from tests.newsletter.factories import assess
from tests.newsletter.views.conftest import an_issue, send
from tests.regions import load_regions

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def kept_edition(kept_for_the_module: Callable[[], AbstractContextManager[None]]) -> int:
    with kept_for_the_module():
        load_regions()
        publication = make_publication(regions=["ML-1", "ML-4"])
        make_subscription(publication=publication, regions=["ML-1"])
        issue = an_issue(publication)
        for code in ("ML-1", "ML-4"):
            assess(issue, code)
        return send(issue).editions.get().pk


@pytest.fixture
def edition(db: None, kept_edition: int) -> Edition:
    """Of an issue with trends of Kayes and Segou, for readers of Kayes."""
    return Edition.objects.get(pk=kept_edition)


def light_and_dark(edition: Edition) -> list[str]:
    return [urlsplit(url).path for url in map_urls(edition.public_id)]


def test_its_map_shows_the_regions_that_it_judges_and_no_others(
    client: Client, edition: Edition
) -> None:
    kayes = (Marked("Kayes", "increased", ("ML-1",)),)

    light, dark = (client.get(path).content for path in light_and_dark(edition))

    assert light == draw(Map(kayes, "en"))
    assert dark == draw(Map(kayes, "en", dark=True))


def test_its_map_is_there_after_its_words_are_gone(client: Client, edition: Edition) -> None:
    Edition.objects.update(recipe=b"")
    Part.objects.all().delete()

    assert [client.get(path).status_code for path in light_and_dark(edition)] == [200, 200]


def test_an_edition_without_trends_has_no_map(client: Client, edition: Edition) -> None:
    Edition.objects.update(held=bytes(len(edition.held)))

    assert [client.get(path).status_code for path in light_and_dark(edition)] == [404, 404]


def test_one_query_finds_a_map_of_an_issue_whose_maps_are_asked_for(
    client: Client, edition: Edition
) -> None:
    light, dark = light_and_dark(edition)
    client.get(light)

    with CaptureQueriesContext(connection) as asked:
        client.get(dark)

    assert len(asked) == 1


def test_who_has_the_address_of_a_map_cannot_open_its_edition(
    client: Client, edition: Edition
) -> None:
    of_map, of_edition = light_and_dark(edition)[0], urlsplit(web_url(edition.public_id)).path
    sealed_map = of_map.rsplit("/", 1)[1].removesuffix(".png")
    sealed_edition = of_edition.rstrip("/").rsplit("/", 1)[1]

    assert client.get(of_edition.replace(sealed_edition, sealed_map)).status_code == 404
    assert client.get(of_map.replace(sealed_map, sealed_edition)).status_code == 404
