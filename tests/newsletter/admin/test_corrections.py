"""Correcting at the desk: choosing what was wrong, writing what is right, looking, sending."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.urls import reverse

from newsletter.editorial.correcting import Said, correct, send_correction
from newsletter.editorial.drafts import draft_of_correction
from newsletter.editorial.scheduling import schedule
from newsletter.models import Correction, Delivery, Mailing, MailingKind
from newsletter.worker import drain
from subscribers.models import Publication
from subscribers.models.texts import Texts
from tests.factories import make_publication, make_subscription
from tests.newsletter.admin.conftest import Staff
from tests.newsletter.factories import make_issue
from tests.newsletter.fakes import FakeTransport
from tests.regions import load_regions

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def kept(kept_for_the_module: Callable[[], AbstractContextManager[None]]) -> int:
    """The key of a mailing that two readers have; a section on Kayes is for one of them."""
    with kept_for_the_module():
        load_regions()
        publication = make_publication(regions=["ML-1", "ML-4"], languages=["en", "fr"])
        for number, region in enumerate(("ML-1", "ML-4")):
            make_subscription(
                publication=publication, regions=[region], address=f"r{number}@a.example"
            )
        issue = make_issue(publication, ("Letter", []), ("On Kayes", ["ML-1"]), ("Gao", ["ML-7"]))
        mailing = schedule(issue, at=None, by=None)
        while drain(FakeTransport()):
            pass
        return mailing.pk


@pytest.fixture
def mailing(kept: int) -> Mailing:
    return Mailing.objects.select_related("version__issue__publication").get(pk=kept)


@pytest.fixture
def correction(mailing: Mailing) -> Correction:
    section = mailing.issue.sections.get(title__icontains="Kayes").pk
    said = Said(section, Texts({"en": "Twelve died."}), Texts({"en": "Nobody died."}))
    return correct(mailing.version, [said], by=User.objects.create_user("awa"))


def write_page(mailing: Mailing) -> str:
    return reverse("admin:newsletter_correction_write", args=[mailing.version_id])


def page_of(correction: Correction, name: str = "change", *more: object) -> str:
    return reverse(f"admin:newsletter_correction_{name}", args=[correction.pk, *more])


TYPED = {"part1": "on", "part1_wrong_en": "Twelve died.", "part1_right_en": "Nobody died."}


def test_it_is_begun_at_the_issue_and_at_its_mailing(
    admin_client: Client, mailing: Mailing
) -> None:
    for name, key in (("issue", mailing.issue_id), ("mailing", mailing.pk)):
        answer = admin_client.get(reverse(f"admin:newsletter_{name}_change", args=[key]))

        assert f'href="{write_page(mailing)}"' in answer.content.decode()


def test_each_part_that_somebody_has_is_offered_with_its_readers(
    admin_client: Client, mailing: Mailing
) -> None:
    answer = admin_client.get(write_page(mailing))

    offered = [(part.name, part.readers) for part, *_fields in answer.context["form"].parts()]
    assert offered == [("“Letter”", 2), ("“On Kayes”", 1)]


def test_what_is_typed_is_kept_and_shown_with_who_gets_it(
    admin_client: Client, mailing: Mailing
) -> None:
    answer = admin_client.post(write_page(mailing), TYPED, follow=True)

    report = answer.context["report"]
    assert (report.readers, report.audience) == (1, 2)
    assert "Was not sent what was wrong" in answer.content.decode()
    assert Correction.objects.get().parts.get().right == Texts({"en": "Nobody died."})


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({**TYPED, "part1": ""}, "Tick this part, or empty its texts."),
        ({**TYPED, "part1_right_fr": "Personne."}, "in each language of “On Kayes”"),
        ({**TYPED, "part1_right_en": "\u200b"}, "Nothing of this can be seen."),
        ({"part1": "on"}, "Say what was wrong and what is right in “On Kayes”."),
        ({"csrf": "x"}, "Choose at least one part that was wrong."),
    ],
)
def test_what_cannot_be_sent_is_said_beside_what_was_typed(
    admin_client: Client, mailing: Mailing, typed: dict[str, str], sentence: str
) -> None:
    answer = admin_client.post(write_page(mailing), typed)

    assert sentence in answer.content.decode()
    assert not Correction.objects.exists()


def test_it_is_written_again_on_a_form_that_holds_what_it_says(
    admin_client: Client, correction: Correction
) -> None:
    form = admin_client.get(page_of(correction, "rewrite"))
    assert form.context["form"].initial["part1_right_en"] == "Nobody died."
    typed = {**TYPED, "part1_right_en": "One died.", "seen": form.context["seen"]}

    admin_client.post(page_of(correction, "rewrite"), typed)
    stale = admin_client.post(page_of(correction, "rewrite"), typed)

    assert correction.parts.get().right == Texts({"en": "One died."})
    assert "was changed while you were looking at it" in stale.content.decode()


def test_its_editions_are_shown_as_readers_get_them(
    admin_client: Client, correction: Correction
) -> None:
    (edition,) = admin_client.get(page_of(correction)).context["report"].editions

    page = admin_client.get(page_of(correction, "edition", edition.key))
    mail = admin_client.get(page_of(correction, "mail", edition.key))

    assert "Correction: " in page.context["shown"].subject
    assert "Nobody died." in mail.content.decode()
    assert admin_client.get(page_of(correction, "mail", "other")).status_code == 404


def test_a_test_email_of_an_edition_goes_to_the_person_who_asks(
    admin_client: Client, correction: Correction
) -> None:
    (edition,) = admin_client.get(page_of(correction)).context["report"].editions
    page = admin_client.get(page_of(correction, "edition", edition.key)).content.decode()
    send = page_of(correction, "send_test_email", edition.key)

    answer = admin_client.post(send, follow=True).content.decode()

    assert f'action="{send}"' in page
    assert "A test email is on its way to admin@example.com." in answer
    (message,) = mail.outbox
    assert message.recipients() == ["admin@example.com"]
    assert message.subject.startswith("[Test] Correction: ")
    assert "Nobody died." in message.body


def test_a_test_email_of_an_edition_that_nobody_gets_is_not_sent(
    admin_client: Client, correction: Correction
) -> None:
    assert admin_client.post(page_of(correction, "send_test_email", "other")).status_code == 404
    assert mail.outbox == []


def test_it_is_sent_from_its_page_and_the_mailing_leads_back_to_it(
    admin_client: Client, correction: Correction
) -> None:
    answer = admin_client.post(page_of(correction, "schedule"), {"at_once": "on"}, follow=True)

    sent = Mailing.objects.get(kind=MailingKind.CORRECTION)
    assert sent.correction == correction
    content = answer.content.decode()
    assert f'href="{page_of(correction)}"' in content
    assert "Correct something" not in content
    assert (
        "A mailing of this correction is" in admin_client.get(page_of(correction)).content.decode()
    )
    while drain(FakeTransport()):
        pass
    desk = admin_client.get(reverse("admin:newsletter_mailing_change", args=[sent.pk]))
    assert "1 edition corrects exactly what its readers were sent." in desk.content.decode()
    assert "was not sent what was wrong" in desk.content.decode()
    assert desk.context["progress"].subscribed == 2
    edition = sent.editions.get()
    mail = reverse("admin:newsletter_mailing_edition_mail", args=[sent.pk, edition.pk])
    assert "Nobody died." in admin_client.get(mail).content.decode()
    delivery = reverse("admin:newsletter_delivery_change", args=[edition.deliveries.get().pk])
    assert "It corrects: “On Kayes”." in admin_client.get(delivery).content.decode()


def test_readers_of_whom_it_is_learned_later_that_they_have_it_can_get_it_by_another_mailing(
    admin_client: Client, mailing: Mailing, correction: Correction
) -> None:
    make_subscription(
        publication=mailing.issue.publication, regions=["ML-1"], address="late@a.example"
    )
    schedule(mailing.issue, at=None, by=None)
    while drain(FakeTransport()):
        pass
    late = Delivery.objects.filter(mailbox="late@a.example")
    late.update(state="unknown", reason="no_answer")
    send_correction(correction, at=None, by=None)
    while drain(FakeTransport()):
        pass
    assert admin_client.get(page_of(correction)).context["report"].readers == 0

    late.exclude(edition=None).filter(mailing__kind=MailingKind.ISSUE).update(
        state="accepted", reason=""
    )

    page = admin_client.get(page_of(correction))
    assert page.context["report"].readers == 1
    assert page_of(correction, "schedule") in page.content.decode()
    assert page_of(correction, "rewrite") not in page.content.decode()


def test_what_stands_against_sending_it_is_said_on_its_page(
    admin_client: Client, correction: Correction
) -> None:
    answer = admin_client.post(page_of(correction, "schedule"), {"day": "", "clock": ""})

    assert "tick “Send at once”" in answer.content.decode()


def test_it_needs_the_approval_that_an_issue_needs(
    staff: Staff, admin_client: Client, correction: Correction
) -> None:
    Publication.objects.update(approval="another")
    seen = draft_of_correction(Correction.objects.get()).content_hash
    shown = admin_client.get(page_of(correction)).content.decode()
    assert "Needs approval" in shown
    assert "at_once" not in shown

    approver = staff.may("approve_issue", "view_correction", name="eve")
    approver.post(page_of(correction, "approve"), {"seen": seen})

    assert "at_once" in admin_client.get(page_of(correction)).content.decode()


def test_what_was_changed_since_its_page_was_shown_is_not_sent(
    admin_client: Client, correction: Correction
) -> None:
    seen = admin_client.get(page_of(correction)).context["form"].shown
    correction.parts.update(right={"en": "One died."})

    answer = admin_client.post(page_of(correction, "schedule"), {"at_once": "on", "seen": seen})

    assert "Look again before you send it." in answer.content.decode()
    assert not correction.mailings.exists()


def test_what_is_written_in_a_language_that_its_publication_gave_up_stays(
    admin_client: Client, correction: Correction
) -> None:
    said = {"en": "Nobody died.", "fr": "Personne n’est mort."}
    correction.parts.update(wrong=said, right=said)
    Publication.objects.update(languages=["en"])

    form = admin_client.get(page_of(correction, "rewrite")).context["form"]

    assert form["part1_right_fr"].value() == said["fr"]


def test_who_may_not_look_at_what_they_made_is_told_ahead_of_it_or_led_elsewhere(
    staff: Staff, mailing: Mailing, correction: Correction
) -> None:
    writer = staff.may("add_correction", name="writer")
    sender = staff.may("add_mailing", "view_correction", name="sender")

    sent = sender.post(page_of(correction, "schedule"), {"at_once": "on"}, follow=True)

    assert writer.get(write_page(mailing)).status_code == 403
    assert "goes out on" in sent.content.decode()


def test_who_may_look_at_it_may_not_write_approve_or_send_it(
    staff: Staff, mailing: Mailing, correction: Correction
) -> None:
    client = staff.may("view_correction")

    refused = [
        client.get(write_page(mailing)),
        client.get(page_of(correction, "rewrite")),
        client.post(page_of(correction, "approve")),
        client.post(page_of(correction, "schedule")),
    ]

    assert client.get(page_of(correction)).status_code == 200
    assert {answer.status_code for answer in refused} == {403}


def test_one_that_was_never_on_its_way_may_be_deleted_and_no_other(
    admin_client: Client, correction: Correction
) -> None:
    delete = page_of(correction, "delete")
    assert f'href="{delete}"' in admin_client.get(page_of(correction)).content.decode()
    mailing = send_correction(correction, at=None, by=None)
    assert admin_client.post(delete, {"post": "yes"}).status_code == 403
    mailing.delete()

    admin_client.post(delete, {"post": "yes"})

    assert not Correction.objects.exists()


def test_an_issue_that_nobody_was_sent_is_changed_instead(
    admin_client: Client, mailing: Mailing
) -> None:
    Mailing.objects.update(reached_at=None)

    answer = admin_client.get(write_page(mailing), follow=True)

    assert "Nobody was sent this yet. Change the issue instead." in answer.content.decode()
