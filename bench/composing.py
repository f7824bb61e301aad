"""How long it takes to compose the sample's issue, for one set of regions and for all of six."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import chain, combinations

from bench.rows import Row


def rows(n: int) -> Iterator[Row]:
    """The best of `n` rounds: whatever else the machine did in between is not ours."""
    seconds = min(seconds_for_all_sets() for _round in range(n))
    yield Row("composing one edition of the sample", 1000 * seconds / 63, "ms", "≤ 10")
    yield Row("composing all 63 sets of the sample", seconds, "s", "≤ 1")


def seconds_for_all_sets() -> float:
    """What the editions for every set of the sample's six regions take of a processor.

    The sample is loaded if it is not there.
    """
    from newsletter.models import Mailing
    from newsletter.sample.readers import THE_SIX
    from newsletter.services.assigning import composer_of
    from newsletter.services.sample import load_sample
    from subscribers.services.loading_regions import load_regions

    load_regions()
    composer = composer_of(load_sample() or Mailing.objects.get())
    sets = chain.from_iterable(combinations(THE_SIX, size) for size in range(1, 7))
    start = time.process_time()
    keys = {composer.edition_for(chosen, language="en", mail_format="html").key for chosen in sets}
    seconds = time.process_time() - start
    assert len(keys) == 63
    return seconds
