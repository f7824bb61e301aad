"""Who an issue would go to now, and who gets nothing and why: one rule for all who ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypedDict

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When

from newsletter.audience.history import history_on
from newsletter.audience.segments import SegmentRule, is_in
from newsletter.editions.past import Track
from newsletter.models import Delivery, Issue, Reason
from newsletter.queries import REACHED
from subscribers.models import (
    TAKES_ISSUES,
    ChosenRegion,
    EndedReason,
    Subscription,
    SubscriptionStatus,
    Suppression,
)

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


class Standing(TypedDict):
    #: Why they get nothing, a value of :class:`newsletter.models.Reason`; empty if they do.
    reason: str
    #: What they were sent before: see :func:`newsletter.editions.past.trend_histories`.
    history: str


def audience_of(
    issue: Issue, tracks: Sequence[Track], rule: SegmentRule | None = None
) -> QuerySet[WithAnnotations[Subscription, Standing]]:
    """All who ever subscribed, with their standing; with a `rule`, only its segment is mailed.

    Whether the issue has anything for them is not asked here: that is known when their edition
    is composed.
    """
    known = issue.publication.subscriptions.exclude(ended_reason=EndedReason.ERASED)
    return known.order_by().annotate(reason=_reason(issue, rule), history=history_on(tracks))


def _reason(issue: Issue, rule: SegmentRule | None) -> Case:
    sent = list(issue.mailings.filter(frozen_at__isnull=False).values_list("pk", flat=True))
    got_it = Delivery.objects.filter(
        subscriber=OuterRef("subscriber"), mailing__in=sent, state__in=REACHED
    )
    wants_it = ChosenRegion.objects.filter(level__in=TAKES_ISSUES).values("interest_set")
    by_mailbox = Suppression.objects.filter(mailbox=OuterRef("subscriber__mailbox"))
    by_key = Suppression.objects.filter(mailbox_key=OuterRef("subscriber__mailbox_key"))
    return Case(
        When(status=SubscriptionStatus.PENDING, then=Value(Reason.NOT_CONFIRMED)),
        When(status=SubscriptionStatus.ENDED, then=Value(Reason.UNSUBSCRIBED)),
        When(Exists(by_mailbox) | Exists(by_key), then=Value(Reason.SUPPRESSED)),
        When(paused_until__gt=issue.publication.today, then=Value(Reason.PAUSED)),
        When(~Q(interest_set__in=wants_it), then=Value(Reason.OTHER_KIND)),
        When(Exists(got_it), then=Value(Reason.ALREADY_SENT)),
        *_outside(rule, issue),
        default=Value(""),
        output_field=CharField(),
    )


def _outside(rule: SegmentRule | None, issue: Issue) -> list[When]:
    condition = is_in(rule, issue.publication) if rule else Q()
    return [When(~condition, then=Value(Reason.OUTSIDE_SEGMENT))] if condition else []
