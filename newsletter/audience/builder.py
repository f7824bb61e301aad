"""Who a mailing would go to now, and who gets nothing and why: one rule for all who ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, QuerySet, Value, When

from newsletter.audience.history import history_on
from newsletter.audience.segments import SegmentRule, is_in
from newsletter.editions.compose import Composer
from newsletter.models import Delivery, Issue, IssueKind, Reason
from newsletter.queries import REACHED
from subscribers.models import ChosenRegion, EndedReason, Subscription
from subscribers.models import SubscriptionStatus as Status
from subscribers.services.suppressing import has_suppressed

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


class Standing(TypedDict):
    #: Why they get nothing, a value of :class:`newsletter.models.Reason`; empty if they do.
    reason: str
    #: What they were sent before: see :func:`newsletter.editions.past.trend_histories`.
    history: str


def audience_of(
    issue: Issue, composer: Composer, rule: SegmentRule | None = None
) -> QuerySet[WithAnnotations[Subscription, Standing]]:
    """All who ever subscribed, with their standing; to an alert, those whom it concerns.

    `composer` is the one of the content that is to go out; with a `rule`, only its segment is
    mailed. Whether a regular issue has anything
    for them is not asked here: that is known when their edition is composed.
    """
    audience = _subscribed(issue)
    if issue.is_alert:
        audience = audience.filter(interest_set__in=_concerned(composer))
    return audience.order_by().annotate(
        reason=_reason(issue, rule), history=history_on(composer.tracks)
    )


def passed_over(issue: Issue, composer: Composer) -> dict[Reason, int]:
    """How many others ever subscribed, whom an alert does not concern; of an issue, nobody.

    They are many, and it is in a hurry: they are counted and no more.
    """
    if not issue.is_alert:
        return {}
    others = _subscribed(issue).exclude(interest_set__in=_concerned(composer))
    reasons = others.order_by().values_list(_why_passed_over(issue)).annotate(number=Count("pk"))
    return {Reason(reason): number for reason, number in reasons}


def reason_to_pass_over(issue: Issue, subscription: Subscription) -> Reason:
    """Why `subscription` is not in the audience of an alert."""
    itself = Subscription.objects.filter(pk=subscription.pk)
    return Reason(itself.values_list(_why_passed_over(issue), flat=True).get())


def _why_passed_over(issue: Issue) -> Case:
    return Case(
        When(_wants_none(issue), then=Value(Reason.OTHER_KIND)),
        default=Value(Reason.NO_MATCHING_CONTENT),
        output_field=CharField(),
    )


def _subscribed(issue: Issue) -> QuerySet[Subscription]:
    return issue.publication.subscriptions.exclude(ended_reason=EndedReason.ERASED)


def _wants_none(issue: Issue) -> Q:
    """The condition that somebody wants no issue of that kind, on whatever region."""
    at_level = ChosenRegion.objects.filter(level__in=IssueKind(issue.kind).levels)
    return ~Q(interest_set__in=at_level.values("interest_set"))


def _concerned(composer: Composer) -> QuerySet[ChosenRegion, Any]:
    """The interest sets with a region that is at a level for alerts, and in this one."""
    at_level = ChosenRegion.objects.filter(level__in=composer.content.kind.levels).order_by()
    codes = at_level.values_list("region__code", flat=True).distinct()
    return at_level.filter(region__code__in=composer.concerned(codes)).values("interest_set")


def _reason(issue: Issue, rule: SegmentRule | None) -> Case:
    sent = list(issue.mailings.filter(frozen_at__isnull=False).values_list("pk", flat=True))
    got_it = Delivery.objects.filter(
        subscriber=OuterRef("subscriber"), mailing__in=sent, state__in=REACHED
    )
    is_suppressed = has_suppressed("subscriber__mailbox", "subscriber__mailbox_key")
    return Case(
        When(status=Status.PENDING, then=Value(Reason.NOT_CONFIRMED)),
        When(status=Status.ENDED, then=Value(Reason.UNSUBSCRIBED)),
        When(is_suppressed, then=Value(Reason.SUPPRESSED)),
        When(Subscription.paused_on(issue.publication.today), then=Value(Reason.PAUSED)),
        When(_wants_none(issue), then=Value(Reason.OTHER_KIND)),
        When(Exists(got_it), then=Value(Reason.ALREADY_SENT)),
        *_outside(rule, issue),
        default=Value(""),
        output_field=CharField(),
    )


def _outside(rule: SegmentRule | None, issue: Issue) -> list[When]:
    condition = is_in(rule, issue.publication) if rule else Q()
    return [When(~condition, then=Value(Reason.OUTSIDE_SEGMENT))] if condition else []
