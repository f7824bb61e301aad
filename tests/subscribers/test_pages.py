"""What all pages that readers see have in common."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from pathlib import Path
from uuid import UUID

import pytest
from django.apps import apps
from django.template.loader import render_to_string
from django.test import Client
from django.urls import URLPattern
from django.utils import timezone
from pytest_django import Settings

from subscribers import urls
from subscribers.models import Change, Publication, SignUpRequest, Subscription, SuppressionReason
from subscribers.services.suppressing import suppress
from subscribers.tokens import Purpose, sign
from tests.factories import make_change, make_request, make_subscription

pytestmark = pytest.mark.django_db

PURPOSES = list(Purpose)
STATES = ["pending", "active", "ended"]


def path_for(subscription: Subscription, purpose: Purpose) -> str:
    """The page for `purpose` about `subscription`, with what it needs to be there."""
    subject: SignUpRequest | Change | Subscription = subscription
    if purpose == Purpose.CONFIRM:
        subject = make_request(subscription)
    elif purpose == Purpose.UNDO:
        subject = make_change(subscription)
    elif purpose == Purpose.STOP:
        return f"/stop/{sign(purpose, UUID(hex=subscription.subscriber.mailbox_key))}/"
    return f"/{purpose}/{sign(purpose, subject.public_id)}/"


def everything_stored() -> str:
    """Every row of the app, as text."""
    models = apps.get_app_config("subscribers").get_models(include_auto_created=True)
    rows = {model: model._base_manager.order_by("pk").values_list() for model in models}
    return "\n".join(f"{model.__name__}{row}" for model in rows for row in rows[model])


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("status", STATES)
def test_only_a_post_acts(
    client: Client, publication: Publication, purpose: Purpose, status: str
) -> None:
    path = path_for(make_subscription(publication=publication, status=status), purpose)
    before = everything_stored()

    for method in ("get", "get", "head", "options", "put", "patch", "delete"):
        getattr(client, method)(path)

        assert everything_stored() == before, method


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_token_opens_the_page_of_its_own_purpose_only(
    client: Client, publication: Publication, purpose: Purpose
) -> None:
    token = sign(purpose, make_subscription(publication=publication).public_id)
    before = everything_stored()

    for page, method in product(set(PURPOSES) - {purpose}, ("get", "post")):
        answer = getattr(client, method)(f"/{page}/{token}/")

        assert answer.status_code == 404, (page, method)
        assert "This link does not work" in answer.content.decode()
    assert everything_stored() == before


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("spoil", [str.lower, lambda t: t[:-1], lambda t: t + "%00", lambda t: "é"])
def test_a_spoiled_token_is_answered_in_words(
    client: Client, publication: Publication, purpose: Purpose, spoil: Callable[[str], str]
) -> None:
    token = path_for(make_subscription(publication=publication), purpose).split("/")[2]

    answer = client.get(f"/{purpose}/{spoil(token)}/")

    assert answer.status_code == 404
    assert "This link does not work" in answer.content.decode()


def test_a_token_of_a_subscription_that_is_gone_is_answered_in_words(
    client: Client, publication: Publication
) -> None:
    subscription = make_subscription(publication=publication)
    path = path_for(subscription, Purpose.PREFERENCES)
    subscription.delete()

    assert client.get(path).status_code == 404


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("good", [True, False])
def test_token_pages_are_neither_stored_nor_indexed_nor_told_to_other_sites(
    client: Client, publication: Publication, purpose: Purpose, good: bool
) -> None:
    path = path_for(make_subscription(publication=publication), purpose)

    answer = client.get(path if good else path[:-2] + "/")

    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Robots-Tag"] == "noindex"
    assert answer["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("purpose", [one for one in PURPOSES if one != Purpose.STOP])
def test_token_pages_speak_the_language_of_their_reader(
    client: Client, publication: Publication, purpose: Purpose
) -> None:
    subscription = make_subscription(publication=publication, language="fr")

    answer = client.get(path_for(subscription, purpose), headers={"accept-language": "en"})

    assert '<html lang="fr" dir="ltr">' in answer.content.decode()
    assert answer["Content-Language"] == "fr"
    assert "/i18n/setlang/" not in answer.content.decode()


def test_other_pages_speak_the_language_of_the_browser(client: Client) -> None:
    answer = client.get("/check-your-mail/", headers={"accept-language": "fr-CH, en;q=0.5"})

    assert '<html lang="fr" dir="ltr">' in answer.content.decode()


def test_a_button_switches_the_language_and_leads_back(client: Client) -> None:
    page = client.get("/check-your-mail/").content.decode()
    assert '<input type="hidden" name="next" value="/check-your-mail/">' in page

    answer = client.post(
        "/i18n/setlang/", {"language": "fr", "next": "/check-your-mail/"}, follow=True
    )

    assert answer.redirect_chain == [("/check-your-mail/", 302)]
    assert '<html lang="fr" dir="ltr">' in answer.content.decode()


def test_csrf_is_left_out_where_mail_programs_post_and_nowhere_else() -> None:
    exempt = {
        pattern.name
        for pattern in urls.urlpatterns
        if isinstance(pattern, URLPattern) and getattr(pattern.callback, "csrf_exempt", False)
    }

    assert exempt == {"unsubscribe"}


def test_an_unknown_address_is_answered_with_our_own_page(client: Client) -> None:
    answer = client.get("/nothing/here/")

    assert answer.status_code == 404
    assert "There is no such page" in answer.content.decode()


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_error_pages_need_nothing_but_themselves(name: str) -> None:
    page = render_to_string(f"{name}.html")

    assert "<h1>" in page
    assert 'href="/static/site.css"' in page


def test_pages_hold_nothing_that_the_content_security_policy_forbids(settings: Settings) -> None:
    templates = Path(settings.BASE_DIR, "templates")
    pages = [*templates.glob("*.html"), *templates.glob("subscribers/*.html")]

    assert pages
    for page in pages:
        assert not re.search(r"<script(?! src=)", page.read_text())
        assert "style=" not in page.read_text()


SUPPRESSED = {
    "bounced": "came back on",
    "complained": "was reported as spam on",
    "asked": "never to email r•••@example.org again",
}


@pytest.mark.parametrize("reason", SUPPRESSED)
@pytest.mark.parametrize("purpose", [Purpose.CONFIRM, Purpose.PREFERENCES, Purpose.UNSUBSCRIBE])
def test_a_reader_who_is_not_mailed_learns_why_from_a_link_of_theirs(
    client: Client, publication: Publication, purpose: Purpose, reason: SuppressionReason
) -> None:
    subscription = make_subscription(publication=publication, address="reader@example.org")
    path = path_for(subscription, purpose)
    suppress("reader@example.org", reason=reason)

    page = client.get(path).content.decode()

    assert SUPPRESSED[reason] in page
    assert "write to editor@example.org" in page


@pytest.mark.parametrize("standing", ["active", "ended"])
@pytest.mark.parametrize("age", [timedelta(), timedelta(days=400)], ids=["fresh", "old"])
@pytest.mark.parametrize("purpose", [Purpose.PREFERENCES, Purpose.UNSUBSCRIBE])
def test_no_page_offers_mail_to_a_reader_who_is_not_mailed(
    client: Client, publication: Publication, purpose: Purpose, age: timedelta, standing: str
) -> None:
    subscription = make_subscription(
        publication=publication, address="reader@example.org", status=standing
    )
    token = sign(purpose, subscription.public_id, at=timezone.now() - age)
    suppress("reader@example.org", reason=SuppressionReason.BOUNCED)

    page = client.get(f"/{purpose}/{token}/").content.decode()

    assert "came back on" in page
    for offer in ("ign up again", "Email me a link", "fresh link", "we send a new one"):
        assert offer not in page


@pytest.mark.parametrize("purpose", [Purpose.CONFIRM, Purpose.PREFERENCES])
def test_pages_about_a_readers_data_tell_how_it_is_handled(
    client: Client, publication: Publication, purpose: Purpose
) -> None:
    Publication.objects.update(
        privacy_url={"en": "https://example.org/privacy", "ar": "https://example.org/ar"}
    )
    subscription = make_subscription(publication=publication)

    page = client.get(path_for(subscription, purpose)).content.decode()

    assert 'href="https://example.org/privacy"' in page
