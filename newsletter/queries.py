"""Reading the ledger, and what has gone out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce

from newsletter.models import (
    Batch,
    BatchState,
    Delivery,
    DeliveryEvent,
    DeliveryState,
    Edition,
    IssueKind,
    Mailing,
    MailingKind,
    MailingState,
    Preflight,
    Reason,
    RegionTally,
    Tally,
    Version,
)
from newsletter.models.clock import Now
from newsletter.models.mailings import ON_ITS_WAY
from newsletter.models.preflights import OPEN
from subscribers.collation import collation_key
from subscribers.models import InterestSet, Publication

#: What was, or may have been, sent.
REACHED = (DeliveryState.ACCEPTED, DeliveryState.UNKNOWN)


def may_be_theirs() -> Q:
    """The condition that the reader of a delivery has its email, or may have.

    That is so too of what is planned once more because it may have left already.
    """
    repeated = Q(state=DeliveryState.PLANNED, batch__first_handed_at__isnull=False)
    return Q(state__in=REACHED) | repeated


#: In this order alerts come before what waits with them.
ALERTS_FIRST = Case(When(issue__kind=IssueKind.ALERT, then=0), default=1)

#: How long ahead of its moment a mailing is looked after: its audience takes time to fix.
LONGEST_LEAD = timedelta(minutes=1)


@dataclass(frozen=True)
class Counts:
    """How many deliveries of a mailing stand where; they have to add up to its audience."""

    audience_size: int
    by_state: Mapping[str, int]
    #: Reasons of all that was not sent or did not succeed, by state and reason.
    by_reason: Mapping[tuple[str, str], int] = field(default_factory=dict)
    #: What was reported of those that were accepted, by outcome; not those unheard of.
    reported: Mapping[int, int] = field(default_factory=dict)
    #: What was resent after it was unknown, by the state it is in now.
    resent: Mapping[str, int] = field(default_factory=dict)
    #: How many of the audience have no delivery yet.
    left_to_freeze: int = 0
    #: Of all the others who ever subscribed and have no delivery, why.
    passed_over: Mapping[str, int] = field(default_factory=dict)

    def of(self, state: DeliveryState) -> int:
        return self.by_state.get(state, 0)

    @property
    def total(self) -> int:
        return sum(self.by_state.values())

    @property
    def planned(self) -> int:
        """All that were owed a mail at the freeze, as far as it is, whatever became of it."""
        return self.total - self.of(DeliveryState.EXCLUDED)

    @property
    def pending(self) -> int:
        return self.of(DeliveryState.PLANNED)

    @property
    def balanced(self) -> bool:
        return self.total + self.left_to_freeze == self.audience_size

    @property
    def excluded(self) -> Mapping[str, int]:
        """All who get nothing by the reason, whether they have a delivery or not."""
        reasons = Counter(self.passed_over)
        for (state, reason), number in self.by_reason.items():
            if state == DeliveryState.EXCLUDED:
                reasons[reason] += number
        return reasons


def counts_of(mailing: Mailing) -> Counts:
    """The counts of `mailing` as they are kept with it, in one query."""
    by_state: Counter[str] = Counter()
    by_reason: Counter[tuple[str, str]] = Counter()
    reported: Counter[int] = Counter()
    resent: Counter[str] = Counter()
    alike = mailing.tallies.order_by().values_list("state", "reason", "outcome", "resends")
    for state, reason, outcome, resends, number in alike.annotate(total=Sum("number")):
        by_state[state] += number
        by_reason[state, reason] += number if reason else 0
        resent[state] += number if resends else 0
        if outcome is not None and state == DeliveryState.ACCEPTED:
            reported[outcome] += number
    return Counts(
        audience_size=mailing.audience_size or 0,
        by_state=+by_state,
        by_reason=+by_reason,
        reported=+reported,
        resent=+resent,
        left_to_freeze=mailing.left_to_freeze,
        passed_over=mailing.passed_over,
    )


def number_of(*states: DeliveryState) -> Coalesce:
    """Of a row of a mailing, how many of its deliveries are in one of `states`, as it is kept."""
    tallies = Tally.objects.filter(mailing=OuterRef("pk"), state__in=states)
    total = tallies.order_by().values("mailing").annotate(total=Sum("number")).values("total")
    return Coalesce(Subquery(total), 0, output_field=IntegerField())


def counts_by_region(mailing: Mailing) -> list[RegionTally]:
    """For each region that readers of `mailing` chose, how many are owed a mail, by name.

    While it is being sent, as of a moment ago.
    """
    tallies = mailing.region_tallies.select_related("region")
    return sorted(tallies, key=lambda one: collation_key(one.region.name))


def mailings_need_a_worker() -> bool:
    """Whether a mailing is almost due, on its way, or stopped with batches to settle or to send."""
    due = Q(state=MailingState.SCHEDULED, scheduled_at__lte=Now() + LONGEST_LEAD)
    due |= Q(state=MailingState.HELD, release_at__lte=Now())
    under_way = Q(state__in=(MailingState.FREEZING, MailingState.SENDING))
    under_way |= Q(left_to_freeze__gt=0) & ~Q(state=MailingState.CHECK_FAILED)
    of_mailing = Batch.objects.filter(mailing=OuterRef("pk"))
    left = Exists(of_mailing.exclude(state=BatchState.SETTLED))
    # Held by somebody who may have died.
    held = Exists(of_mailing.filter(state__in=(BatchState.CLAIMED, BatchState.HANDED)))
    stopped = Q(left, state=MailingState.CANCELLED)
    waiting = (MailingState.PAUSED, MailingState.OVERDUE, MailingState.CHECK_FAILED)
    stopped |= Q(held, state__in=waiting)
    to_be_counted = to_be_added_up() | Q(recount_at__lte=Now())
    if Mailing.objects.filter(due | under_way | stopped | to_be_counted).exists():
        return True
    return owing().exclude(issue__mailings__state__in=ON_ITS_WAY).exists()


def to_be_added_up() -> Q:
    """The condition that a mailing stands still with tallies that are to be added up."""
    appended = Tally.objects.filter(mailing=OuterRef("pk"), is_sum=False)
    return Q(Exists(appended)) & ~Q(state=MailingState.SENDING)


def checks_need_a_worker() -> bool:
    """Whether the check of a draft was asked for and is not over."""
    return Preflight.objects.filter(state__in=OPEN).exists()


def copies_on_the_wire() -> Q:
    """Whether copies of a mailing’s issue may be leaving at this moment, by another mailing.

    That one was cancelled. Readers who get such a copy must not be mailed again, and those who
    do not get it must be: which it is, is known soon. A worker that counts as dead may only be
    slow, and says so itself before its lease is over.
    """
    others = Q(mailing__issue=OuterRef("issue")) & ~Q(mailing=OuterRef("pk"))
    handed = Batch.objects.filter(others, state=BatchState.HANDED)
    lost = Delivery.objects.filter(
        others, reason=Reason.WORKER_LOST, state=DeliveryState.UNKNOWN, batch__lease_until__gt=Now()
    )
    return Exists(handed) | Exists(lost)


def owing() -> QuerySet[Mailing]:
    """Finished mailings with something to send again."""
    pending = Batch.objects.filter(state=BatchState.PENDING, mailing__state=MailingState.FINISHED)
    return Mailing.objects.filter(pk__in=pending.values("mailing"))


def events_due() -> QuerySet[DeliveryEvent]:
    """What ESPs reported and has not taken effect, as far as it is time to look at it."""
    return DeliveryEvent.objects.filter(due_at__lte=Now())


#: Readers of one edition whose choices are looked at, and of these, how many a page shows.
MOST_LOOKED_AT, MOST_CHOICES = 1_000, 50


@dataclass(frozen=True)
class Choices:
    """What readers of an edition had chosen."""

    sets: QuerySet[InterestSet]
    #: Whether there may be more.
    are_some: bool


def choices_of(edition: Edition) -> Choices:
    """What readers of `edition` had chosen; of very many readers, the first ones."""
    of_it = Delivery.objects.filter(mailing=edition.mailing_id, edition=edition).order_by()
    looked_at = list(of_it.values_list("interest_set", flat=True)[: MOST_LOOKED_AT + 1])
    chosen = sorted(set(looked_at[:MOST_LOOKED_AT]))
    return Choices(
        InterestSet.objects.filter(pk__in=chosen[:MOST_CHOICES]).order_by("pk"),
        are_some=len(looked_at) > MOST_LOOKED_AT or len(chosen) > MOST_CHOICES,
    )


def has_reached_somebody(edition: Edition) -> bool:
    """Whether a reader has `edition` in their mailbox, or may have at this moment.

    Of an old mailing, whose deliveries are gone, it is only known that some have one of it.
    """
    if edition.mailing.tallied_at is not None:
        return edition.mailing.reached_at is not None
    of_edition = Delivery.objects.filter(mailing=edition.mailing_id, edition=edition)
    on_the_wire = Q(state=DeliveryState.PLANNED, batch__state=BatchState.HANDED)
    return of_edition.filter(Q(state__in=REACHED) | on_the_wire).exists()


def versions_sent(publication: Publication) -> QuerySet[Version]:
    """The version of each issue of `publication` that was mailed last, with its issue.

    A version was mailed if it reached one reader: neither that the rest was cancelled changes
    that, nor that a later mailing found nobody to go to.
    """
    mailings = Mailing.objects.filter(
        issue=OuterRef("issue"), kind=MailingKind.ISSUE, reached_at__isnull=False
    )
    last = mailings.order_by("-frozen_at", "-pk").values("version")[:1]
    return Version.objects.filter(issue__publication=publication, pk=last).select_related("issue")
