from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.utils import timezone

from subscribers.errors import AskToSignUpAgain, LinkOutlived
from subscribers.models import (
    Change,
    ConsentEvent,
    EndedReason,
    InterestSet,
    Notice,
    NoticeKind,
    NoticeReason,
    Publication,
    Region,
    Subscriber,
    Subscription,
    SubscriptionStatus,
)
from subscribers.services import changing, forgetting, notifying, preferences, subscribing
from subscribers.services.consenting import Shown
from subscribers.services.unsubscribing import end
from tests.factories import make_change, make_request, make_subscription

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.subscribers.link_urls")]

ADDRESS = "reader@example.org"


@pytest.fixture
def subscription(publication: Publication, kayes: Region) -> Subscription:
    return make_subscription(publication=publication, regions=[kayes], address=ADDRESS)


def choose(subscription: Subscription, *regions: Region, **wishes: Any) -> None:
    preferences.change(
        subscription,
        regions=regions,
        **{"language": "en", "mail_format": "html", **wishes},
        shown=Shown("Save", "en", "/preferences/"),
    )


def let_pass(time: timedelta) -> None:
    notices = list(Notice.objects.all())
    for notice in notices:
        notice.created_at -= time
        notice.due_at -= time
    Notice.objects.bulk_update(notices, ["created_at", "due_at"])


def told() -> list[str]:
    """What was mailed once all is due, as text."""
    let_pass(changing.WAITS[-1])
    notifying.send_due()
    return [str(message.body) for message in mail.outbox]


def standing(subscription: Subscription) -> tuple[object, ...]:
    subscription = Subscription.objects.select_related("subscriber").get(pk=subscription.pk)
    return (
        subscription.status,
        subscription.ended_reason,
        subscription.ended_at,
        subscription.confirmed_at,
        subscription.interest_set_id,
        subscription.only_on_change,
        subscription.paused_until,
        subscription.language,
        subscription.mail_format,
        subscription.subscriber.time_zone,
    )


# Telling


def test_a_reader_is_told_by_email_what_a_link_changed_with_a_way_back(
    subscription: Subscription, segou: Region
) -> None:
    choose(subscription, segou, mail_format="text", time_zone="Africa/Dakar")

    (text,) = told()

    assert mail.outbox[0].to == [ADDRESS]
    assert "Regions: Segou (before: Kayes)" in text
    assert "Time zone: Dakar (before: same as the newsletter)" in text
    assert "Format: plain text (before: designed email)" in text
    assert "Language:" not in text
    assert "/undo/" in text


def test_it_is_told_in_the_language_from_before(subscription: Subscription, kayes: Region) -> None:
    choose(subscription, kayes, language="fr")

    (text,) = told()

    assert "Language: Français (before: English)" in text


def test_a_reader_who_unsubscribes_is_told_with_a_way_back(
    subscription: Subscription, shown: Shown
) -> None:
    end(subscription, shown=shown)

    (text,) = told()

    assert "Subscription: not subscribed (before: subscribed)" in text
    assert "/preferences/" not in text


def test_a_new_reader_is_told_what_was_confirmed(
    publication: Publication, kayes: Region, shown: Shown
) -> None:
    pending = make_subscription(publication=publication, regions=[kayes], status="pending")
    subscribing.confirm(make_request(pending), shown=shown)

    (text,) = told()

    assert "Subscription: subscribed (before: not subscribed)" in text


def test_saving_what_was_there_already_is_no_change(
    subscription: Subscription, kayes: Region
) -> None:
    choose(subscription, kayes)

    assert not Change.objects.exists()


@pytest.mark.parametrize("reason", [EndedReason.BOUNCED, EndedReason.REMOVED])
def test_what_no_link_did_is_not_told(
    subscription: Subscription, shown: Shown, reason: EndedReason
) -> None:
    end(subscription, reason=reason, shown=shown)

    assert not Notice.objects.exists()


def test_changes_within_some_minutes_are_one_notice(
    subscription: Subscription, kayes: Region, segou: Region
) -> None:
    choose(subscription, segou)
    let_pass(timedelta(minutes=2))
    choose(subscription, kayes, segou)
    let_pass(timedelta(minutes=2))
    choose(subscription, kayes, segou, mail_format="text")

    (text,) = told()

    assert "Regions: Kayes, Segou (before: Kayes)" in text
    assert "Format: plain text (before: designed email)" in text


def test_what_was_changed_back_at_once_is_not_told(
    subscription: Subscription, kayes: Region, segou: Region
) -> None:
    choose(subscription, segou)
    choose(subscription, kayes)

    assert told() == []
    assert Notice.objects.get().reason == NoticeReason.UNCHANGED


def test_a_change_after_the_notice_is_told_in_another(
    subscription: Subscription, kayes: Region, segou: Region
) -> None:
    choose(subscription, segou)
    told()

    choose(subscription, kayes)

    assert "Regions: Kayes (before: Segou)" in told()[1]


def test_a_link_that_changes_things_all_week_brings_some_notices_and_all_is_told(
    subscription: Subscription, kayes: Region, segou: Region
) -> None:
    for number, hours in enumerate([1] * 24 + [4] * 36):
        choose(subscription, *([segou] if number % 2 else [kayes, segou]))
        let_pass(timedelta(hours=hours))
        if Notice.objects.filter(state="owed", due_at__lte=timezone.now()).exists():
            choose(subscription, segou)  # nothing is lost that happens while it waits
            notifying.send_due()

    assert 5 <= len(mail.outbox) <= 12
    assert Change.objects.count() <= 13


# Undoing


def the_change() -> Change:
    return Change.objects.select_related("subscription").latest("pk")


def test_undoing_restores_exactly_what_was(
    subscription: Subscription, segou: Region, shown: Shown
) -> None:
    before = standing(subscription)
    choose(subscription, segou, language="fr", mail_format="text", time_zone="Africa/Dakar")

    assert changing.undo(the_change(), shown=shown)

    assert standing(subscription) == before
    assert subscription.consent_events.latest("pk").kind == "restored"


def test_a_pause_is_told_and_undone(
    subscription: Subscription, kayes: Region, shown: Shown
) -> None:
    before = standing(subscription)
    choose(subscription, kayes, only_on_change=True, paused_until=date(2099, 5, 1))

    (text,) = told()
    changing.undo(the_change(), shown=shown)

    assert "How often: when a trend changed (before: every issue)" in text
    assert "Paused until: 1 May 2099 (before: not paused)" in text
    assert standing(subscription) == before


def test_undoing_works_after_unsubscribing_too(subscription: Subscription, shown: Shown) -> None:
    before = standing(subscription)
    end(subscription, shown=shown)

    changing.undo(the_change(), shown=shown)

    assert standing(subscription) == before


def test_undoing_what_a_stranger_confirmed_ends_it(
    publication: Publication, kayes: Region, shown: Shown
) -> None:
    pending = make_subscription(publication=publication, regions=[kayes], status="pending")
    subscribing.confirm(make_request(pending), shown=shown)

    changing.undo(the_change(), shown=shown)

    pending.refresh_from_db()
    assert (pending.status, pending.ended_reason) == ("ended", "unsubscribed")


def test_undoing_a_return_leaves_when_and_why_the_reader_had_left(
    publication: Publication, kayes: Region, shown: Shown
) -> None:
    ended = make_subscription(publication=publication, regions=[kayes], status="ended")
    before = ended.ended_at, ended.ended_reason
    subscribing.confirm(make_request(ended), shown=shown)

    changing.undo(the_change(), shown=shown)

    ended.refresh_from_db()
    assert (ended.ended_at, ended.ended_reason) == before


def test_a_change_is_undone_once(subscription: Subscription, kayes: Region, segou: Region) -> None:
    shown = Shown("Undo", "en", "/undo/")
    choose(subscription, segou)
    change = the_change()
    changing.undo(change, shown=shown)
    choose(subscription, segou)

    assert not changing.undo(change, shown=shown)

    assert list(Subscription.objects.get().interest_set.regions.all()) == [segou]


def test_undoing_is_told_as_well(subscription: Subscription, segou: Region, shown: Shown) -> None:
    choose(subscription, segou)
    told()

    changing.undo(the_change(), shown=shown)

    assert "Regions: Kayes (before: Segou)" in told()[1]


def test_undoing_does_not_bring_back_who_was_ended_by_somebody_else(
    subscription: Subscription, segou: Region, shown: Shown
) -> None:
    choose(subscription, segou)
    end(subscription, reason=EndedReason.COMPLAINED, shown=shown)

    with pytest.raises(AskToSignUpAgain):
        changing.undo(the_change(), shown=shown)

    subscription.refresh_from_db()
    assert subscription.ended_reason == "complained"
    assert the_change().undone_at is None


def test_a_reader_who_left_is_not_brought_back_by_undoing_what_was_before(
    subscription: Subscription, segou: Region, shown: Shown
) -> None:
    choose(subscription, segou)
    told()
    before = the_change()
    end(subscription, shown=shown)

    with pytest.raises(AskToSignUpAgain):
        changing.undo(before, shown=shown)

    subscription.refresh_from_db()
    assert subscription.status == "ended"


def test_undoing_twice_does_not_bring_back_who_was_ended_by_somebody_else(
    publication: Publication, kayes: Region, segou: Region, shown: Shown
) -> None:
    returned = make_subscription(publication=publication, regions=[kayes], status="ended")
    subscribing.confirm(make_request(returned), shown=shown)
    told()
    choose(returned, segou)
    end(returned, reason=EndedReason.REMOVED, shown=shown)

    for change in Change.objects.order_by("pk"):
        with pytest.raises(AskToSignUpAgain):
            changing.undo(change, shown=shown)

    returned.refresh_from_db()
    assert (returned.status, returned.ended_reason) == ("ended", "removed")


def test_a_change_that_is_gone_has_outlived_its_link() -> None:
    with pytest.raises(LinkOutlived):
        changing.find(uuid4())


def test_a_change_is_forgotten_when_it_cannot_be_undone_any_more(
    subscription: Subscription,
) -> None:
    make_change(subscription)
    Change.objects.update(made_at=timezone.now() - timedelta(days=32))
    make_change(subscription)
    assert forgetting.something_to_forget()

    forgetting.forget()

    assert Change.objects.count() == 1
    assert not forgetting.something_to_forget()


# Ending older links


def test_ending_older_links_raises_their_generation_and_mails_the_new_one(
    subscription: Subscription,
) -> None:
    changing.end_older_links(subscription)

    assert Subscriber.objects.get().link_generation == 1
    notifying.send_due()
    assert Notice.objects.get().kind == NoticeKind.LINKS_ENDED
    assert "/preferences/" in str(mail.outbox[0].body)


def test_ending_older_links_changes_nothing_else(subscription: Subscription) -> None:
    before = standing(subscription)

    changing.end_older_links(subscription)

    assert standing(subscription) == before
    assert not ConsentEvent.objects.exists()
    assert subscription.status == SubscriptionStatus.ACTIVE
    assert InterestSet.objects.count() == 1


def test_older_links_that_are_ended_twice_at_once_are_told_of_once(
    subscription: Subscription,
) -> None:
    at_once = Subscription.objects.select_related("subscriber").get(pk=subscription.pk)
    changing.end_older_links(subscription)

    changing.end_older_links(at_once)

    assert Notice.objects.filter(kind=NoticeKind.LINKS_ENDED).count() == 1
    assert Subscriber.objects.get().link_generation == 1
