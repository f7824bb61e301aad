from __future__ import annotations

import pytest

from subscribers.models import Suppression, SuppressionReason
from subscribers.services.suppressing import is_suppressed, suppress

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
