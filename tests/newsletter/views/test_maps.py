from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from newsletter.media import maps
from newsletter.media.maps import DrawingTime, MapDrawer
from newsletter.rendering.map_addresses import map_url
from newsletter.rendering.maps import Map, draw, part_of
from tests.newsletter.rendering.maps import ONE, SIX


def path_of(wanted: Map) -> str:
    return urlsplit(map_url(wanted)).path


def test_a_map_is_shown_to_anyone_for_every_cache_to_keep(client: Client) -> None:
    response = client.get(path_of(ONE))

    assert response.content == draw(ONE)
    assert response["Content-Type"] == "image/png"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_a_map_sets_no_cookie(client: Client) -> None:
    response = client.get(path_of(ONE))

    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")


@pytest.mark.parametrize("path", ["/maps/x.png", "/maps/..png", "/maps/.a.b.png"])
def test_a_map_that_we_did_not_make_does_not_exist(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_one_changed_letter_leads_nowhere(client: Client, settings: Settings) -> None:
    path = path_of(ONE)
    other = "a" if path[20] != "a" else "b"

    assert client.get(f"{path[:20]}{other}{path[21:]}").status_code == 404
    assert not Path(settings.MAPS_DIR).exists()


def test_a_post_is_refused(client: Client) -> None:
    assert client.post(path_of(ONE)).status_code == 405


def test_what_shows_a_part_is_asked_for_again_soon(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maps, "_drawer", MapDrawer(DrawingTime(share=0, at_most=0)))

    response = client.get(path_of(SIX))

    assert response.content == draw(part_of(SIX))
    assert response["Cache-Control"] == "public, max-age=600"
