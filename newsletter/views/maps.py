"""The maps that mail shows."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
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
#: Seconds for which regions are drawn from what they were drawn from.
BELIEVED_FOR = 60


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
    drawable = _drawable(*version_of_it, int(time.monotonic() // BELIEVED_FOR))
    drawn = drawable.map_of(held, language)
    if drawn is None:
        raise Http404
    return drawn


@dataclass(frozen=True)
class _Drawable:
    """What is needed of a version to draw the maps of its editions."""

    content: IssueContent
    numbering: Numbering
    tree: RegionTree

    def map_of(self, held: bytes, language: str) -> Map | None:
        """That of an edition which holds the parts `held`."""
        assessed = [part for part in self.numbering.parts_in(held) if isinstance(part, str)]
        return drawn_map(assessed, self.content, self.tree, spoken_to(language))


@lru_cache(maxsize=REMEMBERED)
def _drawable(version: int, _content_hash: str, _until: int) -> _Drawable:
    """Of `version` (id), which is known by its hash; its regions as they are drawn for now."""
    content = from_json(Version.objects.values_list("content", flat=True).get(pk=version))
    return _Drawable(content, Numbering(content), RegionTree.around(content.regions))
