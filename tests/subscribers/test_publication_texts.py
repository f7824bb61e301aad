"""What a publication says of itself, in the languages that it is in."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, models, transaction
from django.db.models import Value
from django.forms import BaseForm
from django.test import Client
from django.urls import reverse

from subscribers.models import Publication
from subscribers.models.texts import Texts
from subscribers.services.notifying import WRITE
from tests.factories import make_notice, make_publication, make_subscription

pytestmark = pytest.mark.django_db

ADD = "admin:subscribers_publication_add"


@pytest.fixture
def horn() -> Publication:
    """In English and Arabic, described in English alone."""
    return make_publication(
        name={"en": "Horn Dispatch", "ar": "رسالة القرن"},
        description={"en": "Every <week>."},
        privacy_url={"en": "https://example.org/en", "ar": "https://example.org/ar"},
        languages=["en", "ar"],
        regions=["ET"],
    )


def page_of(client: Client, publication: Publication, language: str) -> str:
    address = f"/p/{publication.slug}/"
    return client.get(address, headers={"accept-language": language}).content.decode()


def test_the_form_calls_it_as_its_readers_do(client: Client, horn: Publication) -> None:
    page = page_of(client, horn, "ar")

    assert "<h1><bdi>رسالة القرن</bdi></h1>" in page
    assert 'href="https://example.org/ar"' in page
    assert '<div class="lead" lang="en" dir="ltr"><p>Every &lt;week&gt;.</p></div>' in page


def test_where_it_has_no_words_its_original_says_which_language_that_is(
    client: Client, horn: Publication
) -> None:
    horn.name = {"ar": "رسالة القرن"}
    horn.save()

    page = page_of(client, horn, "en")

    assert '<h1><bdi lang="ar" dir="rtl">رسالة القرن</bdi></h1>' in page
    assert '<div class="lead"><p>Every &lt;week&gt;.</p></div>' in page


def test_a_notice_calls_it_in_the_language_of_the_subscription(horn: Publication) -> None:
    in_arabic = make_subscription(publication=horn, regions=["ET"], language="ar")
    in_english = make_subscription(publication=horn, regions=["ET"])

    arabic, english = (
        WRITE["new_link"](make_notice(one, "new_link")) for one in (in_arabic, in_english)
    )

    assert "رسالة القرن" in arabic.subject
    assert "https://example.org/ar" in str(arabic.body)
    assert "Horn Dispatch" in english.subject
    assert english.from_email == arabic.from_email


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("name", []),
        ("name", [["en", ""]]),
        ("name", [["en", "a\nb"]]),
        ("description", [["e_n", "a"]]),
        ("privacy_url", [["en", ""]]),
    ],
)
def test_the_database_refuses_what_is_no_text(horn: Publication, field: str, said: object) -> None:
    written = Value(said, models.JSONField())

    with pytest.raises(IntegrityError), transaction.atomic():
        Publication.objects.filter(pk=horn.pk).update(**{field: written})


def typed(**fields: str) -> dict[str, str]:
    return {
        "name": "Полісся",
        "slug": "polissia",
        "from_name": "Desk",
        "from_address": "desk@news.example.org",
        "reply_to": "editor@example.org",
        "postal_address": "1 Main Street, Kyiv",
        "list_id": "polissia.news.example.org",
        "languages": "uk, en",
        "time_zone": "Europe/Kyiv",
        "approval": "none",
        "undo_seconds": "0",
        "alert_undo_seconds": "0",
        "masthead_place": "below",
        **fields,
    }


def test_a_new_publication_is_written_in_its_first_language_and_translated_once_saved(
    admin_client: Client, horn: Publication
) -> None:
    regions = list(horn.regions.values_list("pk", flat=True))
    empty = admin_client.get(reverse(ADD)).context["adminform"].form
    usual = {name: value for name, value in _shown(empty).items() if value not in (None, False)}

    admin_client.post(reverse(ADD), {**usual, **typed(), "regions": regions})
    made = Publication.objects.get(slug="polissia")
    page = reverse("admin:subscribers_publication_change", args=[made.pk])
    form = admin_client.get(page).context["adminform"].form
    translated = {**form.initial, "regions": regions, "name_en": "Polissia"}
    admin_client.post(page, {**translated, "privacy_url_en": "example.org/privacy"})

    assert made.name == Texts({"uk": "Полісся"})
    made.refresh_from_db()
    assert made.name == Texts({"uk": "Полісся", "en": "Polissia"})
    assert made.privacy_url == Texts({"en": "https://example.org/privacy"})


def test_an_address_that_leads_nowhere_is_refused_in_its_language(
    admin_client: Client, horn: Publication
) -> None:
    page = reverse("admin:subscribers_publication_change", args=[horn.pk])
    fields = admin_client.get(page).context["adminform"].form.initial

    answer = admin_client.post(page, {**fields, "privacy_url_ar": "not an address"})

    errors = answer.context["adminform"].form.errors
    assert errors["privacy_url_ar"] == ["Enter a valid URL."]


def _shown(form: BaseForm) -> dict[str, Any]:
    """What a browser sends of `form` as it was opened."""
    return {name: form[name].value() for name in form.fields}
