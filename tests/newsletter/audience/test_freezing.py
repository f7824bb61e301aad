from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletter.audience import releasing
from newsletter.audience.assigning import Assigner, Interest, composer_of
from newsletter.audience.freezing import freeze_due
from newsletter.audience.releasing import lead_of
from newsletter.editions.compose import ComposedEdition, Composer, EditionOrder
from newsletter.editions.recipes import assembled
from newsletter.editorial.drafts import draft_of
from newsletter.editorial.preflight import preflight
from newsletter.editorial.scheduling import cancel, schedule, start_late
from newsletter.models import (
    DeliveryState,
    Mailing,
    MailingState,
    Reason,
    Trouble,
)
from newsletter.queries import choices_of
from newsletter.sending.recording import record
from newsletter.transports.base import Outcome, Result
from subscribers.models import InterestSet, Publication, Region, Subscription, Suppression
from tests.factories import make_publication, make_subscription
from tests.newsletter.factories import assess, cancelled_on_the_wire, make_issue, sent
from tests.newsletter.workers import claim

pytestmark = pytest.mark.django_db


def frozen(
    publication: Publication, *parts: tuple[str, list[str]], batch_size: int = 50
) -> Mailing:
    mailing = schedule(make_issue(publication, *parts), at=None, by=None, even_to_nobody=True)
    assert freeze_due(batch_size) == 1
    mailing.refresh_from_db()
    return mailing


def test_every_active_reader_is_planned_once(publication: Publication) -> None:
    for number in range(3):
        make_subscription(publication=publication, regions=["ML-1"], address=f"r{number}@a.example")

    mailing = frozen(publication, ("Letter", []))

    assert mailing.state == MailingState.SENDING
    assert mailing.audience_size == 3
    assert mailing.deliveries.filter(state=DeliveryState.PLANNED).count() == 3


def test_readers_of_the_same_parts_share_an_edition(publication: Publication) -> None:
    make_subscription(publication=publication, regions=["ML-1"], address="a@a.example")
    make_subscription(publication=publication, regions=["ML-1", "SN"], address="b@a.example")

    mailing = frozen(publication, ("Letter", []), ("Kayes", ["ML-1"]))

    edition = mailing.editions.get()
    assert edition.deliveries.count() == 2
    assert choices_of(edition).sets.count() == 2


def test_what_others_get_already_is_not_composed_again(
    publication: Publication, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many choices there are: an issue on one region is composed for all who chose it."""
    made: list[EditionOrder] = []
    compose = Composer.compose

    def counted(self: Composer, order: EditionOrder) -> ComposedEdition:
        made.append(order)
        return compose(self, order)

    monkeypatch.setattr(Composer, "compose", counted)
    make_subscription(publication=publication, regions=["ML-1"])
    mailing = frozen(publication, ("Kayes", ["ML-1"]))
    others = InterestSet.objects.of(Region.objects.filter(code__in=["ML-1", "SN"]))
    composer, number = composer_of(mailing), len(made)

    given = Assigner(mailing, composer).assign([Interest(others.pk, "en", "html")])

    assert list(given.values()) == [mailing.editions.get().pk]
    assert len(made) == number


def test_a_reader_who_wants_alerts_only_gets_no_issue(publication: Publication) -> None:
    publication.mail_when_nothing = True
    publication.save()
    make_subscription(publication=publication, regions={"ML-1": "alerts"}, address="a@a.example")
    make_subscription(publication=publication, regions={"ML-1": "issues"}, address="b@a.example")

    mailing = frozen(publication, ("Letter", []), ("Kayes", ["ML-1"]))

    assert mailing.deliveries.get(mailbox="a@a.example").reason == Reason.OTHER_KIND
    assert mailing.deliveries.get(mailbox="b@a.example").state == DeliveryState.PLANNED


@pytest.mark.parametrize(("days", "reason"), [(1, Reason.PAUSED), (0, ""), (-1, "")])
def test_a_pause_ends_by_itself(publication: Publication, days: int, reason: str) -> None:
    until = publication.today + timedelta(days=days)
    make_subscription(publication=publication, regions=["ML-1"], paused_until=until)

    mailing = frozen(publication, ("Kayes", ["ML-1"]))

    assert mailing.deliveries.get().reason == reason


@pytest.mark.parametrize(
    ("before", "now", "reason"),
    [
        ({"ML-1": "decreased"}, {"ML-1": "decreased"}, Reason.UNCHANGED),
        ({"ML-1": "decreased"}, {"ML-1": "increased"}, ""),
        ({}, {"ML-1": "increased"}, ""),
        ({"ML-4": "decreased"}, {"ML-4": "increased"}, Reason.UNCHANGED),
        ({}, {}, Reason.UNCHANGED),
    ],
)
def test_a_reader_who_wants_changes_gets_an_issue_when_a_trend_of_theirs_changed(
    publication: Publication, before: dict[str, str], now: dict[str, str], reason: str
) -> None:
    make_subscription(publication=publication, regions=["ML-1"], only_on_change=True)
    always = make_subscription(publication=publication, regions=["ML-1", "ML-4"])
    Subscription.objects.update(only_on_change=False)
    sent(publication, "Before", before)
    Subscription.objects.exclude(pk=always.pk).update(only_on_change=True)
    issue = make_issue(publication, ("Kayes", ["ML-1"]))
    for code, trend in now.items():
        assess(issue, code, trend)

    mailing = schedule(issue, at=None, by=None)
    freeze_due(50)

    assert mailing.deliveries.exclude(subscription=always).get().reason == reason
    assert mailing.deliveries.get(subscription=always).state == DeliveryState.PLANNED
    assert preflight(draft_of(issue)).audience == 2


def test_of_a_region_wanted_for_alerts_only_an_issue_brings_no_part(
    publication: Publication,
) -> None:
    make_subscription(publication=publication, regions={"ML-1": "all", "ML-4": "alerts"})

    mailing = frozen(publication, ("Kayes", ["ML-1"]), ("Segou", ["ML-4"]))

    text = assembled(mailing.editions.get()).text
    assert "Text of Kayes" in text
    assert "Text of Segou" not in text


def test_readers_of_other_languages_and_formats_get_their_own_edition(
    publication: Publication,
) -> None:
    make_subscription(publication=publication, regions=["ML-1"], address="a@a.example")
    make_subscription(publication=publication, regions=["ML-1"], language="fr")
    make_subscription(publication=publication, regions=["ML-1"], mail_format="text")

    mailing = frozen(publication, ("Letter", []))

    assert set(mailing.editions.values_list("language", "mail_format")) == {
        ("en", "html"),
        ("fr", "html"),
        ("en", "text"),
    }


@pytest.mark.parametrize(
    ("status", "reason"),
    [("pending", Reason.NOT_CONFIRMED), ("ended", Reason.UNSUBSCRIBED)],
)
def test_who_is_not_active_is_excluded_with_a_reason(
    publication: Publication, status: str, reason: Reason
) -> None:
    make_subscription(publication=publication, regions=["ML-1"], status=status)

    mailing = frozen(publication, ("Letter", []))

    delivery = mailing.deliveries.get()
    assert (delivery.state, delivery.reason) == (DeliveryState.EXCLUDED, reason)
    assert delivery.batch is None


def test_a_suppressed_reader_is_excluded_with_a_reason(publication: Publication) -> None:
    subscription = make_subscription(publication=publication, regions=["ML-1"])
    Suppression.objects.create(mailbox=subscription.subscriber.mailbox, reason="bounced")

    mailing = frozen(publication, ("Letter", []))

    assert mailing.deliveries.get().reason == Reason.SUPPRESSED


def test_a_reader_without_anything_regional_gets_the_parts_for_everyone(
    publication: Publication,
) -> None:
    make_subscription(publication=publication, regions=["SN"])

    mailing = frozen(publication, ("Letter", []), ("Kayes", ["ML-1"]))

    delivery = mailing.deliveries.get()
    assert delivery.state == DeliveryState.PLANNED
    assert delivery.edition
    assert "Text of Letter" in assembled(delivery.edition).text
    assert "Text of Kayes" not in assembled(delivery.edition).text


def test_a_publication_may_mail_nothing_to_who_has_nothing(publication: Publication) -> None:
    publication.mail_when_nothing = False
    publication.save()
    make_subscription(publication=publication, regions=["SN"])

    mailing = frozen(publication, ("Letter", []), ("Kayes", ["ML-1"]))

    assert mailing.deliveries.get().reason == Reason.NO_MATCHING_CONTENT
    assert not mailing.editions.exists()


def test_mail_of_a_cancelled_mailing_comes_home_before_another_takes_its_audience(
    publication: Publication,
) -> None:
    make_subscription(publication=publication, regions=["ML-1"], address="old@a.example")
    issue = make_issue(publication, ("Letter", []))
    batch = cancelled_on_the_wire(issue)

    second = schedule(issue, at=None, by=None)
    assert freeze_due(50) == 0

    record(batch, [Result(batch.deliveries.get().pk, Outcome.ACCEPTED)])
    assert freeze_due(50) == 1
    assert second.deliveries.get().reason == Reason.ALREADY_SENT


def test_who_got_the_issue_before_does_not_get_it_again(publication: Publication) -> None:
    make_subscription(publication=publication, regions=["ML-1"], address="old@a.example")
    issue = make_issue(publication, ("Letter", []))
    first = schedule(issue, at=None, by=None)
    freeze_due(50)
    first.deliveries.update(state=DeliveryState.ACCEPTED)
    Mailing.objects.filter(pk=first.pk).update(
        state=MailingState.FINISHED, finished_at=timezone.now()
    )
    make_subscription(publication=publication, regions=["ML-1"], address="new@a.example")

    second = schedule(issue, at=None, by=None)
    freeze_due(50)

    assert dict(second.deliveries.values_list("mailbox", "reason")) == {
        "old@a.example": Reason.ALREADY_SENT,
        "new@a.example": "",
    }


def test_readers_of_other_publications_are_not_in_the_audience(publication: Publication) -> None:
    make_subscription(regions=["ML-1"], address="elsewhere@a.example")

    mailing = frozen(publication, ("Letter", []))

    assert mailing.audience_size == 0


def test_batches_are_cut_to_the_size_the_transport_takes(publication: Publication) -> None:
    for number in range(7):
        make_subscription(publication=publication, regions=["ML-1"], address=f"r{number}@a.example")

    mailing = frozen(publication, ("Letter", []), batch_size=3)

    sizes = [batch.deliveries.count() for batch in mailing.batches.order_by("ordinal")]
    assert sizes == [3, 3, 1]


def test_readers_of_many_editions_share_batches(publication: Publication) -> None:
    codes = ("ML-1", "ML-2", "ML-4", "ML-6", "SN")
    for code in codes:
        make_subscription(publication=publication, regions=[code], address=f"{code}@a.example")

    mailing = frozen(publication, *((code, [code]) for code in codes), batch_size=3)

    assert mailing.editions.count() == 5
    assert [batch.deliveries.count() for batch in mailing.batches.order_by("ordinal")] == [3, 2]


def test_an_edition_with_many_readers_fills_batches_of_its_own(publication: Publication) -> None:
    for number, code in enumerate(["ML-4", *["ML-1"] * 5]):
        make_subscription(publication=publication, regions=[code], address=f"r{number}@a.example")

    mailing = frozen(publication, ("Kayes", ["ML-1"]), ("Segou", ["ML-4"]), batch_size=2)

    batches = mailing.batches.order_by("ordinal")
    sizes = [batch.deliveries.count() for batch in batches]
    editions = [batch.deliveries.values("edition").distinct().count() for batch in batches]
    assert (sizes, editions) == ([2, 2, 2], [1, 1, 2])


def test_a_freeze_that_was_claimed_is_not_done_twice(publication: Publication) -> None:
    mailing = schedule(
        make_issue(publication, ("Letter", [])), at=None, by=None, even_to_nobody=True
    )
    Mailing.objects.filter(pk=mailing.pk).update(
        state=MailingState.FREEZING, lease_until=timezone.now() + timedelta(minutes=1)
    )

    assert freeze_due(50) == 0


def test_a_freeze_that_died_is_taken_up_after_its_lease(publication: Publication) -> None:
    mailing = schedule(
        make_issue(publication, ("Letter", [])), at=None, by=None, even_to_nobody=True
    )
    Mailing.objects.filter(pk=mailing.pk).update(
        state=MailingState.FREEZING, lease_until=timezone.now() - timedelta(minutes=1)
    )

    assert freeze_due(50) == 1


def test_a_mailing_waits_for_its_time(publication: Publication) -> None:
    later = timezone.now() + timedelta(hours=1)
    schedule(make_issue(publication, ("Letter", [])), at=later, by=None, even_to_nobody=True)

    assert freeze_due(50) == 0


def test_an_audience_is_fixed_just_ahead_and_nothing_leaves_before_its_time(
    publication: Publication, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_subscription(publication=publication, regions=["ML-1"])
    monkeypatch.setattr(releasing, "FROZEN_A_SECOND", 0.02)
    at = timezone.now() + timedelta(seconds=40)
    mailing = schedule(make_issue(publication, ("Letter", [])), at=at, by=None)

    assert freeze_due(50) == 1

    assert mailing.batches.get().due_at == at
    assert claim() is None


def test_the_lead_grows_with_the_readers_and_has_an_end(
    publication: Publication, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_subscription(publication=publication, regions=["ML-1"])

    monkeypatch.setattr(releasing, "FROZEN_A_SECOND", 0.1)
    assert lead_of(publication) == timedelta(seconds=11)
    monkeypatch.setattr(releasing, "FROZEN_A_SECOND", 0.001)
    assert lead_of(publication) == timedelta(minutes=1)


def test_a_mailing_that_can_be_undone_waits_and_says_so(publication: Publication) -> None:
    publication.undo_seconds = 60
    publication.save()
    mailing = schedule(
        make_issue(publication, ("Letter", [])), at=None, by=None, even_to_nobody=True
    )

    assert freeze_due(50) == 0
    mailing.refresh_from_db()
    assert mailing.state == MailingState.HELD
    cancel(mailing)

    assert freeze_due(50) == 0
    assert not mailing.deliveries.exists()


def test_a_mailing_goes_out_when_the_time_to_undo_it_is_over(publication: Publication) -> None:
    publication.undo_seconds = 60
    publication.save()
    issue = make_issue(publication, ("Letter", []))
    schedule(issue, at=None, by=None, even_to_nobody=True)
    freeze_due(50)
    Mailing.objects.update(release_at=timezone.now() - timedelta(seconds=1))

    assert freeze_due(50) == 1


def test_a_mailing_whose_time_passed_unnoticed_waits_for_a_person(publication: Publication) -> None:
    mailing = schedule(
        make_issue(publication, ("Letter", [])), at=None, by=None, even_to_nobody=True
    )
    Mailing.objects.update(scheduled_at=timezone.now() - timedelta(hours=3))

    assert freeze_due(50) == 0
    mailing.refresh_from_db()
    assert mailing.state == MailingState.OVERDUE
    assert mailing.trouble == Trouble.MISSED
    start_late(mailing)
    Mailing.objects.update(scheduled_at=timezone.now() - timedelta(seconds=1))

    assert freeze_due(50) == 1


def test_the_number_of_queries_does_not_grow_with_the_audience(publication: Publication) -> None:
    # What a process reads once, it reads for the first of three.
    _first, few, many = (_queries_of_a_freeze_for(readers) for readers in (4, 4, 40))

    assert many == few
    assert list(Mailing.objects.order_by("pk").values_list("audience_size", flat=True)) == [
        4,
        4,
        40,
    ]


def _queries_of_a_freeze_for(readers: int) -> int:
    publication = make_publication(regions=["ML-1"])
    for number in range(readers):
        address = f"r{number}.{publication.pk}@a.example"
        make_subscription(publication=publication, regions=["ML-1"], address=address)
    schedule(make_issue(publication, ("Letter", [])), at=None, by=None)
    with CaptureQueriesContext(connection) as queries:
        assert freeze_due(10) == 1
    return len(queries)


def test_what_is_to_be_asked_for_again_counts_as_sent_though_its_mailing_was_cancelled(
    publication: Publication,
) -> None:
    """The mail service may have it: who asks again with its key sends it once at most."""
    make_subscription(publication=publication, regions=["ML-1"])
    issue = make_issue(publication, ("Letter", []))
    first = schedule(issue, at=None, by=None)
    freeze_due(50)
    first.batches.update(first_handed_at=timezone.now())
    cancel(first)

    second = schedule(issue, at=None, by=None, even_to_nobody=True)
    freeze_due(50)

    assert second.deliveries.get().reason == Reason.ALREADY_SENT
