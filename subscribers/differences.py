"""What a link changed, in words: how each thing was, and how it is now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from subscribers import days
from subscribers.languages import own_name_of
from subscribers.listing import separated
from subscribers.models import Change, InterestSet, MailFormat, SubscriptionStatus
from subscribers.time_zones import place_of


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was."""

    label: str
    before: str
    now: str


def differences(change: Change) -> list[Difference]:
    """All that is not as it was before `change`, in the language that is active."""
    return [one for one in _compared(change) if one.before != one.now]


def _compared(change: Change) -> Iterator[Difference]:
    subscription, subscriber = change.subscription, change.subscription.subscriber
    is_active = subscription.status == SubscriptionStatus.ACTIVE
    yield Difference(_("Subscription"), _subscribed(change.was_active), _subscribed(is_active))
    yield Difference(_("Regions"), _names(change.interest_set), _names(subscription.interest_set))
    yield Difference(
        _("Language"), own_name_of(change.language), own_name_of(subscription.language)
    )
    yield Difference(_("Format"), _format(change.mail_format), _format(subscription.mail_format))
    yield Difference(_("Time zone"), _zone(change.time_zone), _zone(subscriber.time_zone))
    yield Difference(
        _("How often"), _how_often(change.only_on_change), _how_often(subscription.only_on_change)
    )
    yield Difference(_("Paused until"), _day(change.paused_until), _day(subscription.paused_until))


def _subscribed(is_active: bool) -> str:
    return _("subscribed") if is_active else _("not subscribed")


def _names(interest_set: InterestSet) -> str:
    return separated(interest_set.in_words(get_language() or "en"))


def _format(mail_format: str) -> str:
    return str(MailFormat(mail_format).label)


def _how_often(only_on_change: bool) -> str:
    return _("when a trend changed") if only_on_change else _("every issue")


def _day(value: date | None) -> str:
    return days.day(value) if value else _("not paused")


def _zone(time_zone: str) -> str:
    return place_of(time_zone) or _("same as the newsletter")
