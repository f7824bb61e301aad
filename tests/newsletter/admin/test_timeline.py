"""The history of a mailing on its page: codes in the words of who reads it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from newsletter.admin.timeline import timeline_of
from newsletter.audience.freezing import freeze_due
from newsletter.editorial import scheduling
from newsletter.ledger import mailings
from newsletter.ledger.history import mail_service
from newsletter.models import HistoryEntry, Mailing, MailingTransition, Trouble
from subscribers.models import Publication
from tests.factories import make_subscription
from tests.newsletter.admin.conftest import Keep, Login
from tests.newsletter.factories import make_issue

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def kept_mailing(kept_for_the_module: Keep, kept_publication: int, kept_login: Login) -> int:
    with kept_for_the_module():
        publication = Publication.objects.get(pk=kept_publication)
        return a_stopped_mailing(publication, User.objects.get(pk=kept_login.user)).pk


@pytest.fixture
def mailing(db: None, kept_mailing: int) -> Mailing:
    return Mailing.objects.get(pk=kept_mailing)


def a_stopped_mailing(publication: Publication, admin_user: User) -> Mailing:
    """Paused by a person, resumed, and stopped by the mail service."""
    make_subscription(publication=publication, regions=["ML-1"])
    issue = make_issue(publication, ("Letter", []))
    mailing = scheduling.schedule(issue, at=None, by=admin_user)
    freeze_due(10)
    mailing.refresh_from_db()
    scheduling.pause(mailing, by=admin_user)
    scheduling.resume(mailing, by=admin_user)
    mailings.transition(
        Mailing.objects.filter(pk=mailing.pk),
        MailingTransition.STOP,
        by=mail_service("postmark"),
        why=Trouble.REFUSED,
        about={"words": "no credit"},
    )
    return mailing


def test_the_newest_stands_last_with_who_and_why(mailing: Mailing, admin_user: User) -> None:
    first, *_between, last = timeline_of(mailing)

    assert (first.what, first.who) == ("Scheduled", admin_user.username)
    assert last.what == "Paused by the service"
    assert last.details == "Everyone in a batch was refused: no credit"
    assert last.who == "mail service (postmark)"


def test_it_is_in_the_language_of_who_reads_it(mailing: Mailing) -> None:
    with override("fr"):
        last = timeline_of(mailing)[-1]

    assert last.what == "Mis en pause par le service"
    assert last.details.startswith("Tous les destinataires d’un lot ont été refusés")


def test_the_page_of_the_mailing_shows_it(admin_client: Client, mailing: Mailing) -> None:
    url = reverse("admin:newsletter_mailing_change", args=[mailing.pk])

    text = admin_client.get(url).content.decode()

    assert text.index("Scheduled</td>") < text.index("Paused by the service</td>")


def test_who_is_no_longer_a_user_is_named_by_number(mailing: Mailing) -> None:
    QuerySet(HistoryEntry).filter(mailing=mailing).exclude(user=None).update(user=4711)

    assert timeline_of(mailing)[0].who == "former user 4711"
