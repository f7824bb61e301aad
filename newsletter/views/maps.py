"""The maps that mail shows."""

from __future__ import annotations

from dataclasses import replace

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from newsletter.editions.mapping import drawn_map
from newsletter.editions.numbering import parts_held
from newsletter.editions.stored import from_json
from newsletter.links import edition_of_map
from newsletter.media.files import map_image
from newsletter.models import Edition
from newsletter.rendering.map_addresses import token_of
from newsletter.rendering.maps import Map
from subscribers.errors import LinkInvalid
from subscribers.languages import spoken_to
from subscribers.regions import RegionTree
from subscribers.views.files import unchanging


@require_safe
def map_picture(_request: HttpRequest, token: str) -> HttpResponse:
    """The map that `token` stands for; there is none that we did not make."""
    return _picture(token)


@require_safe
def edition_map(_request: HttpRequest, token: str) -> HttpResponse:
    """The map of the edition that `token` stands for."""
    return _picture(token_of(_map_of(token)))


@require_safe
def dark_edition_map(_request: HttpRequest, token: str) -> HttpResponse:
    """The same for readers who have it dark."""
    return _picture(token_of(replace(_map_of(token), dark=True)))


def _picture(token: str) -> HttpResponse:
    try:
        png = map_image(token)
    except LinkInvalid:
        raise Http404 from None
    return unchanging(png, "image/png")


def _map_of(token: str) -> Map:
    """As long as the version is there: what an edition held is known after its words are gone."""
    editions = Edition.objects.defer("recipe").select_related("mailing__version")
    try:
        edition = editions.get(public_id=edition_of_map(token))
    except (LinkInvalid, Edition.DoesNotExist):
        raise Http404 from None
    content = from_json(edition.mailing.version.content)
    assessed = [part for part in parts_held(edition, content) if isinstance(part, str)]
    tree = RegionTree.around(content.regions)
    drawn = drawn_map(assessed, content, tree, spoken_to(edition.language))
    if drawn is None:
        raise Http404
    return drawn
