"""Readers of a language that the site does not speak: what they choose, and are told."""

from __future__ import annotations

import pytest
from django.conf.global_settings import LANGUAGES_BIDI
from django.test import Client

from subscribers.links import preferences_url
from subscribers.models import Publication, Subscription
from subscribers.services.exporting import export
from subscribers.services.notifying import WRITE
from tests.factories import make_notice, make_publication, make_subscription

pytestmark = pytest.mark.django_db

HEBREW = LANGUAGES_BIDI[0]
BEYOND = ("uk", "pt-BR", "zh-Hans", "fa", HEBREW)


@pytest.fixture
def publication() -> Publication:
    return make_publication(
        name={"uk": "Полісся", "en": "Polissia"}, languages=["en", *BEYOND], regions=["UA-32"]
    )


def test_the_form_says_in_which_language_links_and_notices_are(
    client: Client, publication: Publication
) -> None:
    page = client.get(f"/p/{publication.slug}/", headers={"accept-language": "uk, en;q=0.5"})

    form = page.context["form"]
    labels = dict(form.fields["language"].choices)
    assert labels["uk"] == "Українська (links and notices in English)"
    assert labels["pt-BR"] == "Português (Brasil)"
    assert labels["fa"] == "\u2068فارسی\u2069 (links and notices in English)"
    assert form["language"].value() == "uk"


@pytest.mark.parametrize("language", BEYOND)
def test_pages_and_notices_are_in_the_nearest_language_that_the_site_speaks(
    client: Client, publication: Publication, language: str
) -> None:
    reader = make_subscription(publication=publication, regions=["UA-32"], language=language)
    spoken = "pt" if language == "pt-BR" else "en"

    page = client.get(_path(reader))
    message = WRITE["new_link"](make_notice(reader, "new_link"))

    assert (page.status_code, page["Content-Language"]) == (200, spoken)
    assert f'<html lang="{spoken}" dir="ltr">' in page.content.decode()
    assert f'value="{language}" id="id_language_' in page.content.decode()
    assert message.extra_headers["Content-Language"] == spoken
    assert "Polissia" in message.subject or language == "pt-BR"
    assert f'<html lang="{spoken}" dir="ltr">' in export(reader.subscriber, by="staff").as_html()


def _path(reader: Subscription) -> str:
    address = preferences_url(reader.public_id, reader.subscriber.link_generation)
    return "/preferences/" + address.partition("/preferences/")[2]
