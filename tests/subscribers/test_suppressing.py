from __future__ import annotations

import pytest

from subscribers.models import Suppression, SuppressionReason
from subscribers.services.suppressing import Found, is_suppressed, suppress, suppress_all

pytestmark = pytest.mark.django_db


def test_a_suppressed_mailbox_is_known_in_any_spelling() -> None:
    assert suppress("Reader@Example.org", reason=SuppressionReason.ASKED)

    assert is_suppressed("reader@example.org")
    assert is_suppressed("READER@example.org")
    assert not is_suppressed("another@example.org")


def test_the_first_reason_stays() -> None:
    suppress("reader@example.org", reason=SuppressionReason.BOUNCED, detail="550 no such user")

    assert not suppress("READER@example.org", reason=SuppressionReason.COMPLAINED)

    stored = Suppression.objects.get()
    assert (stored.reason, stored.detail) == (SuppressionReason.BOUNCED, "550 no such user")


def test_a_long_story_is_cut() -> None:
    suppress("reader@example.org", reason=SuppressionReason.BOUNCED, detail="x" * 5000)

    assert len(Suppression.objects.get().detail) == 200


def test_many_are_suppressed_at_once_and_none_twice() -> None:
    suppress("one@example.org", reason=SuppressionReason.ASKED)

    suppress_all(
        Found(mailbox, SuppressionReason.BOUNCED, "550 " * 100)
        for mailbox in ("One@example.org", "two@example.org", "Two@example.org")
    )

    assert set(Suppression.objects.values_list("mailbox", "reason")) == {
        ("one@example.org", "asked"),
        ("two@example.org", "bounced"),
    }
