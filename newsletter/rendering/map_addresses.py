"""Where a map can be fetched: an address that holds all that the map shows, sealed.

Readers of the same regions in the same issue get the same address, and nobody else can make
this site draw what they like. Nobody but this site can read it either: an address stands in
mail programs, caches and logs, and the regions in it are somebody's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from django.conf import settings
from django.urls import reverse

from newsletter.rendering.maps import Map, Marked
from newsletter.rendering.outlines import bare, is_drawn, outlined
from subscribers.errors import LinkInvalid
from subscribers.sealing import seal, unseal

#: How the sealed list is to be read. Another order of its fields is another number, and
#: :func:`read` knows both: addresses stay in mail for years.
_FORMAT = 1
#: Changes when maps come to be drawn otherwise, so that new mail asks for what no cache has.
#: It plays no part in reading: what was mailed is drawn as maps are drawn by then.
DRAWING = 2

_PURPOSE = "newsletter.maps"


def map_of(
    regions: Iterable[tuple[str, str, Iterable[str]]], language: str, *, dark: bool = False
) -> Map | None:
    """The map of `regions`: name, trend, and the codes of the places that each stands for.

    None when there are no regions.
    """
    marked = tuple(Marked(name, trend, outlined(places)) for name, trend, places in regions)
    return Map(marked, language, dark) if marked else None


def map_url(wanted: Map) -> str:
    """The absolute address of the picture of `wanted`."""
    path = reverse("newsletter:map", kwargs={"token": token_of(wanted)})
    return f"{settings.SITE_URL}{path}"


def token_of(wanted: Map) -> str:
    """`wanted` as text that may stand in an address; the same for the same map."""
    regions = [[r.name, r.trend, *r.outlines] for r in wanted.regions]
    shown = [_FORMAT, DRAWING, wanted.language, wanted.dark, regions]
    return seal(_PURPOSE, json.dumps(shown, ensure_ascii=False, separators=(",", ":")))


def read(token: str) -> Map:
    """The map that `token` stands for.

    Raises:
        LinkInvalid: we never made it, or with a key that is gone.
    """
    known_format, _drawing, language, dark, regions = json.loads(unseal(_PURPOSE, token))
    if known_format != _FORMAT:
        raise LinkInvalid
    return Map(tuple(Marked(n, t, _known(codes)) for n, t, *codes in regions), language, dark)


def _known(codes: list[str]) -> tuple[str, ...]:
    """What `codes` are drawn from by now; nothing if one is gone: the region is a tile then.

    A country that had one outline when the map was mailed may have one for each region today,
    and what staff drew then may be as it came with the service.
    """
    if all(map(is_drawn, codes)):
        return tuple(codes)
    return outlined(code if is_drawn(code) else bare(code) for code in codes)
