"""A correction on its way: what became of its readers since the freeze, and what it is not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from newsletter.audience.freezing import freeze_due
from newsletter.editorial.correcting import Said, correct, send_correction
from newsletter.editorial.scheduling import schedule
from newsletter.models import DeliveryState, Mailing, Reason
from newsletter.sending.resending import resend_unknown
from newsletter.worker import drain
from subscribers.models import InterestSet, Region, Subscription
from subscribers.models.texts import Texts
from tests.factories import make_publication, make_subscription
from tests.newsletter.factories import make_issue
from tests.newsletter.fakes import FakeTransport, whole_edition
from tests.regions import load_regions

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def kept(kept_for_the_module: Callable[[], AbstractContextManager[None]]) -> int:
    """The key of a correction to one reader, frozen; of another one it is unknown what they got."""
    with kept_for_the_module():
        load_regions()
        publication = make_publication(regions=["ML-1", "ML-4"])
        for name in ("awa", "unknown"):
            make_subscription(
                publication=publication, regions=["ML-1"], address=f"{name}@a.example"
            )
        issue = make_issue(publication, ("Letter", []), ("Kayes", ["ML-1"]))
        first = schedule(issue, at=None, by=None)
        drained()
        unknown = first.deliveries.filter(mailbox="unknown@a.example")
        unknown.update(state=DeliveryState.UNKNOWN, reason=Reason.NO_ANSWER)
        first.refresh_from_db()
        said = Said(
            issue.sections.get(position=1).pk,
            Texts({"en": "Twelve died.", "fr": "Douze morts."}),
            Texts({"en": "Nobody died.", "fr": "Aucun mort."}),
        )
        correction = correct(first.version, [said], by=User.objects.create_user("awa"))
        mailing = send_correction(correction, at=None, by=None)
        assert freeze_due(50)
        return mailing.pk


@pytest.fixture
def mailing(kept: int) -> Mailing:
    return Mailing.objects.get(pk=kept)


@pytest.fixture
def awa(mailing: Mailing) -> Subscription:
    return Subscription.objects.get(subscriber__mailbox="awa@a.example")


def drained() -> FakeTransport:
    """A transport that was given all there is to send."""
    transport = FakeTransport()
    while drain(transport):
        pass
    return transport


def test_who_pauses_meanwhile_gets_it_all_the_same(mailing: Mailing, awa: Subscription) -> None:
    awa.paused_until = awa.publication.today + timedelta(days=1)
    awa.save()

    assert drained().addresses == ["awa@a.example"]


def test_who_unsubscribes_meanwhile_does_not(mailing: Mailing, awa: Subscription) -> None:
    awa.status, awa.ended_reason, awa.ended_at = "ended", "unsubscribed", awa.confirmed_at
    awa.save()

    assert drained().addresses == []
    assert mailing.deliveries.get(mailbox="awa@a.example").reason == Reason.UNSUBSCRIBED


def test_who_chooses_otherwise_meanwhile_gets_what_they_were_sent_corrected_in_their_language(
    mailing: Mailing, awa: Subscription
) -> None:
    awa.interest_set = InterestSet.objects.of([Region.objects.get(code="ML-4")])
    awa.language = "fr"
    awa.save()

    (outgoing,) = drained().batches

    assert "Aucun mort." in whole_edition(outgoing).text
    assert outgoing.copies[0].in_reply_to


def test_who_may_not_have_what_was_wrong_is_told_nothing_and_counted(mailing: Mailing) -> None:
    drained()

    mailing.refresh_from_db()
    assert mailing.deliveries.get(mailbox="unknown@a.example").reason == Reason.UNSURE
    assert (mailing.audience_size, mailing.passed_over) == (2, {})


def test_it_is_no_copy_of_the_issue_for_those_who_are_owed_that(mailing: Mailing) -> None:
    drained()
    first = mailing.issue.mailings.exclude(pk=mailing.pk).get()
    mailing.deliveries.filter(mailbox="unknown@a.example").update(
        state=DeliveryState.ACCEPTED, reason="", edition=mailing.editions.get()
    )

    resend_unknown(first)

    assert drained().addresses == ["unknown@a.example"]
