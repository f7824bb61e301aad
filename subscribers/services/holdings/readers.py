"""Readers themselves, what they subscribe to, and the proof of it."""

from __future__ import annotations

import uuid

from django.db import DEFAULT_DB_ALIAS
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from subscribers.models import (
    WITH_REGIONS,
    Change,
    ConsentEvent,
    EndedReason,
    InterestSet,
    Language,
    MailFormat,
    Notice,
    SignUpRequest,
    Subscriber,
    Subscription,
    SubscriptionStatus,
)
from subscribers.services.personal_data import Holding, Leaving, Person, stand_in_for


def _subscriptions(person: Person) -> QuerySet[Subscription]:
    mine = Subscription.objects.filter(subscriber=person.id)
    return mine.select_related("publication").prefetch_related(f"interest_set__{WITH_REGIONS}")


def regions_of(row: Subscription | SignUpRequest | Change) -> list[str]:
    """What is chosen in `row`, in words."""
    return row.interest_set.in_words(get_language() or "en")


def _consent_events(person: Person) -> QuerySet[ConsentEvent]:
    mine = ConsentEvent.objects.filter(subscription__subscriber=person.id)
    return mine.select_related("subscription__publication")


def publication_of(row: ConsentEvent | Notice | Change) -> str:
    """The name of what `row` is about."""
    return str(row.subscription.publication.name)


def _changes(person: Person) -> QuerySet[Change]:
    mine = Change.objects.filter(subscription__subscriber=person.id)
    return mine.select_related("subscription__publication").prefetch_related(
        f"interest_set__{WITH_REGIONS}"
    )


def _forget_people(leaving: Leaving) -> None:
    """Those whom nothing refers to go; of the others a number stays."""
    Subscriber.objects.filter(pk__in=leaving.unbound)._raw_delete(DEFAULT_DB_ALIAS)
    nobody = stand_in_for("pk")
    Subscriber.objects.filter(pk__in=leaving.bound).update(
        address=nobody, mailbox=nobody, mailbox_key="", name="", time_zone=""
    )


def _forget_subscriptions(leaving: Leaving) -> None:
    """Those that stay have ended and say nothing of interests, and no link finds them."""
    Subscription.objects.filter(subscriber__in=leaving.unbound)._raw_delete(DEFAULT_DB_ALIAS)
    kept = Subscription.objects.filter(subscriber__in=leaving.bound)
    kept.update(
        status=SubscriptionStatus.ENDED,
        ended_reason=EndedReason.ERASED,
        ended_at=Coalesce("ended_at", timezone.now()),
        language=Language.EN,
        mail_format=MailFormat.HTML,
        only_on_change=False,
        paused_until=None,
        interest_set=InterestSet.objects.of([]),
    )
    rows = list(kept.only("pk"))
    for subscription in rows:
        subscription.public_id = uuid.uuid4()
    Subscription.objects.bulk_update(rows, ["public_id"], batch_size=500)


def _forget_consent_events(leaving: Leaving) -> None:
    mine = ConsentEvent.objects.filter(subscription__subscriber__in=leaving.ids)
    mine._raw_delete(DEFAULT_DB_ALIAS)


def _forget_changes(leaving: Leaving) -> None:
    mine = Change.objects.filter(subscription__subscriber__in=leaving.ids)
    mine._raw_delete(DEFAULT_DB_ALIAS)


SUBSCRIBER = Holding(
    key="subscriber",
    title=_("You"),
    model=Subscriber,
    shown=("address", "name", "time_zone", "created_at"),
    internal=("id", "mailbox", "mailbox_key", "link_generation"),
    rows=lambda person: Subscriber.objects.filter(pk=person.id),
    erase=_forget_people,
    kept="RETAIN_ENDED_DAYS",
)
SUBSCRIPTIONS = Holding(
    key="subscriptions",
    title=_("Subscriptions"),
    model=Subscription,
    shown=(
        "publication",
        "language",
        "mail_format",
        "status",
        "ended_reason",
        "requested_at",
        "confirmed_at",
        "ended_at",
        "only_on_change",
        "paused_until",
    ),
    derived={"regions": (_("regions"), regions_of)},
    internal=("id", "public_id", "subscriber", "interest_set"),
    rows=_subscriptions,
    erase=_forget_subscriptions,
    kept="RETAIN_ENDED_DAYS",
)
CONSENT_EVENTS = Holding(
    key="consent_events",
    title=_("What you were shown and agreed to"),
    model=ConsentEvent,
    shown=("kind", "at", "source", "wording", "language", "page", "interests", "reason", "network"),
    derived={"publication": (_("publication"), publication_of)},
    internal=("id", "subscription"),
    rows=_consent_events,
    erase=_forget_consent_events,
    kept="RETAIN_ENDED_DAYS",
)
CHANGES = Holding(
    key="changes",
    title=_("How it was before a link in an email changed it"),
    model=Change,
    shown=(
        "made_at",
        "undone_at",
        "was_active",
        "ended_at",
        "ended_reason",
        "language",
        "mail_format",
        "time_zone",
        "only_on_change",
        "paused_until",
    ),
    derived={
        "publication": (_("publication"), publication_of),
        "regions": (_("regions"), regions_of),
    },
    internal=("id", "public_id", "subscription", "interest_set"),
    rows=_changes,
    erase=_forget_changes,
    kept="30 days",
)
