"""A heart that beats beside what a worker does."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from newsletter.ledger import heartbeats as beating
from newsletter.ledger.heartbeats import Heart
from newsletter.models import Worker
from tests.newsletter.workers import let_beats_age


def test_while_a_batch_is_handed_over_the_worker_is_heard_of(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beating, "EVERY", timedelta(seconds=0.02))
    heart = Heart()
    with heart.beating():
        life = heart.life()
        let_beats_age(timedelta(seconds=5))
        silent = Worker.objects.get().beat_at
        deadline = time.monotonic() + 5
        while Worker.objects.get().beat_at == silent and time.monotonic() < deadline:
            time.sleep(0.01)

    assert Worker.objects.get().beat_at > silent
    assert heart.life() is life
