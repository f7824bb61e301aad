"""What becomes of a site after its upgrade: run by `python -m tests.upgrades.going_on FACTS`.

FACTS is the file that :mod:`tests.upgrades.site` wrote. The database of DATABASE_URL is migrated,
its mailing goes on, and its links are followed. What came of it is printed as JSON.
"""

from __future__ import annotations

import json
import re
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import django
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.test.utils import setup_test_environment
from django.utils import timezone

#: Links to the page where regions are chosen.
CHOOSING = ("preferences", "drop a region")
_VALUE = re.compile(r'value="([^"]*)"')


def main(facts: dict[str, Any]) -> None:
    django.setup()
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0, skip_checks=False)
    from subscribers.services import clone_guard

    clone_guard.send_from_here(by="operator", why="upgraded")
    sending = _the_mailing_goes_on(facts["mailing"])
    setup_test_environment()
    found = {**sending, "archive": _pages(facts["archive"]), **_links(facts["links"])}
    print(json.dumps(found))


def _the_mailing_goes_on(number: int) -> dict[str, Any]:
    """Let workers do what there is to do, long after the old ones went."""
    from newsletter import worker
    from newsletter.models import Mailing
    from newsletter.queries import counts_of
    from newsletter.transports import configured
    from newsletter.transports.outbox import configured_outbox
    from tests.newsletter.workers import a_steady_worker, let_beats_age

    # The dump may be years old; its upgrade takes minutes.
    Mailing.objects.filter(pk=number).update(not_after=timezone.now() + timedelta(days=1))
    let_beats_age()
    a_steady_worker()
    with closing(configured()) as transport:
        worker.drain(transport, seconds=60)
    mailing = Mailing.objects.get(pk=number)
    return {
        "mailed": sorted(item.address for item in configured_outbox().items()),
        "states": dict(mailing.deliveries.values_list("mailbox", "state")),
        "state": mailing.state,
        "balanced": counts_of(mailing).balanced,
    }


def _pages(paths: list[str]) -> list[str]:
    return [Client().get(path).content.decode() for path in paths]


def _links(links: dict[str, str]) -> dict[str, Any]:
    """What each link answers, the one that ends the subscription last."""
    from subscribers import tokens
    from subscribers.models import SignUpRequest

    client = Client()
    one_click = {"List-Unsubscribe": "One-Click"}
    SignUpRequest.objects.update(expires_at=timezone.now() + timedelta(days=1))
    with mock.patch.object(tokens, "LIFETIMES", {}):
        opened = {kind: client.get(path) for kind, path in links.items()}
        confirmed = client.post(links["confirm"], follow=True)
        left = client.post(links["unsubscribe"], one_click)
    statuses = {kind: answer.status_code for kind, answer in opened.items()}
    return {
        "statuses": {**statuses, "confirmed": confirmed.status_code, "left": left.status_code},
        "web view": opened["web view"].content.decode(),
        "map": opened["map"]["Content-Type"],
        "ticked": {
            kind: _ticked(opened[kind].content.decode())
            for kind in ("preferences", "drop a region")
        },
        "subscriptions": _subscriptions(),
    }


def _ticked(page: str) -> list[str]:
    """The regions that a page of preferences has ticked."""
    boxes = [box for box in re.findall(r"<input[^>]*>", page) if 'name="regions"' in box]
    return sorted(_VALUE.findall("".join(box for box in boxes if " checked" in box)))


def _subscriptions() -> dict[str, str]:
    from subscribers.models import Subscription

    return dict(Subscription.objects.values_list("subscriber__mailbox", "status"))


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
