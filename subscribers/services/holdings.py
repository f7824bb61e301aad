"""What this app holds about readers, and what Django's log of the desk says of them."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

from django.contrib.admin.models import LogEntry
from django.db import DEFAULT_DB_ALIAS
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from subscribers.addresses import mailbox_key
from subscribers.models import (
    WITH_REGIONS,
    AuditEntry,
    Change,
    ConsentEvent,
    EndedReason,
    InterestSet,
    Language,
    MailFormat,
    Notice,
    NoticeState,
    SignUp,
    SignUpRequest,
    Subscriber,
    Subscription,
    SubscriptionStatus,
    Suppression,
)
from subscribers.services import claiming, limiting
from subscribers.services.auditing import replace_address
from subscribers.services.personal_data import Holding, Leaving, Person, stand_in, stand_in_for
from subscribers.services.suppressing import THEIR_WILL


def _subscriptions(person: Person) -> QuerySet[Subscription]:
    mine = Subscription.objects.filter(subscriber=person.id)
    return mine.select_related("publication").prefetch_related(f"interest_set__{WITH_REGIONS}")


def _regions(row: Subscription | SignUpRequest | Change) -> list[str]:
    return row.interest_set.in_words(get_language() or "en")


def _consent_events(person: Person) -> QuerySet[ConsentEvent]:
    mine = ConsentEvent.objects.filter(subscription__subscriber=person.id)
    return mine.select_related("subscription__publication")


def _notices(person: Person) -> QuerySet[Notice]:
    mine = Notice.objects.filter(subscription__subscriber=person.id)
    return mine.select_related("subscription__publication")


def _publication(row: ConsentEvent | Notice | Change) -> str:
    return str(row.subscription.publication.name)


def _changes(person: Person) -> QuerySet[Change]:
    mine = Change.objects.filter(subscription__subscriber=person.id)
    return mine.select_related("subscription__publication").prefetch_related(
        f"interest_set__{WITH_REGIONS}"
    )


def _requests(person: Person) -> QuerySet[SignUpRequest]:
    mine = _requests_of([person.id], [person.mailbox])
    return mine.select_related("publication").prefetch_related(f"interest_set__{WITH_REGIONS}")


def _requests_of(ids: list[int], mailboxes: list[str]) -> QuerySet[SignUpRequest]:
    """What these people asked for, and what was asked for in their name and waits for an answer."""
    answered = Q(subscription__subscriber__in=ids)
    addresses = SignUpRequest.objects.annotate(mailbox=Lower("address"))
    return addresses.filter(answered | Q(mailbox__in=mailboxes))


def _sign_ups(*people: Person) -> QuerySet[SignUp]:
    return SignUp.objects.filter(mailbox_key__in=[limiting.key_of(one.address) for one in people])


def _suppressions(*people: Person) -> QuerySet[Suppression]:
    mailboxes = [person.mailbox for person in people]
    keys = list(map(mailbox_key, mailboxes))
    return Suppression.objects.filter(Q(mailbox__in=mailboxes) | Q(mailbox_key__in=keys))


def _log_entries(person: Person) -> QuerySet[LogEntry]:
    named = Q(object_repr__icontains=person.mailbox)
    return LogEntry.objects.filter(named | Q(change_message__icontains=person.mailbox))


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


def _forget_requests(leaving: Leaving) -> None:
    _requests_of(leaving.ids, leaving.mailboxes).delete()


def _forget_notices(leaving: Leaving) -> None:
    mine = Notice.objects.filter(subscription__subscriber__in=leaving.ids)
    mine._raw_delete(DEFAULT_DB_ALIAS)


def _noticed_now(leaving: Leaving) -> frozenset[int]:
    """Those to whom a worker may be sending a notice: it is heard of within its lease."""
    now = timezone.now()
    claimed = Notice.objects.filter(
        subscription__subscriber__in=leaving.ids,
        state=NoticeState.OWED,
        attempts__gt=0,
        due_at__gt=now,
        due_at__lte=now + claiming.LEASE + timedelta(seconds=1),
    )
    return frozenset(claimed.values_list("subscription__subscriber", flat=True))


def _forget_sign_ups(leaving: Leaving) -> None:
    _sign_ups(*leaving.people)._raw_delete(DEFAULT_DB_ALIAS)


def _forget_suppressions(leaving: Leaving) -> None:
    """Of what was their own will a key stays, that tells no address."""
    mine = _suppressions(*leaving.people)
    mine.exclude(reason__in=THEIR_WILL).delete()
    mine.update(mailbox=None, detail="")


def _forget_log_entries(leaving: Leaving) -> None:
    for person in leaving.people:
        address = re.compile(re.escape(person.address), re.IGNORECASE)
        nobody = stand_in(person.id)
        for entry in _log_entries(person):
            entry.object_repr = address.sub(nobody, entry.object_repr)[:200]
            entry.change_message = address.sub(nobody, entry.change_message)
            entry.save(update_fields=["object_repr", "change_message"])


def _audit_entries(person: Person) -> QuerySet[AuditEntry]:
    """Those that name the reader, or a subscription of theirs, by number."""
    subscriptions = Subscription.objects.filter(subscriber=person.id).values_list("pk", flat=True)
    named = Q(about_kind=Subscriber._meta.label_lower, about_id=str(person.id))
    named |= Q(
        about_kind=Subscription._meta.label_lower, about_id__in=[str(pk) for pk in subscriptions]
    )
    return AuditEntry.objects.filter(named)


def _forget_in_the_audit(leaving: Leaving) -> None:
    for person in leaving.people:
        replace_address(person.address, stand_in=stand_in(person.id))


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
    derived={"regions": (_("regions"), _regions)},
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
    derived={"publication": (_("publication"), _publication)},
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
    derived={"publication": (_("publication"), _publication), "regions": (_("regions"), _regions)},
    internal=("id", "public_id", "subscription", "interest_set"),
    rows=_changes,
    erase=_forget_changes,
    kept="30 days",
)
REQUESTS = Holding(
    key="requests",
    title=_("Requests to subscribe that you can confirm"),
    model=SignUpRequest,
    shown=(
        "publication",
        "address",
        "language",
        "mail_format",
        "wording",
        "page",
        "page_language",
        "network",
        "requested_at",
        "expires_at",
        "used_at",
    ),
    derived={"regions": (_("regions"), _regions)},
    internal=("id", "public_id", "subscription", "interest_set", "due_at"),
    rows=_requests,
    erase=_forget_requests,
    kept="7 days",
)
NOTICES = Holding(
    key="notices",
    title=_("Confirmations and links sent to you"),
    model=Notice,
    shown=("kind", "state", "created_at", "sent_at", "reason", "trouble"),
    derived={"publication": (_("publication"), _publication)},
    internal=("id", "subscription", "request", "change", "due_at", "attempts"),
    rows=_notices,
    erase=_forget_notices,
    in_use=_noticed_now,
    kept="RETAIN_NOTICES_DAYS",
)
SIGN_UPS = Holding(
    key="sign_ups",
    title=_("Requests of the last month, counted"),
    model=SignUp,
    shown=("at", "network"),
    internal=("id", "mailbox_key", "answered", "confirmed"),
    rows=_sign_ups,
    erase=_forget_sign_ups,
    kept="30 days",
)
SUPPRESSIONS = Holding(
    key="suppressions",
    title=_("Why no mail is sent to you"),
    model=Suppression,
    shown=("reason", "detail", "created_at", "asked_again_at"),
    internal=("id", "mailbox", "mailbox_key"),
    rows=_suppressions,
    erase=_forget_suppressions,
    kept="RETAIN_ENDED_DAYS",
)
LOG_ENTRIES = Holding(
    key="log_entries",
    title=_("What staff did that names you"),
    model=LogEntry,
    shown=("action_time", "change_message"),
    internal=("id", "user", "content_type", "object_id", "object_repr", "action_flag"),
    rows=_log_entries,
    erase=_forget_log_entries,
    kept="RETAIN_AUDIT_DAYS",
)

AUDIT = Holding(
    key="audit",
    title=_("When staff looked at or changed what we hold about you"),
    model=AuditEntry,
    shown=("at", "action"),
    internal=(
        "id",
        "actor",
        "actor_name",
        "about_kind",
        "about_id",
        "about_label",
        "changes",
        "note",
    ),
    rows=_audit_entries,
    erase=_forget_in_the_audit,
    kept="RETAIN_AUDIT_DAYS",
)

#: In the order of an export; what refers to others comes after them.
HOLDINGS = (
    SUBSCRIBER,
    SUBSCRIPTIONS,
    CONSENT_EVENTS,
    REQUESTS,
    CHANGES,
    NOTICES,
    SIGN_UPS,
    SUPPRESSIONS,
    LOG_ENTRIES,
    AUDIT,
)
