"""What was corrected is marked where it is read again, with its day and both texts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client

from newsletter.editorial.correcting import Said, correct, send_correction
from newsletter.links import issue_url, web_url
from newsletter.models import Edition, Mailing, MailingKind
from newsletter.worker import drain
from subscribers.days import day
from subscribers.models.texts import Texts
from tests.factories import make_publication, make_subscription
from tests.newsletter.factories import assess, make_issue
from tests.newsletter.fakes import FakeTransport
from tests.newsletter.views.conftest import mail
from tests.regions import load_regions

pytestmark = pytest.mark.django_db

READERS = (("kayes", "ML-1", "html"), ("segou", "ML-4", "html"), ("plain", "ML-1", "text"))


@pytest.fixture(scope="module")
def kept(kept_for_the_module: Callable[[], AbstractContextManager[None]]) -> int:
    """The key of a mailing of which the part on Kayes and the trend there were corrected."""
    with kept_for_the_module():
        load_regions()
        publication = make_publication(regions=["ML-1", "ML-4"], archive_open=True)
        for name, region, mail_format in READERS:
            make_subscription(
                publication=publication,
                regions=[region],
                address=f"{name}@a.example",
                mail_format=mail_format,
            )
        parts = (("Letter", ()), ("On Kayes", ("ML-1",)), ("On Segou", ("ML-4",)))
        issue = make_issue(publication, *parts)
        assess(issue, "ML-1")
        mailing = mail(issue)
        kayes = issue.sections.get(title__icontains="Kayes").pk
        said = [said_of(kayes, "Twelve died.", "Nobody died."), said_of("ML-1", "Up.", "Down.")]
        by = User.objects.create_user("awa")
        send_correction(correct(mailing.version, said, by=by), at=None, by=by)
        while drain(FakeTransport()):
            pass
        return mailing.pk


def said_of(part: int | str, wrong: str, right: str) -> Said:
    return Said(part, Texts({"en": wrong}), Texts({"en": right}))


@pytest.fixture
def mailing(kept: int) -> Mailing:
    return Mailing.objects.select_related("issue__publication").get(pk=kept)


def edition_of(mailing: Mailing, name: str) -> Edition:
    delivery = mailing.deliveries.select_related("edition").get(mailbox=f"{name}@a.example")
    assert delivery.edition
    return delivery.edition


def page(client: Client, address: str) -> str:
    return unescape(client.get(address).content.decode())


def corrected_today(mailing: Mailing) -> str:
    return f"Corrected on {day(mailing.issue.publication.today)}"


def test_a_web_view_has_the_mark_under_the_heading_of_its_section(
    client: Client, mailing: Mailing
) -> None:
    shown = page(client, web_url(edition_of(mailing, "kayes").public_id))

    assert shown.count(corrected_today(mailing)) == 2
    heading, mark = shown.index('id="part-'), shown.index("Twelve died.")
    assert shown.index(">On Kayes</h2>") < mark < shown.index("Text of On Kayes.")
    assert "Nobody died." in shown
    assert shown.index("Down.") < heading, "that on a trend stands at the top"


def test_one_in_plain_text_has_it_above_the_text(client: Client, mailing: Mailing) -> None:
    shown = page(client, web_url(edition_of(mailing, "plain").public_id))

    assert shown.index("Nobody died.") < shown.index("Text of On Kayes.")


def test_nobody_reads_of_a_correction_of_what_their_email_did_not_hold(
    client: Client, mailing: Mailing
) -> None:
    shown = page(client, web_url(edition_of(mailing, "segou").public_id))

    assert "Corrected on" not in shown
    assert "Nobody died." not in shown


def test_the_archive_has_it_at_the_section_and_over_the_sections_for_a_trend(
    client: Client, mailing: Mailing
) -> None:
    shown = page(client, issue_url(mailing.issue.publication, mailing.issue))

    assert shown.count(corrected_today(mailing)) == 2
    assert shown.index(">On Kayes</h2>") < shown.index("Twelve died.") < shown.index("Text of On K")
    assert shown.index("Down.") < shown.index("Text of Letter.")


def test_the_archive_shows_what_was_sent_and_not_its_correction_as_an_issue(
    client: Client, mailing: Mailing
) -> None:
    assert Mailing.objects.filter(kind=MailingKind.CORRECTION, reached_at__isnull=False).exists()

    assert "Text of On Segou." in page(client, issue_url(mailing.issue.publication, mailing.issue))


def test_what_nobody_got_yet_is_no_mark(client: Client, mailing: Mailing) -> None:
    Mailing.objects.filter(kind=MailingKind.CORRECTION).update(reached_at=None)

    assert "Corrected on" not in page(client, issue_url(mailing.issue.publication, mailing.issue))
