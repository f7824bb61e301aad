from __future__ import annotations

import pytest
from django.test import Client

from newsletter.media.files import picture_file
from newsletter.rendering.picture_addresses import picture_path
from tests.newsletter.factories import make_picture


@pytest.mark.django_db
def test_a_picture_is_shown_to_anyone_for_every_cache_to_keep(client: Client) -> None:
    picture = make_picture()

    response = client.get(picture_path(picture.content_hash, picture.kind))

    assert response.content == picture_file(picture.content_hash, picture.kind).read_bytes()
    assert response["Content-Type"] == "image/png"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert not response.cookies


@pytest.mark.parametrize(
    "name",
    ["x.png", f"{'a' * 64}.png", f"{'a' * 64}.svg", "../db.sqlite3", f"%2e%2e%2f{'a' * 64}.png"],
)
def test_what_is_no_picture_of_ours_does_not_exist(client: Client, name: str) -> None:
    assert client.get(f"/pictures/{name}").status_code == 404


def test_a_post_is_refused(client: Client) -> None:
    assert client.post(picture_path("a" * 64, "png")).status_code == 405
