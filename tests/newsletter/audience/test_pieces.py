"""A freeze in pieces: what the first has written is mailed, and nothing is lost or repeated."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from newsletter.audience import pieces
from newsletter.audience.assigning import Assigner
from newsletter.audience.freezing import Freezer, freeze_due
from newsletter.audience.verification import check_editions
from newsletter.editions.recipes import assembled
from newsletter.editorial.scheduling import cancel, pause, resume, schedule
from newsletter.errors import LookAgain
from newsletter.ledger.heartbeats import Heart
from newsletter.ledger.tallying import differences
from newsletter.models import (
    AudienceMember,
    Batch,
    BatchState,
    DeliveryState,
    HistoryEntry,
    Issue,
    IssueKind,
    Mailing,
    MailingState,
    Reason,
    Trouble,
)
from newsletter.models.clock import Now
from newsletter.queries import counts_of, mailings_need_a_worker
from newsletter.safety.erasing import erase_unconfirmed, someone_to_erase
from newsletter.sending.deadlines import hold_late, leave_out, send_after_all
from newsletter.sending.recovering import finish_drained, recover
from newsletter.worker import drain
from subscribers.models import Publication, Subscriber, Subscription
from subscribers.services.erasing import erase
from subscribers.services.exporting import export
from tests.factories import make_publication, make_subscription
from tests.newsletter.factories import assess, make_issue, sent
from tests.newsletter.fakes import FakeTransport
from tests.newsletter.workers import a_steady_worker, claim, let_beats_age
from tests.regions import load_regions

pytestmark = pytest.mark.django_db

READERS = 7
CODES = ("ML-1", "ML-4", "ML-6")


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two readers in the first piece, three in each of the others."""
    monkeypatch.setattr(pieces, "FIRST_READERS", 2)
    monkeypatch.setattr(pieces, "MOST_READERS", 3)


@pytest.fixture
def mailing(publication: Publication) -> Mailing:
    """Scheduled, to readers of three regions."""
    return scheduled_to_readers(publication)


def scheduled_to_readers(publication: Publication, readers: int = READERS) -> Mailing:
    for number in range(readers):
        code = CODES[number % len(CODES)]
        make_subscription(publication=publication, regions=[code], address=address(number))
    return schedule(an_issue(publication), at=None, by=None)


def an_issue(publication: Publication, **fields: Any) -> Issue:
    return make_issue(publication, *((f"On {code}", [code]) for code in CODES), **fields)


def address(number: int) -> str:
    return f"r{number}@a.example"


def a_freezer(heart: Heart | None = None) -> Freezer:
    return Freezer(heart or Heart(), 50)


def after_pieces(number: int, freezer: Freezer | None = None) -> Freezer:
    freezer = freezer or a_freezer()
    for _piece in range(number):
        assert freezer.go_on()
    return freezer


def now(mailing: Mailing) -> Mailing:
    mailing.refresh_from_db()
    return mailing


def is_exact(mailing: Mailing) -> bool:
    """Every reader has one delivery, and every count is right."""
    once = Counter(mailing.deliveries.values_list("mailbox", flat=True))
    counts = counts_of(now(mailing))
    assert counts.balanced
    assert not differences(mailing)
    assert not AudienceMember.objects.exists()
    return once == Counter(map(address, range(READERS))) and not mailing.left_to_freeze


def test_the_first_piece_is_mailed_while_the_rest_is_frozen(mailing: Mailing) -> None:
    after_pieces(1)

    assert now(mailing).state == MailingState.SENDING
    assert (mailing.audience_size, mailing.left_to_freeze) == (READERS, READERS - 2)
    batch = claim()
    assert batch
    assert batch.deliveries.count() == 2


def test_counts_add_up_after_each_piece(mailing: Mailing) -> None:
    freezer = a_freezer()
    left = []
    while freezer.go_on():
        counts = counts_of(now(mailing))
        assert counts.balanced
        assert not differences(mailing)
        left.append(counts.left_to_freeze)

    assert left == [5, 2, 0]
    assert is_exact(mailing)


def test_a_drain_sends_all_pieces_and_finishes(mailing: Mailing) -> None:
    transport = FakeTransport()

    drain(transport)

    assert transport.addresses == sorted(map(address, range(READERS)))
    assert now(mailing).state == MailingState.FINISHED
    assert mailing.lease_until is None
    assert is_exact(mailing)


def test_mail_leaves_between_two_pieces(mailing: Mailing, monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[int] = []
    transport = FakeTransport(batch_size=1)
    hand_over = transport.hand_over

    def noting(*args: Any, **kwargs: Any) -> Any:
        left.append(now(mailing).left_to_freeze)
        return hand_over(*args, **kwargs)

    monkeypatch.setattr(transport, "hand_over", noting)

    drain(transport)

    assert len(left) == READERS
    assert left[0] == READERS - 2
    assert left[-1] == 0


def test_a_mailing_with_readers_left_to_freeze_does_not_finish(mailing: Mailing) -> None:
    after_pieces(1).let_go()
    mailing.deliveries.update(state=DeliveryState.ACCEPTED)
    mailing.batches.update(state=BatchState.SETTLED, settled_at=timezone.now())

    assert finish_drained() == 0
    assert (now(mailing).state, mailing.trouble) == (MailingState.SENDING, "")


def test_the_database_lets_no_mailing_finish_before_it_is_frozen(mailing: Mailing) -> None:
    after_pieces(1)
    done = {"state": MailingState.FINISHED, "finished_at": timezone.now(), "lease_until": None}

    with pytest.raises(IntegrityError), transaction.atomic():
        Mailing.objects.update(**done)


def test_another_worker_goes_on_where_one_died(mailing: Mailing) -> None:
    after_pieces(2)
    let_beats_age()
    a_steady_worker()

    assert freeze_due(50) == 1

    assert is_exact(mailing)


def test_nobody_else_freezes_while_a_worker_is_heard_of(mailing: Mailing) -> None:
    after_pieces(1)

    assert freeze_due(50) == 0
    assert now(mailing).left_to_freeze == READERS - 2


def test_another_worker_goes_on_after_the_lease(mailing: Mailing) -> None:
    after_pieces(1)
    Mailing.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    assert freeze_due(50) == 1
    assert is_exact(mailing)


def test_whoever_lets_go_leaves_it_to_the_next_at_once(mailing: Mailing) -> None:
    after_pieces(1).let_go()

    assert mailings_need_a_worker()
    assert freeze_due(50) == 1
    assert is_exact(mailing)


def test_a_worker_that_lost_its_mailing_writes_nothing_more(mailing: Mailing) -> None:
    slow = after_pieces(1)
    Mailing.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    quick = after_pieces(1)

    slow.go_on()

    assert now(mailing).left_to_freeze == READERS - 4
    after_pieces(1, quick)
    assert is_exact(mailing)


def test_a_worker_that_stood_still_goes_on_under_its_new_number(mailing: Mailing) -> None:
    heart = Heart()
    freezer = after_pieces(1, a_freezer(heart))
    heart.life().ends_at = 0.0
    let_beats_age()

    after_pieces(2, freezer)

    assert is_exact(mailing)


def test_a_piece_that_goes_wrong_leaves_nothing_and_is_tried_again_later(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    freezer = after_pieces(1)
    with monkeypatch.context() as broken:
        broken.setattr(pieces, "check_editions", fails)
        freezer.go_on()
        assert not freezer.go_on(), "it is left alone for a while"

    assert (now(mailing).state, mailing.trouble) == (MailingState.SENDING, Trouble.NOT_FROZEN)
    assert mailing.deliveries.count() == 2
    assert claim()

    Mailing.objects.update(lease_until=timezone.now())
    assert freeze_due(50) == 1
    assert now(mailing).trouble == ""
    assert is_exact(mailing)


def fails(*args: Any, **kwargs: Any) -> bool:
    raise ZeroDivisionError


def test_a_freeze_that_always_goes_wrong_says_so_once_and_can_be_cancelled(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "check_editions", fails)
    for _time in range(3):
        a_freezer().go_on()
        Mailing.objects.update(lease_until=timezone.now())

    assert (now(mailing).state, mailing.trouble) == (MailingState.FREEZING, Trouble.NOT_FROZEN)
    assert HistoryEntry.objects.filter(why=Trouble.NOT_FROZEN).count() == 1

    cancel(mailing)
    freeze_due(50)
    assert is_exact(mailing)
    assert mailing.deliveries.filter(reason=Reason.CANCELLED).count() == READERS


def test_a_content_that_cannot_be_read_is_told_too(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "composer_of", fails)

    assert a_freezer().go_on()

    assert now(mailing).trouble == Trouble.NOT_FROZEN


def test_the_same_process_goes_on_with_what_it_has_at_hand(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    after_pieces(1).let_go()
    monkeypatch.setattr(pieces, "composer_of", fails)

    assert freeze_due(50) == 1
    assert is_exact(mailing)


def test_one_that_goes_wrong_keeps_no_other_from_being_frozen(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = scheduled_to_readers(make_publication(slug="other"))
    check = check_editions

    def fails_for_one(checked: Mailing, *args: Any, **kwargs: Any) -> bool:
        return fails() if checked.pk == mailing.pk else check(checked, *args, **kwargs)

    monkeypatch.setattr(pieces, "check_editions", fails_for_one)

    assert freeze_due(50) == 1
    assert now(other).left_to_freeze == 0


@pytest.mark.parametrize("state", [MailingState.SENDING, MailingState.PAUSED, MailingState.OVERDUE])
def test_a_leak_in_a_later_piece_stops_the_mailing(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch, state: MailingState
) -> None:
    freezer = after_pieces(1)
    Mailing.objects.update(state=state)
    first = mailing.editions.get().pk
    monkeypatch.setattr(Assigner, "assign", lambda self, some: dict.fromkeys(some, first))
    freezer.go_on()

    assert (now(mailing).state, mailing.trouble) == (MailingState.CHECK_FAILED, Trouble.LEAK_CHECK)
    assert mailing.left_to_freeze == 2
    assert counts_of(mailing).balanced
    assert claim() is None
    assert not freezer.go_on()


def test_what_is_left_of_one_whose_check_failed_is_counted_once_it_is_cancelled(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    freezer = after_pieces(1)
    Mailing.objects.update(state=MailingState.CHECK_FAILED, lease_until=None)

    assert not freezer.go_on() or not freezer.go_on()
    cancel(mailing)
    freeze_due(50)
    recover()

    assert is_exact(mailing)
    assert counts_of(mailing).by_state == {DeliveryState.SKIPPED: READERS}


def test_a_paused_mailing_is_frozen_to_its_end_and_sends_nothing(mailing: Mailing) -> None:
    freezer = after_pieces(1)
    pause(mailing)

    after_pieces(2, freezer)

    assert now(mailing).state == MailingState.PAUSED
    assert claim() is None
    assert is_exact(mailing)
    resume(mailing)
    assert claim()


def test_of_a_cancelled_mailing_the_rest_is_left_out_and_counted(mailing: Mailing) -> None:
    make_subscription(
        publication=mailing.issue.publication,
        regions=["ML-1"],
        status="pending",
        address="p@a.example",
    )
    freezer = after_pieces(1)
    cancel(mailing)
    assert mailings_need_a_worker()

    while freezer.go_on():
        pass
    recover()

    states = mailing.deliveries.values_list("mailbox", "state", "reason")
    assert Counter((state, reason) for _mailbox, state, reason in states) == {
        (DeliveryState.SKIPPED, Reason.CANCELLED): READERS,
        (DeliveryState.EXCLUDED, Reason.NOT_CONFIRMED): 1,
    }
    assert counts_of(now(mailing)).balanced
    assert not differences(mailing)


def test_readers_of_the_rest_get_the_issue_from_another_mailing(mailing: Mailing) -> None:
    after_pieces(1).let_go()
    mailing.deliveries.update(state=DeliveryState.ACCEPTED)
    Batch.objects.update(state=BatchState.SETTLED, settled_at=timezone.now())
    cancel(mailing)

    second = schedule(mailing.issue, at=None, by=None)
    freeze_due(50)

    reasons = Counter(second.deliveries.values_list("reason", flat=True))
    assert reasons == {Reason.ALREADY_SENT: 2, "": READERS - 2}
    assert is_exact(mailing)


def test_a_mailing_can_be_cancelled_before_its_first_piece(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    Mailing.objects.update(state=MailingState.FREEZING, lease_until=timezone.now())

    cancel(mailing)

    assert freeze_due(50) == 0
    assert not mailing.deliveries.exists()
    assert not AudienceMember.objects.exists()


def test_who_is_erased_before_their_piece_gets_nothing_and_is_still_counted(
    mailing: Mailing,
) -> None:
    freezer = after_pieces(1)
    member = AudienceMember.objects.order_by("ordinal").last()
    assert member
    name = member.mailbox

    erase(Subscriber.objects.get(pk=member.subscriber_id), by="staff")
    after_pieces(2, freezer)

    line = mailing.deliveries.get(subscriber=member.subscriber_id)
    assert (line.state, line.reason) == (DeliveryState.EXCLUDED, Reason.ERASED)
    assert line.mailbox != name
    assert not mailing.deliveries.filter(mailbox=name).exists()
    assert counts_of(now(mailing)).balanced


def test_who_asks_what_is_known_of_them_is_told_of_what_is_being_prepared(
    mailing: Mailing,
) -> None:
    after_pieces(1)
    member = AudienceMember.objects.order_by("ordinal").first()
    assert member

    reader = Subscriber.objects.get(pk=member.subscriber_id)
    [line] = json.loads(export(reader, by="staff").as_json())["audience_members"]

    assert line["issue"] == str(mailing.issue.title)


def test_requests_stay_until_what_is_left_is_frozen(mailing: Mailing) -> None:
    asked = make_subscription(
        publication=mailing.issue.publication,
        regions=["ML-1"],
        status="pending",
        address="p@a.example",
    )
    Subscription.objects.filter(pk=asked.pk).update(
        requested_at=timezone.now() - timedelta(days=30)
    )
    freezer = after_pieces(1)

    assert not someone_to_erase()
    while freezer.go_on():
        pass

    assert erase_unconfirmed() == 1
    asked.refresh_from_db()
    assert asked.ended_reason == "unconfirmed"


def test_who_leaves_before_their_piece_is_not_mailed(mailing: Mailing) -> None:
    after_pieces(1).let_go()
    member = AudienceMember.objects.order_by("ordinal").last()
    assert member
    Subscription.objects.filter(pk=member.subscription_id).update(
        status="ended", ended_reason="unsubscribed", ended_at=timezone.now()
    )
    transport = FakeTransport()

    drain(transport)

    assert member.mailbox not in transport.addresses
    line = mailing.deliveries.get(subscriber=member.subscriber_id)
    assert (line.state, line.reason) == (DeliveryState.SKIPPED, Reason.UNSUBSCRIBED)


def test_who_comes_after_the_audience_was_fixed_is_not_in_it(mailing: Mailing) -> None:
    freezer = after_pieces(1)
    make_subscription(
        publication=mailing.issue.publication, regions=["ML-1"], address="new@a.example"
    )

    after_pieces(2, freezer)

    assert is_exact(mailing)


def test_an_alert_is_frozen_between_two_pieces(mailing: Mailing) -> None:
    freezer = after_pieces(1)
    publication = mailing.issue.publication
    alert = schedule(an_issue(publication, kind=IssueKind.ALERT), at=None, by=None)

    after_pieces(1, freezer)
    assert now(alert).state == MailingState.SENDING
    assert now(mailing).left_to_freeze == READERS - 2
    while freezer.go_on():
        pass

    assert now(alert).left_to_freeze == 0
    assert is_exact(mailing)


def test_a_mailing_that_is_late_is_frozen_to_its_end_before_its_rest_is_left_out(
    mailing: Mailing,
) -> None:
    freezer = after_pieces(1)
    past = timezone.now() - timedelta(seconds=1)
    Mailing.objects.update(scheduled_at=F("scheduled_at") - timedelta(days=3), not_after=past)
    hold_late()

    assert now(mailing).state == MailingState.OVERDUE
    with pytest.raises(LookAgain, match="still being worked out"):
        leave_out(mailing)

    while freezer.go_on():
        pass
    assert leave_out(mailing) == READERS
    assert finish_drained() == 1
    assert is_exact(mailing)


def test_a_mailing_that_is_late_goes_on_with_its_freeze_when_it_has_time_again(
    mailing: Mailing,
) -> None:
    after_pieces(1).let_go()
    past = timezone.now() - timedelta(seconds=1)
    Mailing.objects.update(scheduled_at=F("scheduled_at") - timedelta(days=3), not_after=past)
    hold_late()

    assert send_after_all(mailing) == READERS
    transport = FakeTransport()
    drain(transport)

    assert len(transport.addresses) == READERS


@pytest.mark.parametrize("status", [None, "pending"])
def test_a_mailing_that_nobody_gets_is_over_at_once(
    publication: Publication, status: str | None
) -> None:
    if status:
        make_subscription(publication=publication, regions=["ML-1"], status=status)
    mailing = schedule(an_issue(publication), at=None, by=None, even_to_nobody=True)

    drain(FakeTransport())

    assert now(mailing).state == MailingState.FINISHED
    assert mailing.audience_size == mailing.deliveries.count() == (1 if status else 0)


def test_those_who_chose_the_same_are_frozen_side_by_side(mailing: Mailing) -> None:
    after_pieces(1)

    with_first = mailing.deliveries.values("interest_set").distinct()
    others = AudienceMember.objects.order_by("ordinal").values_list("interest_set", flat=True)
    assert with_first.count() == 1
    assert list(others) == sorted(others)


def test_a_piece_has_no_more_editions_to_compose_than_fit(
    mailing: Mailing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "FIRST_READERS", READERS)
    monkeypatch.setattr(pieces, "FIRST_INTERESTS", 2)

    freezer = after_pieces(1)

    assert mailing.deliveries.values("interest_set").distinct().count() == 2
    assert now(mailing).left_to_freeze == 2
    after_pieces(1, freezer)
    assert is_exact(mailing)


def test_who_is_to_get_it_first_is_frozen_first(publication: Publication) -> None:
    for number, zone in enumerate(("America/New_York", "Africa/Bamako", "Asia/Tokyo")):
        reader = make_subscription(
            publication=publication, regions=["ML-1"], address=address(number)
        )
        Subscriber.objects.filter(pk=reader.subscriber_id).update(time_zone=zone)
    at = timezone.now() + timedelta(hours=30)
    mailing = schedule(an_issue(publication), at=at, by=None, local=True)
    Mailing.objects.update(scheduled_at=F("scheduled_at"), state="held", release_at=Now())

    after_pieces(1)

    first = mailing.deliveries.order_by("batch__due_at").values_list("mailbox", flat=True)
    assert list(first) == [address(2), address(1)]


def test_what_readers_are_told_of_changes_does_not_depend_on_when_their_piece_is_made(
    publication: Publication,
) -> None:
    """Though another issue reaches somebody, and another worker goes on, in the middle."""
    for number in range(READERS):
        make_subscription(publication=publication, regions=["ML-1"], address=address(number))
    sent(publication, "Before", {"ML-1": "decreased"}, ago=timedelta(days=30))
    other = sent(publication, "Between", {"ML-1": "increased"}, ago=timedelta(hours=1))
    Mailing.objects.filter(pk=other.pk).update(reached_at=None)
    issue = make_issue(publication, ("Kayes", ["ML-1"]))
    assess(issue, "ML-1", "decreased")
    mailing = schedule(issue, at=None, by=None)
    after_pieces(1)
    Mailing.objects.filter(pk=other.pk).update(reached_at=timezone.now())
    Mailing.objects.filter(pk=mailing.pk).update(lease_until=timezone.now())

    assert freeze_due(50) == 1

    assert mailing.editions.count() == 1
    assert "Between" not in assembled(mailing.editions.get()).text


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite writes one at a time")
@pytest.mark.django_db(transaction=True)
def test_a_piece_during_which_the_mailing_is_cancelled_is_not_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    load_regions()
    mailing = scheduled_to_readers(make_publication())
    freezer = after_pieces(1)
    check = check_editions

    def cancelled_meanwhile(*args: Any, **kwargs: Any) -> bool:
        elsewhere(lambda: cancel(Mailing.objects.get(pk=mailing.pk)))
        return check(*args, **kwargs)

    monkeypatch.setattr(pieces, "check_editions", cancelled_meanwhile)
    freezer.go_on()

    assert mailing.deliveries.count() == 2
    assert now(mailing).left_to_freeze == READERS - 2
    while freezer.go_on():
        pass
    assert is_exact(mailing)


def elsewhere(do: Callable[[], object]) -> None:
    """Do it by another connection, and wait for that."""

    def doing() -> None:
        try:
            do()
        finally:
            connection.close()

    thread = threading.Thread(target=doing)
    thread.start()
    thread.join(10)


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite writes one at a time")
@pytest.mark.django_db(transaction=True)
def test_of_two_workers_that_take_it_for_theirs_each_piece_is_written_by_one() -> None:
    load_regions()
    mailing = scheduled_to_readers(make_publication())
    heart = Heart()
    freezers = [after_pieces(1, a_freezer(heart))]
    Mailing.objects.update(lease_until=None)
    freezers.append(a_freezer(heart))

    def freeze(freezer: Freezer) -> None:
        try:
            while freezer.go_on():
                pass
        finally:
            connection.close()

    threads = [threading.Thread(target=freeze, args=[freezer]) for freezer in freezers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert is_exact(mailing)
