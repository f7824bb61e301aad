"""Reading the ledger, and what has gone out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

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
    Reason,
    Version,
)
from newsletter.models.clock import Now
from newsletter.models.mailings import ON_ITS_WAY
from subscribers.collation import collation_key
from subscribers.models import ChosenRegion, Publication, Region

#: What was, or may have been, sent.
REACHED = (DeliveryState.ACCEPTED, DeliveryState.UNKNOWN)

#: How long ahead of its moment a mailing is looked after: its audience takes time to fix.
LONGEST_LEAD = timedelta(minutes=1)


@dataclass(frozen=True)
class Counts:
    """How many deliveries of a mailing stand where; they have to add up to its audience."""

    audience_size: int
    by_state: Mapping[str, int]
    #: Reasons of all that was not sent or did not succeed, by state and reason.
    by_reason: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def of(self, state: DeliveryState) -> int:
        return self.by_state.get(state, 0)

    @property
    def total(self) -> int:
        return sum(self.by_state.values())

    @property
    def planned(self) -> int:
        """All that were owed a mail at the freeze, whatever became of it."""
        return self.total - self.of(DeliveryState.EXCLUDED)

    @property
    def pending(self) -> int:
        return self.of(DeliveryState.PLANNED)

    @property
    def balanced(self) -> bool:
        return self.total == self.audience_size


def counted(mailing: Mailing, *by: str, where: Q | None = None) -> Iterator[tuple[Any, ...]]:
    """How many deliveries of `mailing` that are as in `where` stand alike in `by`, in one query.

    Of an old mailing, whose deliveries are gone, as many as there were.
    """
    if mailing.tallied_at is None:
        rows: QuerySet[Any] = mailing.deliveries.all()
        number: Count | Sum = Count("pk")
    else:
        rows, number = mailing.tallies.all(), Sum("number")
    alike = rows.filter(where or Q()).order_by().values_list(*by)
    yield from alike.annotate(total=number)


def counts_of(mailing: Mailing) -> Counts:
    """The counts of `mailing` as the ledger holds them now, in one query."""
    by_state: dict[str, int] = {}
    by_reason: dict[tuple[str, str], int] = {}
    for state, reason, number in counted(mailing, "state", "reason"):
        by_state[state] = by_state.get(state, 0) + number
        if reason:
            by_reason[state, reason] = number
    return Counts(mailing.audience_size or 0, by_state, by_reason)


def outcomes_of(mailing: Mailing) -> dict[int, int]:
    """How many of the emails of `mailing` that were accepted have which outcome, in one query.

    Those of which nothing was reported are not in it.
    """
    reported = Q(state=DeliveryState.ACCEPTED, outcome__isnull=False)
    return dict(counted(mailing, "outcome", where=reported))


@dataclass(frozen=True)
class RegionCounts:
    """The readers of a mailing who chose one region; a reader of several counts in each."""

    region: Region
    planned: int
    accepted: int


def counts_by_region(mailing: Mailing) -> list[RegionCounts]:
    """For each region that readers of `mailing` chose, how many are owed a mail, by name.

    Two queries: deliveries are counted by set of regions, of which there are few, and each
    count is then given to every region of its set.
    """
    owed: Counter[int] = Counter()
    taken: Counter[int] = Counter()
    planned_ones = ~Q(state=DeliveryState.EXCLUDED)
    for interest_set, state, number in counted(
        mailing, "interest_set", "state", where=planned_ones
    ):
        owed[interest_set] += number
        taken[interest_set] += number if state == DeliveryState.ACCEPTED else 0
    planned: Counter[Region] = Counter()
    accepted: Counter[Region] = Counter()
    members = ChosenRegion.objects.filter(interest_set__in=owed)
    if not mailing.is_correction:
        members = members.filter(level__in=IssueKind(mailing.issue.kind).levels)
    for member in members.select_related("region"):
        planned[member.region] += owed[member.interest_set_id]
        accepted[member.region] += taken[member.interest_set_id]
    by_name = sorted(planned, key=lambda region: collation_key(region.name))
    return [RegionCounts(region, planned[region], accepted[region]) for region in by_name]


def mailings_need_a_worker() -> bool:
    """Whether a mailing is almost due, on its way, or stopped with batches to settle or to send."""
    due = Q(state=MailingState.SCHEDULED, scheduled_at__lte=Now() + LONGEST_LEAD)
    due |= Q(state=MailingState.HELD, release_at__lte=Now())
    under_way = Q(state__in=(MailingState.FREEZING, MailingState.SENDING))
    of_mailing = Batch.objects.filter(mailing=OuterRef("pk"))
    left = Exists(of_mailing.exclude(state=BatchState.SETTLED))
    # Held by somebody who may have died.
    held = Exists(of_mailing.filter(state__in=(BatchState.CLAIMED, BatchState.HANDED)))
    stopped = Q(left, state=MailingState.CANCELLED)
    waiting = (MailingState.PAUSED, MailingState.OVERDUE, MailingState.CHECK_FAILED)
    stopped |= Q(held, state__in=waiting)
    if Mailing.objects.filter(due | under_way | stopped).exists():
        return True
    return owing().exclude(issue__mailings__state__in=ON_ITS_WAY).exists()


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
