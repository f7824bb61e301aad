"""What a person does twice at the same moment happens once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction

from subscribers.models import ConsentEvent, Subscription
from subscribers.services import changing, preferences, subscribing
from subscribers.services.consenting import Shown
from subscribers.services.stamping import use
from tests.factories import make_change, make_region, make_request, make_subscription

pytestmark = pytest.mark.django_db(transaction=True)

SHOWN = Shown("Yes", "en", "/")


def at_once(*acts: Callable[[], bool]) -> list[bool]:
    """What each of `acts` answers, all begun at the same moment, each on its own connection."""
    ready, answers = threading.Barrier(len(acts)), []

    def act(it: Callable[[], bool]) -> None:
        with transaction.atomic():
            ready.wait(10)
            answers.append(it())
        connection.close()

    threads = [threading.Thread(target=act, args=(it,)) for it in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers)


def test_a_form_that_is_sent_twice_is_one_request() -> None:
    def send() -> bool:
        return use("stamp", "answers", life=timedelta(days=1))

    assert at_once(send, send) == [False, True]


def test_a_request_that_is_confirmed_twice_begins_once() -> None:
    request = make_request()

    def confirm() -> bool:
        return subscribing.confirm(request, shown=SHOWN)

    assert at_once(confirm, confirm) == [False, True]
    assert ConsentEvent.objects.filter(kind="confirmed").count() == 1


def test_a_change_that_is_undone_twice_is_undone_once() -> None:
    change = make_change(make_subscription())

    def undo() -> bool:
        return changing.undo(change, shown=SHOWN)

    assert at_once(undo, undo) == [False, True]


def test_two_changes_at_once_are_told_in_one_notice() -> None:
    subscription = make_subscription(regions=["ML-1"])
    subscription.publication.regions.add(make_region("ML-4"), make_region("ML-6"))

    def choose(code: str) -> Callable[[], bool]:
        def save() -> bool:
            preferences.change(
                Subscription.objects.select_related("subscriber", "publication").get(),
                regions=[make_region(code)],
                language="en",
                mail_format="html",
                shown=SHOWN,
            )
            return True

        return save

    at_once(choose("ML-4"), choose("ML-6"))

    assert subscription.notices.count() == subscription.changes.count() == 1
