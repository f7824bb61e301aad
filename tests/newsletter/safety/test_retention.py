"""What is old goes, what is younger stays, and what is on its way is not touched."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from newsletter.admin.desk import editions_of, progress_of
from newsletter.editorial.scheduling import schedule
from newsletter.errors import LookAgain
from newsletter.links import web_url
from newsletter.models import (
    Batch,
    Delivery,
    DeliveryEvent,
    Edition,
    Mailing,
    MailingState,
    Part,
    RetentionRun,
)
from newsletter.queries import counts_of
from newsletter.safety import retention
from newsletter.transports.base import Outcome, OutgoingMessage
from newsletter.transports.outbox import configured_outbox
from newsletter.worker import drain
from subscribers.models import (
    AuditEntry,
    ConsentEvent,
    Notice,
    Publication,
    Subscriber,
    Subscription,
    Suppression,
    SuppressionReason,
)
from subscribers.services.suppressing import is_suppressed, suppress
from subscribers.wordings import told
from tests.factories import make_publication, make_subscription
from tests.newsletter.factories import assess, make_issue
from tests.newsletter.fakes import FakeTransport
from tests.regions import load_regions

pytestmark = pytest.mark.django_db

#: A day more or less than something is kept.
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def kept_mailing(
    kept_for_the_module: Callable[[], AbstractContextManager[None]],
) -> int:
    """Sent to two, refused for one, unknown for one, left out for a fourth who has left."""
    with kept_for_the_module():
        load_regions()
        publication = make_publication()
        for address, regions in (("one", ["ML-1"]), ("two", ["ML-1", "ML-4"]), ("lost", ["ML-4"])):
            make_subscription(
                publication=publication, regions=regions, address=f"{address}@a.example"
            )
        make_subscription(publication=publication, address="left@a.example", status="ended")
        issue = make_issue(publication, ("Letter", []), ("On Kayes", ["ML-1"]))
        assess(issue, "ML-1")
        mailing = schedule(issue, at=None, by=None)
        answers = {"lost@a.example": Outcome.UNKNOWN, "two@a.example": Outcome.REJECTED}

        def answer(copy: OutgoingMessage) -> Outcome:
            return answers.get(copy.address, Outcome.ACCEPTED)

        while drain(FakeTransport(answer)):
            pass
        delivery = Delivery.objects.get(mailbox="one@a.example")
        report(delivery)
        Delivery.objects.filter(pk=delivery.pk).update(
            outcome=3, outcome_at=timezone.now(), resends=1
        )
        mailing.refresh_from_db()
        assert mailing.state == MailingState.FINISHED
        return mailing.pk


@pytest.fixture
def mailing(db: None, kept_mailing: int) -> Mailing:
    return Mailing.objects.get(pk=kept_mailing)


@pytest.fixture
def publication(mailing: Mailing) -> Publication:
    return mailing.issue.publication


def report(delivery: Delivery | None, **fields: object) -> DeliveryEvent:
    now = timezone.now()
    return DeliveryEvent.objects.create(
        **{
            "esp": "mailgun",
            "event_id": str(DeliveryEvent.objects.count()),
            "kind": "delivered",
            "outcome": 3,
            "mailbox": "one@a.example",
            "delivery": delivery,
            "happened_at": now,
            "received_at": now,
            **fields,
        }
    )


def grow_old(mailing: Mailing, age: timedelta) -> None:
    Mailing.objects.filter(pk=mailing.pk).update(
        scheduled_at=F("scheduled_at") - age,
        not_after=F("not_after") - age,
        frozen_at=F("frozen_at") - age,
        finished_at=F("finished_at") - age,
    )
    mailing.refresh_from_db()


def tidy() -> None:
    RetentionRun.objects.all().delete()
    retention.run(seconds=60)
    assert not retention.is_due()


def numbers(mailing: Mailing) -> dict[str, object]:
    """All that the pages of a mailing count."""
    mailing.refresh_from_db()
    progress = progress_of(mailing)
    return {
        "counts": counts_of(mailing),
        "regions": [(one.region, one.planned, one.accepted) for one in progress.regions],
        "editions": [(line.edition.pk, line.readers) for line in editions_of(mailing)],
    }


def in_the_list(client: Client) -> str:
    return client.get(reverse("admin:newsletter_mailing_changelist")).content.decode()


def test_deliveries_go_when_they_were_kept_and_every_number_stays(
    mailing: Mailing, admin_client: Client
) -> None:
    before, page = (
        numbers(mailing),
        admin_client.get(reverse("admin:newsletter_mailing_change", args=[mailing.pk])),
    )
    row = in_the_list(admin_client).count('<td class="field-planned">3</td>')
    grow_old(mailing, settings.RETAIN_DELIVERIES + DAY)

    tidy()

    assert not Delivery.objects.exists()
    assert not Batch.objects.exists()
    assert not DeliveryEvent.objects.exists()
    assert numbers(mailing) == before
    assert counts_of(mailing).balanced
    assert page.status_code == 200
    assert in_the_list(admin_client).count('<td class="field-planned">3</td>') == row == 1


def test_deliveries_stay_until_they_were_kept_for_long_enough(mailing: Mailing) -> None:
    grow_old(mailing, settings.RETAIN_DELIVERIES - DAY)

    tidy()

    assert Delivery.objects.count() == 4


@pytest.mark.parametrize("state", ["sending", "paused", "freezing", "check_failed", "held"])
def test_nothing_of_a_mailing_on_its_way_is_touched(mailing: Mailing, state: str) -> None:
    Mailing.objects.update(state=state, finished_at=None)
    grow_old(mailing, timedelta(days=4000))
    DeliveryEvent.objects.update(received_at=timezone.now() - timedelta(days=4000))
    before = rows_of(Delivery, Batch, DeliveryEvent, Edition)

    tidy()

    assert rows_of(Delivery, Batch, DeliveryEvent, Edition) == before


def test_deliveries_stay_while_another_mailing_of_their_issue_is_on_its_way(
    mailing: Mailing,
) -> None:
    schedule(mailing.issue, at=timezone.now() + DAY, by=None)
    grow_old(mailing, settings.RETAIN_DELIVERIES + DAY)

    tidy()

    assert mailing.deliveries.count() == 4


def test_deliveries_stay_while_a_batch_is_not_settled(mailing: Mailing) -> None:
    Batch.objects.update(state="pending", settled_at=None)
    grow_old(mailing, settings.RETAIN_DELIVERIES + DAY)

    tidy()

    assert mailing.deliveries.count() == 4


def test_an_issue_whose_deliveries_are_gone_is_not_sent_again(mailing: Mailing) -> None:
    grow_old(mailing, settings.RETAIN_DELIVERIES + DAY)
    tidy()

    with pytest.raises(LookAgain, match="no longer known"):
        schedule(mailing.issue, at=None, by=None)


def test_deliveries_are_kept_for_as_long_as_mail_looks_back() -> None:
    assert timedelta(days=13 * 31 - 6) <= settings.RETAIN_DELIVERIES


def test_the_tally_of_a_large_mailing_goes_in_pieces(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow_old(mailing, settings.RETAIN_DELIVERIES + DAY)
    before = numbers(mailing)
    monkeypatch.setattr(
        retention, "RULES", ((retention.tally_mailings, 1), (retention.forget_deliveries, 3))
    )
    RetentionRun.objects.all().delete()

    retention.run(seconds=0)

    assert Delivery.objects.count() == 4
    assert retention.is_due()
    assert numbers(mailing) == before
    retention.run(seconds=0)
    assert Delivery.objects.count() == 1
    assert numbers(mailing) == before
    retention.run(seconds=0)
    assert numbers(mailing) == before
    assert not retention.is_due()


def test_a_piece_takes_as_many_statements_whatever_goes(mailing: Mailing) -> None:
    def statements(events: int) -> int:
        for _number in range(events):
            report(None, received_at=timezone.now() - timedelta(days=400))
        with CaptureQueriesContext(connection) as counted:
            assert retention.forget_events(1000) == events
        return len(counted)

    assert statements(1) == statements(20)


@pytest.mark.parametrize(("older", "left"), [(DAY, 0), (-DAY, 1)])
def test_reports_go_when_they_were_kept_and_the_outcome_stays(
    mailing: Mailing, older: timedelta, left: int
) -> None:
    DeliveryEvent.objects.update(received_at=timezone.now() - settings.RETAIN_EVENTS - older)

    tidy()

    assert DeliveryEvent.objects.count() == left
    assert Delivery.objects.get(mailbox="one@a.example").outcome == 3


def test_what_nothing_of_ours_was_found_for_goes_at_once_and_what_waits_stays(
    mailing: Mailing,
) -> None:
    DeliveryEvent.objects.all().delete()
    report(None, due_at=None)
    waits = report(None, due_at=timezone.now() + DAY)

    tidy()

    assert list(DeliveryEvent.objects.all()) == [waits]


def test_web_copies_work_for_as_long_as_is_promised_and_then_say_so(
    mailing: Mailing, client: Client
) -> None:
    edition = Edition.objects.exclude(recipe=b"").earliest("pk")
    link = web_url(edition.public_id)
    grow_old(mailing, settings.RETAIN_EDITIONS - DAY)
    tidy()
    assert client.get(link).status_code == 200

    grow_old(mailing, 2 * DAY)
    tidy()

    answer = client.get(link)
    assert answer.status_code == 410
    assert "no longer kept" in answer.content.decode()
    edition.refresh_from_db()
    assert not edition.recipe
    assert not Part.objects.exists()


def test_the_desk_says_that_an_edition_is_no_longer_kept(
    mailing: Mailing, admin_client: Client
) -> None:
    grow_old(mailing, settings.RETAIN_EDITIONS + DAY)
    tidy()
    edition = Edition.objects.earliest("pk")

    page = reverse("admin:newsletter_mailing_edition", args=[mailing.pk, edition.pk])

    assert "no longer kept" in admin_client.get(page).content.decode()


@pytest.mark.parametrize("state", ["sent", "failed"])
def test_notices_that_are_done_go_and_owed_ones_stay(publication: Publication, state: str) -> None:
    subscription = make_subscription(publication=publication)
    old = timezone.now() - settings.RETAIN_NOTICES - DAY
    done = {"state": state, "sent_at": old if state == "sent" else None}
    done["reason"] = "" if state == "sent" else "not_taken"
    for fields in ({}, done, {**done, "created_at": timezone.now()}):
        Notice.objects.create(
            subscription=subscription, kind="new_link", **{"created_at": old, **fields}
        )

    tidy()

    assert sorted(Notice.objects.values_list("state", flat=True)) == sorted(["owed", state])


def leave(address: str, publication: Publication, at: datetime) -> Subscription:
    subscription = make_subscription(
        publication=publication, address=address, status="ended", ended_at=at
    )
    ConsentEvent.objects.create(subscription=subscription, kind="ended", reason="unsubscribed")
    Subscriber.objects.filter(pk=subscription.subscriber_id).update(created_at=at)
    return subscription


def test_readers_who_left_long_ago_go_with_the_proof_of_their_consent(
    publication: Publication,
) -> None:
    leave("long@a.example", publication, timezone.now() - settings.RETAIN_ENDED - DAY)
    leave("lately@a.example", publication, timezone.now() - settings.RETAIN_ENDED + DAY)

    tidy()

    left = Subscriber.objects.filter(address__in=("long@a.example", "lately@a.example"))
    assert [one.address for one in left] == ["lately@a.example"]
    assert ConsentEvent.objects.count() == 1
    entry = AuditEntry.objects.get()
    assert (entry.actor_name, entry.action, told(entry.note)) == ("retention", "erased", "1 reader")


def test_readers_who_left_one_publication_and_read_another_stay(
    publication: Publication,
) -> None:
    left = leave("long@a.example", publication, timezone.now() - settings.RETAIN_ENDED - DAY)
    make_subscription(address="long@a.example")

    tidy()

    assert Subscription.objects.filter(pk=left.pk).exists()


def test_what_readers_asked_for_when_they_left_outlives_them(publication: Publication) -> None:
    leave("long@a.example", publication, timezone.now() - settings.RETAIN_ENDED - DAY)
    suppress("long@a.example", reason=SuppressionReason.ASKED)

    tidy()

    assert is_suppressed("long@a.example")
    assert Suppression.objects.get().mailbox is None


def test_readers_who_left_are_a_number_until_their_deliveries_go(mailing: Mailing) -> None:
    left = Subscription.objects.get(status="ended")
    old = timezone.now() - settings.RETAIN_ENDED - DAY
    Subscription.objects.filter(pk=left.pk).update(ended_at=old)
    Subscriber.objects.filter(pk=left.subscriber_id).update(created_at=old)
    before = numbers(mailing)

    tidy()

    assert Subscriber.objects.get(pk=left.subscriber_id).address.endswith("@erased.invalid")
    assert numbers(mailing) == before
    grow_old(mailing, settings.RETAIN_DELIVERIES + DAY)
    tidy()
    assert not Subscriber.objects.filter(pk=left.subscriber_id).exists()
    assert numbers(mailing) == before


def test_sessions_that_are_over_go(db: None) -> None:
    now = timezone.now()
    for key, ends in (("old", now - DAY), ("new", now + DAY)):
        Session.objects.create(session_key=key, session_data="", expire_date=ends)

    tidy()

    assert [session.session_key for session in Session.objects.all()] == ["new"]


def test_what_staff_did_goes_from_both_logs(db: None) -> None:
    staff = User.objects.create_user("staff")
    for at in (timezone.now() - settings.RETAIN_AUDIT - DAY, timezone.now()):
        AuditEntry.objects.create(at=at, actor_name="staff", action="viewed")
        LogEntry.objects.create(action_time=at, user=staff, action_flag=2)

    tidy()

    assert (AuditEntry.objects.count(), LogEntry.objects.count()) == (1, 1)


def test_old_mail_in_the_outbox_goes(mailing: Mailing) -> None:
    outbox = configured_outbox()
    new = outbox.write("new@a.example", b"Subject: new\r\n\r\n")
    stamp = timezone.now() - settings.RETAIN_OUTBOX - DAY
    old = Path(settings.OUTBOX_DIR, f"{stamp:%Y%m%dT%H%M%S.%f}{new[22:]}")
    old.write_bytes(b"Subject: old\r\n\r\n")

    tidy()

    assert [item.name for item in outbox.items()] == [new]


def test_maps_drawn_long_ago_go(db: None) -> None:
    folder = Path(settings.MAPS_DIR)
    folder.mkdir(parents=True)
    for name, age in (("old.png", settings.RETAIN_MAPS + DAY), ("new.png", timedelta(0))):
        (folder / name).write_bytes(b"")
        at = (timezone.now() - age).timestamp()
        os.utime(folder / name, (at, at))

    tidy()

    assert [file.name for file in folder.iterdir()] == ["new.png"]


def test_old_checks_of_drafts_go(db: None) -> None:
    issue = make_issue(make_publication(), ("Letter", []))
    for age in (retention.CHECKS_KEPT + DAY, timedelta(0)):
        issue.preflights.create(
            fingerprint=str(age), state="passed", finished_at=timezone.now() - age
        )

    tidy()

    assert issue.preflights.get().fingerprint == str(timedelta(0))


def test_it_is_looked_at_once_a_day_whoever_rings(db: None) -> None:
    assert retention.is_due()
    retention.run()

    assert not retention.is_due()
    RetentionRun.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert retention.is_due()


def test_of_two_workers_one_does_it(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def rule(piece: int) -> int:
        calls.append(piece)
        retention.run()
        return 0

    monkeypatch.setattr(retention, "RULES", ((rule, 7),))

    retention.run()

    assert calls == [7]


def test_every_rule_has_nothing_to_do_where_there_is_nothing(db: None) -> None:
    assert all(rule(piece) == 0 for rule, piece in retention.RULES)


def rows_of(*models: type) -> list[list[dict[str, object]]]:
    return [list(model.objects.order_by("pk").values()) for model in models]  # type: ignore[attr-defined]
