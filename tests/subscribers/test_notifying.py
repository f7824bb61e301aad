from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from subscribers.models import (
    KillSwitch,
    Notice,
    NoticeKind,
    NoticeReason,
    NoticeState,
    Publication,
    SuppressionReason,
)
from subscribers.services import notifying
from subscribers.services.claiming import claim, renew
from subscribers.services.consenting import Shown
from subscribers.services.suppressing import suppress
from subscribers.services.unsubscribing import end
from subscribers.tasks import send_notices
from tests.factories import make_notice, make_subscription

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.subscribers.link_urls"),
]


def owed(publication: Publication, address: str = "", kind: str = NoticeKind.CONFIRM) -> Notice:
    status = "pending" if kind == NoticeKind.CONFIRM else "active"
    subscription = make_subscription(publication=publication, address=address, status=status)
    return make_notice(subscription, kind)


def make_due(notice: Notice) -> None:
    Notice.objects.filter(pk=notice.pk).update(due_at=timezone.now())


def minutes_until_due(notice: Notice) -> float:
    notice.refresh_from_db()
    return round((notice.due_at - timezone.now()).total_seconds() / 60, 1)


@pytest.mark.parametrize("kind", NoticeKind)
def test_what_is_owed_is_sent_once(publication: Publication, kind: NoticeKind) -> None:
    notice = owed(publication, "reader@example.org", kind)
    assert notifying.notices_due()

    assert notifying.send_due() == 1
    assert notifying.send_due() == 0

    notice.refresh_from_db()
    assert notice.state == NoticeState.SENT
    assert notice.attempts == 1
    assert [message.to for message in mail.outbox] == [["reader@example.org"]]
    assert not notifying.notices_due()


def test_the_task_sends_what_is_owed(publication: Publication) -> None:
    owed(publication)

    send_notices()

    assert len(mail.outbox) == 1


def test_no_more_than_the_limit_is_sent_the_longest_waiting_first(
    publication: Publication,
) -> None:
    for number in range(3):
        owed(publication, f"reader{number}@example.org")

    assert notifying.send_due(limit=2) == 2

    assert [message.to[0] for message in mail.outbox] == [
        "reader0@example.org",
        "reader1@example.org",
    ]
    assert notifying.notices_due()


def test_what_is_due_later_waits(publication: Publication) -> None:
    notice = owed(publication)
    Notice.objects.update(due_at=timezone.now() + timedelta(minutes=1))

    assert notifying.send_due() == 0

    notice.refresh_from_db()
    assert (notice.state, notice.attempts) == (NoticeState.OWED, 0)


def test_a_claimed_notice_is_left_alone_until_its_lease_is_over(publication: Publication) -> None:
    notice = owed(publication)
    assert claim(Notice.objects.all()) == notice

    assert notifying.send_due() == 0
    # Within the minute in which a batch of a dead worker is taken up.
    assert 0.7 <= minutes_until_due(notice) <= 0.8

    make_due(notice)
    assert notifying.send_due() == 1
    notice.refresh_from_db()
    assert notice.attempts == 2


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_mail_is_handed_over(
    publication: Publication, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "tests.subscribers.backends.Watching"
    owed(publication)

    notifying.send_due()

    assert mail.outbox[0].extra_headers["in-transaction"] == "False"


def test_a_refused_notice_waits_longer_each_time_and_is_given_up(
    publication: Publication, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "tests.subscribers.backends.Refusing"
    notice = owed(publication)

    waits = []
    for _ in range(5):
        assert notifying.send_due() == 0
        waits.append(minutes_until_due(notice))
        assert (notice.state, notice.trouble) == (NoticeState.OWED, "450 try again later")
        make_due(notice)
    notifying.send_due()

    notice.refresh_from_db()
    assert waits == [1, 2, 4, 8, 16]
    assert (notice.state, notice.attempts) == (NoticeState.FAILED, 6)
    assert (notice.reason, notice.trouble) == (NoticeReason.NOT_TAKEN, "450 try again later")
    assert not notifying.notices_due()


def test_a_refused_notice_does_not_hold_up_the_next(
    publication: Publication, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "tests.subscribers.backends.RefusingTheFirst"
    first, second = owed(publication), owed(publication)

    assert notifying.send_due() == 1

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (NoticeState.OWED, NoticeState.SENT)


def test_trouble_is_forgotten_when_it_works_at_last(
    publication: Publication, settings: Settings
) -> None:
    notice = owed(publication)
    Notice.objects.update(reason=NoticeReason.NOT_TAKEN, trouble="450 try again", attempts=1)

    notifying.send_due()

    notice.refresh_from_db()
    assert (notice.state, notice.reason, notice.trouble) == (NoticeState.SENT, "", "")


def test_an_outage_of_the_mail_service_costs_no_try(
    publication: Publication, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "tests.subscribers.backends.Unreachable"
    notice = owed(publication)

    assert notifying.send_due() == 0

    assert minutes_until_due(notice) == 1
    assert (notice.state, notice.attempts) == (NoticeState.OWED, 0)
    assert (notice.reason, notice.trouble) == (NoticeReason.UNREACHABLE, "nobody answers")


def test_a_mailbox_suppressed_since_is_not_mailed(publication: Publication) -> None:
    notice = owed(publication, "reader@example.org")
    suppress("reader@example.org", reason=SuppressionReason.ASKED)

    assert notifying.send_due() == 0

    notice.refresh_from_db()
    assert (notice.state, notice.reason) == (NoticeState.FAILED, NoticeReason.SUPPRESSED)
    assert mail.outbox == []


def test_a_subscription_ended_since_is_not_mailed(publication: Publication, shown: Shown) -> None:
    notice = owed(publication, kind=NoticeKind.NEW_LINK)
    end(notice.subscription, shown=shown)

    assert notifying.send_due() == 0

    notice.refresh_from_db()
    assert (notice.state, notice.reason) == (NoticeState.FAILED, NoticeReason.ENDED)
    assert mail.outbox == []


def test_a_reader_who_asks_for_a_new_link_is_sent_one(publication: Publication) -> None:
    subscription = make_subscription(publication=publication)

    assert notifying.ask_new_link(subscription)

    assert subscription.notices.get().kind == NoticeKind.NEW_LINK


@pytest.mark.parametrize("status", ["pending", "ended"])
def test_a_new_link_is_sent_to_readers_only(publication: Publication, status: str) -> None:
    subscription = make_subscription(publication=publication, status=status)

    assert not notifying.ask_new_link(subscription)
    assert not subscription.notices.exists()


def test_a_double_click_sends_one_new_link(publication: Publication) -> None:
    subscription = make_subscription(publication=publication)

    assert [notifying.ask_new_link(subscription) for _ in range(2)] == [True, False]


def test_a_mailbox_gets_three_new_links_a_day_and_six_a_month(publication: Publication) -> None:
    subscription = make_subscription(publication=publication)

    def ask_all_day() -> int:
        links = 0
        for _hour in range(24):
            links += notifying.ask_new_link(subscription)
            for notice in Notice.objects.all():
                earlier = notice.created_at - timedelta(hours=1)
                Notice.objects.filter(pk=notice.pk).update(created_at=earlier)
        return links

    assert [ask_all_day() for _day in range(4)] == [3, 3, 0, 0]


def test_nothing_leaves_while_the_kill_switch_is_on_and_all_stays_owed(
    publication: Publication,
) -> None:
    notice = owed(publication)
    KillSwitch.objects.create(pk=1, is_on=True)

    assert notifying.send_due() == 0

    notice.refresh_from_db()
    assert (notice.state, notice.attempts) == (NoticeState.OWED, 0)
    assert mail.outbox == []


def test_a_worker_that_takes_long_is_heard_of_and_keeps_its_notice(
    publication: Publication,
) -> None:
    owed(publication)
    notice = claim(Notice.objects.all())
    assert notice is not None
    Notice.objects.update(due_at=timezone.now() + timedelta(seconds=1))

    renew(notice)

    assert minutes_until_due(notice) >= 0.7


def test_a_worker_that_was_taken_for_dead_does_not_hold_what_another_has(
    publication: Publication,
) -> None:
    owed(publication)
    stalled = claim(Notice.objects.all())
    assert stalled is not None
    make_due(stalled)
    assert claim(Notice.objects.all()) is not None
    make_due(stalled)

    renew(stalled)

    assert minutes_until_due(stalled) == 0
