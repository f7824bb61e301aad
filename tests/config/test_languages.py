"""Which language a page is in: any of the site's for readers, one of the desk's at the desk."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories import make_publication


@pytest.mark.parametrize(
    ("asked", "language", "direction"),
    [
        ("es-MX", "es", "ltr"),
        ("pt-BR, en;q=0.5", "pt", "ltr"),
        ("ar-SD", "ar", "rtl"),
        ("de, fr;q=0.8", "fr", "ltr"),
        ("de", "en", "ltr"),
    ],
)
@pytest.mark.django_db
def test_readers_are_spoken_to_in_the_language_of_their_browser(
    client: Client, asked: str, language: str, direction: str
) -> None:
    page = client.get("/check-your-mail/", headers={"accept-language": asked}).content.decode()

    assert f'<html lang="{language}" dir="{direction}">' in page


@pytest.mark.parametrize(
    ("asked", "language"),
    [("fr", "fr"), ("ar", "en"), ("ar, fr-ML;q=0.8, en;q=0.5", "fr"), ("es, en", "en")],
)
@pytest.mark.django_db
def test_the_desk_speaks_the_best_of_its_own(client: Client, asked: str, language: str) -> None:
    page = client.get("/admin/login/", headers={"accept-language": asked})

    assert f'<html lang="{language}"' in page.content.decode()
    assert page["Content-Language"] == language


@pytest.mark.django_db
def test_a_reader_who_chose_a_language_still_finds_the_desk_in_one_of_its_own(
    client: Client,
) -> None:
    client.post("/i18n/setlang/", {"language": "ar", "next": "/"})

    assert '<html lang="en"' in client.get("/admin/login/").content.decode()
    assert '<html lang="ar" dir="rtl">' in client.get("/check-your-mail/").content.decode()


@pytest.mark.django_db
def test_a_page_offers_the_languages_of_its_publication_and_the_one_it_is_in(
    client: Client,
) -> None:
    publication = make_publication(regions=["ML-1"], languages=["en", "ar"])

    english = client.get(f"/p/{publication.slug}/").content.decode()
    spanish = client.get(f"/p/{publication.slug}/", headers={"accept-language": "es"})

    assert offered(english) == ["en", "ar"]
    assert 'value="ar" lang="ar" dir="rtl">العربية</button>' in english
    assert offered(spanish.content.decode()) == ["en", "es", "ar"]


@pytest.mark.django_db
def test_where_there_is_one_language_there_is_none_to_change_to(client: Client) -> None:
    publication = make_publication(regions=["ML-1"], languages=["en"])

    assert "/i18n/setlang/" not in client.get(f"/p/{publication.slug}/").content.decode()


def offered(page: str) -> list[str]:
    return [
        piece.split('"')[0]
        for piece in page.split('name="language" value="')[1:]
        if "lang=" in piece[:12]
    ]
