"""What the pages have in common: how they answer a form, and what they keep as proof."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language

from subscribers.services.consenting import Shown, cut_network
from subscribers.visitors import visitor_ip


class SeeOther(HttpResponseRedirect):
    """Go on with a GET: reloading the page that follows does not send the form again."""

    status_code = 303


def lead_on(request: HttpRequest, name: str, **parts: str) -> HttpResponsePermanentRedirect:
    """To the page `name` at its present address, with what was asked of the former one.

    Search engines move with it. Browsers ask again each time: one that remembered would go in
    circles when the former name is the present one again.
    """
    query = request.META.get("QUERY_STRING", "")
    present = reverse(name, kwargs=parts) + (f"?{query}" if query else "")
    return HttpResponsePermanentRedirect(present, headers={"Cache-Control": "no-cache"})


def shown(request: HttpRequest, wording: str, *, page: str) -> Shown:
    """What the person who sent `request` had before them: `wording`, on `page`.

    `page` must not hold a token: the proof is read by staff, and a token is a key.
    """
    return Shown(
        wording=wording,
        language=get_language() or "",
        page=page,
        network=cut_network(visitor_ip(request)),
    )
