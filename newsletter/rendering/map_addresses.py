"""Where a map can be fetched: an address that says all that the map shows, and is signed.

Readers of the same regions in the same issue get the same address, and nobody else can make
this site draw what they like. Nothing in it is about a reader.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from newsletter.rendering.maps import Map, Marked
from newsletter.rendering.outlines import outlined

#: Changes when maps come to be drawn otherwise: what is in caches is then no longer asked for.
_DRAWING = 1


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
    path = reverse("newsletter:map", kwargs={"token": sign(wanted)})
    return f"{settings.SITE_URL}{path}"


def sign(wanted: Map) -> str:
    """`wanted` as text that may stand in an address; the same for the same map."""
    regions = [[r.name, r.trend, *r.outlines] for r in wanted.regions]
    shown = [_DRAWING, wanted.language, wanted.dark, regions]
    return _signer(tuple(settings.LINK_KEYS)).sign_object(shown, compress=True)


def read(token: str) -> Map:
    """The map that `token` stands for.

    Raises:
        BadSignature: we never signed it.
    """
    drawing, language, dark, regions = _signer(tuple(settings.LINK_KEYS)).unsign_object(token)
    if drawing != _DRAWING:
        raise BadSignature("This map was drawn in another way, which is known no more.")
    marked = tuple(Marked(name, trend, tuple(codes)) for name, trend, *codes in regions)
    return Map(marked, language, dark)


@cache
def _signer(keys: tuple[str, ...]) -> Signer:
    return Signer(key=keys[0], fallback_keys=[*keys[1:]], salt="newsletter.maps", sep=".")
