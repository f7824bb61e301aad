"""Who a mailing would go to now, and who gets nothing and why: one rule for all who ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)

from newsletter.audience.corrected import edition_sent, got_it_wrong
from newsletter.audience.history import with_history
from newsletter.audience.segments import SegmentRule, is_in
from newsletter.editions.compose import Composer
from newsletter.editions.content import IssueContent
from newsletter.models import (
    Correction,
    Delivery,
    DeliveryState,
    Issue,
    IssueKind,
    Mailing,
    MailingKind,
    Reason,
)
from newsletter.queries import may_be_theirs
from subscribers.models import ChosenRegion, EndedReason, Subscription
from subscribers.models import SubscriptionStatus as Status
from subscribers.services.suppressing import has_suppressed

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


class Standing(TypedDict):
    #: Why they get nothing, a value of :class:`newsletter.models.Reason`; empty if they do.
    reason: str
    #: What they were sent before: see :class:`newsletter.editions.past.Histories`, and for a
    #: correction :func:`newsletter.audience.corrected.parts_sent`.
    history: str


def audience_of(
    issue: Issue,
    composer: Composer,
    rule: SegmentRule | None = None,
    correction: Correction | None = None,
) -> QuerySet[WithAnnotations[Subscription, Standing]]:
    """Who is mailed `issue`, or might have been, each with their standing.

    Those are all who ever subscribed but for whom it passes over (:func:`passed_over`).

    To a `correction`, those who were, or may have been, sent what it corrects: what they chose
    since, whether they paused, and which kinds of issues they want, is not asked.

    `composer` is the one of the content that is to go out; with a `rule`, only its segment is
    mailed. Whether a regular issue has anything
    for them is not asked here: that is known when their edition is composed.
    """
    if correction is not None:
        return _to_be_corrected(issue, composer.content, correction)
    audience = _subscribed(issue).exclude(_left_before(issue))
    if issue.is_alert:
        audience = audience.filter(interest_set__in=_concerned(composer))
    standing = audience.order_by().annotate(reason=_reason(issue, rule))
    with_it: QuerySet[WithAnnotations[Subscription, Standing]]
    with_it = with_history(standing, composer.tracks)
    return with_it


def passed_over(issue: Issue, composer: Composer) -> dict[Reason, int]:
    """How many others ever subscribed, by the reason: they are counted, and that is all.

    They had left before the last regular mailing of the publication was frozen, and the first
    one after they left has a line that says so; or an alert, or a correction, does not concern
    them.
    """
    if composer.content.is_correction:
        got = got_it_wrong(issue, composer.content)
        others = _subscribed(issue).exclude(subscriber__in=got.values("subscriber"))
        found = {Reason.NOT_SENT: others.count()}
    else:
        others = _subscribed(issue).filter(_is_passed_over(issue, composer)).order_by()
        reasons = others.values_list(_why_passed_over(issue)).annotate(number=Count("pk"))
        found = {Reason(reason): number for reason, number in reasons}
    return {reason: number for reason, number in found.items() if number}


def reason_to_pass_over(issue: Issue, subscription: Subscription) -> Reason:
    """Why `subscription` is not in the audience of `issue`."""
    itself = Subscription.objects.filter(pk=subscription.pk)
    return Reason(itself.values_list(_why_passed_over(issue), flat=True).get())


def _is_passed_over(issue: Issue, composer: Composer) -> Q:
    left = _left_before(issue)
    return left | ~Q(interest_set__in=_concerned(composer)) if issue.is_alert else left


def _left_before(issue: Issue) -> Q:
    """The condition that somebody left before the last regular mailing was frozen."""
    regular = Mailing.objects.filter(
        kind=MailingKind.ISSUE,
        issue__kind=IssueKind.REGULAR,
        issue__publication=issue.publication_id,
    )
    last = regular.aggregate(last=Max("frozen_at"))["last"]
    return Q(status=Status.ENDED, ended_at__lt=last) if last else Q(pk__in=[])


def _why_passed_over(issue: Issue) -> Case:
    return Case(
        When(_left_before(issue), then=Value(Reason.UNSUBSCRIBED)),
        When(_wants_none(issue), then=Value(Reason.OTHER_KIND)),
        default=Value(Reason.NO_MATCHING_CONTENT),
        output_field=CharField(),
    )


def _subscribed(issue: Issue) -> QuerySet[Subscription]:
    return issue.publication.subscriptions.exclude(ended_reason=EndedReason.ERASED)


def _wants_none(issue: Issue) -> Q:
    """The condition that somebody wants no issue of that kind, on whatever region."""
    at_level = ChosenRegion.objects.filter(level__in=IssueKind(issue.kind).levels)
    return Q(~Exists(at_level.filter(interest_set=OuterRef("interest_set"))))


def _concerned(composer: Composer) -> QuerySet[ChosenRegion, Any]:
    """The interest sets with a region that is at a level for alerts, and in this one."""
    at_level = ChosenRegion.objects.filter(level__in=composer.content.kind.levels).order_by()
    codes = at_level.values_list("region__code", flat=True).distinct()
    return at_level.filter(region__code__in=composer.concerned(codes)).values("interest_set")


def _reason(issue: Issue, rule: SegmentRule | None) -> Case:
    earlier = issue.mailings.filter(kind=MailingKind.ISSUE)
    return Case(
        *_not_to_be_mailed(),
        When(Subscription.paused_on(issue.publication.today), then=Value(Reason.PAUSED)),
        When(_wants_none(issue), then=Value(Reason.OTHER_KIND)),
        When(_got_one_of(earlier), then=Value(Reason.ALREADY_SENT)),
        *_outside(rule, issue),
        default=Value(""),
        output_field=CharField(),
    )


def _to_be_corrected(
    issue: Issue, content: IssueContent, correction: Correction
) -> QuerySet[WithAnnotations[Subscription, Standing]]:
    got = got_it_wrong(issue, content)
    is_sure = Exists(got.filter(subscriber=OuterRef("subscriber"), state=DeliveryState.ACCEPTED))
    reason = Case(
        *_not_to_be_mailed(),
        When(~is_sure, then=Value(Reason.UNSURE)),
        When(_got_one_of(correction.mailings.all()), then=Value(Reason.ALREADY_SENT)),
        default=Value(""),
        output_field=CharField(),
    )
    audience = _subscribed(issue).filter(subscriber__in=got.values("subscriber")).order_by()
    return audience.annotate(reason=reason, history=edition_sent(issue, content))


def _not_to_be_mailed() -> list[When]:
    """What holds whatever is sent."""
    is_suppressed = has_suppressed("subscriber__mailbox", "subscriber__mailbox_key")
    return [
        When(status=Status.PENDING, then=Value(Reason.NOT_CONFIRMED)),
        When(status=Status.ENDED, then=Value(Reason.UNSUBSCRIBED)),
        When(is_suppressed, then=Value(Reason.SUPPRESSED)),
    ]


def _got_one_of(mailings: QuerySet[Mailing]) -> Exists:
    """Whether the reader has, or may have, an email of one of `mailings`."""
    frozen = list(mailings.filter(frozen_at__isnull=False).values_list("pk", flat=True))
    return Exists(
        Delivery.objects.filter(
            may_be_theirs(), subscriber=OuterRef("subscriber"), mailing__in=frozen
        )
    )


def _outside(rule: SegmentRule | None, issue: Issue) -> list[When]:
    condition = is_in(rule, issue.publication) if rule else Q()
    return [When(~condition, then=Value(Reason.OUTSIDE_SEGMENT))] if condition else []
