from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from html import unescape

import pytest
from django.test import Client
from pytest_django import Settings

from newsletter.editions.recipes import assembled
from newsletter.editorial import scheduling
from newsletter.links import web_url
from newsletter.models import Delivery, DeliveryState, Edition, Issue, Mailing, MailingState
from newsletter.sending.recovering import recover
from newsletter.worker import drain
from subscribers import links
from subscribers.models import Publication, Subscription
from subscribers.tokens import Purpose, sign
from tests.answers import Answer
from tests.factories import make_publication, make_subscriber, make_subscription
from tests.newsletter.factories import cancelled_on_the_wire
from tests.newsletter.fakes import FakeTransport, whole_edition
from tests.newsletter.parts import en
from tests.newsletter.views.conftest import an_issue, mail, send
from tests.regions import load_regions

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def kept_mailing(kept_for_the_module: Callable[[], AbstractContextManager[None]]) -> int:
    with kept_for_the_module():
        load_regions()
        issue = an_issue(make_publication(regions=["ML-1", "ML-4"]))
        a_reader_of(issue)
        return send(issue).pk


@pytest.fixture
def mailing(db: None, kept_mailing: int) -> Mailing:
    """To one reader, of Kayes."""
    return Mailing.objects.get(pk=kept_mailing)


@pytest.fixture
def reader(mailing: Mailing) -> Subscription:
    return mailing.issue.publication.subscriptions.get()


@pytest.fixture
def publication(db: None, kept_mailing: int) -> Publication:
    """Another one. Nothing is being sent but what a test sends."""
    Mailing.objects.update(state=MailingState.PAUSED)
    return make_publication(regions=["ML-1", "ML-4"])


def a_reader_of(issue: Issue) -> Subscription:
    make_subscriber("awa@a.example", name="Awa Traoré")
    return make_subscription(
        publication=issue.publication, regions=["ML-1"], address="awa@a.example"
    )


def read(client: Client, edition: Edition) -> Answer:
    return client.get(web_url(edition.public_id))


def words(response: Answer) -> str:
    return unescape(response.content.decode())


def test_it_shows_what_the_reader_got(client: Client, mailing: Mailing) -> None:
    page = words(read(client, mailing.editions.get()))

    assert "Text of Letter." in page
    assert "Text of On Kayes." in page
    assert "On Segou" not in page


def test_the_mail_leads_to_it(client: Client, mailing: Mailing) -> None:
    transport = FakeTransport()

    drain(transport)

    (outgoing,) = transport.batches
    url = web_url(mailing.editions.get().public_id)
    assert f'href="{url}"' in whole_edition(outgoing).html
    assert f"View in browser: {url}\n" in whole_edition(outgoing).text
    assert client.get(url).status_code == 200


def test_the_address_is_no_value_of_a_reader(mailing: Mailing) -> None:
    transport = FakeTransport()

    drain(transport)

    (outgoing,) = transport.batches
    assert [slot for copy in outgoing.copies for slot in copy.values if "web" in slot] == []


def test_readers_of_one_edition_have_one_address(issue: Issue) -> None:
    for name in ("awa", "bakary", "coumba"):
        make_subscription(
            publication=issue.publication, regions=["ML-1"], address=f"{name}@a.example"
        )
    send(issue)
    transport = FakeTransport()

    drain(transport)

    shown = {whole_edition(outgoing).html for outgoing in transport.batches}
    assert len(shown) == 1
    assert len(transport.addresses) == 3


def test_nothing_of_the_reader_is_on_it(
    client: Client, mailing: Mailing, reader: Subscription
) -> None:
    page = words(read(client, mailing.editions.get()))

    for purpose in Purpose:
        assert sign(purpose, reader.public_id).split(".")[0] not in page
    for own in ("/unsubscribe/", "/preferences/", "Awa", "awa@", "You get this because", "chose"):
        assert own not in page


def test_no_mark_is_left_on_it(client: Client, mailing: Mailing) -> None:
    page = words(read(client, mailing.editions.get()))

    assert not any("\ue000" <= letter <= "\uf8ff" for letter in page)


def test_the_regions_of_a_reader_for_whom_there_is_nothing_are_not_told(
    client: Client, issue: Issue
) -> None:
    make_subscription(publication=issue.publication, regions=["SN-DK"], address="d@a.example")
    edition = send(issue).editions.get()

    page = words(read(client, edition))

    assert "the regions you chose" in assembled(edition).html
    assert "you chose" not in page
    assert "Text of Letter." in page


def test_it_says_that_it_is_a_copy_and_leads_to_the_form(client: Client, mailing: Mailing) -> None:
    page = words(read(client, mailing.editions.get()))

    body = page.partition("<body")[2]
    assert "This is a copy of an email from “Sahel Dispatch”." in body
    assert body.index("This is a copy") < body.index("<h1")
    assert f'href="/p/{mailing.issue.publication.slug}/">Subscribe here' in body


def test_it_speaks_the_language_of_the_edition(client: Client, issue: Issue) -> None:
    make_subscription(publication=issue.publication, language="fr")
    edition = send(issue).editions.get()

    answer = client.get(web_url(edition.public_id), headers={"accept-language": "en"})

    assert "Ceci est la copie d’un e-mail" in words(answer)
    assert answer["Content-Language"] == "fr"


def test_it_can_run_nothing_and_no_site_or_search_engine_learns_of_it(
    client: Client, mailing: Mailing
) -> None:
    answer = read(client, mailing.editions.get())

    assert answer["Content-Security-Policy"] == (
        "sandbox allow-popups allow-popups-to-escape-sandbox; "
        "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert answer["X-Robots-Tag"] == "noindex"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "private, max-age=300"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer.cookies.output() == ""


def test_hostile_text_is_inert_on_it(client: Client, issue: Issue) -> None:
    a_reader_of(issue)
    issue.sections.update(
        title=en("<script>alert(1)</script>"),
        body=en('<img src=x onerror="alert(2)"> {{ settings }}'),
    )

    page = read(client, send(issue).editions.get()).content.decode()

    assert "<script" not in page
    assert "<img" not in page


def test_a_reader_of_plain_text_finds_their_text(client: Client, issue: Issue) -> None:
    make_subscription(publication=issue.publication, regions=["ML-1"], mail_format="text")
    edition = send(issue).editions.get()

    answer = read(client, edition)

    page = words(answer)
    assert "Text of On Kayes." in page
    assert "This is a copy of an email" in page
    assert "Unsubscribe" not in page
    assert "'unsafe-inline'" not in answer["Content-Security-Policy"]
    assert answer["X-Robots-Tag"] == "noindex"


def test_it_stays_as_it_was_sent_when_the_issue_changes(client: Client, mailing: Mailing) -> None:
    mailing.issue.sections.update(body=en("Rewritten."))

    page = words(read(client, mailing.editions.get()))

    assert "Text of On Kayes." in page
    assert "Rewritten." not in page


def test_whoever_has_the_email_keeps_its_web_copy_when_the_rest_is_cancelled(
    client: Client, issue: Issue
) -> None:
    for code in ("ML-1", "ML-4"):
        make_subscription(
            publication=issue.publication, regions=[code], address=f"{code}@a.example"
        )
    mailing = mail(issue, finish=False)

    scheduling.cancel(mailing)
    recover()

    sent = mailing.deliveries.get(state=DeliveryState.ACCEPTED)
    unsent = mailing.deliveries.get(state=DeliveryState.SKIPPED)
    assert sent.edition
    assert unsent.edition
    assert read(client, sent.edition).status_code == 200
    assert read(client, unsent.edition).status_code == 410


def test_what_was_on_the_wire_when_the_rest_was_cancelled_keeps_its_web_copy(
    client: Client, issue: Issue
) -> None:
    a_reader_of(issue)
    batch = cancelled_on_the_wire(issue)

    assert read(client, batch.mailing.editions.get()).status_code == 200


def test_a_cancelled_mailing_is_withdrawn(client: Client, mailing: Mailing) -> None:
    scheduling.cancel(mailing)

    answer = read(client, mailing.editions.get())

    assert answer.status_code == 410
    assert "This email was withdrawn" in words(answer)
    assert "Text of" not in words(answer)
    assert answer["X-Robots-Tag"] == "noindex"


def test_the_address_works_after_the_first_key_changed(
    client: Client, mailing: Mailing, settings: Settings
) -> None:
    settings.LINK_KEYS = ["old"]
    url = web_url(mailing.editions.get().public_id)

    settings.LINK_KEYS = ["new", "old"]

    assert client.get(url).status_code == 200


def test_what_nobody_signed_leads_nowhere(client: Client, mailing: Mailing) -> None:
    edition = mailing.editions.get()
    token = web_url(edition.public_id).split("/")[-2]

    for made_up in (token[:-1], token.partition(".")[0], str(edition.public_id), str(edition.pk)):
        assert client.get(f"/view/{made_up}/").status_code == 404


def test_a_readers_token_is_none_of_it(client: Client, reader: Subscription) -> None:
    for purpose in Purpose:
        assert client.get(f"/view/{sign(purpose, reader.public_id)}/").status_code == 404


def test_an_edition_that_is_stored_no_longer_leads_nowhere(
    client: Client, mailing: Mailing
) -> None:
    edition = mailing.editions.get()
    url = web_url(edition.public_id)
    Delivery.objects.all().delete()
    edition.delete()

    assert client.get(url).status_code == 404


def test_looking_changes_nothing_and_a_post_is_refused(
    client: Client, mailing: Mailing, reader: Subscription
) -> None:
    url = web_url(mailing.editions.get().public_id)

    assert client.post(url).status_code == 405
    assert client.head(url).status_code == 200
    reader.refresh_from_db()
    assert reader.status == "active"
    assert links.unsubscribe_url(reader.public_id) not in words(client.get(url))
