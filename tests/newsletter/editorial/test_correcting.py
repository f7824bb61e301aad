"""Writing a correction, having it approved, and sending it: what is refused, and how it is said."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import MappingProxyType

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from newsletter.audience.freezing import freeze_due
from newsletter.editions.selection import PartKey
from newsletter.editorial.correcting import (
    Said,
    approve_correction,
    correct,
    may_be_changed,
    rewrite,
    send_correction,
)
from newsletter.editorial.drafts import draft_of, draft_of_correction
from newsletter.editorial.scheduling import cancel, schedule
from newsletter.editorial.versioning import version_of
from newsletter.errors import AskForApproval, LookAgain, MendTheIssue
from newsletter.models import (
    Correction,
    Delivery,
    DeliveryState,
    Mailing,
    MailingKind,
    MailingState,
    Version,
)
from newsletter.sending.deadlines import LIFETIME
from newsletter.sending.delivering import commit_intent
from newsletter.worker import drain
from subscribers.models import ApprovalRule, Publication
from subscribers.models.texts import Texts
from tests.factories import make_publication, make_subscription
from tests.newsletter.factories import make_issue
from tests.newsletter.fakes import FakeTransport, whole_edition
from tests.newsletter.workers import claim
from tests.regions import load_regions

pytestmark = pytest.mark.django_db

WRONG, RIGHT = Texts({"en": "Twelve were killed."}), Texts({"en": "Nobody was killed."})
FRENCH = Texts({"fr": "Douze morts."})


@pytest.fixture(scope="module")
def kept(kept_for_the_module: Callable[[], AbstractContextManager[None]]) -> tuple[int, str]:
    """The key of a mailing that a reader of Kayes has, and the id of their message.

    Of its three sections, one is on Segou.
    """
    with kept_for_the_module():
        load_regions()
        publication = make_publication(regions=["ML-1", "ML-4"])
        make_subscription(publication=publication, regions=["ML-1"], address="one@a.example")
        issue = make_issue(publication, ("Letter", []), ("Kayes", ["ML-1"]), ("Segou", ["ML-4"]))
        mailing = schedule(issue, at=None, by=None)
        (outgoing,) = drained().batches
        return mailing.pk, outgoing.copies[0].message_id


def drained() -> FakeTransport:
    """A transport that was given all there is to send."""
    transport = FakeTransport()
    while drain(transport):
        pass
    return transport


@pytest.fixture
def mailing(kept: tuple[int, str]) -> Mailing:
    return Mailing.objects.select_related("version__issue__publication").get(pk=kept[0])


@pytest.fixture
def awa(db: None) -> User:
    return User.objects.create_user("awa")


def section(mailing: Mailing, title: str) -> int:
    return mailing.issue.sections.get(title__icontains=title).pk


def said_of(part: PartKey, wrong: Texts = WRONG, right: Texts = RIGHT) -> list[Said]:
    return [Said(part, wrong, right)]


def written(mailing: Mailing, by: User) -> Correction:
    return correct(mailing.version, said_of(section(mailing, "Kayes")), by=by)


def seen(correction: Correction) -> str:
    return draft_of_correction(correction).content_hash


class TestWriting:
    @pytest.mark.parametrize(
        ("title", "wrong", "right", "sentence"),
        [
            ("Segou", WRONG, RIGHT, "Nobody was sent “Segou”"),
            (
                "Kayes",
                FRENCH,
                Texts({"fr": "Aucun mort."}),
                "in English, the language of the issue",
            ),
            ("Kayes", FRENCH, RIGHT, "in each language of “Kayes”"),
            ("Kayes", RIGHT, Texts({"en": "Nobody  was killed. "}), "are the same in “Kayes”"),
            ("Kayes", Texts(), RIGHT, "Say what was wrong and what is right in “Kayes”"),
        ],
    )
    def test_what_cannot_be_sent_is_refused_and_not_half_kept(
        self, mailing: Mailing, awa: User, title: str, wrong: Texts, right: Texts, sentence: str
    ) -> None:
        with pytest.raises(MendTheIssue, match=sentence):
            correct(mailing.version, said_of(section(mailing, title), wrong, right), by=awa)

        assert not Correction.objects.exists()

    def test_it_names_a_part_and_one_that_is_there(self, mailing: Mailing, awa: User) -> None:
        with pytest.raises(MendTheIssue, match="Choose at least one"):
            correct(mailing.version, [], by=awa)
        with pytest.raises(MendTheIssue, match="not in what was sent"):
            correct(mailing.version, said_of("ML-1"), by=awa)
        with pytest.raises(MendTheIssue, match="once"):
            correct(mailing.version, said_of(section(mailing, "Kayes")) * 2, by=awa)

    def test_an_issue_that_nobody_was_sent_is_changed_instead(
        self, mailing: Mailing, awa: User
    ) -> None:
        issue = make_issue(mailing.issue.publication, ("Letter", []))
        version = version_of(draft_of(issue), by=None)

        with pytest.raises(LookAgain, match="Nobody was sent this yet"):
            correct(version, said_of(issue.sections.get().pk), by=awa)

    def test_a_correction_is_not_corrected(self, mailing: Mailing, awa: User) -> None:
        version = send_correction(written(mailing, awa), at=None, by=awa).version

        with pytest.raises(LookAgain, match="not corrected"):
            correct(version, said_of(section(mailing, "Kayes")), by=awa)

    def test_once_it_is_not_known_who_got_it_nothing_is_corrected(
        self, mailing: Mailing, awa: User
    ) -> None:
        correction = written(mailing, awa)
        Mailing.objects.update(tallied_at=timezone.now())

        with pytest.raises(LookAgain, match="no longer known"):
            send_correction(correction, at=None, by=awa)

    def test_a_stale_form_overwrites_nothing(self, mailing: Mailing, awa: User) -> None:
        correction = written(mailing, awa)
        kayes, old = section(mailing, "Kayes"), seen(correction)
        rewrite(correction, said_of(kayes, right=Texts({"en": "One was."})), seen=old, by=awa)

        with pytest.raises(LookAgain, match="look again"):
            rewrite(correction, said_of(kayes), seen=old, by=awa)

        assert correction.parts.get().right == Texts({"en": "One was."})

    def test_what_was_sent_is_not_rewritten(self, mailing: Mailing, awa: User) -> None:
        correction = written(mailing, awa)
        send_correction(correction, at=None, by=awa)

        with pytest.raises(LookAgain, match="Write another one"):
            rewrite(correction, said_of(section(mailing, "Letter")), seen=seen(correction), by=awa)

    def test_nor_is_what_is_leaving_though_it_was_cancelled(
        self, mailing: Mailing, awa: User
    ) -> None:
        correction = written(mailing, awa)
        sent = send_correction(correction, at=None, by=awa)
        freeze_due(50)
        batch = claim()
        assert batch
        assert commit_intent(batch)
        cancel(sent)

        assert not may_be_changed(correction)


class TestSending:
    def test_it_waits_until_no_other_mailing_of_the_issue_is_on_its_way(
        self, mailing: Mailing, awa: User
    ) -> None:
        correction = written(mailing, awa)
        Mailing.objects.update(state=MailingState.PAUSED, finished_at=None)

        with pytest.raises(LookAgain, match="on its way already"):
            send_correction(correction, at=None, by=awa)

    def test_it_does_not_go_to_nobody(self, mailing: Mailing, awa: User) -> None:
        correction = written(mailing, awa)
        Delivery.objects.update(state=DeliveryState.UNKNOWN, reason="no_answer")

        with pytest.raises(LookAgain, match="No reader would get this correction"):
            send_correction(correction, at=None, by=awa)

    def test_nobody_approves_what_they_wrote(self, mailing: Mailing, awa: User) -> None:
        Publication.objects.update(approval=ApprovalRule.ANOTHER)
        mailing = Mailing.objects.get(pk=mailing.pk)
        correction, ali = written(mailing, awa), User.objects.create_user("ali")
        letter = said_of(section(mailing, "Letter"))
        rewrite(correction, letter, seen=seen(correction), by=ali)

        for writer in (awa, ali):
            with pytest.raises(AskForApproval, match="someone else"):
                approve_correction(correction, seen=seen(correction), by=writer)
        with pytest.raises(AskForApproval, match="needs approval"):
            send_correction(correction, at=None, by=awa)
        approve_correction(correction, seen=seen(correction), by=User.objects.create_user("eve"))
        assert send_correction(correction, at=None, by=awa).approval

    def test_an_approval_is_of_what_was_seen(self, mailing: Mailing, awa: User) -> None:
        with pytest.raises(LookAgain, match="look again"):
            approve_correction(written(mailing, awa), seen="other", by=awa)

    def test_it_belongs_under_the_email_that_it_corrects(
        self, mailing: Mailing, awa: User, kept: tuple[int, str]
    ) -> None:
        Publication.objects.update(from_address="desk@other.example.org")
        mailing = Mailing.objects.get(pk=mailing.pk)
        send_correction(written(mailing, awa), at=None, by=awa)

        (outgoing,) = drained().batches
        (copy,) = outgoing.copies
        assert whole_edition(outgoing).subject.startswith("Correction: ")
        assert ":correction:" in outgoing.feedback_id
        assert copy.in_reply_to == kept[1]
        assert copy.message_id.endswith("@other.example.org")
        assert "Nobody was killed." in whole_edition(outgoing).text
        assert "Nobody was killed." in whole_edition(outgoing).html

    def test_an_edition_that_says_more_than_its_readers_were_sent_stops_it(
        self, mailing: Mailing, awa: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_subscription(
            publication=mailing.issue.publication, regions=["ML-4"], address="two@a.example"
        )
        schedule(mailing.issue, at=None, by=None)
        drained()
        both = said_of(section(mailing, "Kayes")) + said_of(
            section(mailing, "Segou"), right=Texts({"en": "It was in Segou, not in Kayes."})
        )
        correction = correct(mailing.version, both, by=awa)
        sent = send_correction(correction, at=None, by=awa)
        everything = {one.part for one in draft_of_correction(correction).content.corrections}
        leaky = {str(pk): everything for pk in Delivery.objects.values_list("edition", flat=True)}
        monkeypatch.setattr("newsletter.audience.assigning.parts_sent", lambda *_: leaky)

        drained()

        sent.refresh_from_db()
        assert sent.state == MailingState.CHECK_FAILED

    def test_a_readers_new_language_is_what_they_get_it_in(
        self, mailing: Mailing, awa: User
    ) -> None:
        said = Texts({"en": "Nobody was killed.", "fr": "Il n’y a pas eu de mort."})
        wrong = Texts({"en": "Twelve were killed.", "fr": "Douze morts."})
        correction = correct(
            mailing.version, said_of(section(mailing, "Kayes"), wrong, said), by=awa
        )
        mailing.issue.publication.subscriptions.update(language="fr")
        send_correction(correction, at=None, by=awa)

        (outgoing,) = drained().batches

        assert "Il n’y a pas eu de mort." in whole_edition(outgoing).text
        assert whole_edition(outgoing).subject.startswith("Rectificatif : ")


def test_a_mailing_has_a_correction_if_it_is_of_one_and_only_then(
    mailing: Mailing, awa: User
) -> None:
    correction = written(mailing, awa)
    for fields in (
        {"kind": MailingKind.CORRECTION},
        {"kind": MailingKind.ISSUE, "correction": correction},
    ):
        with pytest.raises(IntegrityError, match="correction"), transaction.atomic():
            a_mailing(mailing.version, MappingProxyType(fields))


def a_mailing(version: Version, fields: MappingProxyType[str, object]) -> Mailing:
    now = timezone.now()
    return Mailing.objects.create(
        issue=version.issue,
        version=version,
        scheduled_at=now,
        not_after=now + LIFETIME,
        **fields,
    )
