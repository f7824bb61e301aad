"""A worker process answers the bell."""

from __future__ import annotations

from pathlib import Path
from subprocess import Popen

import pytest

from subscribers.bell import ring
from subscribers.models import Notice, NoticeState
from subscribers.tasks import send_notices
from tests.factories import make_notice, make_subscription
from tests.features.full.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_worker_process_sends_the_notice_that_is_owed(worker: Popen[bytes], var: Path) -> None:
    subscription = make_subscription(status="pending", address="aminata@example.org")
    make_notice(subscription)

    ring(send_notices)

    wait_until(lambda: Notice.objects.get().state != NoticeState.OWED)
    assert Notice.objects.get().state == NoticeState.SENT
    [mail] = [path for path in (var / "outbox").rglob("*") if path.is_file()]
    assert b"aminata@example.org" in mail.read_bytes()
