"""How long it takes to compose the sample's editions, and how large their emails are."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING

from bench.rows import Row

if TYPE_CHECKING:
    from newsletter.editions.compose import Composer
    from newsletter.models import Mailing

SIX = ("ML-1", "ML-2", "ML-3", "ML-4", "ML-6", "ML-10")


def rows(n: int) -> Iterator[Row]:
    """`n` times, of which the fastest counts: what else the machine does is not measured."""
    from newsletter.audience.assigning import composer_of
    from newsletter.audience.freezing import freeze_due
    from newsletter.sample.loading import load_sample

    mailing = load_sample()
    assert mailing is not None
    one = min(_seconds(composer_of(mailing), [SIX]) for _ in range(n))
    all_of_them = min(seconds_for_all_sets(composer_of(mailing)) for _ in range(n))
    yield Row("composing an edition of six regions", 1000 * one, "ms", "≤ 10")
    yield Row("composing those of all 63 sets of six", all_of_them, "s", "≤ 1")
    freeze_due(1)
    html, message = _sizes(mailing)
    yield Row("HTML of six regions", html / 1000, "kB", "≤ 40")
    yield Row("the whole message of six regions", message / 1000, "kB", "≤ 80")


def seconds_for_all_sets(composer: Composer) -> float:
    """What the editions for every set of the six regions take of a processor."""
    every = [codes for size in range(1, 7) for codes in combinations(SIX, size)]
    return _seconds(composer, every)


def _seconds(composer: Composer, choices: list[tuple[str, ...]]) -> float:
    from newsletter.editions.past import history_of_all

    history = history_of_all(composer.tracks)
    start = time.process_time()
    for codes in choices:
        composer.edition_for(codes, language="en", mail_format="html", history=history)
    return time.process_time() - start


def _sizes(mailing: Mailing) -> tuple[int, int]:
    """Bytes of the HTML, and of all that goes over the wire."""
    from newsletter.editions.numbering import parts_held
    from newsletter.sending.outgoing import outgoing_batch
    from newsletter.transports.wire import Compiled

    editions = mailing.editions.filter(language="en", mail_format="html")
    largest = next(edition for edition in editions if set(SIX) <= set(parts_held(edition)))
    delivery = largest.deliveries.first()
    assert delivery
    assert delivery.batch
    outgoing = outgoing_batch(delivery.batch)
    (copy,) = outgoing.copies
    html = "".join(outgoing.editions[copy.edition].html)
    return len(html.encode()), len(Compiled(outgoing).message(copy))
