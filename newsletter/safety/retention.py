"""What has been kept long enough goes, once a day and in pieces.

A piece is one short transaction over few rows. Nothing of a mailing that is on its way is
touched, and rows that somebody else holds are left for another day.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from newsletter.ledger.recounting import OVER, tally_next
from newsletter.media.maps import delete_maps
from newsletter.models import (
    AudienceMember,
    Batch,
    Delivery,
    DeliveryEvent,
    Edition,
    HistoryEntry,
    Mailing,
    Part,
    Preflight,
    RetentionRun,
)
from newsletter.models.mailings import ON_ITS_WAY
from newsletter.transports.outbox import configured_outbox
from subscribers.models import (
    AuditEntry,
    Notice,
    NoticeState,
    Subscriber,
    Subscription,
    SubscriptionStatus,
)
from subscribers.services.erasing import erase_all
from subscribers.services.personal_data import ERASED_DOMAIN

#: How often all of it is looked at.
EVERY = timedelta(days=1)
#: A worker that died over it keeps it from the others for so long.
LEASE = timedelta(minutes=10)
#: How long a page may show what a check found.
CHECKS_KEPT = timedelta(days=7)
#: Who erases readers when no person does, in the audit log.
BY = "retention"


def is_due() -> bool:
    return not RetentionRun.objects.filter(due_at__gt=timezone.now()).exists()


def run(*, seconds: float = 5.0) -> None:
    """Let go what has been kept long enough, for a few seconds; go on soon if there is more.

    Of several calls at once, one does it.
    """
    RetentionRun.objects.get_or_create(pk=1, defaults={"due_at": timezone.now()})
    due = RetentionRun.objects.filter(due_at__lte=timezone.now())
    if not due.update(due_at=timezone.now() + LEASE):
        return
    is_done = _forget(until=time.monotonic() + seconds)
    again = EVERY if is_done else timedelta(0)
    RetentionRun.objects.update(due_at=timezone.now() + again)


def _forget(*, until: float) -> bool:
    """Whether nothing is left that can go now."""
    for rule, piece in RULES:
        while rule(piece) >= piece:
            if time.monotonic() > until:
                return False
    return True


def forget_events(piece: int) -> int:
    """Old reports, and those that nothing of ours was found for."""
    nobodys = Q(delivery=None, due_at=None)
    old = DeliveryEvent.objects.filter(nobodys | Q(received_at__lt=_ago(settings.RETAIN_EVENTS)))
    return _delete(old.exclude(delivery__mailing__state__in=ON_ITS_WAY), piece)


def tally_mailings(_piece: int) -> int:
    """Count an old mailing for good, so that its deliveries can go."""
    return tally_next(frozen_before=_ago(settings.RETAIN_DELIVERIES))


@transaction.atomic
def forget_deliveries(piece: int) -> int:
    """Deliveries of mailings that were tallied, with what was reported of them."""
    ids = _some(Delivery.objects.filter(mailing__in=_tallied()), piece)
    DeliveryEvent.objects.filter(delivery__in=ids)._raw_delete(DEFAULT_DB_ALIAS)
    Delivery.objects.filter(pk__in=ids)._raw_delete(DEFAULT_DB_ALIAS)
    return len(ids)


def forget_batches(piece: int) -> int:
    """Batches whose deliveries are gone."""
    full = Delivery.objects.filter(batch=OuterRef("pk"))
    return _delete(Batch.objects.filter(~Exists(full), mailing__in=_tallied()), piece)


def forget_history(piece: int) -> int:
    """What happened to mailings that were tallied."""
    # Django's own set of rows: that of the model refuses to delete.
    entries: QuerySet[HistoryEntry] = QuerySet(HistoryEntry)
    return _delete(entries.filter(mailing__in=_tallied()), piece)


@transaction.atomic
def forget_recipes(piece: int) -> int:
    """What old editions say; which parts of their version they held stays."""
    old = Edition.objects.filter(
        mailing__state__in=OVER, mailing__frozen_at__lt=_ago(settings.RETAIN_EDITIONS)
    )
    ids = _some(old.exclude(recipe=b""), piece)
    Edition.objects.filter(pk__in=ids).update(recipe=b"")
    return len(ids)


def forget_parts(piece: int) -> int:
    """The parts that such editions were made of."""
    needed = ~Q(state__in=OVER, frozen_at__lt=_ago(settings.RETAIN_EDITIONS))
    mailed_lately = Mailing.objects.filter(needed).values("version")
    return _delete(Part.objects.exclude(version__in=mailed_lately), piece)


def forget_checks(piece: int) -> int:
    """Old checks of drafts: whoever schedules one has it checked again."""
    return _delete(Preflight.objects.filter(finished_at__lt=_ago(CHECKS_KEPT)), piece)


def forget_notices(piece: int) -> int:
    """Confirmations and links that were sent, or given up."""
    done = Notice.objects.exclude(state=NoticeState.OWED)
    return _delete(done.filter(created_at__lt=_ago(settings.RETAIN_NOTICES)), piece)


def erase_ended(piece: int) -> int:
    """Readers who left long ago, with the proof of what they had agreed to."""
    cutoff = _ago(settings.RETAIN_ENDED)
    long_ended = Q(status=SubscriptionStatus.ENDED, ended_at__lt=cutoff)
    others = Subscription.objects.filter(~long_ended, subscriber=OuterRef("pk"))
    gone = Subscriber.objects.filter(~Exists(others), created_at__lt=cutoff)
    ids = _living(gone).order_by("pk").values_list("pk", flat=True)[:piece]
    return erase_all(list(ids), by=BY)


@transaction.atomic
def forget_stand_ins(piece: int) -> int:
    """What stood in for erased readers, once no delivery refers to it."""
    erased = Subscriber.objects.filter(mailbox__endswith=f"@{ERASED_DOMAIN}")
    counted = Delivery.objects.filter(subscriber=OuterRef("pk"))
    # Whoever is erased while their delivery is still to be written.
    members = AudienceMember.objects.filter(subscriber=OuterRef("pk"))
    ids = _some(erased.filter(~Exists(counted), ~Exists(members)), piece)
    Subscription.objects.filter(subscriber__in=ids)._raw_delete(DEFAULT_DB_ALIAS)
    Subscriber.objects.filter(pk__in=ids)._raw_delete(DEFAULT_DB_ALIAS)
    return len(ids)


def forget_sessions(piece: int) -> int:
    """Sessions that are over."""
    return _delete(Session.objects.filter(expire_date__lt=timezone.now()), piece)


def forget_what_staff_did(piece: int) -> int:
    """Old entries of the audit log and of Django's."""
    cutoff = _ago(settings.RETAIN_AUDIT)
    # Django's own set of rows: that of the model refuses to delete.
    audit: QuerySet[AuditEntry] = QuerySet(AuditEntry)
    gone = _delete(audit.filter(at__lt=cutoff), piece)
    return max(gone, _delete(LogEntry.objects.filter(action_time__lt=cutoff), piece))


def forget_outbox(piece: int) -> int:
    """Old mail in the outbox of this machine."""
    outbox = configured_outbox()
    cutoff = _ago(settings.RETAIN_OUTBOX)
    old = [item for item in outbox.items() if item.written_at < cutoff][:piece]
    for item in old:
        outbox.remove(item)
    return len(old)


def forget_old_maps(piece: int) -> int:
    """Maps that were drawn long ago on this machine; they are drawn again when asked for."""
    return delete_maps(drawn_before=_ago(settings.RETAIN_MAPS), limit=piece)


#: In this order, with how much goes at once: what refers to others ahead of them.
RULES: tuple[tuple[Callable[[int], int], int], ...] = (
    (forget_events, 1000),
    (tally_mailings, 1),
    (forget_deliveries, 1000),
    (forget_batches, 1000),
    (forget_history, 1000),
    (forget_recipes, 1000),
    (forget_parts, 1000),
    (forget_checks, 50),
    (forget_notices, 1000),
    (erase_ended, 50),
    (forget_stand_ins, 1000),
    (forget_sessions, 1000),
    (forget_what_staff_did, 1000),
    (forget_outbox, 1000),
    (forget_old_maps, 1000),
)


def _ago(kept: timedelta) -> datetime:
    return timezone.now() - kept


def _tallied() -> list[int]:
    return list(Mailing.objects.filter(tallied_at__isnull=False).values_list("pk", flat=True))


def _living(subscribers: QuerySet[Subscriber]) -> QuerySet[Subscriber]:
    return subscribers.exclude(mailbox__endswith=f"@{ERASED_DOMAIN}")


def _some(rows: QuerySet[Any], piece: int) -> list[Any]:
    """The keys of up to `piece` of `rows`, those that nobody else holds; ours until we commit."""
    free = rows.order_by("pk").select_for_update(skip_locked=True, of=("self",))
    return list(free.values_list("pk", flat=True)[:piece])


@transaction.atomic
def _delete(rows: QuerySet[Any], piece: int) -> int:
    ids = _some(rows, piece)
    # A statement of our own: Django would read the rows, and look for what refers to them.
    QuerySet(rows.model).filter(pk__in=ids)._raw_delete(DEFAULT_DB_ALIAS)
    return len(ids)
