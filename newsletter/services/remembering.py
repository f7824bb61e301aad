"""What was sent before: the issues that a mail compares with."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from newsletter.editions.content import IssueContent
from newsletter.editions.past import Past, PastIssue
from newsletter.models import Delivery, DeliveryState, Issue, Mailing

#: How far back a mail looks: who was sent nothing of these is told of no change.
REMEMBERED = 12


def past_of(issue: Issue, *, before: datetime | None = None) -> Past:
    """The other issues of the same publication that were sent, up to the moment `before`."""
    mailings = list(sent_before(issue, before).select_related("version"))
    return Past(
        PastIssue(m.version_id, m.issue_id, IssueContent.from_json(m.version.content))
        for m in reversed(mailings)
    )


def sent_before(issue: Issue, before: datetime | None = None) -> QuerySet[Mailing]:
    """The last mailings of other issues that reached anybody, or may have, newest first."""
    reached = Delivery.objects.filter(
        mailing=OuterRef("pk"), state__in=(DeliveryState.ACCEPTED, DeliveryState.UNKNOWN)
    )
    mailings = Mailing.objects.filter(
        Exists(reached), issue__publication=issue.publication_id, frozen_at__isnull=False
    ).exclude(issue=issue)
    if before is not None:
        mailings = mailings.filter(frozen_at__lt=before)
    return mailings.order_by("-frozen_at", "-pk")[:REMEMBERED]
