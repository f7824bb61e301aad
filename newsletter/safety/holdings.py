"""What this app holds about readers: the ledger's lines about them, and mail in the outbox."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from newsletter.editions.numbering import parts_held
from newsletter.editions.recipes import assembled_each
from newsletter.editions.stored import from_json
from newsletter.ledger import deliveries
from newsletter.links import web_url
from newsletter.models import (
    AudienceMember,
    Batch,
    BatchState,
    Delivery,
    DeliveryEvent,
    DeliveryState,
    DeliveryTransition,
    Reason,
)
from newsletter.transports.outbox import Item, configured_outbox
from subscribers.models import WITH_REGIONS
from subscribers.services.personal_data import Holding, Leaving, Person, stand_in_for


def _deliveries(person: Person) -> list[Delivery]:
    mine = Delivery.objects.filter(subscriber=person.id).order_by("pk")
    mine = mine.select_related("mailing__issue__publication", "mailing__version", "edition")
    found = list(mine.prefetch_related(f"interest_set__{WITH_REGIONS}"))
    sent = assembled_each({delivery.edition for delivery in found if delivery.edition})
    for delivery in found:
        edition = sent.get(delivery.edition_id or 0)
        vars(delivery).update(subject=edition.subject if edition else "")
    return found


def _publication(line: Delivery | AudienceMember) -> str:
    return str(line.mailing.issue.publication.name)


def _issue(line: Delivery | AudienceMember) -> str:
    return str(line.mailing.issue.title)


def _regions(line: Delivery | AudienceMember) -> list[str]:
    return line.interest_set.in_words(get_language() or "en")


def _subject(delivery: Delivery) -> str:
    subject: str = vars(delivery)["subject"]
    # Where it was forgotten, what its mailing sent.
    return subject or (delivery.mailing.title if delivery.edition else "")


def _sections(delivery: Delivery) -> list[str]:
    if delivery.edition is None:
        return []
    content = from_json(delivery.mailing.version.content)
    held = parts_held(delivery.edition, content)
    if content.is_correction:
        corrected = [one for one in content.corrections if one.part in held]
        regions = content.regions
        return [str(one.title) or regions[one.region].in_active_language for one in corrected]
    return [str(part.title) for part in content.sections if part.id in held]


def _web_copy(delivery: Delivery) -> str:
    was_sent = delivery.state in (DeliveryState.ACCEPTED, DeliveryState.UNKNOWN)
    return web_url(delivery.edition.public_id) if delivery.edition and was_sent else ""


def _memberships(person: Person) -> QuerySet[AudienceMember]:
    mine = AudienceMember.objects.filter(subscriber=person.id)
    mine = mine.select_related("mailing__issue__publication", "mailing__correction")
    return mine.prefetch_related(f"interest_set__{WITH_REGIONS}")


def _members(leaving: Leaving) -> frozenset[int]:
    known = AudienceMember.objects.filter(subscriber__in=leaving.ids)
    return frozenset(known.values_list("subscriber", flat=True))


def _forget_memberships(leaving: Leaving) -> None:
    """Their place stays, for the counts: no email is made for it."""
    mine = AudienceMember.objects.filter(subscriber__in=leaving.ids)
    mine.update(mailbox=stand_in_for("subscriber_id"), reason=Reason.ERASED)


def _events(*people: Person) -> QuerySet[DeliveryEvent]:
    """What was reported of their mail, and what was reported of their address alone."""
    theirs = Q(delivery__subscriber__in=[person.id for person in people])
    nobodys = Q(delivery=None, mailbox__in=[person.mailbox for person in people])
    return DeliveryEvent.objects.filter(theirs | nobodys)


def _outbox(person: Person) -> Sequence[Item]:
    return configured_outbox().items_for(person.address)


def _mailed_now(leaving: Leaving) -> frozenset[int]:
    """Those whose copy may be on the wire; no batch of the others goes there until we commit."""
    planned = Delivery.objects.filter(subscriber__in=leaving.ids, state=DeliveryState.PLANNED)
    batches = Batch.objects.filter(pk__in=list(planned.values_list("batch", flat=True)))
    locked = batches.order_by("pk").select_for_update(no_key=True)
    handed = [pk for pk, state in locked.values_list("pk", "state") if state == BatchState.HANDED]
    return frozenset(planned.filter(batch__in=handed).values_list("subscriber", flat=True))


def _in_the_ledger(leaving: Leaving) -> frozenset[int]:
    known = Delivery.objects.filter(subscriber__in=leaving.ids)
    return frozenset(known.values_list("subscriber", flat=True))


def _forget_deliveries(leaving: Leaving) -> None:
    """The line stays with its state, for counts; what was still to be sent is left out.

    Without its batch, nothing that a worker reports later is written to it.
    """
    mine = Delivery.objects.filter(subscriber__in=leaving.ids)
    deliveries.transition(mine, DeliveryTransition.SKIP, reason=Reason.ERASED)
    mine.update(
        mailbox=stand_in_for("subscriber_id"),
        detail="",
        obstacle="",
        batch=None,
        remote_id="",
        outbox_name="",
    )


def _forget_events(leaving: Leaving) -> None:
    _events(*leaving.people).delete()


def _forget_outbox(leaving: Leaving) -> None:
    """Also what a message is named after."""
    outbox = configured_outbox()
    for person in leaving.people:
        for item in outbox.items_for(person.address):
            outbox.remove(item)


DELIVERIES = Holding(
    key="deliveries",
    title=_("Issues sent to you, or why not"),
    model=Delivery,
    shown=(
        "state",
        "reason",
        "detail",
        "remote_id",
        "attempts",
        "resends",
        "settled_at",
        "outcome",
        "outcome_at",
    ),
    derived={
        "publication": (_("publication"), _publication),
        "issue": (_("issue"), _issue),
        "regions": (_("regions you had chosen"), _regions),
        "subject": (_("subject of the email"), _subject),
        "sections": (_("sections"), _sections),
        "web_copy": (_("web copy"), _web_copy),
    },
    internal=(
        "id",
        "mailing",
        "subscriber",
        "subscription",
        "mailbox",
        "obstacle",
        "outbox_name",
        "interest_set",
        "edition",
        "batch",
        "unusual_outcome",
    ),
    rows=_deliveries,
    erase=_forget_deliveries,
    in_use=_mailed_now,
    binds=_in_the_ledger,
    kept="RETAIN_DELIVERIES_DAYS",
)
AUDIENCE_MEMBERS = Holding(
    key="audience_members",
    title=_("Issues being prepared for you"),
    model=AudienceMember,
    shown=("language", "mail_format", "only_on_change", "reason", "due_at"),
    derived={
        "publication": (_("publication"), _publication),
        "issue": (_("issue"), _issue),
        "regions": (_("regions you had chosen"), _regions),
    },
    internal=(
        "mailing",
        "ordinal",
        "subscriber",
        "subscription",
        "mailbox",
        "interest_set",
        "history",
        "group",
    ),
    rows=_memberships,
    erase=_forget_memberships,
    binds=_members,
    kept="for the minute in which a mailing is worked out",
)
DELIVERY_EVENTS = Holding(
    key="delivery_events",
    title=_("What mail services reported"),
    model=DeliveryEvent,
    shown=("esp", "kind", "mailbox", "detail", "happened_at", "received_at"),
    internal=(
        "id",
        "channel",
        "event_id",
        "outcome",
        "delivery_key",
        "message_id",
        "due_at",
        "delivery",
    ),
    rows=_events,
    erase=_forget_events,
    kept="RETAIN_EVENTS_DAYS",
)
OUTBOX = Holding(
    key="outbox",
    title=_("Emails kept in the outbox"),
    derived={
        "name": (_("file"), lambda item: item.name),
        "written_at": (_("written"), lambda item: item.written_at),
    },
    rows=_outbox,
    erase=_forget_outbox,
    kept="RETAIN_OUTBOX_DAYS",
)

#: In the order of an export; what refers to others comes after them.
HOLDINGS = (DELIVERIES, AUDIENCE_MEMBERS, DELIVERY_EVENTS, OUTBOX)
