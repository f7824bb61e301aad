"""What readers were sent before: the issues that a mail compares with, and who was sent which."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import reduce
from operator import and_
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Exists,
    FilteredRelation,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone

from newsletter.editions.past import PastIssue, Track, history_of_all
from newsletter.editions.stored import from_json
from newsletter.models import Batch, Delivery, DeliveryState, Issue, Mailing, MailingKind
from newsletter.queries import REACHED, may_be_theirs

#: How far back a mail looks, which is thirteen months: what readers were told before is no news.
COMPARE_WINDOW = timedelta(days=397)


def past_of(issue: Issue, *, before: datetime | None = None) -> tuple[PastIssue, ...]:
    """The other issues of the same publication that were sent by then, oldest first."""
    return _as_past(_sent_before(issue, before or timezone.now()))


def past_of_mailing(mailing: Mailing) -> tuple[PastIssue, ...]:
    """What the readers of `mailing` are told the changes since; the same whenever it is asked."""
    if mailing.compared_with is None:
        return past_of(mailing.issue, before=mailing.frozen_at)
    compared = Mailing.objects.filter(pk__in=mailing.compared_with)
    return _as_past(compared.order_by("frozen_at", "pk"))


def to_compare_with(issue: Issue) -> list[int]:
    """The mailings (ids) that readers of `issue` are told the changes since, as of now."""
    return list(_sent_before(issue, timezone.now()).values_list("pk", flat=True))


def _as_past(mailings: QuerySet[Mailing]) -> tuple[PastIssue, ...]:
    return tuple(
        PastIssue(m.pk, m.version_id, m.issue_id, from_json(m.version.content))
        for m in mailings.select_related("version")
    )


def _sent_before(issue: Issue, moment: datetime) -> QuerySet[Mailing]:
    """Mailings of other issues that reached anybody, or may have."""
    asked_again = Batch.objects.filter(mailing=OuterRef("pk"), first_handed_at__isnull=False)
    mailings = Mailing.objects.filter(
        Q(reached_at__isnull=False) | Exists(asked_again),
        kind=MailingKind.ISSUE,
        issue__publication=issue.publication_id,
        frozen_at__range=(moment - COMPARE_WINDOW, moment),
    )
    return mailings.exclude(issue=issue).order_by("frozen_at", "pk")


def with_history(rows: QuerySet[Any], tracks: Sequence[Track]) -> Any:
    """`rows`, each with a subscriber, and as `history` how far that reader is on each of `tracks`.

    See :class:`newsletter.editions.past.Histories`; empty if nowhere. Nearly all readers
    were sent the last mailing of each track, which is joined: the search among the others runs
    for few.
    """
    if not tracks:
        return rows.annotate(history=_text(""))
    last = sorted({track.issues[-1].mailing_id for track in tracks})
    joined = {f"sent_{mailing}": _delivery_of(mailing) for mailing in last}
    was_sent_all = reduce(and_, map(_may_be_theirs, joined, last))
    found = Coalesce(Subquery(_places_on(tracks)), _text(""))
    history = Case(When(was_sent_all, then=_text(history_of_all(tracks))), default=found)
    return rows.alias(**joined).annotate(history=history)


def _delivery_of(mailing: int) -> FilteredRelation:
    """Of a row with a subscriber, what `mailing` (id) owed them."""
    condition = Q(subscriber__deliveries__mailing=mailing)
    return FilteredRelation("subscriber__deliveries", condition=condition)


def _may_be_theirs(joined: str, mailing: int) -> Q:
    """As :func:`newsletter.queries.may_be_theirs`, of a delivery by `mailing` that is `joined`.

    It looks batches up instead of joining them: nearly all deliveries were accepted.
    """
    batches = Batch.objects.filter(mailing=mailing, first_handed_at__isnull=False)
    repeated = batches.order_by().values("pk")
    planned = {f"{joined}__state": DeliveryState.PLANNED, f"{joined}__batch__in": repeated}
    return Q(**{f"{joined}__state__in": REACHED}) | Q(**planned)


def _places_on(tracks: Sequence[Track]) -> QuerySet[Delivery, Any]:
    every = {issue.mailing_id for track in tracks for issue in track.issues}
    sent = Delivery.objects.filter(
        may_be_theirs(), subscriber=OuterRef("subscriber"), mailing__in=every
    )
    places = _joined([_place_on(track) for track in tracks])
    return sent.order_by().values("subscriber").annotate(history=places).values("history")


def _place_on(track: Track) -> Combinable:
    """The place of the last mailing on `track` among those in a group; 0 where there is none."""
    places = enumerate((issue.mailing_id for issue in track.issues), start=1)
    place = Case(*(When(mailing=pk, then=Value(place)) for place, pk in places), default=Value(0))
    return Cast(Max(place), CharField())


def _joined(places: Sequence[Combinable]) -> Combinable:
    first, *others = places
    for place in others:
        first = Concat(first, _text(","), place)
    return first


def _text(value: str) -> Value:
    return Value(value, output_field=CharField())
