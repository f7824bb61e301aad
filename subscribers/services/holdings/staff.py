"""What the desk keeps of readers: whom it leaves alone, and its logs."""

from __future__ import annotations

import re

from django.contrib.admin.models import LogEntry
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from subscribers.addresses import mailbox_key
from subscribers.models import (
    AuditEntry,
    Subscriber,
    Subscription,
    Suppression,
)
from subscribers.services.auditing import replace_address
from subscribers.services.personal_data import Holding, Leaving, Person, stand_in
from subscribers.services.suppressing import THEIR_WILL


def _suppressions(*people: Person) -> QuerySet[Suppression]:
    mailboxes = [person.mailbox for person in people]
    keys = list(map(mailbox_key, mailboxes))
    return Suppression.objects.filter(Q(mailbox__in=mailboxes) | Q(mailbox_key__in=keys))


def _log_entries(person: Person) -> QuerySet[LogEntry]:
    named = Q(object_repr__icontains=person.mailbox)
    return LogEntry.objects.filter(named | Q(change_message__icontains=person.mailbox))


def _audit_entries(person: Person) -> QuerySet[AuditEntry]:
    """Those that name the reader, or a subscription of theirs, by number."""
    subscriptions = Subscription.objects.filter(subscriber=person.id).values_list("pk", flat=True)
    named = Q(about_kind=Subscriber._meta.label_lower, about_id=str(person.id))
    named |= Q(
        about_kind=Subscription._meta.label_lower, about_id__in=[str(pk) for pk in subscriptions]
    )
    return AuditEntry.objects.filter(named)


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


def _forget_in_the_audit(leaving: Leaving) -> None:
    for person in leaving.people:
        replace_address(person.address, stand_in=stand_in(person.id))


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
