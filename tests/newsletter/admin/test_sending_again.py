"""Mails of which it is unknown whether they left: what the desk says, and sending them again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from newsletter.models import Delivery, DeliveryState, Mailing, MailingState, Reason
from newsletter.worker import drain
from subscribers.bell import ring
from subscribers.wordings import told
from tests.newsletter.admin.conftest import Staff
from tests.newsletter.fakes import FakeTransport

pytestmark = pytest.mark.django_db


def address(name: str, mailing: Mailing) -> str:
    return reverse(f"admin:newsletter_mailing_{name}", args=[mailing.pk])


def desk(client: Client, mailing: Mailing) -> str:
    return client.get(address("change", mailing)).content.decode()


@pytest.fixture
def unknown(mailing: Mailing) -> Mailing:
    """Finished; of both emails it is unknown whether they left."""
    mailing.batches.update(state="settled", settled_at=timezone.now())
    Delivery.objects.filter(mailing=mailing, state=DeliveryState.PLANNED).update(
        state=DeliveryState.UNKNOWN, reason=Reason.WORKER_LOST, settled_at=timezone.now()
    )
    Mailing.objects.filter(pk=mailing.pk).update(
        state=MailingState.FINISHED, finished_at=timezone.now()
    )
    mailing.refresh_from_db()
    return mailing


def test_the_desk_tells_how_many_and_what_it_means_and_lists_them(
    admin_client: Client, unknown: Mailing
) -> None:
    text = desk(admin_client, unknown)

    assert "2 emails may or may not have been accepted: no answer came" in text
    assert "They are not resent automatically, so that nobody gets one twice." in text
    assert f"?mailing__id__exact={unknown.pk}&amp;state__exact=unknown" in text
    assert "Resend these 2 …" in text


def test_sending_again_asks_first_and_says_who_gets_a_second_one(
    admin_client: Client, unknown: Mailing
) -> None:
    text = admin_client.get(address("send_again", unknown)).content.decode()

    assert "Readers who did get the first one get a second one." in text
    assert "Resend these 2" in text
    assert Delivery.objects.filter(mailing=unknown, state=DeliveryState.UNKNOWN).count() == 2


def test_once_told_so_each_is_sent_again(
    admin_client: Client,
    unknown: Mailing,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        answer = admin_client.post(address("send_again", unknown), follow=True)
    transport = FakeTransport()
    while drain(transport):
        pass

    assert "2 emails are being resent." in answer.content.decode()
    assert told(LogEntry.objects.get().change_message) == "2 emails are being resent."
    assert [getattr(callback, "func", None) for callback in callbacks].count(ring) == 1
    assert transport.addresses == ["one@a.example", "two@a.example"]


def test_what_was_sent_again_is_counted(admin_client: Client, unknown: Mailing) -> None:
    admin_client.post(address("send_again", unknown))
    while drain(FakeTransport()):
        pass

    text = " ".join(desk(admin_client, unknown).split())

    assert "Resent: 2 (accepted by the mail service: 2)" in text


def test_what_is_unknown_again_is_not_sent_a_third_time(
    admin_client: Client, unknown: Mailing
) -> None:
    unknown.deliveries.filter(state=DeliveryState.UNKNOWN).update(resends=1)

    text = desk(admin_client, unknown)
    asked = admin_client.get(address("send_again", unknown)).content.decode()
    told = admin_client.post(address("send_again", unknown), follow=True).content.decode()

    assert "They are not sent a third time." in text
    assert "Send these" not in text + asked
    assert "Nothing in this mailing can be resent." in asked
    assert "Nothing in this mailing can be resent." in told


def test_what_is_too_late_is_not_sent_again(admin_client: Client, unknown: Mailing) -> None:
    an_hour = timedelta(hours=1)
    Mailing.objects.filter(pk=unknown.pk).update(
        scheduled_at=timezone.now() - 2 * an_hour, not_after=timezone.now() - an_hour
    )

    text = desk(admin_client, unknown)

    assert "It is too late to resend them." in text
    assert "Send these" not in text


def test_the_policy_to_send_again_is_told(admin_client: Client, unknown: Mailing) -> None:
    Mailing.objects.filter(pk=unknown.pk).update(
        state=MailingState.SENDING, finished_at=None, unknown_policy="resend_once"
    )

    assert "If nothing is heard for half an hour, they are resent once." in desk(
        admin_client, unknown
    )


def test_who_may_only_look_is_offered_nothing(staff: Staff, unknown: Mailing) -> None:
    client = staff.may("view_mailing")

    text = desk(client, unknown)
    progress = client.get(address("progress", unknown)).json()

    assert "2 emails may or may not have been accepted" in text
    assert "Send these" not in text + progress["html"]


def test_the_numbers_that_move_keep_the_button(admin_client: Client, unknown: Mailing) -> None:
    progress = admin_client.get(address("progress", unknown)).json()

    assert address("send_again", unknown) in progress["html"]
