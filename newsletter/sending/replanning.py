"""Readers who changed their preferences between the freeze and their turn."""

from __future__ import annotations

from collections import Counter, defaultdict

from django.db.models import F, Q, QuerySet

from newsletter.audience.assigning import Assigner, Interest, composer_of, with_history_in
from newsletter.audience.verification import check_editions
from newsletter.ledger import deliveries
from newsletter.ledger.building import build_like
from newsletter.models import Batch, Delivery, DeliveryState, DeliveryTransition, Reason
from newsletter.models.clock import Now

#: Deliveries whose reader wants what they wanted at the freeze.
AS_PLANNED = Q(
    subscription__interest_set=F("interest_set"),
    subscription__language=F("edition__language"),
    subscription__mail_format=F("edition__mail_format"),
)


def replan(batch: Batch) -> None:
    """Move deliveries whose reader chose otherwise since to the edition they want now.

    They share a batch of their own, due at once; who is left without anything is skipped. Their
    editions are checked as at the freeze: if one fails, the mailing stops.
    To be called inside the transaction that commits the intent of `batch`.
    """
    if not _changed(batch).exists():
        return
    mailing = batch.mailing
    composer = composer_of(mailing)
    changed = with_history_in(mailing, composer, _changed(batch))
    wanted = {delivery.pk: _interest(delivery) for delivery in changed}
    editions = Assigner(mailing, composer).assign(set(wanted.values()))
    by_interest: dict[Interest, list[int]] = defaultdict(list)
    for pk, interest in wanted.items():
        by_interest[interest].append(pk)
    own = build_like(batch, due_at=Now())
    for interest, ids in by_interest.items():
        _assign(own, ids, interest, editions[interest])
    planned: dict[int, Counter[Interest]] = defaultdict(Counter)
    for interest in wanted.values():
        if not isinstance(edition := editions[interest], Reason):
            planned[edition][interest] += 1
    check_editions(mailing, composer, [planned])


def _changed(batch: Batch) -> QuerySet[Delivery]:
    planned = Delivery.objects.filter(batch=batch, state=DeliveryState.PLANNED)
    return planned.exclude(AS_PLANNED).select_related("subscription")


def _interest(delivery: Delivery) -> Interest:
    subscription = delivery.subscription
    return Interest(
        interest_set_id=subscription.interest_set_id,
        language=subscription.language,
        mail_format=subscription.mail_format,
        history=getattr(delivery, "history", ""),
        only_on_change=subscription.only_on_change,
    )


def _assign(own: Batch, ids: list[int], interest: Interest, edition: int | Reason) -> None:
    changed = Delivery.objects.filter(pk__in=ids)
    if isinstance(edition, Reason):
        deliveries.transition(changed, DeliveryTransition.SKIP, reason=edition)
        return
    changed.update(interest_set=interest.interest_set_id, edition_id=edition, batch=own)
