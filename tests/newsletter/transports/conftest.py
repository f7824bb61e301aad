from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from newsletter.rendering.slots import Slot
from newsletter.transports.base import (
    AboutToSend,
    OutgoingBatch,
    OutgoingEdition,
    OutgoingMessage,
    Result,
    Transport,
    told_by,
)


def make_copy(number: int, address: str, *, edition: int = 0) -> OutgoingMessage:
    return OutgoingMessage(
        delivery_id=number,
        edition=edition,
        address=address,
        message_id=f"m{number}@news.example",
        reference=f"ref{number}",
        values={
            Slot.UNSUBSCRIBE_URL: f"https://news.example/unsubscribe/token{number}/",
            Slot.PREFERENCES_URL: f"https://news.example/preferences/token{number}/",
            Slot.CHOSEN_REGIONS: f"Kayes & Segou {number}",
            Slot.SUBSCRIBED_ON: "7 September 2023",
            Slot.CORRECTED_URL: f"https://news.example/view/token{number}/",
        },
    )


def make_edition(*, html: bool = True) -> OutgoingEdition:
    unsubscribe, chosen = Slot.UNSUBSCRIBE_URL.mark, Slot.CHOSEN_REGIONS.mark
    markup = f"<p>For {chosen}</p><a href='{unsubscribe}'>Unsubscribe</a>"
    return OutgoingEdition(
        language="en",
        subject="Western Mali, September 2023",
        html=(markup,) if html else (),
        text=(f"For {chosen}\nUnsubscribe: {unsubscribe}\n",),
    )


def with_edition(batch: OutgoingBatch, **changed: Any) -> OutgoingBatch:
    """`batch`, whose only edition is `changed`."""
    return replace(batch, editions={0: replace(batch.editions[0], **changed)})


def make_batch(*addresses: str, html: bool = True) -> OutgoingBatch:
    return OutgoingBatch(
        from_name="The Dispatch",
        from_address="dispatch@news.example",
        reply_to="editor@news.example",
        list_id="dispatch.news.example",
        list_pages={"List-Help": "https://news.example/p/dispatch/"},
        feedback_id="september-2023:dispatch:issue:newsexample",
        editions={0: make_edition(html=html)},
        copies=[make_copy(n, address) for n, address in enumerate(addresses, start=1)],
    )


def results_of(
    transport: Transport, batch: OutgoingBatch, *, seconds: float = 60.0
) -> list[Result]:
    """All results of handing `batch` over, each announced before it came."""
    announced: set[int] = set()
    results = []
    latest = time.monotonic() + seconds
    for event in transport.hand_over(batch, until=lambda: latest):
        if isinstance(event, AboutToSend):
            announced.update(event.delivery_ids)
        for result in told_by(event):
            assert result.delivery_id in announced
            results.append(result)
    return results


@pytest.fixture
def batch() -> OutgoingBatch:
    return make_batch("one@a.example", "two@a.example", "three@b.example")
