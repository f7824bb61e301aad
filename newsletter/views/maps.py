"""The maps that mail shows."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from newsletter.editions.content import IssueContent
from newsletter.editions.mapping import drawn_map
from newsletter.editions.numbering import Numbering
from newsletter.editions.stored import from_json
from newsletter.links import edition_of_map
from newsletter.media.maps import map_image
from newsletter.models import Edition, Version
from newsletter.rendering.map_addresses import read
from newsletter.rendering.maps import Map
from subscribers.errors import LinkInvalid
from subscribers.languages import spoken_to
from subscribers.regions import RegionTree
from subscribers.views.files import for_now, unchanging

#: Versions of which a process remembers what they say: the maps of a mailing come together.
REMEMBERED = 4


@require_safe
def map_picture(_request: HttpRequest, token: str) -> HttpResponse:
    """The map that `token` stands for; there is none that we did not make."""
    try:
        wanted = read(token)
    except LinkInvalid:
        raise Http404 from None
    return _picture(wanted)


@require_safe
def edition_map(_request: HttpRequest, token: str) -> HttpResponse:
    """The map of the edition that `token` stands for."""
    return _picture(_map_of(token))


@require_safe
def dark_edition_map(_request: HttpRequest, token: str) -> HttpResponse:
    """The same for readers who have it dark."""
    return _picture(replace(_map_of(token), dark=True))


def _picture(wanted: Map) -> HttpResponse:
    image = map_image(wanted)
    return (unchanging if image.is_whole else for_now)(image.png, "image/png")


def _map_of(token: str) -> Map:
    """As long as the version is there: what an edition held is known after its words are gone."""
    version = ("mailing__version", "mailing__version__content_hash")
    rows = Edition.objects.values_list("held", "language", *version)
    try:
        held, language, *version_of_it = rows.get(public_id=edition_of_map(token))
    except (LinkInvalid, Edition.DoesNotExist):
        raise Http404 from None
    content, numbering = _said(*version_of_it)
    assessed = [part for part in numbering.parts_in(held) if isinstance(part, str)]
    drawn = drawn_map(assessed, content, RegionTree.around(assessed), spoken_to(language))
    if drawn is None:
        raise Http404
    return drawn


@lru_cache(maxsize=REMEMBERED)
def _said(version: int, _content_hash: str) -> tuple[IssueContent, Numbering]:
    """What `version` (id) says, which is known by its hash, with the numbers of its parts."""
    content = from_json(Version.objects.values_list("content", flat=True).get(pk=version))
    return content, Numbering(content)
