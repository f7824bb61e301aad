"""Readers who confirm while old requests are erased keep what they confirmed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from newsletter.safety.erasing import erase_unconfirmed
from subscribers.models import Subscriber, Subscription
from tests.factories import make_subscription

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def held_by_another(rows: QuerySet[Subscriber] | QuerySet[Subscription]) -> Iterator[None]:
    """`rows` are locked on another connection, as by somebody who is changing them."""
    locked, enough = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            list(rows.select_for_update())
            locked.set()
            enough.wait(10)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert locked.wait(10)
    try:
        yield
    finally:
        enough.set()
        thread.join()


@pytest.mark.parametrize("model", [Subscriber, Subscription])
def test_what_somebody_is_changing_is_left_alone(
    model: type[Subscriber] | type[Subscription],
) -> None:
    long_ago = timezone.now() - timedelta(days=8)
    busy = make_subscription(status="pending", requested_at=long_ago, address="busy@a.example")
    make_subscription(status="pending", requested_at=long_ago, address="idle@a.example")
    key = busy.subscriber_id if model is Subscriber else busy.pk

    with held_by_another(model.objects.filter(pk=key)):
        erased = erase_unconfirmed()

    assert erased == 1
    assert Subscription.objects.get() == busy
    assert Subscriber.objects.get().address == "busy@a.example"
