"""What maps cost where nearly each reader has one of their own."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bench.rows import Row

if TYPE_CHECKING:
    from newsletter.models import Mailing
    from newsletter.rendering.maps import Map

#: Maps are drawn of six regions of these countries, so many of them.
COUNTRIES = ("ML", "BF", "NE", "MR", "SN", "GN", "CI")
DRAWN = 40
#: Bytes that are kept at most, and what one process may have written since it cleared up.
MOST = "≤ 55"


def rows(n: int) -> Iterator[Row]:
    from bench.choices import issue_on_all_regions, publication_with
    from bench.freeze import BATCH_SIZE
    from bench.recipes import scheduled
    from newsletter.audience.freezing import freeze_due

    yield from _drawn()
    mailing = scheduled(issue_on_all_regions(publication_with(n, n)))
    assert freeze_due(BATCH_SIZE) == 1
    yield from _fetched(mailing)


def _drawn() -> Iterator[Row]:
    from newsletter.rendering.maps import draw

    maps = _some_maps()
    for wanted in maps:
        draw(wanted)  # outlines are read once
    start = time.process_time()
    sizes = [len(draw(wanted)) for wanted in maps]
    took = time.process_time() - start
    yield Row("maps of six regions drawn, a second of a processor", len(maps) / took, "/s")
    yield Row("bytes of one", sum(sizes) / len(maps), "B")


def _some_maps() -> list[Map]:
    from newsletter.models import Trend
    from newsletter.rendering.maps import Map, Marked
    from newsletter.rendering.outlines import in_country

    chance = random.Random(1)
    codes = [code for country in COUNTRIES for code in in_country(country)]
    return [
        Map(
            tuple(Marked(c, chance.choice(Trend.values), (c,)) for c in chance.sample(codes, 6)),
            "en",
        )
        for _ in range(DRAWN)
    ]


def _fetched(mailing: Mailing) -> Iterator[Row]:
    """The map of each edition, asked for once, one after the other."""
    from django.conf import settings
    from django.test import Client

    from newsletter.links import map_urls

    client, whole = Client(SERVER_NAME="localhost"), Counter[bool]()
    start, spent = time.perf_counter(), time.process_time()
    for public_id in mailing.editions.values_list("public_id", flat=True).iterator():
        answer = client.get(urlsplit(map_urls(public_id)[0]).path)
        assert answer.status_code == 200
        whole["immutable" in answer["Cache-Control"]] += 1
    took, spent = time.perf_counter() - start, time.process_time() - spent
    number = whole.total()
    files = [file.stat().st_size for file in settings.MAPS_DIR.glob("*.png")]
    yield Row(f"maps of {number:,} editions fetched once each", number / took, "/s")
    yield Row("their time of a processor", 1000 * spent / number, "ms each")
    yield Row("those that showed all regions", 100 * whole[True] / number, "%")
    yield Row(f"kept of them, {len(files):,} pictures", sum(files) / 1e6, "MB", MOST)
