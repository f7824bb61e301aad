"""What was sent before: the issues that a mail compares with."""

from __future__ import annotations

from datetime import datetime

from django.db.models import BigIntegerField, Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable

from newsletter.editions.content import IssueContent
from newsletter.editions.past import Past, PastIssue
from newsletter.models import Delivery, DeliveryState, Issue, Mailing

#: How far back a mail looks: who was sent nothing of these is told of no change.
REMEMBERED = 12
#: What was, or may have been, sent.
REACHED = (DeliveryState.ACCEPTED, DeliveryState.UNKNOWN)


def past_of(issue: Issue, *, before: datetime | None = None) -> Past:
    """The other issues of the same publication that were sent, up to the moment `before`."""
    mailings = list(sent_before(issue, before).select_related("version"))
    return Past(
        PastIssue(m.version_id, m.issue_id, IssueContent.from_json(m.version.content))
        for m in reversed(mailings)
    )


def last_sent(issue: Issue) -> Combinable:
    """Of a subscription, the id of the version of those issues that its reader was last sent."""
    earlier = [mailing.pk for mailing in sent_before(issue)]
    if not earlier:
        return Value(None, output_field=BigIntegerField())
    reached = Delivery.objects.filter(
        subscriber=OuterRef("subscriber"), mailing__in=earlier, state__in=REACHED
    )
    newest_first = reached.order_by("-mailing__frozen_at", "-mailing_id")
    return Subquery(newest_first.values("mailing__version")[:1])


def sent_before(issue: Issue, before: datetime | None = None) -> QuerySet[Mailing]:
    """The last mailings of other issues that reached anybody, or may have, newest first."""
    reached = Delivery.objects.filter(mailing=OuterRef("pk"), state__in=REACHED)
    mailings = Mailing.objects.filter(
        Exists(reached), issue__publication=issue.publication_id, frozen_at__isnull=False
    ).exclude(issue=issue)
    if before is not None:
        mailings = mailings.filter(frozen_at__lt=before)
    return mailings.order_by("-frozen_at", "-pk")[:REMEMBERED]
